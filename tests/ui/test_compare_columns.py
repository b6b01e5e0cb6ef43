"""A column taken out of a comparison is asked, counted and exported nowhere, and comes back."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS, read, value
from tests.ui.support.compare_rig import (
    chosen,
    compared,
    menu_words,
    more_menu,
    names,
    opened,
    page_of,
    ran,
    until,
)

from proofroom.cli import asking
from proofroom.interchange.comparison_report import report_of
from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.shell import Shell
from proofroom.workspace import comparisons, database, removed_columns

Key = Qt.Key
MODES = ("ok", "usage", "404")


@pytest.fixture
def view(qtbot: QtBot, shell: Shell, server: FaultServer) -> ComparisonView:
    """Three columns, of which the last always fails; nothing has run."""
    key = compared(shell.session.path, server, MODES)
    view = opened(qtbot, shell, key)
    until(qtbot, view, "6 calls")
    return view


def removed(qtbot: QtBot, view: ComparisonView, place: int) -> int:
    """Take a column out by its menu and wait until that is kept."""
    key = view.model.columns[place].key
    count = len(view.model.columns)
    view.changing.remove_column(key)
    qtbot.waitUntil(lambda: len(view.model.columns) == count - 1, timeout=GUARD_MS)
    return key


def test_a_removed_column_is_left_out_of_the_estimate(
    qtbot: QtBot, view: ComparisonView, shell: Shell
) -> None:
    removed(qtbot, view, 1)
    until(qtbot, view, "4 calls")
    assert asking.estimated(shell.session.path, view.controller.key).calls == 4
    assert "2 columns" in view.header.fact.text()


def test_a_removed_column_is_not_asked(
    qtbot: QtBot, view: ComparisonView, server: FaultServer
) -> None:
    removed(qtbot, view, 2)
    ran(qtbot, view)
    assert (server.count("ok"), server.count("usage"), server.count("404")) == (2, 2, 0)
    until(qtbot, view, "4 of 4 done")


def test_asking_all_anew_leaves_a_removed_column_alone(
    qtbot: QtBot, view: ComparisonView, server: FaultServer
) -> None:
    removed(qtbot, view, 2)
    with qtbot.waitSignal(view.running.over, timeout=GUARD_MS):
        view.ask_anew()
    assert server.count() == server.count("ok") + server.count("usage") == 4


def test_only_what_changed_is_run_again_and_that_is_no_removed_column(
    qtbot: QtBot, view: ComparisonView, server: FaultServer
) -> None:
    ran(qtbot, view)
    before = server.count("404")
    removed(qtbot, view, 2)
    until(qtbot, view, "4 of 4 done")
    with qtbot.waitSignal(view.running.over, timeout=GUARD_MS):
        view.run()
    assert (server.count("ok"), server.count("usage"), server.count("404")) == (2, 2, before)


def test_removing_a_column_deletes_no_run(qtbot: QtBot, view: ComparisonView, shell: Shell) -> None:
    ran(qtbot, view)
    runs = value(shell.session.path, "SELECT count(*) FROM runs")
    removed(qtbot, view, 0)
    assert value(shell.session.path, "SELECT count(*) FROM runs") == runs == 6


def test_the_failures_of_a_removed_column_fail_no_row(qtbot: QtBot, view: ComparisonView) -> None:
    ran(qtbot, view)
    view.choose_filter("failed")
    assert view.model.rowCount() == 4
    removed(qtbot, view, 2)
    assert (view.model.rowCount(), view.nothing.isVisible()) == (0, True)


def test_the_list_counts_no_removed_column(
    qtbot: QtBot, view: ComparisonView, shell: Shell
) -> None:
    removed(qtbot, view, 1)
    assert [one.columns for one in read(qtbot, shell.session, comparisons.listed)] == [2]


def test_exports_and_the_report_have_no_removed_column(
    qtbot: QtBot, view: ComparisonView, shell: Shell, tmp_path: Path
) -> None:
    ran(qtbot, view)
    removed(qtbot, view, 2)
    for suffix in ("html", "csv", "json", "md"):
        path = tmp_path / f"report.{suffix}"
        view.export.write(path)
        qtbot.waitUntil(path.exists, timeout=GUARD_MS)
        assert "usage/m" in path.read_text(encoding="utf-8")
        assert "404/m" not in path.read_text(encoding="utf-8")
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert [len(row["cells"]) for row in found["rows"]] == [2, 2]
    with closing(database.connect(shell.session.path, read_only=True)) as db:
        assert len(report_of(db, view.controller.key).columns) == 2


def test_a_win_of_a_removed_column_is_no_win_and_returns_with_it(
    qtbot: QtBot, view: ComparisonView, shell: Shell
) -> None:
    ran(qtbot, view)
    view.grid.setFocus()
    view.grid.setCurrentIndex(view.model.index(1, 1))
    qtbot.keyClick(view.grid, Key.Key_W)
    key = removed(qtbot, view, 1)
    qtbot.waitUntil(lambda: len(view.model.rows) == 2, timeout=GUARD_MS)
    assert view.model.rows[0].pick is None

    def picked() -> list[bool]:
        found = read(qtbot, shell.session, lambda db: report_of(db, view.controller.key))
        return [cell.picked for samples in found.rows[0].cells for cell in samples]

    assert picked() == [False, False]
    view.controller.bring_back([key])
    qtbot.waitUntil(lambda: len(view.model.columns) == 3 and len(view.model.rows) == 2,
                    timeout=GUARD_MS)  # fmt: skip
    assert view.model.rows[0].pick == key
    assert picked() == [False, True, False]


def test_a_removed_column_comes_back_by_undo_with_its_answers(
    qtbot: QtBot, view: ComparisonView, shell: Shell
) -> None:
    ran(qtbot, view)
    before = names(view)
    removed(qtbot, view, 1)
    assert shell.window.toasts.shown[-1].text.text() == "v1 usage/m removed"
    shell.window.toasts.shown[-1].pressed.emit()
    qtbot.waitUntil(lambda: names(view) == before, timeout=GUARD_MS)
    qtbot.waitUntil(lambda: len(view.model.rows) == 2, timeout=GUARD_MS)
    run = view.model.rows[1].sample(view.model.columns[1].key).run
    assert run is not None
    assert run.status == "ok"


def test_removed_columns_come_back_by_the_menu_after_it_was_opened_again(
    qtbot: QtBot, view: ComparisonView, shell: Shell
) -> None:
    assert "Removed columns" not in menu_words(more_menu(view))
    removed(qtbot, view, 2)
    removed(qtbot, view, 1)
    key = view.controller.key
    page_of(shell).arrive("list")
    view.controller.open(key)
    qtbot.waitUntil(lambda: len(view.controller.removed) == 2, timeout=GUARD_MS)
    chosen(more_menu(view), "Removed columns", "Bring all back")
    qtbot.waitUntil(lambda: len(names(view)) == 3, timeout=GUARD_MS)
    until(qtbot, view, "6 calls")


def test_the_last_column_cannot_be_removed(qtbot: QtBot, view: ComparisonView) -> None:
    removed(qtbot, view, 2)
    removed(qtbot, view, 1)
    last = view.model.columns[0].key
    view.changing.remove_column(last)
    qtbot.waitUntil(view.banner.isVisible, timeout=GUARD_MS)
    assert "only column left" in view.banner.text.text()
    assert [one.key for one in view.model.columns] == [last]


def test_adding_a_removed_column_again_brings_it_back(qtbot: QtBot, view: ComparisonView) -> None:
    key = removed(qtbot, view, 1)
    view.changing.add_columns()
    sheet = view.changing.columns_sheet
    assert sheet is not None
    qtbot.waitUntil(lambda: bool(sheet.choices.sources), timeout=GUARD_MS)
    sheet.sources.check([sheet.choices.sources[0].source])
    sheet.models.check(["usage/m"])
    sheet.button.click()
    qtbot.waitUntil(lambda: key in [one.key for one in view.model.columns], timeout=GUARD_MS)
    assert len(view.model.columns) == 3


def test_what_another_window_removes_goes_from_this_one(
    qtbot: QtBot, view: ComparisonView, shell: Shell
) -> None:
    key, gone = view.controller.key, view.model.columns[1].key
    with closing(database.connect(shell.session.path)) as db:
        removed_columns.remove(db, key, gone)
    qtbot.waitUntil(lambda: gone not in [one.key for one in view.model.columns], timeout=GUARD_MS)
    until(qtbot, view, "4 calls")


def test_the_ring_stays_in_its_row_when_its_column_goes(qtbot: QtBot, view: ComparisonView) -> None:
    view.grid.setFocus()
    view.grid.setCurrentIndex(view.model.index(3, 2))
    removed(qtbot, view, 2)
    assert (view.grid.current().row(), view.grid.current().column()) == (3, 1)


def test_rows_that_fail_show_up_under_the_filter_they_pass_by_then(
    qtbot: QtBot, view: ComparisonView
) -> None:
    view.choose_filter("failed")
    assert view.nothing.isVisible()
    ran(qtbot, view)
    qtbot.waitUntil(lambda: view.model.rowCount() == 4, timeout=GUARD_MS)
    assert view.grid.isVisible()
