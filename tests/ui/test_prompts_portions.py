"""A text too long to be laid out is shown in portions and stays whole."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.ui.support.prompts_hands import saved, text, type_at_end, words
from tests.ui.support.prompts_rig import Rig, make, one_prompt

from proofroom.ui.prompts.message_text import MessageText
from proofroom.ui.prompts.part_row import PartRow
from proofroom.ui.prompts.text_blocks import continues

CONTROL = Qt.KeyboardModifier.ControlModifier
Key = Qt.Key
LINES = [f"line {number} \N{GRINNING FACE}" for number in range(5_000)]
LONG = "\n".join(LINES)
GREETING = "Say hello to {{ name }}."
GUARD = 10_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make(tmp_path / "two.proofspace", one_prompt, lambda db: one_prompt(db, "other"))


@pytest.fixture
def rig(qtbot: QtBot, path: Path) -> Iterator[Rig]:
    rig = Rig(path).open(qtbot)
    yield rig
    rig.end()


@pytest.fixture
def edit(qtbot: QtBot) -> MessageText:
    """A long text with the cursor at its start."""
    edit = MessageText("Message")
    qtbot.addWidget(edit)
    edit.show_text(LONG)
    QTest.keyClick(edit, Key.Key_Home, CONTROL)
    return edit


def paste(rig: Rig, pasted: str) -> None:
    """Paste at the end of the first message."""
    QApplication.clipboard().setText(pasted)
    text(rig).setFocus()
    QTest.keyClick(text(rig), Key.Key_End, CONTROL)
    QTest.keyClick(text(rig), Key.Key_V, CONTROL)


def seen(rig: Rig) -> bool:
    """Tell whether the cursor is in the part of its text that the page shows."""
    at = text(rig).cursorRect().center()
    return text(rig).viewport().visibleRegion().contains(at)


def test_many_short_lines_are_pasted_whole_as_one_step_and_a_portion_is_laid_out(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    number = rig.page.draft.key
    paste(rig, LONG)
    assert text(rig).document().blockCount() < 1_000
    assert text(rig).document().rootFrame().frameFormat().leftMargin() > 0  # the line numbers'
    qtbot.waitUntil(lambda: seen(rig), timeout=GUARD)
    saved(qtbot, rig)
    assert words(path, number) == [GREETING + LONG]
    rig.page.deeds.undo()
    assert (text(rig).text(), text(rig).part) == (GREETING, False)
    assert not rig.page.draft.journal.can_undo
    rig.page.deeds.redo()
    assert text(rig).text() == GREETING + LONG


def test_keys_right_after_a_long_paste_stand_behind_it_and_are_undone_before_it(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    number = rig.page.draft.key
    paste(rig, LONG)
    rig.page.flush()
    qtbot.keyClicks(text(rig), "xy")
    saved(qtbot, rig)
    assert words(path, number) == [f"{GREETING}{LONG}xy"]
    rig.page.deeds.undo()
    assert text(rig).text() == GREETING + LONG


@pytest.mark.parametrize("key", [Key.Key_X, Key.Key_Return])
def test_a_paste_is_a_step_of_its_own_whatever_key_comes_right_after_it(
    qtbot: QtBot, rig: Rig, key: Key
) -> None:
    paste(rig, " Be kind")
    qtbot.keyClick(text(rig), key)
    saved(qtbot, rig)
    rig.page.deeds.undo()
    assert text(rig).text() == GREETING + " Be kind"
    rig.page.deeds.undo()
    assert text(rig).text() == GREETING


def test_a_key_right_before_a_paste_is_no_part_of_its_step(qtbot: QtBot, rig: Rig) -> None:
    type_at_end(qtbot, rig, "x")
    paste(rig, "yz")
    saved(qtbot, rig)
    rig.page.deeds.undo()
    assert text(rig).text() == GREETING + "x"


def test_a_prompt_left_right_after_a_long_paste_has_it_whole(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    number = rig.page.draft.key
    paste(rig, LONG)
    rig.page.go(3 - number)
    qtbot.waitUntil(lambda: text(rig).text() == GREETING, timeout=GUARD)
    qtbot.waitUntil(lambda: not rig.session.writer.unsaved, timeout=GUARD)
    assert (words(path, number), words(path, 3 - number)) == ([GREETING + LONG], [GREETING])
    rig.page.go(number)
    qtbot.waitUntil(lambda: text(rig).text() == GREETING + LONG, timeout=GUARD)


def test_a_paste_between_lines_that_are_not_shown_replaces_the_selection_alone(
    edit: MessageText,
) -> None:
    edit.show_line(2_500)
    QTest.keyClick(edit, Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    QApplication.clipboard().setText(LONG)
    edit.paste()
    assert edit.text() == "\n".join([*LINES[:2_500], LONG, *LINES[2_501:]])
    QTest.keyClicks(edit, "!")
    assert edit.text() == "\n".join([*LINES[:2_500], LONG + "!", *LINES[2_501:]])


def test_the_cursor_goes_over_the_edges_of_what_is_shown_both_ways(edit: MessageText) -> None:
    for wanted in (400, 800, 390):
        key = Key.Key_Down if wanted > edit.line else Key.Key_Up
        while edit.line != wanted:
            before = edit.line
            QTest.keyClick(edit, key)
            assert abs(edit.line - before) == 1
    assert edit.textCursor().block().text() == LINES[390]
    assert edit.document().blockCount() < 1_000


def test_backspace_in_the_first_line_shown_joins_it_with_the_one_before(edit: MessageText) -> None:
    edit.show_line(3_000)
    while edit.textCursor().blockNumber():
        edit.moveCursor(edit.textCursor().MoveOperation.PreviousBlock)
    line = edit.line
    assert line > 0
    QTest.keyClick(edit, Key.Key_Backspace)
    assert edit.text() == "\n".join(LINES[:line]) + "\n".join(LINES[line:])
    assert edit.line == line - 1


def test_control_home_and_end_go_to_the_ends_of_the_whole_text(edit: MessageText) -> None:
    QTest.keyClick(edit, Key.Key_End, CONTROL)
    QTest.keyClicks(edit, "z")
    QTest.keyClick(edit, Key.Key_Home, CONTROL)
    QTest.keyClicks(edit, "a")
    assert edit.text() == f"a{LONG}z"


def test_all_lines_shown_when_selected_stand_for_the_whole_text(rig: Rig) -> None:
    paste(rig, LONG)
    rig.page.flush()
    whole = GREETING + LONG
    QTest.keyClick(text(rig), Key.Key_A, CONTROL)
    row = next(one for one in rig.window.findChildren(PartRow) if one.isVisible())
    assert row.words.text().endswith("The selection is all 5,000 lines.")
    QTest.keyClick(text(rig), Key.Key_C, CONTROL)
    assert QApplication.clipboard().text() == whole
    QTest.keyClicks(text(rig), "n")
    assert (text(rig).text(), row.isVisible()) == ("n", False)
    rig.page.deeds.undo()
    assert text(rig).text() == whole


def test_all_lines_selected_are_cut_and_pasted_over_whole(edit: MessageText) -> None:
    QTest.keyClick(edit, Key.Key_A, CONTROL)
    QTest.keyClick(edit, Key.Key_X, CONTROL)
    assert (edit.text(), QApplication.clipboard().text()) == ("", LONG)
    edit.paste()
    assert edit.text() == LONG
    QTest.keyClick(edit, Key.Key_A, CONTROL)
    QApplication.clipboard().setText(f"{LONG}2")
    QTest.keyClick(edit, Key.Key_V, CONTROL)
    assert edit.text() == f"{LONG}2"


def test_what_is_selected_of_a_portion_is_copied_and_cut_letter_by_letter(
    edit: MessageText,
) -> None:
    edit.show_line(2_500)
    for _ in range(2):
        QTest.keyClick(edit, Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    edit.cut()
    assert QApplication.clipboard().text() == "\n".join([*LINES[2_500:2_502], ""])
    assert edit.text() == "\n".join(LINES[:2_500] + LINES[2_502:])


def test_a_row_says_which_lines_are_shown_and_leads_to_the_others(rig: Rig, qtbot: QtBot) -> None:
    type_at_end(qtbot, rig, "x")
    assert not any(one.isVisible() for one in rig.window.findChildren(PartRow))
    text(rig).selectAll()
    paste(rig, LONG)
    QTest.keyClick(text(rig), Key.Key_Home, CONTROL)
    row = next(one for one in rig.window.findChildren(PartRow) if one.isVisible())
    last = text(rig).shown_lines[1]
    assert row.words.text() == f"Lines 1 to {last} of 5,000"
    assert not row.earlier.isVisible()
    row.later.click()
    assert text(rig).shown_lines[0] == text(rig).line == last
    assert text(rig).hasFocus()
    row.earlier.click()
    assert text(rig).shown_lines == (0, last)
    assert text(rig).line == last - 1
    qtbot.waitUntil(lambda: seen(rig), timeout=GUARD)
    QTest.keyClick(text(rig), Key.Key_End, CONTROL)
    assert row.words.text().endswith(" to 5,000 of 5,000")
    assert not row.later.isVisible()


@pytest.mark.qt_log_ignore("does not support")  # a tooltip, offscreen
def test_f8_goes_from_remark_to_remark_in_lines_that_are_not_shown(qtbot: QtBot, rig: Rig) -> None:
    rig.page.draft.put(template="braces")
    paste(rig, "\n".join(["{user name}", *LINES, "{user name}", "{last name}"]))
    QTest.keyClick(text(rig), Key.Key_Home, CONTROL)
    qtbot.waitUntil(lambda: rig.page.remarks.found.warnings > 2, timeout=GUARD)
    faulty: list[int] = []
    for _ in range(5):
        QTest.keyClick(text(rig), Key.Key_F8)
        faulty.append(text(rig).line)
    assert faulty[faulty.index(5_001) :][:2] == [5_001, 5_002]
    assert text(rig).textCursor().atBlockStart()


def test_what_is_written_while_a_long_text_is_looked_at_is_looked_at_then(
    qtbot: QtBot, tmp_path: Path
) -> None:
    tags = "{{ name }}\n" * 8_000  # they take longer than the pause before the next look
    path = make(tmp_path / "tags.proofspace", lambda db: one_prompt(db, text=tags))
    rig = Rig(path).open(qtbot)
    rig.page.remarks.look()
    type_at_end(qtbot, rig, "{{ other }}")
    variables = rig.page.bench.inspector.variables
    qtbot.waitUntil(lambda: list(variables.fields) == ["name", "other"], timeout=6 * GUARD)
    rig.end()


def test_in_pieces_a_line_is_gone_to_and_copied_over_pieces_as_it_is(qtbot: QtBot) -> None:
    edit = MessageText("Message")
    qtbot.addWidget(edit)
    long = "word " * 5_000
    edit.show_text(f"first\n{long}\nlast")
    edit.unfold()
    edit.show_line(2)
    assert edit.textCursor().block().text() == "last"
    edit.selectAll()
    edit.copy()
    assert QApplication.clipboard().text() == f"first\n{long}\nlast"


def test_a_long_line_is_edited_in_pieces_of_which_a_portion_is_laid_out(qtbot: QtBot) -> None:
    edit = MessageText("Message")
    qtbot.addWidget(edit)
    whole = "first\n" + "word " * 200_000 + "\nlast"
    edit.show_text(whole)
    edit.unfold()
    assert (edit.text(), edit.folded) == (whole, False)
    assert edit.document().characterCount() < 60_000
    QTest.keyClick(edit, Key.Key_End, CONTROL)
    QTest.keyClicks(edit, "!")
    QTest.keyClick(edit, Key.Key_Home, CONTROL)
    QTest.keyClicks(edit, "?")
    assert (edit.text(), edit.line) == (f"?{whole}!", 0)
    edit.show_behind()
    edit.show_behind()
    assert continues(edit.document().firstBlock())  # no number of a line beside it
    QTest.keyClicks(edit, "-")
    assert edit.text().replace("-", "") == f"?{whole}!"
    assert edit.line == 1


def test_an_app_that_copied_ends_without_a_crash() -> None:
    code = """
from PySide6.QtWidgets import QApplication
from proofroom.ui.prompts.message_text import MessageText
application = QApplication([])
text = MessageText("Message")
text.setPlainText("a word")
text.selectAll()
text.copy()
print(application.clipboard().text())
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "a word\n")
