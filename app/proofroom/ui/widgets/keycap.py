"""Key caps: the keys of an action, drawn beside it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint

_CAP = 18


def caps(keys: str) -> list[str]:
    """Split the words of one key sequence into caps: 'Ctrl+Shift+M' is three, 'Ctrl++' two."""
    shown = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) or keys
    first = shown.split(", ", maxsplit=1)[0].replace("Return", "Enter")
    if first.endswith("+") and len(first) > 1:
        return [*(part for part in first[:-1].split("+") if part), "+"]
    return first.split("+")


def caps_width(words: list[str]) -> int:
    """Return how wide `paint_caps` will be."""
    each = [paint.width(word, font(11, 500)) + 2 * px(5) for word in words]
    return sum(max(wide, px(_CAP)) for wide in each) + px(Space.XS) * (len(words) - 1)


def paint_caps(painter: QPainter, rect: QRect, words: list[str]) -> None:
    """Paint caps at the left, middle in `rect`."""
    c, x, high = theme().c, rect.x(), px(_CAP)
    for word in words:
        wide = max(paint.width(word, font(11, 500)) + 2 * px(5), px(_CAP))
        cap = QRect(x, rect.y() + (rect.height() - high) // 2, wide, high)
        paint.box(painter, cap, px(Radius.CHIP), fill=c.canvas, edge=c.line2)
        paint.text(painter, cap, word, font(11, 500), c.text2, paint.CENTRE)
        x += wide + px(Space.XS)


class KeyCaps(QLabel):
    """The caps of a key sequence on a page; read aloud as its words."""

    def __init__(self, keys: str) -> None:
        super().__init__(keys)
        self._caps = caps(keys)
        self.setAccessibleName(keys)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def set_keys(self, keys: str) -> None:
        """Show other keys; none hides the caps."""
        self._caps = caps(keys)
        self.setText(keys)
        self.setAccessibleName(keys)
        self.setVisible(bool(keys))
        self._restyle()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(caps_width(self._caps), px(Size.CHIP))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_caps(QPainter(self), self.rect(), self._caps)
