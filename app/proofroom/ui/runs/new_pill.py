"""The quiet pill over the list: how many runs came while older ones are read."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QTableView

from proofroom.domain import figures
from proofroom.ui import icons
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Pressable


class NewPill(Pressable):
    """A press shows them; hidden while there are none."""

    def __init__(self, over: QTableView) -> None:
        super().__init__("", "New runs")
        self._over = over
        self.setParent(over)
        self.hide()
        follow(self._restyle)

    def say(self, count: int) -> None:
        """Say how many came."""
        self.setText(f"{figures.number(count)} new")
        self.setAccessibleName(f"{figures.plural(count, 'new run')}, show them")
        self.setVisible(count > 0)
        self.place()

    def place(self) -> None:
        """Stand in the middle under the heads of the table."""
        size, high = self.sizeHint(), self._over.horizontalHeader().height()
        x = (self._over.width() - size.width()) // 2
        self.setGeometry(QRect(x, high + px(Space.S), size.width(), size.height()))
        self.raise_()

    def _restyle(self) -> None:
        self.setFont(font(12, 500))
        self.place()

    def sizeHint(self) -> QSize:
        wide = paint.width(self.text(), self.font()) + px(Size.ICON) + px(Space.XL)
        return QSize(wide, px(Size.HIT))

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = theme().c, QPainter(self)
        over = self.underMouse() or self.isDown()
        edge, pen = (c.accent, 2) if self.ring else (c.line2, 1)
        paint.box(painter, self.rect(), px(Radius.CONTROL), fill=c.hover if over else c.raised,
                  edge=edge, pen=pen)  # fmt: skip
        place = QRect(px(Space.S), 0, px(Size.ICON_DENSE), self.height())
        icons.paint(painter, place, "arrow-up", c.accent, Size.ICON_SMALL)
        left = px(Space.S + Size.ICON_DENSE + Space.XS)
        words = self.rect().adjusted(left, 0, 0, 0)
        paint.text(painter, words, self.text(), self.font(), c.accent,
                   Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)  # fmt: skip
