"""What is typed into a message arrives letter by letter, however long the text around it is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QInputMethodEvent, QTextBlock, QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from proofroom.ui.prompts.message_text import MessageText

Key = Qt.Key
SHORT = "\n".join(f"line {number}" for number in range(5_000))
WIDE = "\n".join(str(number) + "x" * 15_000 for number in range(12))
PIECES = "head\n" + "abcd" * 6_000 + "\nnext line\nend"


@pytest.fixture
def edit(qtbot: QtBot) -> MessageText:
    edit = MessageText("Message")
    qtbot.addWidget(edit)
    edit.resize(500, 400)
    edit.show()
    return edit


def compose(edit: MessageText, begun: str, committed: str) -> None:
    """Write as an input method does: some letters to be, then those that stay."""
    for event in (QInputMethodEvent(begun, []), QInputMethodEvent()):
        if not event.preeditString():
            event.setCommitString(committed)
        QCoreApplication.sendEvent(edit, event)


def ends_of_lines(text: str) -> list[int]:
    return [len(line) for line in text.split("\n")]


@pytest.mark.parametrize("text", [SHORT, WIDE, PIECES], ids=["short", "wide", "pieces"])
def test_an_input_method_adds_to_a_long_text_and_takes_nothing(
    edit: MessageText, text: str
) -> None:
    edit.show_text(text)
    if edit.folded:
        edit.unfold()
    edit.show_line(0)
    compose(edit, "a", "à")
    assert edit.text() == f"à{text}"


def test_letters_in_place_of_a_selection_take_that_alone(edit: MessageText) -> None:
    edit.show_text(SHORT)
    edit.show_line(0)
    cursor = edit.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
    cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor)
    edit.setTextCursor(cursor)
    shown = edit.shown_lines[1]
    compose(edit, "k", "か")
    assert edit.text().endswith("\n".join(SHORT.split("\n")[shown:]))


@pytest.mark.parametrize(
    "modifier", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier]
)
def test_each_press_of_enter_is_a_line(edit: MessageText, modifier: Qt.KeyboardModifier) -> None:
    QTest.keyClick(edit, Key.Key_A)
    for _ in range(3):
        QTest.keyClick(edit, Key.Key_Return, modifier)
    QTest.keyClick(edit, Key.Key_B)
    assert edit.text() == "a\n\n\nb"
    heights = {block.blockFormat().lineHeight() for block in blocks(edit)}
    assert len(heights) == 1


def blocks(edit: MessageText) -> list[QTextBlock]:
    document = edit.document()
    return [document.findBlockByNumber(number) for number in range(document.blockCount())]


def test_a_line_joined_to_one_in_pieces_leaves_the_others_as_they_are(edit: MessageText) -> None:
    edit.show_text(PIECES)
    edit.unfold()
    edit.show_line(2)
    QTest.keyClick(edit, Key.Key_Backspace)
    assert ends_of_lines(edit.text()) == [4, 24_009, 3]
    edit.show_line(1)
    QTest.keyClick(edit, Key.Key_Backspace)
    assert ends_of_lines(edit.text()) == [24_013, 3]


@pytest.mark.parametrize("key", [Key.Key_Backspace, Key.Key_Delete])
def test_between_two_pieces_a_key_deletes_a_letter(edit: MessageText, key: Qt.Key) -> None:
    edit.show_text(PIECES)
    edit.unfold()
    cursor = edit.textCursor()
    border = edit.document().findBlockByNumber(3)
    cursor.setPosition(border.position() - (key == Key.Key_Delete))
    edit.setTextCursor(cursor)
    QTest.keyClick(edit, key)
    assert ends_of_lines(edit.text()) == [4, 23_999, 9, 3]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\u2029"], ids=ascii)
def test_other_line_ends_become_line_ends(edit: MessageText, end: str) -> None:
    edit.show_text(SHORT.replace("\n", end))
    edit.show_line(1_200)
    assert edit.textCursor().block().text() == "line 1200"
    QTest.keyClick(edit, Key.Key_X)
    assert edit.text() == SHORT.replace("line 1200", "xline 1200")
