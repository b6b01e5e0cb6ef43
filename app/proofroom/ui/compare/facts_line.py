"""Facts on one line of a toolbar: as many of them as there is room for, each of them whole."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent

from proofroom.domain import figures
from proofroom.ui.theme import theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.labels import Label


class FactsLine(Label):
    """The last facts give way first; the tooltip and assistive tools have them all."""

    def __init__(self) -> None:
        super().__init__("", 12, ink="text2")
        self.figures()
        self._facts: tuple[str, ...] = ()

    def set_facts(self, facts: Sequence[str]) -> None:
        """Show other facts; empty ones are left out."""
        self._facts = tuple(fact for fact in facts if fact)
        words = figures.facts(*self._facts)
        self.setText(words)
        self.setToolTip(words)

    def shown(self) -> str:
        """Return what there is room for."""
        facts, face = list(self._facts), self.font()
        while facts and paint.width(figures.facts(*facts), face) > self.width():
            facts.pop()
        return figures.facts(*facts)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        ink = theme().c.text2
        paint.text(QPainter(self), self.rect(), self.shown(), self.font(), ink, paint.RIGHT)
