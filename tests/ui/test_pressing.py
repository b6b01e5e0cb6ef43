from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS, add_comparison, told, value

from proofroom.domain import setting
from proofroom.domain.comparison import Estimate
from proofroom.domain.usage import PriceRow
from proofroom.keys.secret import cleaned
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.ui.widgets.progress import Progress
from proofroom.workspace import database, machine, providers

RUNS = "SELECT count(*) FROM runs WHERE status = 'ok'"


@pytest.fixture
def presses(session: Session) -> Presses:
    return Presses(session)


def _wait_end(qtbot: QtBot, presses: Presses, start: Callable[[], object]) -> tuple[int, object]:
    with qtbot.waitSignal(presses.ended, timeout=GUARD_MS) as ended:
        start()
    return told(ended)[0], told(ended)[1]


def test_a_press_runs_every_cell_and_tells_how_far_it_is(
    qtbot: QtBot, session: Session, presses: Presses, server: FaultServer
) -> None:
    key = add_comparison(session.path, server.url("ok"), rows=3, columns=2)
    far, failed = list[Progress](), list[Exception]()

    def hear(_: int, progress: Progress) -> None:
        far.append(progress)

    presses.progress.connect(hear)
    ended, end = _wait_end(qtbot, presses, lambda: presses.run(key, failed.append))
    assert (ended, getattr(end, "reason", "")) == (key, "done")
    assert [(one.done, one.total, one.failed) for one in far] == [(n, 6, 0) for n in range(7)]
    assert (server.count("ok"), value(session.path, RUNS), failed) == (6, 6, [])
    assert (presses.is_running(key), presses.text()) == (False, "")


def test_a_double_click_makes_one_press(
    qtbot: QtBot, session: Session, presses: Presses, server: FaultServer
) -> None:
    key = add_comparison(session.path, server.url("ok"), rows=2)
    failed: list[Exception] = []
    began = [presses.run(key, failed.append) for _ in range(3)]
    _wait_end(qtbot, presses, lambda: None)
    assert (began, server.count("ok"), failed) == ([True, False, False], 2, [])
    assert value(session.path, "SELECT count(*) FROM presses") == 1


def test_a_large_press_asks_once_and_a_no_sends_nothing(
    qtbot: QtBot, session: Session, presses: Presses, server: FaultServer
) -> None:
    key = add_comparison(session.path, server.url("ok"), rows=2)
    with qtbot.waitSignal(session.settings_changed, timeout=GUARD_MS):
        session.set_setting(setting.ASK_OVER_CALLS, 1)
    asked: list[Estimate] = []

    def no(estimate: Estimate, _: Callable[[], None], leave: Callable[[], None]) -> None:
        asked.append(estimate)
        leave()

    def yes(estimate: Estimate, go: Callable[[], None], _: Callable[[], None]) -> None:
        asked.append(estimate)
        go()

    failed: list[Exception] = []
    with qtbot.waitSignal(presses.not_started, timeout=GUARD_MS):
        presses.run(key, failed.append, ask=no)
    assert (server.count(), [one.paid_calls for one in asked]) == (0, [2])
    _wait_end(qtbot, presses, lambda: presses.run(key, failed.append, ask=yes))
    assert (server.count("ok"), len(asked), failed) == (2, 2, [])
    machine.reset(setting.ASK_OVER_CALLS)


def price(db: sqlite3.Connection, nano_usd: int) -> None:
    rows = tuple(
        PriceRow(bucket=bucket, nano_usd_per_million=nano_usd) for bucket in ("input", "output")
    )
    providers.offer(db, "fault", [providers.Offer(name="tester", prices=rows)])


