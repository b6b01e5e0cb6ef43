"""The open cell: a real text field over its cell, for reading whole, selecting and copying."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QTextEdit, QVBoxLayout, QWidget

from proofroom.ui.theme import Space, font, line_height, px, theme
from proofroom.ui.widgets import paint

LONGEST_LINE = 20_000
"""A line over this is shown in pieces: one layout of it takes a second."""


class OpenCell(QWidget):
    """Esc closes it and gives the focus back to the grid."""

    closed = Signal()

    def __init__(self, grid: QAbstractScrollArea, rect: QRect, name: str) -> None:
        super().__init__(grid.viewport())
        self._grid = grid
        self.edit = QTextEdit()
        self.edit.setAccessibleName(name)
        self.edit.setReadOnly(True)
        self.edit.setAcceptRichText(False)
        self.edit.setFrameShape(QFrame.Shape.NoFrame)
        self.edit.setFont(font(13))
        self.edit.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.edit.document().setDocumentMargin(0)
        box = QVBoxLayout(self)
        box.setContentsMargins(px(Space.M), px(Space.S), px(Space.XS), px(Space.S))
        box.addWidget(self.edit)
        self.setFocusProxy(self.edit)
        self._cell = rect
        self._place()
        self.show()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_text(self, text: str) -> None:
        """Show the answer whole; a line without an end is cut in pieces to be laid out."""
        lines = [piece for line in text.split("\n") for piece in _pieces(line)]
        self.edit.setPlainText("\n".join(lines))
        lead = QTextBlockFormat()
        lead.setLineHeight(line_height(13), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor = QTextCursor(self.edit.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(lead)
        self._place()

    def _place(self) -> None:
        """Stand over the cell, as high as the text needs and the page allows."""
        room = self._grid.viewport().rect()
        rect = QRect(self._cell)
        wide, gutter = rect.width(), px(Space.L + Space.M)
        self.edit.document().setTextWidth(wide - gutter)
        if self.edit.document().size().height() > rect.height() - px(Space.L):
            wide = max(wide, min(px(420), room.width()))
        rect.setWidth(wide)
        self.resize(wide, rect.height())
        self.edit.document().setTextWidth(wide - gutter)
        text = round(self.edit.document().size().height()) + 2 * px(Space.S) + px(Space.XS)
        rect.setHeight(max(rect.height(), min(text, room.height() - 2 * px(Space.S))))
        rect.moveRight(min(rect.right(), room.right()))
        rect.moveBottom(min(rect.bottom(), room.bottom()))
        rect.moveTop(max(rect.top(), 0))
        rect.moveLeft(max(rect.left(), 0))
        self.setGeometry(rect)

    def close_it(self) -> None:
        """Close, with the focus back in the grid."""
        self.hide()
        self._grid.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_it()
            return
        event.accept()  # letters mean nothing in a text

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = theme().c, QPainter(self)
        painter.fillRect(self.rect(), c.surface)
        paint.box(painter, self.rect(), 0, edge=c.accent, pen=2)


def _pieces(line: str) -> list[str]:
    return [line[at : at + LONGEST_LINE] for at in range(0, len(line), LONGEST_LINE)] or [""]
