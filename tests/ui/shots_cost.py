"""Draws the Cost page to pictures: light and dark, three sizes, 200 %, and its empty states."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tests.support.sessions import new_workspace
from tests.ui.shots_compare import settle, until
from tests.ui.support import cost_data
from tests.ui.support.stage import Stage

from proofroom.domain import period
from proofroom.ui.cost.controller import today
from proofroom.ui.cost.page import CostPage
from proofroom.ui.theme import Look, theme
from proofroom.workspace import budgets, cost_sums, database
from proofroom.workspace.budgets import NewBudget


class CostStage(Stage):
    """The Cost page with its sums read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "cost")
        self.page = cast("CostPage", self.window.widget("cost"))
        until(lambda: self.page.controller.costs is not None)

    def drawn(self) -> None:
        page = self.page
        until(lambda: page.chart.plot is not None)
        until(lambda: page.controller.look is not None and page.controller.look.is_whole)
        settle()

    def closed(self) -> None:
        """Close the budget's sheet."""
        if self.page.sheet is not None:
            self.page.sheet.close_it()


def limits(db: sqlite3.Connection) -> None:
    """Set three budgets: one that is fine, one that has warned, one that has stopped."""
    month = cost_sums.total(db, period.preset("month", today())).cost
    day = cost_sums.total(db, period.preset("today", today())).cost
    for every, name, limit in (
        ("month", "", month * 2), ("day", "", day * 100 // 86), ("day", "comparison", day // 2),
    ):  # fmt: skip
        scope = "source" if name else "all"
        new = {"scope": scope, "name": name, "every": every, "limit_nano_usd": max(1, limit)}
        budgets.add(db, NewBudget(**new))  # pyright: ignore[reportArgumentType] - as the struct's


def pictures(out: Path, look: str, path: Path) -> None:
    """Draw all states in one look."""
    stage = CostStage(path)
    stage.page.controller.preset("30-days")
    stage.drawn()
    stage.shoot(out, f"cost-{look}", 1280, 800)
    stage.shoot(out, f"cost-wide-{look}", 1920, 1080)
    stage.shoot(out, f"cost-small-{look}", 1024, 700)
    chart = stage.page.chart
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(9):
        QTest.keyClick(chart, Qt.Key.Key_Left)
    stage.page.below.kinds.set_value("runs")
    stage.page.below.kinds.chosen.emit("runs")
    stage.shoot(out, f"cost-pointed-{look}", 1280, 800)
    chart.clearFocus()
    stage.page.controller.ask(by="prompt")
    until(lambda: bool(stage.page.controller.costs and stage.page.controller.costs.by == "prompt"))
    theme().set_zoom(200)
    stage.shoot(out, f"cost-200-{look}", 1280, 800)
    stage.page.area.verticalScrollBar().setValue(10_000)
    stage.shoot(out, f"cost-200-end-{look}", 1280, 800)
    theme().set_zoom(100)
    stage.page.side.budgets.rows[0].click()
    settle()
    stage.shoot(out, f"cost-budget-{look}", 1280, 800)
    stage.closed()
    stage.page.budget_button.click()
    until(lambda: stage.page.sheet is not None and stage.page.sheet.isVisible())
    stage.shoot(out, f"cost-budget-new-{look}", 1280, 800)
    stage.closed()
    stage.window.go("cost", "2020-01-01..2020-01-31")
    until(lambda: bool(stage.page.controller.costs and not stage.page.controller.costs.total.runs))
    stage.shoot(out, f"cost-nothing-{look}", 1280, 800)
    stage.close()


def main(out: Path) -> None:
    """Draw light and dark into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    theme().set_bundled_fonts(True)
    with tempfile.TemporaryDirectory() as folder:
        path = new_workspace(Path(folder) / "acme-support.proofspace")
        bare = new_workspace(Path(folder) / "bare.proofspace")
        with closing(database.connect(path)) as db:
            cost_data.fill(db, today(), 58)
            limits(db)
        for look in (Look.LIGHT, Look.DARK):
            theme().set_look(look)
            pictures(out, look.value, path)
            stage = CostStage(bare)
            stage.shoot(out, f"cost-empty-{look.value}", 1280, 800)
            stage.close()
    del app


if __name__ == "__main__":
    main(Path(sys.argv[1]))
