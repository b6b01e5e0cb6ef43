"""One text of a prompt: an editor as high as its text, with line numbers, pills and remarks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import ceil

from PySide6.QtCore import (
    QEvent,
    QMimeData,
    QPoint,
    QPointF,
    QRect,
    QSize,
    QSizeF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextBlock,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolTip

from proofroom.domain.version import TemplateLanguage
from proofroom.ui.prompts import key_guard, message_painting
from proofroom.ui.prompts.analysis import Note
from proofroom.ui.prompts.colours import Colours
from proofroom.ui.prompts.message_painting import GUTTER
from proofroom.ui.prompts.portion_text import PortionText
from proofroom.ui.theme import Size, Space, follow, font, line_height, px, theme


class MessageText(PortionText):
    """Plain text in the fixed font, as high as what is shown of it."""

    caret_moved = Signal(QRect)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(self.wordWrapMode().WrapAtWordBoundaryOrAnywhere)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self._colours = Colours(self.document())
        self._notes: dict[int, Note] = {}
        self._changed: frozenset[int] = frozenset()
        self.document().documentLayout().documentSizeChanged.connect(self._resized)
        self.cursorPositionChanged.connect(self._moved)
        follow(self._restyle)

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()
        if not key_guard.asks(self, text, partial(self._paste, text)):
            super().insertFromMimeData(source)

    def _paste(self, text: str) -> None:
        data = QMimeData()
        data.setText(text)
        super().insertFromMimeData(data)
        self.setFocus()

    def set_language(self, language: TemplateLanguage) -> None:
        """Paint pills of another template language."""
        if self._colours.language != language:
            self._colours.language = language
            self._loading = True
            self._colours.rehighlight()
            self._loading = False
            self.viewport().update()

    def set_remarks(self, notes: Sequence[Note], changed: frozenset[int]) -> None:
        """Show remarks at their lines and a bar at the lines changed since the base version."""
        first: dict[int, Note] = {}
        for note in notes:
            first.setdefault(note.line, note)
        if (first, changed) != (self._notes, self._changed):
            self._notes, self._changed = first, changed
            said = "; ".join(f"Line {line + 1}: {note.text}" for line, note in first.items())
            self.setAccessibleDescription(said)
            self.viewport().update()

    def go_to(self, line: int) -> None:
        """Put the cursor at the start of a line (from 0), take focus and show its remark whole."""
        self.show_line(line)
        self._tell_note(self.textCursor().block(), self.cursorRect().bottomLeft())

    # looks

    def _restyle(self) -> None:
        self._loading = True
        self.setFont(font(13, mono=True))
        palette = QPalette(theme().palette)
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)
        frame = self.document().rootFrame().frameFormat()
        frame.setLeftMargin(px(GUTTER))
        frame.setRightMargin(px(Space.M))
        frame.setTopMargin(px(Space.S))
        frame.setBottomMargin(px(Space.S))
        self.document().rootFrame().setFrameFormat(frame)
        self.setCursorWidth(px(2))
        self.format_lines()
        self._colours.rehighlight()
        self._loading = False

    def _resized(self, size: QSizeF) -> None:
        self.setFixedHeight(max(ceil(size.height()), line_height(13) + 2 * px(Space.S)))

    def sizeHint(self) -> QSize:
        return QSize(px(Size.PANEL), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(Size.LIST), line_height(13))

    # what happens in it

    def _moved(self) -> None:
        self.viewport().update()
        if self.hasFocus():
            self.caret_moved.emit(self.cursorRect())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        new_line = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        other = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        if not new_line or event.modifiers() & (other | Qt.KeyboardModifier.MetaModifier):
            super().keyPressEvent(event)
        elif not self.isReadOnly():
            # Qt's own takes the height of an empty line away in place of adding one, and with
            # Shift it puts a line separator into the text
            self.leave_paste()
            self.textCursor().insertBlock()
            self.ensureCursorVisible()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            keys = (Qt.Key.Key_Z, Qt.Key.Key_Y, Qt.Key.Key_Return, Qt.Key.Key_Enter,
                    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space)  # fmt: skip
            if control and event.key() in keys:  # the page's, not the text's own
                event.ignore()
                return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tell_note(self.cursorForPosition(event.pos()).block(), event.pos())
            return True
        return super().viewportEvent(event)

    def _tell_note(self, block: QTextBlock, at: QPoint) -> None:
        """Show the remark of a line whole: beside its text there may be no room for it."""
        note = self._notes.get(self.line_of(block))
        words = note.text if note is not None else ""
        QToolTip.showText(self.viewport().mapToGlobal(at), words, self.viewport())

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page scrolls, not the block

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._say_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._say_focus()

    def _say_focus(self) -> None:
        self.viewport().update()
        if (block := self.parentWidget()) is not None:
            block.update()  # the ring is around the whole block

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        area = event.rect()
        current = self.textCursor().block().blockNumber() if self.hasFocus() else -1
        for block, box in self._blocks(area):
            if block.blockNumber() == current:
                row = QRect(px(GUTTER) - px(Space.S), box.y(), self.width(), box.height())
                painter.fillRect(row, theme().c.canvas)
            message_painting.tags(painter, block, box, self._colours.language)
            number = self.line_of(block)
            changed = number in self._changed
            message_painting.gutter(painter, block, box, number, changed=changed)
            if number in self._notes:
                message_painting.sign(painter, box, self._notes[number])
        painter.end()
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        for block, box in self._blocks(area) if self._notes else ():
            note = self._notes.get(self.line_of(block))
            if note is not None:
                message_painting.remark(painter, block, box, note, self.width())

    def _blocks(self, area: QRect) -> Iterator[tuple[QTextBlock, QRect]]:
        layout = self.document().documentLayout()
        place = QPointF(px(GUTTER) + 1, max(area.y() - line_height(13), 0))
        at = layout.hitTest(place, Qt.HitTestAccuracy.FuzzyHit)
        block = self.document().findBlock(max(0, at))
        while block.isValid():
            box = layout.blockBoundingRect(block).toRect()
            if box.y() > area.bottom():
                return
            yield block, box
            block = block.next()
