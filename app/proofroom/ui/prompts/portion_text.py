"""A plain text of any length in an editor that lays out no more of it than a portion."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QTextBlock,
    QTextBlockFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QTextEdit

from proofroom.domain.message import storable
from proofroom.ui.prompts import portion, text_blocks
from proofroom.ui.prompts.text_measures import common_ends, units
from proofroom.ui.theme import line_height

_PARAGRAPH = "\u2029"
_FOCUS = Qt.FocusReason.ShortcutFocusReason


class PortionText(QTextEdit):
    """Its text is whole at any time; `edited` tells of changes by a person alone."""

    edited = Signal()
    step_ends = Signal()  # of undo: a paste comes, or a key after one
    part_changed = Signal()  # other lines are shown or selected, or it is folded or not

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
        self._whole: str | None = None
        self._before = self._after = ""  # what is not shown
        self._first = self._length = 0
        self._states: list[int] = []  # of the blocks, as they were before a change
        self._joined = self._loading = self._read_only = self._all = self._pasted = False
        self.document().contentsChange.connect(self._replaced)
        self.document().contentsChanged.connect(self._told)
        self.selectionChanged.connect(self._selected)

    @property
    def folded(self) -> bool:
        """Whether a line is too long to be shown whole."""
        return self._whole is not None

    @property
    def part(self) -> bool:
        """Whether the text is too long to be shown whole, and some of its lines are."""
        return bool(self._before or self._after)

    @property
    def more_ahead(self) -> bool:
        """Whether there are lines before those shown."""
        return bool(self._before)

    @property
    def more_behind(self) -> bool:
        """Whether there are lines behind those shown."""
        return bool(self._after)

    @property
    def line_count(self) -> int:
        """How many lines there are, shown or not."""
        return self.shown_lines[1] + self._after.count("\n")

    @property
    def shown_lines(self) -> tuple[int, int]:
        """The lines that are shown, from 0: the first one and that behind the last."""
        return self._first, self.line_of(self.document().lastBlock()) + 1

    @property
    def line(self) -> int:
        """The line with the cursor, from 0."""
        return self.line_of(self.textCursor().block())

    @property
    def all_selected(self) -> bool:
        """Whether all lines shown are selected: they stand for those that are not shown too."""
        cursor, end = self.textCursor(), self.document().characterCount() - 1
        return self.part and (cursor.selectionStart(), cursor.selectionEnd()) == (0, end)

    def line_of(self, block: QTextBlock) -> int:
        """Return the line of a block, from 0."""
        return self._first + text_blocks.line_of(block, in_pieces=self._joined)

    def text(self) -> str:
        """Return the text letter by letter, all of it."""
        if self._whole is not None:
            return self._whole
        shown = text_blocks.text_of(self.document(), in_pieces=self._joined)
        return self._before + shown + self._after

    def lines(self) -> list[str]:
        """Return what stands in its blocks, a line too long in its pieces."""
        return text_blocks.lines_of(self.document())

    def show_text(self, text: str) -> None:
        """Show another text; what is the same at both ends stays, and the cursor with it."""
        old = self.text()
        text = _line_ends(text)
        if text == old:
            return
        long = self._joined or self.folded or portion.has_long_line(text)
        if not long and portion.fits(text):
            self._splice(text)
        else:
            place = len(text) - common_ends(old, text)[1] if old else 0
            self._load(text, place, in_pieces=self._joined)

    def unfold(self) -> None:
        """Show a folded text, long lines in pieces."""
        self._load(self.text(), 0, in_pieces=True)

    def show_behind(self) -> None:
        """Show the lines behind those shown, the cursor at their start."""
        text = self.text()
        start, end = portion.behind(text, len(text) - len(self._after))
        self.setFocus(_FOCUS)
        self._show(text, start, end, start)

    def show_ahead(self) -> None:
        """Show the lines before those shown, the cursor at their end."""
        text = self.text()
        start, end = portion.ahead(text, len(self._before))
        self.setFocus(_FOCUS)
        self._show(text, start, end, end)

    def show_line(self, line: int) -> None:
        """Take focus and put the cursor at the start of a line (from 0)."""
        self.setFocus(_FOCUS)
        text = self.text()
        place = portion.line_start(text, line)
        if self.part and not len(self._before) <= place <= len(text) - len(self._after):
            self._show(text, *portion.around(text, place), place)
        elif self.folded:
            block = self.document().findBlockByNumber(line)
            self.setTextCursor(QTextCursor(block if block.isValid() else self.document()))
        else:
            self._put_cursor(place)

    def set_read_only(self, read_only: bool) -> None:
        """Let the text be read and copied alone."""
        self._read_only = read_only
        flags = Qt.TextInteractionFlag
        shown = flags.TextSelectableByMouse | flags.TextSelectableByKeyboard
        off = read_only or self.folded
        self.setTextInteractionFlags(shown if off else flags.TextEditorInteraction)

    # what is shown of it

    def _load(self, text: str, place: int, *, in_pieces: bool) -> None:
        """Show a text, folded unless in pieces, or else the lines around a place in it."""
        long = portion.has_long_line(text)
        self._joined = long and in_pieces
        self._whole = text if long and not in_pieces else None
        if self.folded:
            self._before = self._after = ""
            self._fill(portion.folded(text))
            self.part_changed.emit()
        else:
            self._show(text, *portion.around(text, place), place)

    def _show(self, text: str, start: int, end: int, place: int) -> None:
        """Show a text from `start` to `end`, with the cursor at a place between them."""
        self._before, self._after = text[:start], text[end:]
        self._fill(text[start:end])
        self._put_cursor(place)
        self.part_changed.emit()

    def _fill(self, shown: str) -> None:
        self._loading = True
        self._first = self._before.count("\n")
        within = bool(self._before) and not self._before.endswith("\n")
        text_blocks.load(self.document(), shown, in_pieces=self._joined, goes_on=within)
        self._states = text_blocks.states(self.document()) if self._joined else []
        self.format_lines()
        self.set_read_only(self._read_only)
        self._loading = False

    def _put_cursor(self, place: int) -> None:
        cursor, offset = self.textCursor(), place - len(self._before)
        cursor.setPosition(text_blocks.position_of(self.document(), offset))
        self.setTextCursor(cursor)
        self.cursorPositionChanged.emit()  # at the same position perhaps, and another place

    def _splice(self, text: str) -> None:
        self._loading = True
        self._drop_rest()
        old = text_blocks.text_of(self.document(), in_pieces=False)
        start, end = common_ends(old, text)
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.setPosition(units(old[:start]))
        kept = old[len(old) - end :] if end else ""
        last = self.document().characterCount() - 1 - units(kept)
        cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text[start : len(text) - end])
        cursor.endEditBlock()
        self.format_lines()
        self.setTextCursor(cursor)
        self._loading = False

    def _drop_rest(self) -> None:
        """Let what is shown be the whole text."""
        if self.part:
            self._before, self._after, self._first = "", "", 0
            self.part_changed.emit()

    def format_lines(self) -> None:
        """Give all lines the fixed height; new ones take it from the line they are split from."""
        wanted = QTextBlockFormat()
        fixed = QTextBlockFormat.LineHeightTypes.FixedHeight
        wanted.setLineHeight(line_height(13), fixed.value)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(wanted)

    # what a person does to it

    def _replaced(self, position: int, removed: int, _: int) -> None:
        """Take out what is not shown too, if all lines that are shown were selected."""
        # an input method reports whole blocks as changed, so that their size alone says nothing
        all_gone = self._all and position == 0 and removed >= self._length
        if self.part and not self._loading and all_gone:
            self._drop_rest()
        if self._joined and not self._loading:
            text_blocks.keep_state(self.document(), position, self._states)
        if self._joined:
            self._states = text_blocks.states(self.document())
        self._length = self.document().characterCount() - 1

    def _told(self) -> None:
        if not self._loading and not self.folded:
            self.edited.emit()

    def _selected(self) -> None:
        if self.all_selected != self._all:
            self._all = self.all_selected
            self.part_changed.emit()

    def _places(self) -> tuple[int, int]:
        """Return where in the text the selection begins and ends."""
        if self.all_selected:
            return 0, len(self.text())
        cursor, known = self.textCursor(), len(self._before)
        ends = (cursor.selectionStart(), cursor.selectionEnd())
        first, last = (text_blocks.offset_of(self.document(), end) for end in ends)
        return known + first, known + last

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = _line_ends(storable(source.text())).replace("\0", "\N{REPLACEMENT CHARACTER}")
        self.step_ends.emit()
        self._pasted = True
        document = self.document()
        room = document.characterCount() + len(text) <= portion.MOST
        room = room and document.blockCount() + text.count("\n") <= portion.MOST_LINES
        if room and (self._joined or not portion.has_long_line(text)):
            self.textCursor().insertText(text)
            self.ensureCursorVisible()
            return
        first, last = self._places()
        whole = self.text()
        whole = whole[:first] + text + whole[last:]
        self._load(whole, first + len(text), in_pieces=self._joined)
        self.edited.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():  # a file is the window's
            event.ignore()
        else:
            super().dragEnterEvent(event)

    def createMimeDataFromSelection(self) -> QMimeData:
        # made by Qt: what Python made would be taken apart twice when the app ends
        data = super().createMimeDataFromSelection()
        data.text()  # has it filled with what is shown, which would come over ours later
        data.clear()
        if self.folded:
            data.setText(self.textCursor().selectedText().replace(_PARAGRAPH, "\n"))
        else:
            first, last = self._places()
            data.setText(self.text()[first:last])
        return data

    def leave_paste(self) -> None:
        """Let what comes after a paste be a step of its own, however soon it comes."""
        if self._pasted:
            self._pasted = False
            self.step_ends.emit()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self.leave_paste()
        super().inputMethodEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.leave_paste()
        if not self.textCursor().hasSelection():
            if self.part:
                self._keep_room(event)
            if self._joined and not self.isReadOnly():
                text_blocks.join_for(event.key(), self.textCursor())
        super().keyPressEvent(event)

    def _keep_room(self, event: QKeyEvent) -> None:
        """Show the lines around the cursor before it could leave those that are shown."""
        keys, at = QKeySequence.StandardKey, self.textCursor().blockNumber()
        last = at == self.document().blockCount() - 1
        top = event.matches(keys.MoveToStartOfDocument)
        bottom = event.matches(keys.MoveToEndOfDocument)
        if (self._before and (top or not at)) or (self._after and (bottom or last)):
            text = self.text()
            place = 0 if top else len(text) if bottom else self._places()[0]
            self._show(text, *portion.around(text, place), place)


def _line_ends(text: str) -> str:
    """Return a text whose lines end as the editor's do."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace(_PARAGRAPH, "\n")
