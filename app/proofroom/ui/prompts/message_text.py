"""One text of a prompt: an editor as high as its text, with line numbers, pills and remarks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from PySide6.QtCore import (
    QEvent,
    QMimeData,
    QPoint,
    QPointF,
    QRect,
    QRectF,
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
    QTextBlockFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QToolTip

from proofroom.domain.message import storable
from proofroom.domain.version import TemplateLanguage
from proofroom.ui import icons
from proofroom.ui.prompts.analysis import Note, pills
from proofroom.ui.prompts.colours import Colours
from proofroom.ui.prompts.text_measures import common_ends, longest_line, replaced, units
from proofroom.ui.theme import Radius, Size, Space, follow, font, line_height, px, theme
from proofroom.ui.widgets import paint

LONGEST = 20_000
"""A line over this many characters is shown folded, and edited in pieces of _PIECE."""
_PIECE = 2_000
_GOES_ON = 1  # the state of a block that continues the line before it
_SHOWN = 400
GUTTER = 56
_NUMBER_RIGHT = 34
_BAR = 3
_PARAGRAPH = "\u2029"


class MessageText(QTextEdit):
    """Plain text in the fixed font; `edited` tells of changes by a person alone."""

    edited = Signal()
    unfolded = Signal()
    caret_moved = Signal(QRect)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
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
        self._whole: str | None = None
        self._joined = self._loading = self._read_only = False
        self.document().documentLayout().documentSizeChanged.connect(self._resized)
        self.document().contentsChanged.connect(self._told)
        self.cursorPositionChanged.connect(self._moved)
        follow(self._restyle)

    # the text

    @property
    def folded(self) -> bool:
        """Whether a line is too long to be shown whole."""
        return self._whole is not None

    def text(self) -> str:
        """Return the text letter by letter; Qt's own toPlainText makes spaces of no-break ones."""
        if self._whole is not None:
            return self._whole
        if not self._joined:
            return self.document().toRawText().replace(_PARAGRAPH, "\n")
        return "".join(self._pieces())

    def lines(self) -> list[str]:
        """Return what stands in its blocks, a line too long in its pieces."""
        return self.document().toRawText().split(_PARAGRAPH)

    def show_text(self, text: str) -> None:
        """Show another text; what is the same at both ends stays, and the cursor with it."""
        if text == self.text():
            return
        self._loading = True
        if not self._joined and self._whole is None and longest_line(text, LONGEST) <= LONGEST:
            self._splice(text)
        else:
            self._load(text, in_pieces=self._joined)
        self._loading = False

    def unfold(self) -> None:
        """Show a folded text whole, long lines in pieces."""
        whole, self._whole = self._whole, None
        self._loading = True
        self._load(whole or "", in_pieces=True)
        self._loading = False
        self.set_read_only(self._read_only)
        self.unfolded.emit()

    def set_read_only(self, read_only: bool) -> None:
        """Let the text be read and copied alone."""
        self._read_only = read_only
        flags = Qt.TextInteractionFlag
        shown = flags.TextSelectableByMouse | flags.TextSelectableByKeyboard
        off = read_only or self.folded
        self.setTextInteractionFlags(shown if off else flags.TextEditorInteraction)

    def set_language(self, language: TemplateLanguage) -> None:
        """Paint pills of another template language."""
        if self._colours.language != language:
            self._colours.language = language
            self._colours.rehighlight()
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
        block = self.document().findBlockByNumber(line)
        cursor = QTextCursor(block if block.isValid() else self.document().lastBlock())
        self.setTextCursor(cursor)
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._moved()
        self._tell_note(cursor.block(), self.cursorRect().bottomLeft())

    def _load(self, text: str, *, in_pieces: bool) -> None:
        long = longest_line(text, LONGEST) > LONGEST
        self._whole = text if long and not in_pieces else None
        self._joined = long and in_pieces
        if self._whole is not None:
            lines = text.split("\n")
            text = "\n".join(
                line if len(line) <= LONGEST else line[:_SHOWN] + " …" for line in lines
            )
        elif self._joined:
            self._load_pieces(text)
            return
        self.document().setPlainText(text)
        self._format_blocks()
        self.set_read_only(self._read_only)

    def _load_pieces(self, text: str) -> None:
        pieces: list[str] = []
        goes_on: list[int] = []
        for line in text.split("\n"):
            for start in range(0, max(1, len(line)), _PIECE):
                if start:
                    goes_on.append(len(pieces))
                pieces.append(line[start : start + _PIECE])
        self.document().setPlainText("\n".join(pieces))
        for number in goes_on:
            self.document().findBlockByNumber(number).setUserState(_GOES_ON)
        self._format_blocks()

    def _pieces(self) -> Iterator[str]:
        block = self.document().firstBlock()
        while block.isValid():
            if block.blockNumber() and block.userState() != _GOES_ON:
                yield "\n"
            yield block.text()
            block = block.next()

    def _splice(self, text: str) -> None:
        old = self.text()
        start, end = common_ends(old, text)
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.setPosition(units(old[:start]))
        kept = old[len(old) - end :] if end else ""
        last = self.document().characterCount() - 1 - units(kept)
        cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text[start : len(text) - end])
        cursor.endEditBlock()
        self._format_blocks()
        self.setTextCursor(cursor)

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
        self._format_blocks()
        self._colours.rehighlight()
        self._loading = False

    def _format_blocks(self) -> None:
        """Give all lines the fixed height; new ones take it from the line they are split from."""
        wanted = QTextBlockFormat()
        fixed = QTextBlockFormat.LineHeightTypes.FixedHeight
        wanted.setLineHeight(line_height(13), fixed.value)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(wanted)

    def _resized(self, size: QSizeF) -> None:
        self.setFixedHeight(max(ceil(size.height()), line_height(13) + 2 * px(Space.S)))

    def sizeHint(self) -> QSize:
        return QSize(px(Size.PANEL), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(Size.LIST), line_height(13))

    # what happens in it

    def _told(self) -> None:
        if not self._loading and not self.folded:
            self.edited.emit()

    def _moved(self) -> None:
        self.viewport().update()
        if self.hasFocus():
            self.caret_moved.emit(self.cursorRect())

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = storable(source.text()).replace("\r\n", "\n").replace("\r", "\n")
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
        if not self._joined and longest_line(text, LONGEST) > LONGEST:
            self._fold(text)
            return
        self.textCursor().insertText(text)
        self.ensureCursorVisible()

    def _fold(self, pasted: str) -> None:
        """Take a paste with a line too long to be laid out, folded as it would open."""
        cursor = self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        self._loading = True
        self._load(replaced(self.text(), start, end, pasted), in_pieces=False)
        self._loading = False
        self.unfolded.emit()
        self.edited.emit()

    def createMimeDataFromSelection(self) -> QMimeData:
        data = QMimeData()
        data.setText(self.textCursor().selectedText().replace(_PARAGRAPH, "\n"))
        return data

    def keyPressEvent(self, event: QKeyEvent) -> None:
        new_line = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if new_line and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            if not self.isReadOnly():
                self.textCursor().insertBlock()  # Qt would put a line separator into the text
            return
        super().keyPressEvent(event)

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
        note = self._notes.get(block.blockNumber())
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
            self._paint_pills(painter, block, box)
            self._paint_gutter(painter, block, box)
        painter.end()
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        for block, box in self._blocks(area) if self._notes else ():
            note = self._notes.get(block.blockNumber())
            if note is not None:
                self._paint_note(painter, block, box, note)

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

    def _paint_gutter(self, painter: QPainter, block: QTextBlock, box: QRect) -> None:
        c, number, high = theme().c, block.blockNumber(), line_height(13)
        first = QRect(0, box.y() + px(1), px(_NUMBER_RIGHT), high)
        if block.userState() != _GOES_ON:
            face = font(11, mono=True)
            paint.text(painter, first, str(number + 1), face, c.text3, paint.RIGHT)
        if number in self._changed:
            bar = QRect(px(_NUMBER_RIGHT + 7), box.y(), px(_BAR), box.height())
            painter.fillRect(bar, c.ok)
        note = self._notes.get(number)
        if note is not None:
            icon, ink = ("info", c.text2) if note.hint else ("triangle-alert", c.warn)
            spot = QRect(px(Space.XXS), box.y(), px(Size.ICON), high)
            icons.paint(painter, spot, icon, ink, Size.ICON_DENSE)

    def _paint_pills(self, painter: QPainter, block: QTextBlock, box: QRect) -> None:
        c, layout, high = theme().c, block.layout(), line_height(13)
        for start, end, variable in pills(block.text(), self._colours.language):
            fill = c.selected if variable else c.hover
            for number in range(layout.lineCount()):
                line = layout.lineAt(number)
                low = max(start, line.textStart())
                top = min(end, line.textStart() + line.textLength())
                if low >= top:
                    continue
                left, right = _x(line.cursorToX(low)), _x(line.cursorToX(top))
                y = box.y() + number * high
                pill = QRect(round(box.x() + left) - 2, y + 1, ceil(right - left) + 4, high - 2)
                paint.box(painter, pill, px(Radius.CHIP), fill=fill)

    def _paint_note(self, painter: QPainter, block: QTextBlock, box: QRect, note: Note) -> None:
        layout = block.layout()
        if not layout.lineCount():
            return
        line = layout.lineAt(layout.lineCount() - 1)
        x = round(box.x() + line.naturalTextWidth()) + px(Space.M)
        y = box.y() + (layout.lineCount() - 1) * line_height(13)
        rect = QRectF(x, y, self.width() - x - px(Space.S), line_height(13)).toRect()
        ink = theme().c.text2 if note.hint else theme().c.warn
        if rect.width() > px(Space.XXL):
            paint.text(painter, rect, note.text, font(11), ink)


def _x(answer: object) -> float:
    """Return the x of cursorToX, which PySide gives alone or with the cursor's place."""
    first = answer[0] if isinstance(answer, tuple) else answer  # pyright: ignore[reportUnknownVariableType]
    return float(first)  # pyright: ignore[reportArgumentType, reportUnknownArgumentType]
