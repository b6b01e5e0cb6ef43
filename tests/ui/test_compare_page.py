"""The Compare page over a real workspace file, by real keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS, read
from tests.ui.support import compare_data
from tests.ui.support.accessible import faults
from tests.ui.support.compare_rig import at, page_of, read_on_screen, shown, written

from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.compare.loading import KeptView, kept_view
from proofroom.ui.shell import Shell
from proofroom.ui.theme import Look, theme
from proofroom.workspace import comparisons, database, marks

Key, Mod = Qt.Key, Qt.KeyboardModifier
Fill = Callable[[Callable[[sqlite3.Connection], int]], int]


@pytest.fixture
def fill(shell: Shell) -> Fill:
    """Write into the workspace as another process would."""
    return partial(written, shell)


@pytest.fixture
def view(qtbot: QtBot, shell: Shell, fill: Fill) -> ComparisonView:
    """The sample comparison, opened, with what is on screen read."""
    return shown(qtbot, shell, fill(compare_data.filled), rows=4)


def spoken(view: ComparisonView, row: int, column: int) -> str:
    index = view.model.index(2 * row + 1, column)
    return str(index.data(Qt.ItemDataRole.AccessibleTextRole))


def test_cells_say_row_column_and_state_to_assistive_tools(view: ComparisonView) -> None:
    assert spoken(view, 0, 1) == "Cell, Damaged parcel, v2 gpt-4o-mini, done"
    assert spoken(view, 1, 2) == (
        "Cell, Late delivery, v2 claude-haiku-4.5, failed, Rate limit reached"
    )
    assert spoken(view, 2, 3) == "Cell, Wrong size, Draft gemini-2.5-flash, not asked yet"


def test_below_the_last_row_is_the_ground_of_the_present_look(
    qtbot: QtBot, view: ComparisonView
) -> None:
    view.window().resize(1280, 1600)
    view.model.set_filter("failed")
    for look in (Look.DARK, Look.LIGHT):
        theme().set_look(look)
        qtbot.waitUntil(lambda: ground(view) == theme().c.canvas.name(), timeout=GUARD_MS)


def ground(view: ComparisonView) -> str:
    port = view.grid.viewport()
    return port.grab().toImage().pixelColor(port.width() // 2, port.height() - 4).name()


def test_an_answer_is_compared_with_the_base_column(view: ComparisonView) -> None:
    made = view.model.rows[0].sample(view.model.columns[1].key).body
    assert made is not None
    pieces = made.blocks[0].pieces
    assert ("broken", "removed") in pieces
    assert ("in three pieces", "added") in pieces
    assert made.text == compare_data.NEW[0]


def test_arrows_step_over_bands(qtbot: QtBot, view: ComparisonView) -> None:
    at(view, 0, 1)
    qtbot.keyClick(view.grid, Key.Key_Down)
    assert (view.grid.current().row(), view.grid.current().column()) == (3, 1)
    qtbot.keyClick(view.grid, Key.Key_Up)
    qtbot.keyClick(view.grid, Key.Key_Up)
    assert (view.grid.current().row(), view.grid.current().column()) == (1, 1)


def test_w_picks_the_winner_of_a_row_and_takes_it_back(
    qtbot: QtBot, shell: Shell, view: ComparisonView
) -> None:
    at(view, 0, 1)
    row, column = view.model.rows[0].row.key, view.model.columns[1].key

    def picks() -> list[str]:
        return [m.value for m in read(qtbot, shell.session, lambda db: marks.of(db, "row", row))]

    qtbot.keyClick(view.grid, Key.Key_W)
    assert spoken(view, 0, 1).endswith("done, picked")
    qtbot.waitUntil(lambda: picks() == [f'{{"column":{column},"note":""}}'], timeout=GUARD_MS)
    qtbot.keyClick(view.grid, Key.Key_W)
    qtbot.waitUntil(lambda: picks() == [], timeout=GUARD_MS)


def test_a_note_is_kept_with_a_pick_for_all(
    qtbot: QtBot, shell: Shell, view: ComparisonView
) -> None:
    view.acts.ask_pick_all(view.model.columns[1].key)
    sheet = view.acts.sheet
    assert sheet is not None
    sheet.edit.setPlainText("Names the window")
    sheet.button.click()

    def note() -> str:
        found = read(
            qtbot, shell.session, lambda db: marks.of(db, "comparison", view.controller.key)
        )
        return found[0].value if found else ""

    qtbot.waitUntil(lambda: "Names the window" in note(), timeout=GUARD_MS)
    assert all(row.pick == view.model.columns[1].key for row in view.model.rows)


def test_d_cycles_how_answers_are_shown(qtbot: QtBot, view: ComparisonView) -> None:
    view.views.chosen.emit("plain")
    view.views.set_value("plain")
    at(view, 0, 1)
    old, new = ("broken", "removed"), ("in three pieces", "added")

    def pieces(column: int) -> tuple[tuple[str, str], ...]:
        made = view.model.rows[0].sample(view.model.columns[column].key).body
        return () if made is None else made.blocks[0].pieces

    qtbot.waitUntil(lambda: pieces(1) == ((compare_data.NEW[0], "text"),), timeout=GUARD_MS)
    assert pieces(3) == ((compare_data.JSON[0], "text"),)
    qtbot.keyClick(view.grid, Key.Key_D)
    assert view.views.value == "words"
    qtbot.waitUntil(lambda: {old, new} <= set(pieces(1)), timeout=GUARD_MS)
    qtbot.keyClick(view.grid, Key.Key_D)
    assert view.views.value == "json"
    qtbot.waitUntil(lambda: pieces(1) == ((compare_data.NEW[0], "text"),), timeout=GUARD_MS)
    assert ('"amount_usd"', "key") in pieces(3)
    qtbot.keyClick(view.grid, Key.Key_D)
    assert view.views.value == "markdown"


def test_b_makes_a_column_the_base_and_puts_it_first(qtbot: QtBot, view: ComparisonView) -> None:
    second = view.model.columns[2].key
    at(view, 0, 2)
    qtbot.keyClick(view.grid, Key.Key_B)
    assert view.model.columns[0].key == second
    assert view.base.value == str(second)
    assert view.grid.current().column() == 0


def test_n_goes_to_the_next_answer_that_differs(qtbot: QtBot, view: ComparisonView) -> None:
    at(view, 0, 3)
    qtbot.keyClick(view.grid, Key.Key_N)
    assert (view.grid.current().row(), view.grid.current().column()) == (3, 1)
    qtbot.keyClick(view.grid, Key.Key_N, Mod.ShiftModifier)
    assert (view.grid.current().row(), view.grid.current().column()) == (1, 3)


@pytest.mark.parametrize(("name", "rows"), [("failed", 2), ("different", 4), ("picked", 0)])
def test_rows_are_filtered(view: ComparisonView, name: str, rows: int) -> None:
    view.filters.chosen.emit(name)
    assert view.model.rowCount() == 2 * rows
    assert view.nothing.isVisible() == (rows == 0)
    view.nothing.pressed.emit()
    assert view.model.rowCount() == 8


def test_it_opens_as_it_was_left(qtbot: QtBot, shell: Shell, view: ComparisonView) -> None:
    key = view.controller.key
    view.views.chosen.emit("plain")
    view.heights.chosen.emit("small")
    view.filters.chosen.emit("failed")
    page_of(shell).leave()

    def kept() -> KeptView:
        found = read(qtbot, shell.session, lambda db: comparisons.by_key(db, key))
        return kept_view(found.view)

    qtbot.waitUntil(lambda: kept().filter == "failed", timeout=GUARD_MS)
    assert (kept().view, kept().height) == ("plain", "small")
    with qtbot.waitSignal(view.controller.rows_loaded, timeout=GUARD_MS):
        view.controller.open(key)
    assert view.model.rowCount() == 4
    assert (view.views.value, view.heights.value, view.filters.value) == (
        "plain", "small", "failed",
    )  # fmt: skip


def test_what_another_process_writes_shows_by_itself(
    qtbot: QtBot, view: ComparisonView, fill: Fill
) -> None:
    key = view.controller.key

    def write(db: sqlite3.Connection) -> int:
        run = compare_data.cell(db, key, 2, 3, compare_data.JSON[2])
        with database.writing(db):
            comparisons.touched(db, key)
        return run

    run_key = fill(write)
    sample = view.model.rows[2].sample(view.model.columns[3].key)
    qtbot.waitUntil(lambda: sample.run is not None and sample.run.run_key == run_key,
                    timeout=GUARD_MS)  # fmt: skip


def test_equal_answers_are_no_difference(qtbot: QtBot, shell: Shell, fill: Fill) -> None:
    def write(db: sqlite3.Connection) -> int:
        key = compare_data.comparison(db, rows=2)
        for column in range(4):
            compare_data.cell(db, key, 0, column, "the same")
            compare_data.cell(db, key, 1, column, "the same" if column < 3 else "another")
        return key

    view = shown(qtbot, shell, fill(write), rows=2)
    view.filters.chosen.emit("different")
    assert [view.model.grid_row(0).row.number, view.model.rowCount()] == [1, 2]
    at(view, 0, 0)
    qtbot.keyClick(view.grid, Key.Key_N)
    assert (view.grid.current().row(), view.grid.current().column()) == (1, 3)


def test_the_base_stays_in_sight_when_columns_scroll(
    qtbot: QtBot, shell: Shell, view: ComparisonView
) -> None:
    shell.window.resize(1024, 700)
    bar = view.grid.horizontalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0, timeout=GUARD_MS)
    assert view.grid.columnWidth(1) >= 240
    bar.setValue(bar.maximum())
    base = view.model.index(1, 0)
    assert view.grid.visualRect(base).x() == 0
    assert view.grid.indexAt(QPoint(10, view.grid.visualRect(base).center().y())) == base


def test_every_control_can_be_named_and_hit(view: ComparisonView) -> None:
    assert faults(view) == []


def test_a_long_comparison_opens_at_the_row_where_it_was_left(
    qtbot: QtBot, shell: Shell, fill: Fill
) -> None:
    def write(db: sqlite3.Connection) -> int:
        key = compare_data.comparison(db, rows=150)
        compare_data.cell(db, key, 140, 0, "far below")
        comparisons.keep_view(db, key, {"row": 139})
        return key

    view = shown(qtbot, shell, fill(write), rows=150)
    qtbot.waitUntil(lambda: 139 in view.grid.seen(0), timeout=GUARD_MS)
    qtbot.waitUntil(lambda: read_on_screen(view), timeout=GUARD_MS)
    answer = view.model.rows[140].sample(view.model.columns[0].key).body
    assert answer is not None
    assert answer.text == "far below"


def test_a_comparison_opened_again_while_it_opens_has_each_row_once(
    qtbot: QtBot, shell: Shell, fill: Fill
) -> None:
    key = fill(lambda db: compare_data.comparison(db, rows=350))
    view = shown(qtbot, shell, key, rows=350)
    for _ in range(2):
        with qtbot.waitSignal(view.controller.rows_loaded, timeout=GUARD_MS):
            view.controller.open(key)
    qtbot.waitUntil(lambda: len(view.model.rows) >= 350, timeout=GUARD_MS)
    assert [row.row.number for row in view.model.rows] == list(range(350))
