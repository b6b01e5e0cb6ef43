"""Long work that ends unseen: a real session bus with a service on it, a real engine."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.keyring_service import KeyringService
from tests.support.notification_service import NotificationService
from tests.support.sessions import GUARD_MS
from tests.ui.support.compare_rig import compared, front

from proofroom.domain import setting
from proofroom.engine import protocol
from proofroom.ui import notifying
from proofroom.ui.shell import Shell


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    # a socket's path is short, pytest's folders may not be
    with tempfile.TemporaryDirectory(prefix="told-") as folder:
        bus = KeyringService(Path(folder) / "run")
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        yield bus.address
        bus.stop()


@pytest.fixture
def desktop(address: str) -> Iterator[NotificationService]:
    service = NotificationService(address)
    yield service
    service.close()


def ended(qtbot: QtBot, shell: Shell, server: FaultServer, *, after_s: int) -> None:
    """Ask one cell that takes a second and a bit, and wait until its job is over."""
    with qtbot.waitSignal(shell.session.settings_changed, timeout=GUARD_MS):
        shell.session.set_setting(setting.NOTIFY_AFTER_S, after_s)
    server.set("ok", latency_s=1.1)
    key = compared(shell.session.path, server, ["ok"], rows=1)
    with qtbot.waitSignal(shell.presses.ended, timeout=GUARD_MS):
        assert shell.presses.run(key, refused)


def refused(error: Exception) -> None:
    raise AssertionError(error)


def next_told(qtbot: QtBot, desktop: NotificationService) -> tuple[str, tuple[Any, ...]]:
    qtbot.waitUntil(lambda: not desktop.told.empty(), timeout=GUARD_MS)
    return desktop.told.get()


def test_work_that_ends_while_the_window_is_away_is_told_to_the_desktop(
    qtbot: QtBot, shell: Shell, server: FaultServer, desktop: NotificationService
) -> None:
    shell.window.showMinimized()
    ended(qtbot, shell, server, after_s=1)
    signature, body = next_told(qtbot, desktop)
    assert signature == "susssasa{sv}i"
    assert body[0] == "Proofroom"
    assert body[3] == "Done: Say: two models"
    assert body[4].startswith("1 answer in 1.")
    assert "w0" not in str(body)


@pytest.mark.parametrize("after_s", [60, 0, -1])
def test_nothing_is_told_of_what_is_short_not_wanted_or_seen(
    qtbot: QtBot, shell: Shell, server: FaultServer, desktop: NotificationService, after_s: int
) -> None:
    if after_s >= 0:
        shell.window.showMinimized()
    else:
        front(qtbot, shell.window)
    ended(qtbot, shell, server, after_s=abs(after_s))
    read: list[object] = []
    shell.session.reader.read(lambda _: 1, read.append, refused)
    qtbot.waitUntil(lambda: bool(read), timeout=GUARD_MS)
    # behind whatever is on its way
    shell.session.errand(partial(notifying.by_bus, "last", ""), read.append, refused)
    assert next_told(qtbot, desktop)[1][3] == "last"
    with pytest.raises(Empty):
        desktop.told.get_nowait()


def test_a_desktop_without_a_service_is_no_fault(
    qtbot: QtBot,
    shell: Shell,
    server: FaultServer,
    address: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert address
    caplog.set_level(logging.INFO, notifying.__name__)
    shell.window.showMinimized()
    ended(qtbot, shell, server, after_s=1)
    qtbot.waitUntil(lambda: "the desktop was not told" in caplog.text, timeout=GUARD_MS)


def test_what_is_told_names_the_end_and_what_failed() -> None:
    end = protocol.JobEnded(
        job_id="j", comparison_key=1, reason="stopped", done=2, failed=1,
        cost_nano_usd=30_000_000, unknown_cost=0,
    )  # fmt: skip
    title, body = notifying.words(end, 125_000_000, "Greet <b>")
    assert title == "Stopped: Greet <b>"
    plain = body.replace("\u2009", " ").replace("\u202f", " ").replace("\xa0", " ")
    assert plain == "2 answers in 2 min 5 s · 1 failed · $0.030"
