"""The list of runs is sorted, summed and gathered, in the window."""

from __future__ import annotations

from contextlib import closing
from functools import partial

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS
from tests.ui.support import runs_data
from tests.ui.support.compare_rig import front
from tests.ui.support.runs_rig import cells, opened, shown, waits

from proofroom.domain import setting
from proofroom.domain.run_order import Order
from proofroom.ui.runs.columns import IDS
from proofroom.ui.runs.page import RunsPage
from proofroom.ui.shell import Shell
from proofroom.workspace import database

Key, Mod = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def comparison(shell: Shell) -> int:
    return runs_data.filled(shell.session.path)


@pytest.fixture
def page(qtbot: QtBot, shell: Shell, comparison: int) -> RunsPage:
    assert comparison
    return shown(qtbot, shell, 15)


_SLOWEST = "SELECT key FROM runs ORDER BY latency_us DESC, key DESC"


def test_a_click_on_a_head_sorts_and_that_is_kept(
    qtbot: QtBot, shell: Shell, page: RunsPage
) -> None:
    head, place = page.table.horizontalHeader(), IDS.index("latency")
    with closing(database.connect(shell.session.path)) as db:
        slowest = [row[0] for row in db.execute(_SLOWEST).fetchall()]
    at = QPoint(head.sectionViewportPosition(place) + 20, head.height() // 2)
    qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: page.model.keys[0] == slowest[0], timeout=GUARD_MS)
    assert page.footer.order.text() == "slowest first"
    assert (head.isSortIndicatorShown(), head.sortIndicatorSection()) == (True, place)
    kept = partial(shell.session.value, setting.RUNS_ORDER)
    qtbot.waitUntil(lambda: kept() == "latency", timeout=GUARD_MS)
    qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: page.model.keys[0] == slowest[-1], timeout=GUARD_MS)
    qtbot.waitUntil(lambda: kept() == "-latency", timeout=GUARD_MS)


def test_a_head_without_a_figure_sorts_nothing(qtbot: QtBot, page: RunsPage) -> None:
    head, keys = page.table.horizontalHeader(), list(page.model.keys)
    at = QPoint(head.sectionViewportPosition(IDS.index("model")) + 20, head.height() // 2)
    qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert head.sortIndicatorSection() == IDS.index("started")
    assert list(page.model.keys) == keys


def test_runs_are_sorted_by_key_and_new_ones_wait_in_the_pill(
    qtbot: QtBot, shell: Shell, page: RunsPage, comparison: int
) -> None:
    front(qtbot, page)
    page.table.setFocus()
    menu = QMenu()
    page.ordering.fill_orders(menu)
    assert [one.text() for one in menu.actions() if one.isChecked()] == [
        "Newest first",
        "Not grouped",
    ]
    next(one for one in menu.actions() if one.text() == "Dearest first").trigger()
    qtbot.waitUntil(lambda: page.controller.order.by == "cost", timeout=GUARD_MS)
    qtbot.waitUntil(lambda: cells(page, "cost")[-1] == "unknown", timeout=GUARD_MS)
    costs = cells(page, "cost")
    runs_data.another(shell.session.path, comparison)
    qtbot.waitUntil(page.pill.isVisible, timeout=GUARD_MS)
    assert cells(page, "cost") == costs
    page.pill.click()
    waits(qtbot, page, 16)
    qtbot.keyClick(page.table, Key.Key_S, Mod.ShiftModifier)
    qtbot.waitUntil(lambda: page.footer.order.text() == "cheapest first", timeout=GUARD_MS)


def test_a_long_sorted_list_is_read_page_by_page(
    qtbot: QtBot, shell: Shell, comparison: int
) -> None:
    assert comparison
    with closing(database.connect(shell.session.path)) as db:
        runs_data.many(db, 600)
        sql = "SELECT key FROM runs ORDER BY coalesce(-tokens_in - tokens_out, 1), key DESC"
        meant = [row[0] for row in db.execute(sql).fetchall()]
    page = shown(qtbot, shell, 615)
    page.ordering.sort(Order("tokens"))
    qtbot.waitUntil(lambda: page.controller.by_time is False, timeout=GUARD_MS)
    waits(qtbot, page, 615)
    # what the first page does when it comes would undo a scroll before it
    qtbot.waitUntil(lambda: list(page.model.keys[:9]) == meant[:9], timeout=GUARD_MS)
    bar = page.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: page.model.line(614) is not None, timeout=GUARD_MS)
    assert list(page.model.keys) == meant


def test_the_foot_says_what_the_runs_found_come_to(qtbot: QtBot, page: RunsPage) -> None:
    said = page.footer.sums
    qtbot.waitUntil(lambda: said.text().startswith("15 runs"), timeout=GUARD_MS)
    page.field.set_query("status:failed")
    qtbot.waitUntil(lambda: said.text().startswith("2 runs"), timeout=GUARD_MS)
    assert said.text().endswith("2 failed")
    page.field.set_query("nothingatall")
    qtbot.waitUntil(page.nothing.isVisible, timeout=GUARD_MS)
    assert not page.footer.isVisible()


