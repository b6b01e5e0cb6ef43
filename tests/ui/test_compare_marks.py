"""A star, tags and a note on one answer, by keys, in the real window."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager

import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS, read
from tests.ui.support.accessible import faults
from tests.ui.support.compare_rig import compared, menu_words, opened, ran

from proofroom.domain.mark import Marked, Pick, pick_of
from proofroom.interchange import report, report_html, report_text
from proofroom.interchange.comparison_report import report_of
from proofroom.ui.compare import states
from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.shell import Shell
from proofroom.workspace import comparisons, database, marks

Key, Mod = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def view(qtbot: QtBot, shell: Shell, server: FaultServer) -> ComparisonView:
    """Two columns, answered, with the ring on the second cell of the first row."""
    view = opened(qtbot, shell, compared(shell.session.path, server, ("ok", "usage")))
    ran(qtbot, view)
    view.grid.setFocus()
    view.grid.setCurrentIndex(view.model.index(1, 1))
    return view


def run_key(view: ComparisonView) -> int:
    run = view.model.sample(view.model.index(1, 1)).run
    assert run is not None
    return run.run_key


def kept(qtbot: QtBot, shell: Shell, view: ComparisonView) -> Marked:
    key = run_key(view)
    found = read(qtbot, shell.session, lambda db: marks.on_runs(db, [key]))
    return found.get(key, Marked())


def spoken(view: ComparisonView, row: int = 0, column: int = 1) -> str:
    return states.spoken(view.model.rows[row], view.model.columns[column])


def test_m_stars_an_answer_and_takes_the_star_off(
    qtbot: QtBot, shell: Shell, view: ComparisonView
) -> None:
    qtbot.keyClick(view.grid, Key.Key_M)
    assert spoken(view).endswith("done, Starred")
    qtbot.waitUntil(lambda: kept(qtbot, shell, view).star, timeout=GUARD_MS)
    qtbot.keyClick(view.grid, Key.Key_M)
    qtbot.waitUntil(lambda: not kept(qtbot, shell, view).star, timeout=GUARD_MS)
    assert spoken(view).endswith("done")


def marked(qtbot: QtBot, view: ComparisonView, tags: str, note: str) -> None:
    qtbot.keyClick(view.grid, Key.Key_M, Mod.ShiftModifier)
    sheet = view.marking.sheet
    assert sheet is not None
    assert faults(sheet) == []
    sheet.tags.setText(tags)
    sheet.note.setPlainText(note)
    sheet.button.click()


def test_tags_and_a_note_are_kept_with_the_answer_and_shown(
    qtbot: QtBot, shell: Shell, view: ComparisonView
) -> None:
    marked(qtbot, view, "tone, too long, tone", "Says it twice")
    wanted = Marked(tags=("tone", "too long"), note="Says it twice")
    qtbot.waitUntil(lambda: kept(qtbot, shell, view) == wanted, timeout=GUARD_MS)
    tip = view.model.index(1, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "Tags: tone, too long\nSays it twice"
    marked(qtbot, view, "tone", "")
    qtbot.waitUntil(lambda: kept(qtbot, shell, view) == Marked(tags=("tone",)), timeout=GUARD_MS)


def test_an_answer_asked_anew_has_no_mark_and_the_old_one_keeps_its_own(
    qtbot: QtBot, shell: Shell, view: ComparisonView
) -> None:
    qtbot.keyClick(view.grid, Key.Key_M)
    qtbot.waitUntil(lambda: kept(qtbot, shell, view).star, timeout=GUARD_MS)
    old = run_key(view)
    with qtbot.waitSignal(view.running.settled, timeout=GUARD_MS):
        qtbot.keyClick(view.grid, Key.Key_R)
    qtbot.waitUntil(lambda: run_key(view) != old, timeout=GUARD_MS)
    qtbot.waitUntil(lambda: spoken(view).endswith("done"), timeout=GUARD_MS)
    assert read(qtbot, shell.session, lambda db: marks.on_runs(db, [old]))[old].star


def test_marked_answers_are_filtered_and_are_there_when_opened_again(
    qtbot: QtBot, shell: Shell, view: ComparisonView
) -> None:
    marked(qtbot, view, "", "Look again")
    qtbot.waitUntil(lambda: kept(qtbot, shell, view).note == "Look again", timeout=GUARD_MS)
    view.choose_filter("marked")
    assert view.model.rowCount() == 2
    with qtbot.waitSignal(view.controller.rows_loaded, timeout=GUARD_MS):
        view.controller.open_again()
    assert spoken(view).endswith("done, Look again")
    assert spoken(view, 1).endswith("done")


def test_marks_are_in_every_export(qtbot: QtBot, shell: Shell, view: ComparisonView) -> None:
    def mark(db: sqlite3.Connection) -> None:
        marks.mark_run(db, run_key(view), Marked(star=True, tags=("tone",), note="Says it twice"))

    with closing(database.connect(shell.session.path)) as db:
        mark(db)
    found = read(qtbot, shell.session, lambda db: report_of(db, view.controller.key))
    for write in (report_html.html, report_text.markdown, report_text.csv, report.json):
        text = write(found)
        assert "Says it twice" in text
        assert "tone" in text
    cells = json.loads(report.json(found))["rows"][0]["cells"]
    assert cells[1][0]["marked"] == {"star": True, "tags": ["tone"], "note": "Says it twice"}


def test_the_panel_says_what_is_marked(qtbot: QtBot, view: ComparisonView) -> None:
    marked(qtbot, view, "tone", "")
    qtbot.keyClick(view.grid, Key.Key_Space)
    qtbot.waitUntil(lambda: view.panel.found is not None, timeout=GUARD_MS)
    qtbot.waitUntil(lambda: "Tag: tone" in labels(view), timeout=GUARD_MS)


@contextmanager
def locked(shell: Shell) -> Generator[None]:
    """Let another process hold the workspace's write lock, so that our writes wait."""
    with closing(database.connect(shell.session.path)) as db:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            db.execute("ROLLBACK")


