"""A text in the blocks of a document: its lines, and pieces of those too long for one."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from proofroom.ui.prompts.text_measures import units, upto

PIECE = 2_000
"""A line over the bound is edited in blocks of so many characters."""
_GOES_ON = 1  # the state of a block that continues the line before it
_BEGINS = -1
_PARAGRAPH = "\u2029"


def load(document: QTextDocument, text: str, *, in_pieces: bool, goes_on: bool) -> None:
    """Fill a document; `goes_on` says that the text begins within a line."""
    pieces: list[str] = []
    continued: list[int] = []
    for line in text.split("\n"):
        for start in range(0, max(1, len(line)), PIECE if in_pieces else len(line) + 1):
            if start:
                continued.append(len(pieces))
            pieces.append(line[start : start + PIECE] if in_pieces else line)
    cursor = QTextCursor(document)  # setPlainText would take the margins away
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.insertText("\n".join(pieces))
    document.firstBlock().setUserState(_GOES_ON if goes_on else _BEGINS)
    for number in continued:
        document.findBlockByNumber(number).setUserState(_GOES_ON)


def text_of(document: QTextDocument, *, in_pieces: bool) -> str:
    """Return the text letter by letter; Qt's own toPlainText makes spaces of no-break ones."""
    if not in_pieces:
        return document.toRawText().replace(_PARAGRAPH, "\n")
    return "".join(_pieces(document))


def lines_of(document: QTextDocument) -> list[str]:
    """Return what stands in the blocks, a line too long in its pieces."""
    return document.toRawText().split(_PARAGRAPH)


def continues(block: QTextBlock) -> bool:
    """Tell whether a block goes on with the line of the one before it."""
    return block.userState() == _GOES_ON


def states(document: QTextDocument) -> list[int]:
    """Return whether each block goes on, as its state says it."""
    return [block.userState() for block in _blocks(document)]


def keep_state(document: QTextDocument, position: int, before: list[int]) -> None:
    """Give the block that was changed at a position its state back; Qt takes that of the last one.

    What stands before the block is as it was, so it begins a line or goes on as `before` says.
    """
    block = document.findBlock(position)
    if block.isValid() and block.blockNumber() < len(before):
        block.setUserState(before[block.blockNumber()])


def join_for(key: int, cursor: QTextCursor) -> None:
    """Join two pieces of a line between which a key is to delete a character."""
    block = cursor.block()
    if key == Qt.Key.Key_Backspace and cursor.atBlockStart() and continues(block):
        if block.blockNumber():
            cursor.deletePreviousChar()
    elif key == Qt.Key.Key_Delete and cursor.atBlockEnd() and continues(block.next()):
        cursor.deleteChar()


def line_of(block: QTextBlock, *, in_pieces: bool) -> int:
    """Return the number of a block's line within its document, from 0."""
    number = block.blockNumber()
    if in_pieces:
        document = block.document()
        number -= sum(continues(document.findBlockByNumber(n)) for n in range(1, number + 1))
    return number


def offset_of(document: QTextDocument, position: int) -> int:
    """Return how many characters of the text stand before one of Qt's positions."""
    offset = 0
    for block in _blocks(document):
        offset += bool(block.blockNumber()) and not continues(block)
        if position < block.position() + block.length():
            return offset + len(upto(block.text(), position - block.position()))
        offset += len(block.text())
    return offset


def position_of(document: QTextDocument, offset: int) -> int:
    """Return Qt's position behind so many characters of the text."""
    for block in _blocks(document):
        offset -= bool(block.blockNumber()) and not continues(block)
        text = block.text()
        if offset <= len(text):
            return block.position() + units(text[:offset])
        offset -= len(text)
    return document.characterCount() - 1


def _pieces(document: QTextDocument) -> Iterator[str]:
    for block in _blocks(document):
        if block.blockNumber() and not continues(block):
            yield "\n"
        yield block.text()


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.firstBlock()
    while block.isValid():
        yield block
        block = block.next()
