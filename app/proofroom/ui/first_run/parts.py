"""Parts of the first-run page: the frame around the two versions, a way to start, a model."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from proofroom.ui import icons
from proofroom.ui.first_run.sample_comparison import Side
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Pressable
from proofroom.ui.widgets.chips import Chip, ChipKind
from proofroom.ui.widgets.diff_view import DiffText
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.labels import Label, Paragraph


class Framed(QWidget):
    """A surface with an edge; what is added stands below each other."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(1, 1, 1, 1)
        self.box.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme().c
        paint.box(QPainter(self), self.rect(), px(Radius.BLOCK), fill=c.surface, edge=c.line2)


class SideView(QWidget):
    """One version: its number, its model, and its words."""

    def __init__(self, side: Side) -> None:
        super().__init__()
        self.setAccessibleName(f"{side.version.label}, {side.content.model}")
        self._box, self._head = QVBoxLayout(self), QHBoxLayout()
        self._head.addWidget(Chip(side.version.label, ChipKind.VERSION))
        self._head.addWidget(Label(side.content.model, 12, 600))
        self._head.addStretch(1)
        self._head.addWidget(Label(side.role, 11, ink="text2"))
        self.words = DiffText([(run.op, run.text) for run in side.runs])
        self._box.addLayout(self._head)
        self._box.addWidget(self.words)
        self._box.addStretch(1)
        follow(self._restyle)

    def _restyle(self) -> None:
        side = px(Space.L)
        self._box.setContentsMargins(side, px(Space.M), side, px(Space.L))
        self._box.setSpacing(px(Space.S))
        self._head.setSpacing(px(Space.S))


class Way(Pressable):
    """A large button: an icon, what it does, and one line about it."""

    def __init__(self, icon: str, title: str, text: str) -> None:
        super().__init__(title, title)
        self.setAccessibleDescription(text)
        self._icon, self._note = icon, text
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(Size.INSPECTOR), px(Size.COLUMN_HEAD))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(Size.LIST), px(Size.COLUMN_HEAD))

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter, rect = theme().c, QPainter(self), self.rect()
        fill = c.hover if self.underMouse() else c.surface
        edge, pen = (c.accent, 2) if self.ring else (c.line2, 1)
        paint.box(painter, rect, px(Radius.BLOCK), fill=fill, edge=edge, pen=pen)
        mark = rect.adjusted(px(Space.L), 0, 0, 0)
        mark.setWidth(px(Space.XL - 4))
        icons.paint(painter, mark, self._icon, c.text2, Size.CHIP)
        left, right = px(Space.L + Space.XXL), px(Space.XXL + Space.XS)
        upper = rect.adjusted(left, px(Space.S), -right, -rect.height() // 2)
        lower = rect.adjusted(left, rect.height() // 2, -right, -px(Space.S))
        paint.text(painter, upper, self.text(), font(13, 600), c.text)
        paint.text(painter, lower, self._note, font(12), c.text2)
        arrow = rect.adjusted(rect.width() - right, 0, -px(Space.M), 0)
        icons.paint(painter, arrow, "chevron-right", c.text2)


class ModelRow(QWidget):
    """A model or provider that was found here, with a word or a button."""

    def __init__(
        self, icon: str, ink: str, title: str, text: str, state: QWidget | None = None
    ) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self._row, self._words = QHBoxLayout(self), QVBoxLayout()
        self.title, self.note = Label(title, 13, 500), Paragraph(text, 12, ink="text2")
        self._words.addWidget(self.title)
        self._words.addWidget(self.note)
        self._row.addWidget(Glyph(icon, ink), 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.addLayout(self._words, 1)
        if state is not None:
            self._row.addWidget(state, 0, Qt.AlignmentFlag.AlignVCenter)
        follow(self._restyle)

    def _restyle(self) -> None:
        side = px(Space.M)
        self._row.setContentsMargins(side, px(Space.XS), side, px(Space.XS))
        self._row.setSpacing(px(Space.M))
        self._words.setSpacing(0)