def read_again(qtbot: QtBot, view: ComparisonView) -> None:
    with qtbot.waitSignal(view.controller.cells_changed, timeout=GUARD_MS):
        view.controller.refresh()


def picks(qtbot: QtBot, shell: Shell, view: ComparisonView) -> list[str]:
    """Return what is kept of who won, row by row."""
    keys = [row.row.key for row in view.model.rows]
    found = read(qtbot, shell.session, lambda db: [marks.of(db, "row", key) for key in keys])
    return [one[0].value if one else "" for one in found]


def test_what_is_shown_stays_while_its_write_waits_for_another_process(
    qtbot: QtBot, shell: Shell, view: ComparisonView
) -> None:
    with locked(shell):
        qtbot.keyClick(view.grid, Key.Key_M)
        qtbot.keyClick(view.grid, Key.Key_W)
        for _ in range(2):
            read_again(qtbot, view)
            assert spoken(view).endswith("done, picked, Starred")
    qtbot.waitUntil(lambda: kept(qtbot, shell, view).star, timeout=GUARD_MS)
    qtbot.waitUntil(lambda: bool(picks(qtbot, shell, view)[0]), timeout=GUARD_MS)
    read_again(qtbot, view)
    assert spoken(view).endswith("done, picked, Starred")


def test_what_another_window_marks_shows_once_our_own_is_kept(
    qtbot: QtBot, shell: Shell, view: ComparisonView
) -> None:
    qtbot.keyClick(view.grid, Key.Key_M)
    qtbot.waitUntil(lambda: kept(qtbot, shell, view).star, timeout=GUARD_MS)
    with closing(database.connect(shell.session.path)) as db:
        marks.mark_run(db, run_key(view), Marked(tags=("theirs",)))
    qtbot.waitUntil(lambda: spoken(view).endswith("done, Tag: theirs"), timeout=GUARD_MS)


def test_a_winner_of_all_rows_is_kept_at_once_and_a_row_it_won_keeps_its_note(
    qtbot: QtBot, shell: Shell, view: ComparisonView
) -> None:
    key = view.model.columns[1].key
    view.acts.keep_pick(view.model.rows[1].row.key, Pick(key, "Warm"))
    view.acts.ask_pick_all(key)
    sheet = view.acts.sheet
    assert sheet is not None
    sheet.edit.setPlainText("All in all")
    sheet.button.click()
    assert [row.pick for row in view.model.rows] == [key, key]
    bare, warm = (f'{{"column":{key},"note":"{note}"}}' for note in ("", "Warm"))
    qtbot.waitUntil(lambda: picks(qtbot, shell, view) == [bare, warm], timeout=GUARD_MS)
    of_all = read(qtbot, shell.session,
                  lambda db: marks.of(db, "comparison", view.controller.key))  # fmt: skip
    assert [pick_of(one.value) for one in of_all] == [Pick(key, "All in all")]
    assert (view.model.rows[1].note, view.model.rows[0].note) == ("Warm", "")


def test_a_winner_of_all_rows_wins_rows_that_were_not_read_yet(
    qtbot: QtBot, shell: Shell, view: ComparisonView
) -> None:
    with closing(database.connect(shell.session.path)) as db:
        comparisons.add_rows(db, view.controller.key, [comparisons.NewRow(name="late", values={})])
        last = comparisons.rows(db, view.controller.key)[-1].key
    view.acts.ask_pick_all(view.model.columns[0].key)
    assert view.acts.sheet is not None
    view.acts.sheet.button.click()

    def won() -> bool:
        return bool(read(qtbot, shell.session, lambda db: marks.of(db, "row", last)))

    qtbot.waitUntil(won, timeout=GUARD_MS)


def labels(view: ComparisonView) -> list[str]:
    from PySide6.QtWidgets import QLabel  # noqa: PLC0415

    return [label.text() for label in view.panel.findChildren(QLabel)]


def test_a_cell_that_was_not_asked_cannot_be_marked(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    view = opened(qtbot, shell, compared(shell.session.path, server, ("ok",)))
    view.grid.setCurrentIndex(view.model.index(1, 0))
    qtbot.keyClick(view.grid, Key.Key_M)
    view.marking.ask()
    assert view.marking.sheet is None
    assert spoken(view, 0, 0).endswith("not asked yet")


def test_the_menu_of_a_cell_offers_the_marks(view: ComparisonView) -> None:
    menu = QMenu()
    view.marking.fill(menu, view.model.sample(view.grid.current()))
    assert menu_words(menu) == ["Star", "Tags and note…"]


def test_a_run_that_had_only_begun_and_was_taken_back_is_let_go(view: ComparisonView) -> None:
    row, index = view.model.rows[0], view.model.index(1, 1)
    run = view.model.sample(index).run
    assert run is not None
    view.model.put_runs(row, [structs.replace(run, status=None)])
    view.marking.star()  # nothing to mark yet
    assert not view.model.sample(index).marked.star
    assert view.model.put_runs(row, []) == {run.column_key}
    assert view.model.sample(index).run is None
    assert view.model.sample(index).phase is states.Phase.EMPTY
