"""How the app ends: closed with work running, told by a signal, killed, and with a full queue."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest
from PySide6.QtGui import QGuiApplication
from tests.e2e.support import Desk, add_comparison, fault_workspace, rows
from tests.support.fault_server import FaultServer
from tests.support.sessions import Asked, outcome

from proofroom import paths
from proofroom.ui.compare.states import Phase
from proofroom.ui.questions import Question
from proofroom.workspace import integrity

GUARD_S = 60
WORDS = " Be kind."


@pytest.fixture
def slow(server: FaultServer) -> FaultServer:
    server.set("slowtok", delay_s=0.2, tokens=2000)
    return server


def workspace(tmp_path: Path, server: FaultServer, *columns: str) -> tuple[Path, int]:
    path = tmp_path / "ends.proofspace"
    fault_workspace(path, {"slow": server.url("slowtok")}, local=True)
    return path, add_comparison(path, columns or ("slow/tester",))


def test_closing_the_window_with_work_running_asks(
    desk: Desk, slow: FaultServer, tmp_path: Path
) -> None:
    path, key = workspace(tmp_path, slow)
    desk.open(path, page="prompts")
    desk.show_comparison(key, 1).run_button.click()
    desk.until(lambda: desk.samples()[0].phase == Phase.STREAMING)
    desk.window.close()
    desk.shown(Question).buttons[-1].click()
    assert desk.window.isVisible()
    assert desk.samples()[0].phase == Phase.STREAMING
    engine = psutil.Process(desk.session.engine.pid)
    desk.window.close()
    stop = desk.shown(Question).buttons[0]
    assert stop.text() == "Stop and quit"
    assert desk.leave(stop.click) == 0
    assert not engine.is_running()
    assert not path.with_name(path.name + "-wal").exists()
    assert rows(path, "SELECT status FROM runs") == [("cancelled",)]


def test_what_ends_the_windows_for_another_reason_does_not_say_quit(
    desk: Desk, slow: FaultServer, tmp_path: Path
) -> None:
    path, key = workspace(tmp_path, slow)
    desk.open(path, page="prompts")
    desk.show_comparison(key, 1).run_button.click()
    desk.until(lambda: desk.samples()[0].phase == Phase.STREAMING)
    for asked, words in (
        (desk.session.compact_asked.emit, "Stop and compact"),
        (partial(desk.session.restore_asked.emit, path), "Stop and restore"),
        (desk.window.close, "Stop and quit"),
    ):
        asked()
        stop, keep = desk.shown(Question).buttons
        assert stop.text() == words
        keep.click()
    desk.window.close()
    assert desk.leave(desk.shown(Question).buttons[0].click) == 0


def gone(found: list[psutil.Process]) -> bool:
    """Wait until they have all ended, orphans as they are."""
    _, alive = psutil.wait_procs(found, timeout=GUARD_S)
    return not alive


class Driven:
    """The app in its own process, with what it starts."""

    def __init__(self, path: Path, key: int) -> None:
        command = [sys.executable, "-m", "tests.e2e.driven_child", str(path), str(key), WORDS]
        self.process = subprocess.Popen(command)
        self.family = psutil.Process(self.process.pid)

    def end(self) -> None:
        for one in [*self.family.children(recursive=True)] if self.family.is_running() else []:
            one.kill()
        self.process.kill()
        self.process.wait(GUARD_S)


@pytest.fixture
def driven(desk: Desk, slow: FaultServer, tmp_path: Path) -> Iterator[Driven]:
    path, key = workspace(tmp_path, slow, "slow/tester", "local/smollm2")
    driven = Driven(path, key)
    desk.until(lambda: driven.process.poll() is None and slow.count() == 1, GUARD_S * 1000)
    done = "SELECT count(*) FROM runs WHERE status = 'ok'"
    desk.until(lambda: rows(path, done) == [(1,)], GUARD_S * 1000)
    yield driven
    driven.end()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_app_in_order(
    desk: Desk, driven: Driven, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    path = tmp_path / "ends.proofspace"
    family = driven.family.children(recursive=True)
    driven.process.send_signal(number)
    desk.until(lambda: driven.process.poll() is not None)
    assert driven.process.returncode == code
    assert gone(family)
    assert not path.with_name(path.name + "-wal").exists()
    assert sorted(rows(path, "SELECT status FROM runs")) == [("cancelled",), ("ok",)]


def test_a_killed_app_leaves_no_process_and_loses_nothing_that_was_finished(
    desk: Desk, driven: Driven, slow: FaultServer, tmp_path: Path
) -> None:
    path = tmp_path / "ends.proofspace"
    family = driven.family.children(recursive=True)
    assert len(family) >= 2
    driven.process.kill()
    assert driven.process.wait(GUARD_S) == -signal.SIGKILL
    assert gone(family)
    desk.open(path, page="prompts")
    desk.until(desk.shows_prompt)
    blocks = desk.prompts.bench.editor.blocks
    desk.until(lambda: bool(blocks))
    text = blocks[0].texts[0].text()
    assert text == f"Say {{{{ word }}}}.{WORDS}"
    desk.show_comparison(1, 1)
    desk.ended(["interrupted", "ok"])
    assert "interrupted" in desk.words()[0]
    assert slow.count() == 1
    assert desk.leave() == 0


def limit(pages: int, db: sqlite3.Connection) -> None:
    db.execute(f"PRAGMA max_page_count = {pages}")


def fill_up(desk: Desk) -> None:
    """Let the disk be full for this window, and type something that needs room."""
    desk.until(lambda: desk.shows_prompt() and not desk.session.writer.unsaved)
    asked = Asked()
    desk.session.writer.write(partial(limit, 1), asked.shown.append, asked.failed.append)
    outcome(desk.qtbot, asked)
    text = desk.prompts.bench.editor.blocks[0].texts[0]
    QGuiApplication.clipboard().setText("harbour " * 40_000)
    text.paste()


def test_words_typed_a_moment_before_the_end_on_a_full_disk_are_asked_about(
    desk: Desk, server: FaultServer, tmp_path: Path
) -> None:
    path, _ = workspace(tmp_path, server)
    desk.open(path, page="prompts")
    fill_up(desk)
    desk.window.close()
    ask = desk.shown(Question)
    assert "cannot be saved" in ask.accessibleName()
    desk.until(lambda: "changes are kept in memory" in desk.shell.notices.shown)
    ask.buttons[-1].click()
    desk.until(lambda: not ask.isVisible())
    assert desk.window.isVisible()
    desk.window.close()  # still full: asked again
    leave = desk.shown(Question).buttons[0]
    assert leave.text() == "Quit without saving"
    assert desk.leave(leave.click) == 0
    assert integrity.verify(path).sound


def test_words_typed_a_moment_before_the_end_are_in_the_file(
    desk: Desk, server: FaultServer, tmp_path: Path
) -> None:
    path, _ = workspace(tmp_path, server)
    desk.open(path, page="prompts")
    desk.until(desk.shows_prompt)
    text = desk.prompts.bench.editor.blocks[0].texts[0]
    desk.qtbot.keyClicks(text, " Now.")
    assert desk.leave() == 0
    desk.open(path, page="prompts")
    desk.until(desk.shows_prompt)
    again = desk.prompts.bench.editor.blocks[0].texts[0].text()
    assert again.endswith("}. Now.")


WARNING = """
import os, signal, sys
from pathlib import Path
from PySide6.QtCore import QTimer, qWarning
from proofroom.ui import app
def warn():
    qWarning("no glyph for " + sys.argv[2])
    os.kill(os.getpid(), signal.SIGTERM)
app.make_application()
QTimer.singleShot(0, warn)
sys.exit(app.run_app(Path(sys.argv[1])))
"""


def test_what_qt_warns_of_is_in_the_log_without_its_key(tmp_path: Path) -> None:
    path = fault_workspace(tmp_path / "warned.proofspace", {})
    key = "sk-" + "proj-4Fz0marked9Xq7Kd2pLw8"
    command = [sys.executable, "-c", WARNING, str(path), key]
    assert subprocess.run(command, timeout=GUARD_S, check=False).returncode == 143
    logged = "".join(one.read_text(encoding="utf-8") for one in paths.logs().glob("window*"))
    [line] = [line for line in logged.splitlines() if "no glyph for" in line]
    assert "WARNING" in line
    assert "Qt: " in line
    assert key not in line
