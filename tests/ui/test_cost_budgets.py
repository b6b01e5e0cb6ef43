"""Budgets in the real window: set, changed, removed and taken back, and what a run then says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import cast

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS
from tests.support.spending import DOLLAR, spent
from tests.ui.support.accessible import faults, tab_faults
from tests.ui.support.compare_rig import compared, front, opened, ran, written

from proofroom.domain import period
from proofroom.domain.budget import Standing
from proofroom.domain.usage import PriceRow
from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.cost.budget_rows import BudgetRow
from proofroom.ui.cost.budget_sheet import BudgetSheet
from proofroom.ui.cost.controller import today
from proofroom.ui.cost.page import CostPage
from proofroom.ui.shell import Shell
from proofroom.workspace import budget_state, budgets, database, providers
from proofroom.workspace.budgets import NewBudget

Key = Qt.Key
MONTH = NewBudget(scope="all", name="", every="month", limit_nano_usd=40 * DOLLAR)
PRICES = (
    PriceRow(bucket="input", nano_usd_per_million=0),
    # a tenth of a cent is held for 16 tokens at most, an answer of 8 costs half of it
    PriceRow(bucket="output", nano_usd_per_million=DOLLAR // 16_000 * 1_000_000),
)


def waits(qtbot: QtBot, ready: Callable[[], bool]) -> None:
    qtbot.waitUntil(ready, timeout=GUARD_MS)


def kept(shell: Shell) -> list[Standing]:
    return written(shell, lambda db: budget_state.standings(db, today()))


@pytest.fixture
def page(qtbot: QtBot, shell: Shell) -> CostPage:
    with closing(database.connect(shell.session.path)) as db:
        spent(db, 31 * DOLLAR, f"{period.date_of(today())}T12:00")
    shell.window.activateWindow()
    shell.window.go("cost")
    page = cast("CostPage", shell.window.widget("cost"))
    waits(qtbot, page.area.isVisible)
    return page


def sheet_of(qtbot: QtBot, page: CostPage) -> BudgetSheet:
    waits(qtbot, lambda: page.sheet is not None and page.sheet.isVisible())
    return cast("BudgetSheet", page.sheet)


def rows(page: CostPage) -> list[BudgetRow]:
    return page.side.budgets.rows


def test_a_budget_is_set_by_keys_alone_and_shows_what_was_spent(
    qtbot: QtBot, shell: Shell, page: CostPage
) -> None:
    assert page.side.budgets.new.isVisible()
    front(qtbot, page)
    page.period.setFocus()
    qtbot.keyClick(page.period, Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    sheet = sheet_of(qtbot, page)
    assert (faults(sheet), tab_faults(sheet)) == ([], [])
    assert not sheet.name_field.isVisible()
    sheet.limit.setFocus()
    qtbot.keyClicks(sheet.limit, "40")
    qtbot.keyClick(sheet.limit, Key.Key_Return)
    waits(qtbot, lambda: len(rows(page)) == 1)
    assert (
        rows(page)[0]
        .accessibleName()
        .startswith("Budget Everything, month: $31.00 of $40.00 this month, begins anew on 1")
    )
    assert [(one.spent, one.budget.every) for one in kept(shell)] == [(31 * DOLLAR, "month")]
    assert (sheet.isVisible(), page.side.budgets.new.isVisible()) == (False, False)


def test_a_comma_before_cents_is_a_decimal_one(qtbot: QtBot, shell: Shell, page: CostPage) -> None:
    page.side.budgets.new.click()
    sheet = sheet_of(qtbot, page)
    sheet.limit.setText("1e999999")
    sheet.button.click()
    assert "an amount of US dollars" in sheet.limit_field.error
    sheet.limit.setText("0,50")
    sheet.button.click()
    waits(qtbot, lambda: len(rows(page)) == 1)
    assert [one.budget.limit_nano_usd for one in kept(shell)] == [DOLLAR // 2]


def test_what_cannot_be_a_budget_is_said_under_its_field(
    qtbot: QtBot, shell: Shell, page: CostPage
) -> None:
    written(shell, lambda db: budgets.add(db, MONTH))
    page.budget_button.click()
    sheet = sheet_of(qtbot, page)
    sheet.limit.setText("a lot")
    sheet.share.setText("180")
    sheet.button.click()
    assert sheet.limit_field.error.startswith("Write an amount")
    assert sheet.share_field.error == "Write a number from 1 to 100."
    sheet.limit.setText("$1,000.50")
    sheet.share.setText("90 %")
    sheet.button.click()
    waits(qtbot, lambda: "already" in sheet.limit_field.error)
    sheet.scope.setCurrentIndex(sheet.scope.findData("source"))
    sheet.name.setCurrentIndex(sheet.name.findData("cli"))
    sheet.button.click()
    waits(qtbot, lambda: len(kept(shell)) == 2)
    new = kept(shell)[1].budget
    assert (new.address, new.limit_nano_usd, new.warn_share) == (
        "source:cli", 1_000_500_000_000, 0.9,
    )  # fmt: skip


def test_a_press_on_a_budget_changes_it_and_a_removed_one_comes_back(
    qtbot: QtBot, shell: Shell, page: CostPage
) -> None:
    written(shell, lambda db: budgets.add(db, MONTH))
    page.controller.ask()
    waits(qtbot, lambda: len(rows(page)) == 1)
    rows(page)[0].setFocus()
    qtbot.keyClick(rows(page)[0], Key.Key_Return)
    sheet = sheet_of(qtbot, page)
    assert sheet.limit.text() == "40"
    sheet.limit.setText("35")
    sheet.button.click()
    waits(qtbot, lambda: rows(page)[0].standing.state == "warn")
    rows(page)[0].click()
    sheet_of(qtbot, page).remove.click()
    waits(qtbot, lambda: not rows(page))
    toast = shell.window.toasts.shown[-1]
    toast.pressed.emit()
    waits(qtbot, lambda: len(rows(page)) == 1)
    assert [one.budget.limit_nano_usd for one in kept(shell)] == [35 * DOLLAR]


def limited(qtbot: QtBot, shell: Shell, server: FaultServer, limit: int) -> ComparisonView:
    path = shell.session.path
    key = compared(path, server, ["ok"], rows=4)
    with closing(database.connect(path)) as db:
        providers.put(db, providers.Provider(
            name="ok", adapter="direct", dialect="compatible", url=server.url("ok"),
            needs_key=False, concurrency=1,
        ))  # fmt: skip
        offers = [providers.Offer(name="m", window=None, prices=PRICES, source="catalogue")]
        providers.offer(db, "ok", offers)
        new = NewBudget(scope="all", name="", every="day", limit_nano_usd=limit, warn_share=0.5)
        budgets.add(db, new)
    return opened(qtbot, shell, key, rows=4)


def test_a_run_warns_in_the_window_stops_at_the_budget_and_says_so_in_its_cells(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    view = limited(qtbot, shell, server, DOLLAR // 500)
    ran(qtbot, view)
    assert server.count() == 3  # $0.50 each: with $1.50 spent the $1.00 of a fourth does not fit
    failed = [
        one.run for row in view.model.rows for one in row.all() if one.run and one.run.failure
    ]
    assert [(run.failure, run.title) for run in failed] == [
        ("budget", "Too little left in the budget")
    ]
    assert "$0.0015 of $0.0020 today; this call may cost $0.0010" in (failed[0].detail or "")
    waits(qtbot, lambda: "New calls stop at the limit" in shell.notices.shown)
    waits(qtbot, lambda: shell.window.status.spend.text() == "$0.0015 of $0.0020 today")
    shell.window.banner.pressed.emit()
    assert shell.window.page == "cost"
