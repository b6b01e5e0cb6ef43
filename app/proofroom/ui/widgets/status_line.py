"""The status line: engine and running work at the left, spend and saved time at the right."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from proofroom.ui import icons
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Pressable


class StatusItem(Pressable):
    """One fact of 11 px that a click explains; hidden while it has no words."""

    def __init__(self, name: str) -> None:
        super().__init__("", name)
        self._name, self._icon, self._ink = name, "", "text2"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.hide()
        follow(self._restyle)

    def say(self, text: str, icon: str = "", ink: str = "text2") -> None:
        """Show words with an icon in a token's colour; no words hide it."""
        self.setText(text)
        self._icon, self._ink = icon, ink
        self.setAccessibleName(f"{self._name}: {text}")
        self.setVisible(bool(text))
        self._restyle()

    def _restyle(self) -> None:
        self.setFont(font(11, figures=True))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        wide = paint.width(self.text(), self.font()) + 2 * px(6)
        return QSize(wide + (px(Size.ICON_SMALL + 5) if self._icon else 0), px(Size.STATUS))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter, rect = theme().c, QPainter(self), self.rect()
        if self.underMouse() or self.isDown():
            painter.fillRect(rect, c.line2 if self.isDown() else c.hover)
        if self.ring:
            paint.box(painter, rect, px(Radius.CHIP), edge=c.accent, pen=2)
        x: float = px(6)
        if self._icon:
            place = QRect(round(x), 0, px(Size.ICON_SMALL), rect.height())
            icons.paint(painter, place, self._icon, getattr(c, self._ink), Size.ICON_SMALL)
            x += px(Size.ICON_SMALL + 5)
        paint.run(painter, x, rect, self.text(), self.font(), c.text2)


class StatusLine(QWidget):
    """24 px at the foot of the window; never the only place of an error."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Status")
        self.engine, self.work = StatusItem("Engine"), StatusItem("Running")
        self.spend, self.saved = StatusItem("Spend"), StatusItem("Saved")
        self._row = QHBoxLayout(self)
        for item in (self.engine, self.work):
            self._row.addWidget(item)
        self._row.addStretch(1)
        for item in (self.spend, self.saved):
            self._row.addWidget(item)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def _restyle(self) -> None:
        self._row.setContentsMargins(px(6), 1, px(6), 0)
        self._row.setSpacing(px(Space.XS))
        self.setFixedHeight(px(Size.STATUS) + 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = theme().c, QPainter(self)
        painter.fillRect(self.rect(), c.chrome)
        paint.across(painter, 0, 0, self.width(), c.line)
