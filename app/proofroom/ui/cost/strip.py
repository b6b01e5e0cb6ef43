"""The four figures at the top of the page: spend, tokens, the price of a thousand, waste."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from proofroom.domain import figures, period
from proofroom.ui.theme import Size, Space, follow, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Pressable
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.labels import Label
from proofroom.workspace.cost_sums import FAILED, Sum
from proofroom.workspace.costs import Costs

_LEAST = 200
"""What a figure needs across, in design pixels; with less there are two in a line."""
_MANY = 1000


class Figure(Pressable):
    """A name, a big figure, and a line that says how it compares; a press opens what is behind."""

    def __init__(self, name: str) -> None:
        super().__init__("", name)
        self.name, self.value = Label(name, 12, ink="text2"), Label("", 20, 600).figures()
        self.fact, self._glyph = Label("", 12, ink="text2"), Glyph("arrow-up", size=Size.ICON_SMALL)
        self._box, self._line = QVBoxLayout(self), QHBoxLayout()
        self._line.addWidget(self._glyph)
        self._line.addWidget(self.fact, 1)
        self._box.addWidget(self.name)
        self._box.addWidget(self.value)
        self._box.addLayout(self._line)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def say(self, value: str, fact: str, *, icon: str = "", ink: str = "text2") -> None:
        """Show a figure and its fact; an icon says the direction without colour."""
        self.value.setText(value)
        self.fact.setText(fact)
        self.fact.set_ink(ink)
        self._glyph.setVisible(bool(icon))
        if icon:
            self._glyph.set_icon(icon, ink)
        self.setAccessibleName(f"{self.name.text()}: {value}. {fact}".rstrip(". "))

    def _restyle(self) -> None:
        side = px(Space.L)
        self._box.setContentsMargins(side, px(Space.S), side, px(Space.M))
        self._box.setSpacing(px(Space.XXS))
        self._line.setSpacing(px(Space.XS))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, c = QPainter(self), theme().c
        over = self.underMouse() and self.isEnabled()
        painter.fillRect(self.rect(), c.line2 if self.isDown() else c.hover if over else c.surface)
        paint.across(painter, 0, self.height() - 1, self.width(), c.line)
        paint.down(painter, self.width() - 1, 0, self.height(), c.line)
        if self.ring:
            paint.box(painter, self.rect().adjusted(1, 1, -2, -2), 0, edge=c.accent, pen=2)


class Strip(QWidget):
    """Four figures in one line, or in two where there is less room.

    `opened` carries the statuses of the runs behind a figure, none for all.
    """

    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.spend, self.tokens = Figure("Spend"), Figure("Tokens")
        self.thousand, self.waste = Figure("Per 1,000 done runs"), Figure("Waste")
        self.all = (self.spend, self.tokens, self.thousand, self.waste)
        self._grid, self._across = QGridLayout(self), 0
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        asks: tuple[tuple[str, ...], ...] = ((), (), ("ok",), (*FAILED, "cancelled"))
        for one, asked in zip(self.all, asks, strict=True):
            one.clicked.connect(partial(self._pressed, asked))
        self._place()
        theme().changed.connect(self._place)

    def say(self, costs: Costs) -> None:
        """Show the figures of a span."""
        now, before = costs.total, costs.before
        self.spend.name.setText(period.span_words(costs.span))
        change = figures.change(now.cost, before.cost)
        than = "as before" if change.endswith("as much") else "than before"
        words = f"{change} {than}" if change else "nothing before"
        unknown = f"{figures.number(now.unknown)} unknown" if now.unknown else ""
        self.spend.say(
            figures.money(now.known), figures.facts(words, unknown),
            icon="triangle-alert" if unknown else _arrow(now.cost, before.cost),
            ink="warn" if unknown else "text2",
        )  # fmt: skip
        self.spend.setToolTip(_compared(costs))
        self.tokens.say(
            figures.short(now.of()),
            figures.facts(
                f"{figures.plural(now.runs, 'run')}", figures.change(now.of(), before.of())
            ),
        )
        self._say_thousand(now, before)

    def _say_thousand(self, now: Sum, before: Sum) -> None:
        one, earlier = per_thousand(now), per_thousand(before)
        if one is None:
            self.thousand.say(thousand_words(now) or "none", "no done run of known cost")
            return
        change = figures.change(one, earlier or 0)
        is_less = bool(earlier) and one < (earlier or 0)
        self.thousand.say(
            thousand_words(now), change or "nothing before",
            icon=_arrow(one, earlier or 0), ink="ok" if is_less else "text2",
        )  # fmt: skip

    def say_waste(self, total: Sum, again: int) -> None:
        """Show the waste of a span with that of identical calls (nano-USD), as far as known."""
        waste = total.waste + again
        share = f"{figures.percent(waste / total.cost, 1)} of spend" if total.cost else ""
        is_much = bool(total.cost) and waste * 20 > total.cost  # a twentieth
        self.waste.say(
            figures.money(waste), share or "of nothing spent",
            icon="triangle-alert" if is_much else "", ink="warn" if is_much else "text2",
        )  # fmt: skip

    def _pressed(self, asked: tuple[str, ...]) -> None:
        self.opened.emit(asked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        across = len(self.all) if self.width() >= len(self.all) * px(_LEAST) else 2
        if across == self._across:
            return
        self._across = across
        for number, one in enumerate(self.all):
            self._grid.addWidget(one, number // across, number % across)
        for column in range(len(self.all)):
            self._grid.setColumnStretch(column, 1 if column < across else 0)


def _compared(costs: Costs) -> str:
    """Return in whole sentences what the spend is compared with, and what is not in it."""
    earlier = period.span_words(period.before(costs.span))
    words = f"{earlier}: {figures.money(costs.before.known)}."
    if costs.total.unknown:
        runs = figures.plural(costs.total.unknown, "run")
        words += f" The cost of {runs} is unknown and not in the sum."
    return words


def per_thousand(one: Sum) -> int | None:
    """Return what a thousand done runs cost, failed ones paid too (nano-USD).

    With runs of unknown cost it is the least that it can be; None if nothing is known.
    """
    if not one.done or one.known is None:
        return None
    return (one.cost * _MANY + one.done // 2) // one.done


def thousand_words(one: Sum) -> str:
    """Return that for people."""
    known = per_thousand(one)
    if known is None:
        return figures.UNKNOWN if one.unknown else ""
    return ("at least " if one.unknown else "") + figures.money(known)


def _arrow(now: int, before: int) -> str:
    if not before or now == before:
        return ""
    return "arrow-up" if now > before else "arrow-down"
