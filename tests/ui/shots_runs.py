"""Draws the Runs page to pictures: none, few and many runs, found, open, wrong, light and dark."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

HOME = tempfile.TemporaryDirectory(prefix="proofroom-shots-")
os.environ["HOME"] = HOME.name
for name in ("DATA", "CONFIG", "STATE", "CACHE"):
    os.environ[f"XDG_{name}_HOME"] = f"{HOME.name}/{name.lower()}"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication  # noqa: E402
from tests.ui.shots_compare import settle, until  # noqa: E402
from tests.ui.support import compare_data, runs_data  # noqa: E402

from proofroom.domain.run_order import Order  # noqa: E402
from proofroom.ui.pages import PAGES, page_of  # noqa: E402
from proofroom.ui.palette_sources import PaletteSources  # noqa: E402
from proofroom.ui.runs.page import RunsPage  # noqa: E402
from proofroom.ui.session import Session  # noqa: E402
from proofroom.ui.shell import Shell  # noqa: E402
from proofroom.ui.theme import Look, theme  # noqa: E402
from proofroom.ui.window import MainWindow  # noqa: E402

MANY = 40_000
SMALL, WIDE = (1280, 800), (1920, 1080)


class Stage:
    """A window on a workspace, at the Runs page."""

    def __init__(self, path: Path, look: Look) -> None:
        theme().set_look(look)
        theme().set_zoom(100)
        self.window, self.session = MainWindow(), Session(path)
        read: list[bool] = []
        self.session.settings_changed.connect(lambda: read.append(True))
        self.shell = Shell(self.session, self.window)
        for entry in PAGES:
            self.window.add_page(page_of(entry, self.session, self.window, self.shell.presses))
        self.window.resize(*SMALL)
        self.window.show()
        self.window.activateWindow()
        self.window.go("runs")
        self.page = cast("RunsPage", self.window.widget("runs"))
        until(lambda: self.page.controller.total is not None)
        until(lambda: bool(read))
        theme().set_look(look)  # over what the settings say
        theme().set_zoom(100)
        self.window.resize(*SMALL)
        self._look = look

    def shoot(self, out: Path, name: str) -> None:
        theme().set_look(self._look)  # a setting that was kept brings back the system's
        settle()
        self.window.status.engine.say("Engine ready", "circle-check", "ok")
        self.window.grab().save(str(out / f"runs-{name}-{self._look.value}.png"))

    def open(self, row: int) -> None:
        self.page.panel.found = None
        self.page.table.select(row)
        self.page.open_panel()
        until(lambda: self.page.panel.found is not None)

    def ask(self, query: str, ready: Callable[[], bool]) -> None:
        self.page.field.set_query(query)
        until(ready)


def of_none(out: Path, path: Path, look: Look) -> None:
    """Draw the page of a workspace without a run."""
    stage = Stage(path, look)
    stage.shoot(out, "none")
    stage.shell.end()


def of_few(out: Path, path: Path, look: Look) -> None:
    """Draw each state of the page with fifteen runs."""
    stage = Stage(path, look)
    page, window = stage.page, stage.window
    stage.shoot(out, "few")
    stage.open(2)
    stage.shoot(out, "failed")
    stage.open(0)
    for name in ("steps", "request", "answer"):
        stage.shoot(out, name)
        page.panel.parts.step(1)
        settle()
    window.resize(*WIDE)
    stage.shoot(out, "wide")
    window.resize(1024, 700)
    until(lambda: True)
    stage.shoot(out, "smallest")
    window.resize(*SMALL)
    page.panel.close_it()
    stage.ask("status:ok prompt:refund-reply refunded", lambda: page.controller.found == 3)
    stage.shoot(out, "found")
    stage.ask("status:ok cost>5", lambda: "without" in page.nothing.text.text())
    stage.shoot(out, "nothing")
    stage.ask("", lambda: page.controller.found == 15)
    of_order(out, stage)
    page.field.set_query("status:ok laxency>2s")
    stage.shoot(out, "wrong")
    theme().set_zoom(200)
    window.resize(SMALL[0] + 1, SMALL[1])
    stage.ask("", lambda: page.controller.found == 15)
    stage.shoot(out, "200")
    stage.open(1)
    stage.shoot(out, "200-open")
    stage.shell.end()


def of_order(out: Path, stage: Stage) -> None:
    """Draw the list sorted and grouped, a query being completed, and runs in the palette."""
    page, window = stage.page, stage.window
    page.ordering.sort(Order("cost"))
    until(lambda: page.controller.is_current and not page.controller.looking)
    stage.shoot(out, "sorted")
    page.ordering.sort(Order())
    page.ordering.gather("comparison")
    until(lambda: page.model.rowCount() == 1)
    page.controller.gathering.toggle(0)
    until(lambda: page.model.line(1) is not None)
    stage.shoot(out, "grouped")
    page.ordering.gather(None)
    until(lambda: page.model.rowCount() == 15)
    page.to_query()
    page.field.setText("status:ok mod")
    page.field.textEdited.emit(page.field.text())
    stage.shoot(out, "completed")
    page.completer.list.hide()
    PaletteSources(stage.session, window)
    until(lambda: True)

    def groups() -> set[str]:
        return {one.group for one in window.palette_.entries}

    def named() -> bool:
        window.palette_.ask("refund")
        return "Prompts" in groups()

    until(named)
    until(lambda: "Runs" in groups())
    stage.shoot(out, "palette")
    window.palette_.close_it()
    stage.ask("", lambda: page.controller.found == 15)


def of_many(out: Path, path: Path, look: Look) -> None:
    """Draw the page with many runs, scrolled down, while one comes."""
    stage = Stage(path, look)
    page = stage.page
    bar = page.table.verticalScrollBar()
    until(lambda: bar.maximum() > MANY)
    bar.setValue(bar.maximum() // 2)
    until(lambda: page.model.line(page.table.seen()[0]) is not None)
    runs_data.another(path, 1)
    until(page.pill.isVisible)
    stage.shoot(out, "many")
    stage.window.resize(*WIDE)
    stage.open(page.table.seen()[0] + 6)
    stage.shoot(out, "many-wide")
    stage.shell.end()


def main(out: Path) -> None:
    """Draw light and dark into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    theme().set_bundled_fonts(True)
    for look in (Look.LIGHT, Look.DARK):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "acme-support.proofspace"
            with closing(compare_data.workspace(path)) as db:
                of_none(out, path, look)
                compare_data.filled(db)
                compare_data.tool_step(db, compare_data.newest(db))
                runs_data.older(db)
                of_few(out, path, look)
                runs_data.many(db, MANY)
                runs_data.older(db)
                of_many(out, path, look)
    del app


if __name__ == "__main__":
    main(Path(sys.argv[1]))
