"""How far work is: its numbers, and a line that fills."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from proofroom.domain import figures
from proofroom.ui.theme import px, theme
from proofroom.ui.widgets import paint


class Progress(Struct, frozen=True, kw_only=True):
    """How far some work is; money in nano-USD, time in seconds, None where nobody knows."""

    done: int
    total: int
    unit: str = "cases"
    failed: int = 0
    seconds_left: float | None = None
    spent: int | None = None
    expected: int | None = None


class ProgressLine(QWidget):
    """A line of 4 px that fills from the left; 2 px without round ends under a toolbar."""

    def __init__(self, name: str, *, thin: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._share, self._thin = 0.0, thin
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.updateGeometry)

    def set_share(self, share: float) -> None:
        """Fill a share from 0 to 1."""
        self._share = max(0.0, min(1.0, share))
        self.setAccessibleDescription(figures.percent(self._share))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(120), px(2 if self._thin else 4))

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter, rect = theme().c, QPainter(self), self.rect()
        radius = 0 if self._thin else rect.height() // 2
        paint.box(painter, rect, radius, fill=c.grid)
        done = QRect(0, 0, round(rect.width() * self._share), rect.height())
        if done.width():
            paint.box(painter, done, radius, fill=c.accent)
