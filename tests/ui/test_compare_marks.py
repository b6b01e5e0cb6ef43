"""A star, tags and a note on one answer, by keys, in the real window."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS, read
from tests.ui.support.accessible import faults
from tests.ui.support.compare_rig import compared, menu_words, opened, ran

from proofroom.domain.mark import Marked
from proofroom.interchange import report, report_html, report_text
from proofroom.interchange.comparison_report import report_of
from proofroom.ui.compare import states
from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.shell import Shell
from proofroom.workspace import database, marks

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
    assert spoken(view).endswith("done")
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
