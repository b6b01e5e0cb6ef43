"""The list of runs follows what comes and what ends, and holds few rows."""

from __future__ import annotations

from contextlib import closing

import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS, value
from tests.ui.support import compare_data, runs_data
from tests.ui.support.runs_rig import cells, opened, shown, waits

from proofroom.ui.runs.model import KEPT
from proofroom.ui.runs.page import RunsPage
from proofroom.ui.shell import Shell
from proofroom.ui.theme import Size
from proofroom.workspace import database, runs
from proofroom.workspace.changes import Changes

Key = Qt.Key


@pytest.fixture
def comparison(shell: Shell) -> int:
    return runs_data.filled(shell.session.path)


@pytest.fixture
def page(qtbot: QtBot, shell: Shell, comparison: int) -> RunsPage:
    assert comparison
    return shown(qtbot, shell, 15)


def test_new_runs_come_to_the_top_while_it_is_seen(
    qtbot: QtBot, shell: Shell, page: RunsPage, comparison: int
) -> None:
    key = runs_data.another(shell.session.path, comparison)
    waits(qtbot, page, 16)
    assert page.model.keys[0] == key
    qtbot.waitUntil(lambda: page.field.count == "16 runs", timeout=GUARD_MS)


def test_a_run_that_is_taken_back_leaves_the_list_and_the_panel(
    qtbot: QtBot, shell: Shell, page: RunsPage, comparison: int
) -> None:
    with closing(database.connect(shell.session.path)) as db:
        key = compare_data.cell(db, comparison, 2, 0, "", open_=True)
        waits(qtbot, page, 16)
        opened(qtbot, page, 0)
        assert page.panel.key == key
        with database.writing(db):
            runs.withdraw(db, [key])
    waits(qtbot, page, 15)
    assert page.field.count == "15 runs"
    assert page.panel.key == page.model.keys[0] != key  # as the cursor is


def test_new_runs_wait_in_a_pill_while_older_ones_are_read(
    qtbot: QtBot, shell: Shell, page: RunsPage, comparison: int
) -> None:
    opened(qtbot, page, 3)
    key = page.model.keys[3]
    runs_data.another(shell.session.path, comparison)
    qtbot.waitUntil(page.pill.isVisible, timeout=GUARD_MS)
    assert page.pill.text() == "1 new"
    assert (page.model.rowCount(), page.table.current_row()) == (15, 3)
    qtbot.keyClick(page.table, Key.Key_Escape)
    waits(qtbot, page, 16)
    assert page.model.key(page.table.current_row()) == key  # the selection is held
    assert not page.pill.isVisible()


def test_the_pill_shows_what_came_when_one_has_scrolled_down(
    qtbot: QtBot, shell: Shell, comparison: int
) -> None:
    with closing(database.connect(shell.session.path)) as db:
        runs_data.many(db, 200)
    page = shown(qtbot, shell, 215)
    page.table.verticalScrollBar().setValue(900)
    seen = page.table.seen()
    runs_data.another(shell.session.path, comparison)
    qtbot.waitUntil(page.pill.isVisible, timeout=GUARD_MS)
    assert page.table.seen() == seen
    page.pill.click()
    waits(qtbot, page, 216)
    assert page.table.at_top


def test_a_run_that_ends_later_is_seen_ending(qtbot: QtBot, shell: Shell, page: RunsPage) -> None:
    with closing(database.connect(shell.session.path)) as db, database.writing(db):
        db.execute("UPDATE runs SET status = 'cancelled' WHERE key = ?", (page.model.keys[0],))
        db.execute("UPDATE workspace SET seq = seq + 1")
    qtbot.waitUntil(lambda: cells(page, "status")[0] == "Stopped", timeout=GUARD_MS)


def test_rows_far_down_are_read_when_they_are_seen_and_few_are_held(
    qtbot: QtBot, shell: Shell, comparison: int
) -> None:
    assert comparison
    with closing(database.connect(shell.session.path)) as db:
        runs_data.many(db, 20_000)
    page = shown(qtbot, shell, 20_015)  # the scroll bar is honest before they are read
    assert len(page.model.keys) == 100
    bar = page.table.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 19_000 * Size.ROW, timeout=GUARD_MS)
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: page.model.line(20_014) is not None, timeout=GUARD_MS)
    oldest = value(shell.session.path, "SELECT min(key) FROM runs")
    assert page.model.key(20_014) == oldest
    assert sum(page.model.line(row) is not None for row in range(20_015)) <= KEPT


def test_what_came_while_another_page_was_shown_is_there_on_return(
    qtbot: QtBot, shell: Shell, page: RunsPage, comparison: int
) -> None:
    shell.window.go("settings")
    newest: list[int] = []

    def note(changes: Changes) -> None:
        newest.append(changes.newest_run)

    shell.session.changed.connect(note)
    key = runs_data.another(shell.session.path, comparison)
    qtbot.waitUntil(lambda: key in newest, timeout=GUARD_MS)
    assert page.model.rowCount() == 15
    shell.window.go("runs")
    waits(qtbot, page, 16)
    assert page.model.keys[0] == key


def test_few_lines_are_held_however_many_are_read(page: RunsPage) -> None:
    line = page.model.line(0)
    assert line is not None
    many = [structs.replace(line, key=key) for key in range(2 * KEPT + 100, 100, -1)]
    keys = [one.key for one in many[:100]]
    page.model.start(many[:100], keys, more=True, searched=False)
    page.model.add_keys([one.key for one in many[100:]], more=False)
    page.model.set_lines(many[100:], {})
    held = sum(page.model.line(row) is not None for row in range(2 * KEPT))
    assert held == KEPT


def test_a_run_that_ends_late_is_put_where_it_belongs(page: RunsPage) -> None:
    line = page.model.line(0)
    assert line is not None
    lines = [structs.replace(line, key=key) for key in (9, 7, 3)]
    page.model.start(lines, [9, 7, 3], more=False, searched=False)
    page.model.put_above([structs.replace(line, key=key) for key in (11, 8, 7)])
    assert list(page.model.keys) == [11, 9, 8, 7, 3]
    assert page.model.rowCount() == 5
