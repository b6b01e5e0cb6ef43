"""A small question over the window: one line to type, one button, Esc leaves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from proofroom.errors import ProofroomError
from proofroom.ui.theme import Radius, Size, Space, follow, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.labels import Label, Paragraph
from proofroom.ui.widgets.overlay import Overlay

_TOP = 80


class _Leaf(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme().c
        paint.box(QPainter(self), self.rect(), px(Radius.PALETTE), fill=c.raised, edge=c.line2)


class Asking:
    """Asks one thing at a time; what cannot be is said under the line that was typed."""

    def __init__(self, over: QWidget, fail: Callable[[Exception], None]) -> None:
        self._over, self._fail = over, fail
        self._ask: Popover | None = None

    def ask(
        self, title: str, label: str, button: str, answer: Callable[[str], None], text: str = ""
    ) -> None:
        """Open a popover with a line of text."""
        self._ask = Popover(self._over, title, label, button, answer, text=text)

    def refuse(self, words: str) -> None:
        """Say under the line why it cannot be."""
        if self._ask is not None:
            self._ask.show_error(words)

    def failed(self, error: Exception) -> None:
        """Say under the line what failed; without one, leave it to the page."""
        if isinstance(error, ProofroomError) and self._ask is not None:
            self.refuse(f"{error.what}. {error.fix}")
        else:
            self._fail(error)

    def close(self) -> None:
        """Be done."""
        if self._ask is not None:
            self._ask.close_it()
            self._ask = None


class Popover(Overlay):
    """Asks for one line of text; `answer` gets it, and a failure is shown under the line."""

    def __init__(  # noqa: PLR0913 - a question is asked whole
        self,
        over: QWidget,
        title: str,
        label: str,
        button: str,
        answer: Callable[[str], None],
        *,
        text: str = "",
        hint: str = "",
        help_text: str = "",
        facts: Sequence[str] = (),
    ) -> None:
        """Stand over a window and open at once."""
        super().__init__(over, title)
        self._leaf, self._answer = _Leaf(self), answer
        self.line = LineEdit(label, text, hint=hint)
        self.field = Field(label, self.line, help_text=help_text, above=True)
        self.button, leave = Button(button, Kind.PRIMARY), Button("Cancel", Kind.QUIET)
        self._box, self._low = QVBoxLayout(self._leaf), QHBoxLayout()
        self._box.addWidget(Label(title, 15, 600))
        for fact in facts:
            self._box.addWidget(Paragraph(fact, 12, ink="text2"))
        self._box.addWidget(self.field)
        self._low.addStretch(1)
        self._low.addWidget(leave)
        self._low.addWidget(self.button)
        self._box.addLayout(self._low)
        leave.clicked.connect(self.close_it)
        self.button.clicked.connect(self._say)
        self.line.returnPressed.connect(self._say)
        self.closed.connect(self.deleteLater)
        follow(self._restyle)
        self.open()
        self.line.selectAll()

    def show_error(self, words: str) -> None:
        """Say under the line why it cannot be."""
        self.field.set_error(words)
        self.place()
        self.line.setFocus()

    def content(self) -> QWidget:
        return self._leaf

    def place(self) -> None:
        wide = min(px(Size.PANEL), self.width() - 2 * px(Space.L))
        self._leaf.setFixedWidth(wide)
        high = self._box.totalHeightForWidth(wide)
        high = high if high > 0 else self._box.sizeHint().height()
        self._leaf.setGeometry((self.width() - wide) // 2, px(_TOP), wide, high)

    def _say(self) -> None:
        self._answer(self.line.text())

    def _restyle(self) -> None:
        side = px(Space.L)
        self._box.setContentsMargins(side, side, side, side)
        self._box.setSpacing(px(Space.M))
        self._low.setSpacing(px(Space.S))
