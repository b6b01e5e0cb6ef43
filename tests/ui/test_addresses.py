"""The window asks once before an API key goes to a new address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS, add_comparison

from proofroom.domain.provider import Provider
from proofroom.keys.secret import cleaned
from proofroom.ui.pressing import Presses
from proofroom.ui.questions import AddressSheet
from proofroom.ui.session import Session
from proofroom.ui.settings.key_entry import KeyEntry
from proofroom.workspace import machine

KEY = "sk-marked-key-of-a-test-0123456789"


@pytest.fixture(autouse=True)
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_nobody_to_ask_means_nothing_is_sent(
    qtbot: QtBot, session: Session, server: FaultServer
) -> None:
    key = add_comparison(session.path, server.url("ok"), rows=1, needs_key=True)
    session.session_keys.store("fault", cleaned(KEY))
    presses, failed = Presses(session), list[Exception]()
    with qtbot.waitSignal(presses.not_started, timeout=GUARD_MS):
        presses.run(key, failed.append)
    qtbot.waitUntil(lambda: bool(failed), timeout=GUARD_MS)
    assert "sends your fault key to this laptop" in str(failed[0])
    assert (server.count(), presses.is_running(key)) == (0, False)


def test_a_yes_is_kept_and_a_no_sends_nothing(
    qtbot: QtBot, session: Session, server: FaultServer
) -> None:
    key = add_comparison(session.path, server.url("ok"), rows=1, needs_key=True)
    session.session_keys.store("fault", cleaned(KEY))
    asked, answers = list[str](), [False, True]

    def confirm(new: Sequence[Provider], go: Callable[[], None], leave: Callable[[], None]) -> None:
        asked.extend(one.url for one in new)
        (go if answers.pop(0) else leave)()

    presses, failed = Presses(session, confirm=confirm), list[Exception]()
    with qtbot.waitSignal(presses.not_started, timeout=GUARD_MS):
        presses.run(key, failed.append)
    assert (server.count(), machine.load().addresses) == (0, {})
    for _ in range(2):
        with qtbot.waitSignal(presses.ended, timeout=GUARD_MS):
            presses.run(key, failed.append, fresh=True)
    assert ([one.key for one in server.requests], failed) == ([KEY, KEY], [])
    assert asked == [server.url("ok")] * 2


@pytest.mark.parametrize("name", ["run_button", "keep_button"])
def test_the_sheet_names_the_host_and_answers_once(qtbot: QtBot, name: str) -> None:
    window, answers = QWidget(), list[str]()
    qtbot.addWidget(window)
    window.show()
    new = [Provider(name="openai", adapter="direct", url="https://evil.example/v1")]
    sheet = AddressSheet(window, new, lambda: answers.append("go"), lambda: answers.append("no"))
    assert sheet.sentences == ["This workspace sends your openai key to evil.example."]
    sheet.open()
    qtbot.mouseClick(getattr(sheet, name), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(answers), timeout=GUARD_MS)
    assert answers == ["go" if name == "run_button" else "no"]


def test_a_key_that_is_entered_goes_to_the_host_that_its_sheet_names(
    qtbot: QtBot, session: Session
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    provider = Provider(name="office", adapter="direct", url="https://office.example/v1")
    entry = KeyEntry(window, session, provider)
    entry.key.setText(KEY)
    entry.session_button.click()
    address = "https://office.example/v1/"
    qtbot.waitUntil(lambda: machine.load().confirmed("office", address), timeout=GUARD_MS)