@pytest.mark.parametrize(("limit", "asks"), [(0.5, 1), (100_000.0, 0)])
def test_a_dear_press_asks_with_its_sum_over_the_limit_that_is_set(  # noqa: PLR0913, PLR0917 - fixtures
    qtbot: QtBot,
    session: Session,
    presses: Presses,
    server: FaultServer,
    limit: float,
    asks: int,
) -> None:
    key = add_comparison(session.path, server.url("ok"), rows=1)
    with closing(database.connect(session.path)) as db:
        price(db, 10**15)  # a million dollars for a million tokens
    with qtbot.waitSignal(session.settings_changed, timeout=GUARD_MS):
        session.set_setting(setting.ASK_OVER_USD, limit)
    sums: list[int] = []
    failed: list[Exception] = []

    def ask(estimate: Estimate, go: Callable[[], None], _: Callable[[], None]) -> None:
        sums.append(estimate.nano_usd)
        go()

    _wait_end(qtbot, presses, lambda: presses.run(key, failed.append, ask=ask))
    assert (len(sums), server.count("ok"), failed) == (asks, 1, [])
    assert all(nano_usd > 10**9 for nano_usd in sums)
    machine.reset(setting.ASK_OVER_USD)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists what a process has loaded")
@pytest.mark.parametrize("nano_usd", [0, 1_000])
def test_tokens_are_counted_before_a_press_only_where_they_cost(
    qtbot: QtBot, session: Session, presses: Presses, server: FaultServer, nano_usd: int
) -> None:
    key = add_comparison(session.path, server.url("ok"), rows=1)
    with closing(database.connect(session.path)) as db:
        price(db, nano_usd)
    failed: list[Exception] = []
    _wait_end(qtbot, presses, lambda: presses.run(key, failed.append))
    loaded = Path(f"/proc/{session.engine.pid}/maps").read_text(encoding="utf-8")
    # the library that counts: its first count loads a vocabulary, half a second
    assert ("_tiktoken" in loaded) == bool(nano_usd)
    assert (server.count("ok"), failed) == (1, [])


def test_a_key_goes_to_the_provider_and_nowhere_else(
    qtbot: QtBot, session: Session, presses: Presses, server: FaultServer
) -> None:
    key = add_comparison(session.path, server.url("ok"), rows=1, needs_key=True)
    machine.confirm("fault", server.url("ok"))
    session.session_keys.store("fault", cleaned("sk-marked-key-of-a-test-0123456789"))
    failed: list[Exception] = []
    _wait_end(qtbot, presses, lambda: presses.run(key, failed.append))
    assert [request.key for request in server.requests] == ["sk-marked-key-of-a-test-0123456789"]
    assert b"sk-marked" not in session.path.read_bytes()


def test_no_key_and_no_keychain_is_told_to_who_pressed(
    qtbot: QtBot, session: Session, presses: Presses, server: FaultServer
) -> None:
    key = add_comparison(session.path, server.url("ok"), rows=1, needs_key=True)
    machine.confirm("fault", server.url("ok"))
    failed: list[Exception] = []
    with qtbot.waitSignal(presses.not_started, timeout=GUARD_MS):
        presses.run(key, failed.append)
    qtbot.waitUntil(lambda: bool(failed), timeout=GUARD_MS)
    assert (server.count(), presses.is_running(key)) == (0, False)


def test_stop_ends_what_runs_and_what_waits(
    qtbot: QtBot, session: Session, presses: Presses, server: FaultServer
) -> None:
    key = add_comparison(session.path, server.url("silent0"), rows=20)
    failed: list[Exception] = []
    presses.run(key, failed.append)
    qtbot.waitUntil(lambda: server.count() == 8, timeout=GUARD_MS)
    assert "of 20 cells" in presses.text()
    _, end = _wait_end(qtbot, presses, presses.stop_all)
    assert (getattr(end, "reason", ""), server.count()) == ("stopped", 8)
    server.wait_closed(8)
    assert failed == []


def test_a_press_that_is_given_up_while_it_starts_sends_nothing(
    qtbot: QtBot, session: Session, presses: Presses, server: FaultServer
) -> None:
    key = add_comparison(session.path, server.url("ok"), rows=2)
    failed: list[Exception] = []
    with qtbot.waitSignal(presses.not_started, timeout=GUARD_MS):
        presses.run(key, failed.append)
        presses.stop(key)
    _wait_end(qtbot, presses, lambda: presses.run(key, failed.append))
    assert (server.count("ok"), failed) == (2, [])