def test_runs_are_grouped_and_a_group_opens_and_closes_by_key(
    qtbot: QtBot, shell: Shell, page: RunsPage
) -> None:
    front(qtbot, page)
    page.table.setFocus()
    qtbot.keyClick(page.table, Key.Key_G)
    qtbot.waitUntil(lambda: page.model.rowCount() < 15, timeout=GUARD_MS)
    groups = page.model.groups
    assert (sum(one.runs for one in groups), sum(one.failed for one in groups)) == (15, 2)
    assert page.footer.order.text() == "by prompt, newest first"
    many = groups[0].runs
    page.table.select(0)
    spoken = page.model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith(groups[0].name)
    assert spoken.endswith("closed")
    qtbot.keyClick(page.table, Key.Key_Return)
    closed = len(groups)
    qtbot.waitUntil(lambda: page.model.rowCount() == closed + many, timeout=GUARD_MS)
    qtbot.waitUntil(lambda: page.model.line(1) is not None, timeout=GUARD_MS)
    assert page.acts.here_key() is None  # a group is no run
    qtbot.keyClick(page.table, Key.Key_Down)
    with qtbot.waitSignal(page.panel.shown, timeout=GUARD_MS):
        qtbot.keyClick(page.table, Key.Key_Return)
    page.panel.close_it()
    page.table.select(0)
    qtbot.keyClick(page.table, Key.Key_Left)
    assert page.model.rowCount() == closed
    qtbot.keyClick(page.table, Key.Key_G)
    qtbot.waitUntil(lambda: page.footer.order.text().startswith("by comparison"), timeout=GUARD_MS)
    qtbot.keyClick(page.table, Key.Key_G)
    waits(qtbot, page, 15)
    assert shell.window.page == "runs"


def test_a_large_group_is_read_page_by_page_as_it_is_seen(
    qtbot: QtBot, shell: Shell, comparison: int
) -> None:
    assert comparison
    with closing(database.connect(shell.session.path)) as db:
        runs_data.many(db, 500)
    page = shown(qtbot, shell, 515)
    page.ordering.gather("comparison")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=GUARD_MS)
    assert page.model.groups[0].runs == 515
    page.controller.gathering.toggle(0)
    qtbot.waitUntil(lambda: page.model.rowCount() >= 101, timeout=GUARD_MS)
    assert page.model.is_more(page.model.rowCount() - 1)
    bar = page.table.verticalScrollBar()

    def at_end() -> bool:
        bar.setValue(bar.maximum())
        return page.model.rowCount() == 516

    qtbot.waitUntil(at_end, timeout=GUARD_MS)
    keys = [key for key in page.model.keys if key > 0]
    assert keys == sorted(set(keys), reverse=True)


def test_filtered_runs_of_groups_are_counted_without_the_rows_of_groups(
    qtbot: QtBot, shell: Shell, page: RunsPage, comparison: int
) -> None:
    page.field.set_query("since:2000-01-01")
    page.ordering.gather("comparison")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=GUARD_MS)
    page.controller.gathering.toggle(0)
    qtbot.waitUntil(lambda: page.model.rowCount() == 16, timeout=GUARD_MS)
    with qtbot.waitSignal(page.controller.counted, timeout=GUARD_MS):
        page.controller.look()
    assert page.field.count == "15 of 15 runs"
    runs_data.another(shell.session.path, comparison)
    qtbot.waitUntil(lambda: page.field.count == "16 of 16 runs", timeout=GUARD_MS)


def test_a_group_closed_while_more_of_it_is_read_stays_closed(
    qtbot: QtBot, shell: Shell, comparison: int
) -> None:
    assert comparison
    with closing(database.connect(shell.session.path)) as db:
        runs_data.many(db, 500)
    page = shown(qtbot, shell, 515)
    page.ordering.gather("comparison")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=GUARD_MS)
    gathering = page.controller.gathering
    gathering.toggle(0)
    qtbot.waitUntil(lambda: page.model.rowCount() >= 101, timeout=GUARD_MS)
    gathering.toggle(page.model.rowCount() - 1)
    gathering.toggle(0)
    read: list[object] = []
    shell.session.reader.read(lambda _: None, read.append, read.append)
    qtbot.waitUntil(lambda: bool(read), timeout=GUARD_MS)
    assert (page.model.rowCount(), page.model.is_open(0)) == (1, False)
    gathering.toggle(0)
    qtbot.waitUntil(lambda: page.model.is_open(0), timeout=GUARD_MS)
    assert page.model.key(1) == max(page.model.keys)


def test_another_order_or_grouping_keeps_a_cursor_and_the_run_of_the_panel(
    qtbot: QtBot, page: RunsPage
) -> None:
    opened(qtbot, page, 4)
    key = page.panel.key
    qtbot.keyClick(page.table, Key.Key_S, Mod.ShiftModifier)
    qtbot.waitUntil(lambda: page.model.key(10) == key, timeout=GUARD_MS)
    assert page.table.current_row() == 10
    qtbot.keyClick(page.table, Key.Key_G)
    qtbot.waitUntil(lambda: bool(page.model.groups), timeout=GUARD_MS)
    assert (page.panel.isVisible(), page.table.current_row()) == (False, 0)
    assert page.table.hasFocus()
    qtbot.keyClick(page.table, Key.Key_S, Mod.ShiftModifier)
    qtbot.waitUntil(lambda: page.footer.order.text().endswith("newest first"), timeout=GUARD_MS)
    qtbot.waitUntil(lambda: page.table.current_row() == 0, timeout=GUARD_MS)
