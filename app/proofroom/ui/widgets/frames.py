"""The frame of a page: its header, its toolbar, panes with a splitter of one pixel, bones."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSizePolicy,
    QSplitter,
    QSplitterHandle,
    QWidget,
)

from proofroom.ui.theme import Radius, Size, Space, follow, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.labels import Label
from proofroom.ui.widgets.menu_button import MoreButton

MOST_ACTIONS = 4


class Strip(QWidget):
    """A row across a page with a hairline under it."""

    def __init__(self, height: int) -> None:
        super().__init__()
        self._height, self.row = height, QHBoxLayout(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def _restyle(self) -> None:
        self.row.setContentsMargins(px(Space.L), 0, px(Space.M), 1)
        self.row.setSpacing(px(Space.S))
        self.setFixedHeight(px(self._height) + 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.across(painter, 0, self.height() - 1, self.width(), theme().c.line)


class _Title(Label):
    """A page's title: the fact beside it gives way first."""

    def __init__(self, title: str) -> None:
        super().__init__(title, 15, 600)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint().boundedTo(QSize(px(Size.LIST), self.sizeHint().height()))


class Fact(Label):
    """One quiet fact: the longest of its forms that fits is shown, and none is cut."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text, 12, ink="text2")
        self._forms: tuple[str, ...] = (text,)

    def setText(self, text: str) -> None:
        self.say(text)

    def say(self, *forms: str) -> None:
        """Show a fact; shorter forms of it follow, for where there is less room."""
        self._forms = forms
        super().setText(forms[0])
        self.updateGeometry()

    @property
    def shown(self) -> str:
        """The form that fits; one without shorter forms elides."""
        fits = (one for one in self._forms if paint.width(one, self.font()) <= self.width())
        return next(fits, self.text() if len(self._forms) == 1 else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        paint.text(QPainter(self), self.contentsRect(), self.shown, self.font(), theme().c.text2)


class PageHeader(Strip):
    """Title, chips, one quiet fact, then at most four actions with the primary last."""

    def __init__(self, title: str, fact: str = "") -> None:
        super().__init__(Size.HEADER)
        self.title, self.fact = _Title(title), Fact(fact)
        self.more = MoreButton()
        self.more.hide()
        self._chips = QHBoxLayout()
        self._actions = QHBoxLayout()
        self.row.addWidget(self.title)
        self.row.addLayout(self._chips)
        self.row.addWidget(self.fact)
        self.row.addStretch(1)
        self.row.addWidget(self.more)
        self.row.addLayout(self._actions)

    def add_chip(self, chip: QWidget) -> None:
        """Put a chip beside the title."""
        self._chips.addWidget(chip)

    def add_action(self, button: QWidget) -> None:
        """Put a button at the right end; the primary comes last. Raise ValueError past four."""
        if self._actions.count() == MOST_ACTIONS:
            raise ValueError("a page header has at most four actions; use `more`")
        self._actions.addWidget(button)


class Toolbar(Strip):
    """A row of controls under the header: `add` from the left, `add_right` from the right."""

    def __init__(self) -> None:
        super().__init__(Size.TOOLBAR)
        self.row.addStretch(1)
        self._left = 0

    def add(self, *widgets: QWidget) -> None:
        """Put controls at the left, in order."""
        for widget in widgets:
            self.row.insertWidget(self._left, widget)
            self._left += 1

    def add_right(self, *widgets: QWidget) -> None:
        """Put controls at the right end, in order."""
        for widget in widgets:
            self.row.addWidget(widget)


class _Handle(QSplitterHandle):
    def sizeHint(self) -> QSize:
        return QSize(1, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, c = QPainter(self), theme().c
        if self.orientation() == Qt.Orientation.Horizontal:
            paint.down(painter, self.width() // 2, 0, self.height(), c.line)
        else:
            paint.across(painter, 0, self.height() // 2, self.width(), c.line)


class Splitter(QSplitter):
    """Panes side by side (or stacked) with a line of one pixel that is grabbed within eight."""

    def __init__(self, name: str, *, stacked: bool = False) -> None:
        super().__init__(Qt.Orientation.Vertical if stacked else Qt.Orientation.Horizontal)
        self.setAccessibleName(name)
        self.setHandleWidth(1)  # Qt widens the grab area of such a handle by itself
        self.setChildrenCollapsible(False)
        theme().changed.connect(self.update)

    def createHandle(self) -> QSplitterHandle:
        return _Handle(self.orientation(), self)

    def set_positions(self, sizes: Sequence[int]) -> None:
        """Give the panes sizes in design pixels."""
        self.setSizes([px(size) for size in sizes])


def paint_bones(painter: QPainter, rect: QRect, lines: int) -> None:
    """Paint bars of 10 px, each 18 px below the last, from the top of `rect`."""
    for number in range(lines):
        share = (90, 97, 70)[number % 3]
        bar = QRect(rect.x(), rect.y() + px(4 + 18 * number), rect.width() * share // 100, px(10))
        paint.box(painter, bar, px(Radius.CHIP) - 1, fill=theme().c.hover)
