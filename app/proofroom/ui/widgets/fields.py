"""Text fields: one line, a search, several lines; all in one frame."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QSizePolicy

from proofroom.ui import icons
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint

_OWN = 2
"""Qt keeps this many px beside the text of a line by itself, at any zoom."""


def paint_frame(painter: QPainter, rect: QRect, *, focus: bool, bad: bool, on: bool = True) -> None:
    """Paint a field's ground and edge: 2 px accent with focus, bad when its value is."""
    c = theme().c
    edge = c.accent if focus else c.bad if bad else c.ctl if on else c.line2
    fill = c.surface if on else c.canvas
    paint.box(painter, rect, px(Radius.CONTROL), fill=fill, edge=edge, pen=2 if focus else 1)


def ground_palette() -> QPalette:
    """Return the app's palette with no ground of its own, for what is painted into a frame."""
    palette = QPalette(theme().palette)
    palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
    return palette


class LineEdit(QLineEdit):
    """One line of text in the app's frame; with a `unit` it is a number and stands at the right."""

    def __init__(
        self, name: str, text: str = "", *, hint: str = "", mono: bool = False, unit: str = ""
    ) -> None:
        super().__init__(text)
        self._unit = unit
        if unit:
            self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self._mono, self._bad = mono, False
        self.setFrame(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def set_bad(self, bad: bool) -> None:
        """Mark the value as wrong; `Field.set_error` does it for you."""
        self._bad = bad
        self.update()

    def _left(self) -> int:
        return px(Space.S)

    def _restyle(self) -> None:
        self.setFont(font(12 if self._mono else 13, mono=self._mono, figures=bool(self._unit)))
        self.setTextMargins(self._left() - _OWN, 0, px(Space.S) + self._unit_width() - _OWN, 0)
        self.setPalette(ground_palette())
        self.updateGeometry()
        self.update()

    def _unit_width(self) -> int:
        return paint.width(self._unit, font(12)) + px(Space.XS) if self._unit else 0

    def sizeHint(self) -> QSize:
        return QSize(px(160), px(Size.CONTROL))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(Size.TOOLBAR), px(Size.CONTROL))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        on = self.isEnabled() and self.takes_keys()
        paint_frame(painter, self.rect(), focus=self.hasFocus(), bad=self._bad, on=on)
        if self._unit:
            place = self.rect().adjusted(0, 0, -px(Space.S), 0)
            paint.text(painter, place, self._unit, font(12), theme().c.text2, paint.RIGHT)
        painter.end()
        super().paintEvent(event)

    def takes_keys(self) -> bool:
        """Tell whether keys change it: its edge says so."""
        return not self.isReadOnly()


class SearchField(LineEdit):
    """A line to filter or search by: a glass before it, Esc clears it, Down leaves it."""

    left_down = Signal()

    def __init__(self, name: str, *, hint: str = "") -> None:
        super().__init__(name, hint=hint or name)
        self.setClearButtonEnabled(False)

    def _left(self) -> int:
        return px(Space.S + Size.ICON + Space.XS)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Down:
            self.left_down.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        place = QRect(px(Space.S), 0, px(Size.ICON), self.height())
        icons.paint(QPainter(self), place, "search", theme().c.text2, Size.ICON_DENSE)


class TextArea(QPlainTextEdit):
    """Several lines of plain text in the app's frame."""

    def __init__(self, name: str, text: str = "", *, hint: str = "", lines: int = 3) -> None:
        super().__init__(text)
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self._lines, self._bad = lines, False
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        follow(self._restyle)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Leave files to the window: their addresses are no text anyone wants here."""
        if event.mimeData().hasUrls():
            event.ignore()
        else:
            super().dragEnterEvent(event)

    def set_bad(self, bad: bool) -> None:
        """Mark the value as wrong."""
        self._bad = bad
        self.update()

    def text(self) -> str:
        """Return what stands in it."""
        return self.toPlainText()

    def _restyle(self) -> None:
        self.setFont(font(13))
        side, top = px(Space.S), px(6)
        self.setViewportMargins(side, top, side, top)
        self.setPalette(ground_palette())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(240), px(20 * self._lines + 12))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(120), self.sizeHint().height())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:  # the frame lies outside what paintEvent paints
            paint_frame(QPainter(self), self.rect(), focus=self.hasFocus(), bad=self._bad)
            return True
        return super().event(event)
