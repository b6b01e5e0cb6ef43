"""What a bar says when it is pointed at: a few lines beside its top, over the chart."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from proofroom.ui.theme import Radius, Space, font, line_height, px, theme
from proofroom.ui.widgets import paint


class Tip(QWidget):
    """Lines on a ground of their own; the pointer goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.lines: list[str] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def say(self, words: str, spot: QPoint) -> None:
        """Show lines at the right of a spot of the parent, or at its left where there is room."""
        self.lines = words.split("\n")
        wide = max(paint.width(line, self._font(at)) for at, line in enumerate(self.lines))
        wide, high = wide + 2 * px(Space.S), len(self.lines) * line_height(12) + px(Space.S)
        room, gap = self._over.rect(), px(Space.M)
        right = spot.x() + gap + wide <= room.width()
        x = spot.x() + gap if right else max(0, spot.x() - gap - wide)
        y = max(0, min(spot.y() - high // 2, room.height() - high))
        self.setGeometry(QRect(x, y, wide, high))
        self.show()
        self.raise_()
        self.update()

    def _font(self, at: int) -> QFont:
        return font(12, 400 if at else 600)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, c, side, high = QPainter(self), theme().c, px(Space.S), line_height(12)
        paint.box(painter, self.rect(), px(Radius.CHIP), fill=c.raised, edge=c.line2)
        for at, line in enumerate(self.lines):
            row = QRect(side, side // 2 + at * high, self.width() - side, high)
            paint.text(painter, row, line, self._font(at), c.text if not at else c.text2)
