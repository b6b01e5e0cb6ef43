"""Choices: one of many in a list, yes or no, one of few."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QSizePolicy,
)

from proofroom.ui import icons
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.fields import paint_frame


class Combo(QComboBox):
    """One of many values, in the app's frame; the list is Qt's own, with its keys."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def _restyle(self) -> None:
        self.setFont(font(13))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        words = [self.itemText(number) for number in range(min(self.count(), 50))]
        longest = max((paint.width(word, self.font()) for word in words), default=px(80))
        return QSize(min(longest, px(320)) + px(Space.S * 2 + Size.ICON + 4), px(Size.CONTROL))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(72), px(Size.CONTROL))

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = theme().c, QPainter(self)
        on = self.isEnabled()
        paint_frame(painter, self.rect(), focus=self.hasFocus(), bad=False, on=on)
        side = px(Space.S)
        inner = self.rect().adjusted(side, 0, -side - px(Size.ICON), 0)
        ink = c.text if on and self.currentText() else c.text3
        paint.text(painter, inner, self.currentText() or self.placeholderText(), self.font(), ink)
        place = QRect(self.width() - px(Size.ICON) - px(6), 0, px(Size.ICON), self.height())
        icons.paint(painter, place, "chevron-down", c.text2, Size.ICON_DENSE)


class CheckBox(QCheckBox):
    """Yes or no, applied at once."""

    def __init__(self, text: str, *, checked: bool = False) -> None:
        super().__init__(text)
        self.setChecked(checked)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def _restyle(self) -> None:
        self.setFont(font(13))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        wide = paint.width(self.text(), self.font()) + px(Size.ICON + Space.S + 2)
        return QSize(wide, px(Size.HIT))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter, on = theme().c, QPainter(self), self.isChecked()
        side, enabled = px(Size.ICON), self.isEnabled()
        over = self.underMouse() and enabled
        mark, radius = QRect(1, (self.height() - side) // 2, side, side), px(Radius.CHIP)
        if self.hasFocus():
            ring = mark.adjusted(-1, -1, 1, 1)
            paint.box(painter, ring, radius + 1, edge=c.accent, pen=2)
        ground = c.line2 if self.isDown() else c.hover if over else c.surface
        fill = c.accent if on and enabled else c.text3 if on else ground
        paint.box(painter, mark, radius, fill=fill, edge=None if on else c.ctl)
        if on:
            icons.paint(painter, mark, "check", c.on, Size.ICON_SMALL)
        words = self.rect().adjusted(side + px(Space.S) + 1, 0, 0, 0)
        paint.text(painter, words, self.text(), self.font(), c.text if enabled else c.text3)
