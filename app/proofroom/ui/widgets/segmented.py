"""A segmented control: one of a few choices, all of them in sight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Pressable

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class _Segment(Pressable):
    def __init__(self, text: str) -> None:
        super().__init__(text, text)
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def _restyle(self) -> None:
        self.setFont(font(12, 500))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        wide = paint.width(self.text(), self.font()) + 2 * px(10)
        return QSize(wide, px(Size.SMALL))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = theme().c, QPainter(self)
        if self.isChecked():
            paint.box(painter, self.rect(), px(5), fill=c.surface, edge=c.line2)
        elif self.isDown():
            paint.box(painter, self.rect(), px(5), fill=c.line2)
        if self.ring:
            paint.box(painter, self.rect(), px(5), edge=c.accent, pen=2)
        lively = self.isEnabled() and (self.isChecked() or self.underMouse())
        ink = c.text if lively else c.text2 if self.isEnabled() else c.text3
        paint.text(painter, self.rect(), self.text(), self.font(), ink, paint.CENTRE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        parent = self.parentWidget()
        if step and isinstance(parent, Segmented):
            parent.step(step)
            return
        super().keyPressEvent(event)


class Segmented(QWidget):
    """One stop for Tab, arrows move the choice; `chosen` tells the value."""

    chosen = Signal(str)

    def __init__(self, name: str, options: Sequence[tuple[str, str]], value: str = "") -> None:
        """Take the accessible name and (value, words) pairs; the first is chosen by default."""
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._values = [key for key, _ in options]
        self._group, self._row = QButtonGroup(self), QHBoxLayout(self)
        self._parts = [_Segment(words) for _, words in options]
        for number, part in enumerate(self._parts):
            self._group.addButton(part, number)
            self._row.addWidget(part)
        self.set_value(value or self._values[0])
        self._group.idClicked.connect(self._clicked)
        follow(self._restyle)

    @property
    def value(self) -> str:
        """The value chosen now."""
        return self._values[self._group.checkedId()]

    def set_value(self, value: str) -> None:
        """Choose a value without telling anyone."""
        number = self._values.index(value)
        for part in self._parts:
            part.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._parts[number].setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._parts[number].setChecked(True)

    def step(self, by: int) -> None:
        """Choose the next or previous value, as an arrow key does."""
        number = (self._group.checkedId() + by) % len(self._parts)
        self.set_value(self._values[number])
        self._parts[number].setFocus(Qt.FocusReason.TabFocusReason)
        self.chosen.emit(self.value)

    def _clicked(self, number: int) -> None:
        self.set_value(self._values[number])
        self.chosen.emit(self.value)

    def _restyle(self) -> None:
        edge = px(Space.XXS)
        self._row.setContentsMargins(edge, edge, edge, edge)
        self._row.setSpacing(0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint.box(QPainter(self), self.rect(), px(Radius.CONTROL), fill=theme().c.hover)
