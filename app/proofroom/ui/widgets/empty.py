"""The empty state of a page or pane: what is not here, what brings it, and the button for it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from proofroom.ui import icons
from proofroom.ui.theme import Space, follow, px, theme
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.labels import Label, Paragraph


class _Mark(QWidget):
    def __init__(self, icon: str) -> None:
        super().__init__()
        self.icon = icon
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(px(Space.XL), px(Space.XL))

    def paintEvent(self, event: QPaintEvent) -> None:
        icons.paint(QPainter(self), self.rect(), self.icon, theme().c.text2, Space.XL)


class EmptyState(QWidget):
    """Icon, title, one sentence and up to two buttons, in the middle of its place."""

    pressed = Signal()
    second_pressed = Signal()

    def __init__(
        self, title: str, text: str = "", button: str = "", *, icon: str = "list-checks",
        second: str = "",
    ) -> None:  # fmt: skip
        super().__init__()
        self.title = Label(title, 15, 600)
        self.text = Paragraph(text, 12, ink="text2")
        self._mark = _Mark(icon)
        self.button, self.second = Button(button or title), Button(second or title, Kind.QUIET)
        for words, one in ((button, self.button), (second, self.second)):
            if not words:  # setVisible(True) without a parent yet would flash a window of its own
                one.hide()
        self.button.clicked.connect(self.pressed)
        self.second.clicked.connect(self.second_pressed)
        for label in (self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._box, row = QVBoxLayout(self), QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        row.addWidget(self.second)
        row.addStretch(1)
        self._box.addStretch(2)
        self._box.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignHCenter)
        self._box.addWidget(self.title)
        self._box.addWidget(self.text)
        self._box.addSpacing(px(Space.S))
        self._box.addLayout(row)
        self._box.addStretch(3)
        follow(self._restyle)

    def show_text(self, title: str, text: str = "", button: str = "") -> None:
        """Say something else, for instance that a filter finds nothing."""
        self.title.setText(title)
        self.text.setText(text)
        self.button.set_face(button or title, Kind.NORMAL, None)
        self.button.setVisible(bool(button))
        self.second.hide()

    def _restyle(self) -> None:
        self._box.setSpacing(px(Space.XS))
        gutter = px(Space.L)
        self._box.setContentsMargins(gutter, gutter, gutter, gutter)
