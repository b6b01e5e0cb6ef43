"""Draws the Compare page to pictures: light and dark, four sizes, each of its states."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEvent, QEventLoop, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QWidget
from tests.ui.support import compare_data

from proofroom.engine import protocol
from proofroom.ui.compare.page import ComparePage
from proofroom.ui.pages import PAGES, page_of
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.ui.theme import Look, theme
from proofroom.ui.widgets.progress import Progress
from proofroom.ui.window import MainWindow, PageSpec

GUARD_MS = 20_000


def until(ready: Callable[[], bool]) -> None:
    """Let the window work until something is there."""
    deadline = QDeadlineTimer(GUARD_MS)
    while not ready():
        if deadline.hasExpired():
            raise TimeoutError
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
    settle()


def settle() -> None:
    """Let what is due happen."""
    for _ in range(6):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()


def _arrive(page: QWidget, place: str | None) -> None:
    if isinstance(page, ComparePage):
        page.arrive(place)


class Stage:
    """A window with the Compare page over a real workspace; no engine is started."""

    def __init__(self, path: Path) -> None:
        self.session = Session(path)
        self.presses = Presses(self.session)
        self.window = MainWindow()
        self.page: ComparePage | None = None
        spec = PageSpec(
            id="compare", title="Compare", icon="columns-2", factory=self._build, key="Ctrl+2",
            arrive=_arrive,
        )  # fmt: skip
        for entry in PAGES:  # the sidebar has them all
            other = page_of(entry, self.session, self.window, self.presses)
            self.window.add_page(spec if entry.id == "compare" else other)
        self.window.sidebar.set_workspace("acme-support")
        self.window.status.engine.say("Engine ready", "circle-check", "ok")
        self.window.status.spend.say("$0.42 today", "wallet")

    def _build(self) -> ComparePage:
        self.page = ComparePage(self.session, self.window, self.presses)
        return self.page

    def show(self, key: int | None, wide: int, high: int) -> ComparePage:
        self.window.resize(wide, high)
        self.window.show()
        self.window.activateWindow()
        self.window.go("compare", None if key is None else str(key))
        page = self.page
        assert page is not None
        if key is not None:
            model = page.view.model
            until(lambda: model.rowCount() == 8 and bool(page.view.said.text()))
            until(lambda: all(s.body is not None for r in model.rows[:2] for s in r.all() if s.run))
        settle()
        return page

    def close(self) -> None:
        self.window.close()
        self.session.close()
        settle()


def stream(stage: Stage) -> None:
    """Let one cell stream and one wait, as the engine would say it."""
    view = stage.page.view if stage.page else None
    assert view is not None
    row = view.model.rows[2]
    columns = [column.key for column in view.model.columns]
    engine = stage.session.engine
    engine.news.emit(
        protocol.CellWaiting(
            job_id="j", row_key=row.row.key, column_key=columns[3], sample=0,
            why="Waiting for a free slot, 1 ahead",
        )
    )  # fmt: skip
    engine.news.emit(
        protocol.CellStarted(
            job_id="j", row_key=row.row.key, column_key=columns[2], sample=0, run_key=1
        )
    )
    delta = protocol.Delta(
        row_key=row.row.key, column_key=columns[2], sample=0, kind="text",
        text=compare_data.THIRD[2] + " warehouse today by express and",
    )  # fmt: skip
    engine.news.emit(protocol.Deltas(job_id="j", items=(delta,)))
    live = view.streams.lives[row.row.key, columns[2], 0]
    live.began_us -= 1_100_000
    live.first_us = live.began_us + 500_000
    view.run_button.set_running(True)
    progress = Progress(
        done=13, total=16, unit="cells", failed=1, seconds_left=6, expected=12_000_000
    )
    stage.presses.progress.emit(view.controller.key, progress)
    until(lambda: view.grid.heads.facts(view.model.columns[2]).failed == 1)  # the other one streams
    stage.window.status.work.say("Comparison: 13 of 16, about 6 s left", "loader-circle", "accent")
    settle()


def shoot(stage: Stage, out: Path, name: str) -> None:
    settle()
    stage.window.grab().save(str(out / f"{name}.png"))


def steps(stage: Stage, page: ComparePage, out: Path, look: str) -> None:
    """Draw the panel of a run of two steps."""
    page.view.grid.setCurrentIndex(page.view.model.index(7, 2))
    page.view.acts.peek()
    until(lambda: page.view.panel.found is not None and len(page.view.panel.found.steps) > 1)
    stage.window.resize(1920, 1400)
    until(lambda: True)
    shoot(stage, out, f"compare-steps-{look}")
    page.view.panel.close_it()
    stage.window.resize(1920, 1080)


def pictures(out: Path, look: str, path: Path, key: int) -> None:
    """Draw every picture in one look."""
    stage = Stage(path)
    page = stage.show(None, 1280, 800)
    until(lambda: page.kept.model.rowCount() > 0)
    shoot(stage, out, f"compare-list-{look}")
    page = stage.show(key, 1280, 800)
    page.view.grid.setCurrentIndex(page.view.model.index(1, 1))
    page.view.grid.setFocus(Qt.FocusReason.TabFocusReason)
    shoot(stage, out, f"compare-kept-{look}")
    stream(stage)
    shoot(stage, out, f"compare-{look}")
    stage.window.resize(1920, 1080)
    settle()
    page.view.acts.peek()
    until(lambda: page.view.panel.found is not None)
    until(lambda: True)
    shoot(stage, out, f"compare-wide-{look}")
    page.view.panel.close_it()
    steps(stage, page, out, look)
    page.view.controller.set_view(view="json")
    until(lambda: True)
    stage.window.resize(1024, 700)
    until(lambda: True)
    page.view.grid.horizontalScrollBar().setValue(200)
    shoot(stage, out, f"compare-small-{look}")
    page.view.controller.set_view(view="words")
    page.view.grid.horizontalScrollBar().setValue(0)
    stage.window.resize(1280, 800)
    until(lambda: True)
    page.view.acts.open_cell()
    until(lambda: True)
    shoot(stage, out, f"compare-open-{look}")
    page.view.acts.close_cell()
    page.view.grid.verticalScrollBar().setValue(10_000)
    until(lambda: True)
    shoot(stage, out, f"compare-end-{look}")
    page.ask_new()
    sheet = page.sheet
    assert sheet is not None
    until(lambda: bool(sheet.chosen_sources()))
    shoot(stage, out, f"compare-new-{look}")
    sheet.close_it()
    theme().set_zoom(200)
    stage.window.resize(1281, 800)
    page.view.grid.verticalScrollBar().setValue(0)
    until(lambda: True)
    shoot(stage, out, f"compare-200-{look}")
    theme().set_zoom(100)
    stage.close()


def main(out: Path) -> None:
    """Draw light and dark into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    QCursor.setPos(3000, 3000)  # nothing is under the pointer
    theme().set_bundled_fonts(True)
    for look in (Look.LIGHT, Look.DARK):
        theme().set_look(look)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "acme-support.proofspace"
            db = compare_data.workspace(path)
            key = compare_data.filled(db)
            last = compare_data.newest(db)
            compare_data.tool_step(db, last)
            db.close()
            pictures(out, look.value, path, key)
    del app


if __name__ == "__main__":
    main(Path(sys.argv[1]))
