"""Providers that misbehave and an engine that dies, seen from the real window."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from tests.e2e.support import CONTROL, Desk, add_comparison, fault_workspace, rows
from tests.support.fault_server import FaultServer

from proofroom.domain import setting
from proofroom.ui.compare.states import Phase
from proofroom.ui.engine_log import EngineLog
from proofroom.ui.settings.page import SettingsPage
from proofroom.ui.widgets.panels import ErrorDialog

Key = Qt.Key
ENDS = {
    "ok": "done",
    "429once": "done",
    "429ra": "failed",
    "500": "failed",
    "rst0": "failed",
    "rstmid": "failed",
    "badjson": "failed",
    "401": "done",
    "404": "failed",
    "silent0": "timed out",
}


def test_every_misbehaving_answer_ends_in_words_and_each_request_has_its_attempt(
    desk: Desk, server: FaultServer, tmp_path: Path
) -> None:
    names = {f"p-{mode}": server.url(mode) for mode in ENDS}
    server.set("*", retry_after="0")
    path = fault_workspace(tmp_path / "faults.proofspace", names)
    key = add_comparison(path, list(names))
    desk.open(path, page="prompts")
    limit(desk, setting.FIRST_TOKEN_S, "3")
    view = desk.show_comparison(key, 1)
    view.run_button.click()
    desk.until(lambda: all(one.phase == Phase.ENDED for one in desk.samples()))
    retried(desk, server)
    desk.until(lambda: not view.run_button.running)
    for name, end, words in zip(names, ENDS.values(), desk.words(), strict=True):
        assert words.startswith(f"Cell, row 0, Draft {name}/tester, {end}"), words
        assert "running" not in words
        assert "waiting" not in words
    failed = [words for words in desk.words() if "failed" in words]
    assert all("failed, " in words for words in failed), failed
    assert rows(path, "SELECT count(*) FROM attempts") == [(server.count(),)]
    assert rows(path, "SELECT count(*) FROM runs WHERE ended_at IS NULL") == [(0,)]
    assert desk.leave() == 0


def limit(desk: Desk, one: setting.Setting, seconds: str) -> None:
    """Type a time-out into Settings."""
    desk.window.go("settings", "running")
    page = cast("SettingsPage", desk.window.widget("settings"))
    field = page.running.fields[one.name]
    desk.front()
    field.setFocus()
    field.selectAll()
    desk.type(seconds)
    desk.press(Key.Key_Return)
    desk.until(lambda: desk.session.value(one) == int(seconds))


def test_stop_all_ends_what_never_answers(desk: Desk, server: FaultServer, tmp_path: Path) -> None:
    path = fault_workspace(tmp_path / "stop.proofspace", {"dumb": server.url("silent0")})
    key = add_comparison(path, ["dumb"])
    desk.open(path, page="prompts")
    view = desk.show_comparison(key, 1)
    view.run_button.click()
    desk.until(lambda: server.count() == 1)
    desk.until(lambda: desk.window.actions_.action("stop").isEnabled())
    desk.front()
    desk.press(Key.Key_Period, CONTROL)
    desk.ended(["cancelled"])
    assert desk.words()[0].endswith("stopped")
    desk.until(lambda: not view.run_button.running)
    assert desk.leave() == 0


@pytest.mark.parametrize(
    ("mode", "one", "words"),
    [
        ("silent0", setting.FIRST_TOKEN_S, "No token for 2 s."),
        ("silentmid", setting.BETWEEN_TOKENS_S, "No token for 2 s."),
        ("keepalive", setting.TOTAL_S, "No whole answer within"),
    ],
)
def test_each_time_out_of_settings_ends_a_call_as_timed_out(  # noqa: PLR0913, PLR0917 - a table
    desk: Desk, server: FaultServer, tmp_path: Path, mode: str, one: setting.Setting, words: str
) -> None:
    path = fault_workspace(tmp_path / "time.proofspace", {"late": server.url(mode)})
    key = add_comparison(path, ["late"])
    desk.open(path, page="prompts")
    limit(desk, one, "2")
    desk.show_comparison(key, 1).run_button.click()
    desk.ended(["timeout"])
    assert "timed out, No answer in time" in desk.words()[0]
    assert rows(path, "SELECT DISTINCT status FROM attempts") == [("timeout",)]
    assert words in rows(path, "SELECT detail FROM runs")[0][0]
    assert desk.leave() == 0


def retried(desk: Desk, server: FaultServer) -> None:
    """Press R on the cell that was refused by 401, and see it asked once more."""
    place, before = list(ENDS).index("401"), server.count("401")
    server.script("401", ["ok"])
    desk.front()
    desk.view.grid.setFocus()
    desk.view.grid.setCurrentIndex(desk.view.model.index(1, place))
    desk.press(Key.Key_R)
    desk.until(lambda: desk.statuses()[place] == "ok")
    assert server.count("401") == before + 1
    server.script("401", ["401"])


def busy(desk: Desk, server: FaultServer, path: Path) -> int:
    """Run a comparison whose first answer ends and whose second never does."""
    server.set("slowtok", delay_s=0.2, tokens=2000)
    names = {"fault": server.url("ok"), "slow": server.url("slowtok")}
    key = add_comparison(fault_workspace(path, names), list(names))
    desk.open(path, page="prompts")
    desk.show_comparison(key, 1).run_button.click()
    desk.until(lambda: desk.statuses()[:1] == ["ok"])
    desk.until(lambda: desk.samples()[1].phase == Phase.STREAMING)
    return key


def test_an_engine_killed_in_a_run_is_said_and_restarted_and_sends_nothing_again(
    desk: Desk, server: FaultServer, tmp_path: Path
) -> None:
    path = tmp_path / "killed.proofspace"
    busy(desk, server, path)
    before = desk.session.engine.pid
    os.kill(before, signal.SIGKILL)
    desk.ended(["ok", "interrupted"])
    desk.until(lambda: desk.session.engine.state == "ready")
    assert desk.session.engine.pid != before
    toasts = [one.text.text() for one in desk.window.toasts.shown]
    assert any("was restarted" in words for words in toasts), toasts
    assert "What was finished is kept" in desk.view.banner.text.text()
    assert desk.words()[0].endswith("done")
    assert "interrupted" in desk.words()[1]
    assert server.count() == 2
    assert rows(path, "SELECT count(*) FROM attempts") == [(2,)]
    assert desk.leave() == 0
    assert server.count() == 2


def test_an_engine_that_dies_three_times_stays_down_with_its_log(
    desk: Desk, tmp_path: Path
) -> None:
    desk.open(fault_workspace(tmp_path / "r2.proofspace", {}, local=True), page="prompts")
    engine = desk.session.engine
    for _ in range(3):
        desk.until(lambda: engine.state == "ready")
        pid = engine.pid
        os.kill(pid, signal.SIGKILL)
        desk.until(lambda pid=pid: engine.pid != pid)
    assert (engine.state, engine.pid) == ("failing", 0)
    assert "ended 3 times within a minute" in desk.shell.notices.shown
    desk.window.banner.pressed.emit()
    log = desk.shown(EngineLog)
    assert log.text.toPlainText()
    log.restart_button.click()
    desk.until(lambda: engine.state == "ready")
    assert desk.shell.notices.shown == ""
    assert desk.leave() == 0


@pytest.fixture
def hooks() -> Iterator[None]:
    """What reports faults is as it was, whatever the app puts there."""
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook = before


@pytest.mark.usefixtures("hooks")
@pytest.mark.qt_no_exception_capture
def test_what_nobody_caught_opens_a_dialog_whose_report_can_be_copied_without_its_key(
    desk: Desk, tmp_path: Path
) -> None:
    desk.open(fault_workspace(tmp_path / "a.proofspace", {}), page="prompts")
    assert desk.app is not None
    desk.app.watch_faults()
    key = "sk-" + "proj-4Fz0marked9Xq7Kd2pLw8"

    def slip() -> None:
        raise ZeroDivisionError(key)

    QTimer.singleShot(0, slip)
    dialog = desk.shown(ErrorDialog)
    dialog.copy_button.click()
    report = QGuiApplication.clipboard().text()
    dialog.close_button.click()
    assert "ZeroDivisionError" in report
    assert "in slip" in report
    assert key not in report
    assert desk.leave() == 0
