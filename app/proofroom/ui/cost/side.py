"""Beside the chart: waste in money by its kind, and the split of the tokens."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.domain.usage import BUCKETS, Bucket
from proofroom.ui import icons
from proofroom.ui.cost.budget_rows import BudgetRows
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Pressable
from proofroom.ui.widgets.labels import Hairline, Label
from proofroom.workspace.cost_sums import FAILED, Sum
from proofroom.workspace.dear_runs import Look

_BAR_WIDE, _BAR_HIGH = 64, 6
_SPLIT: dict[str, tuple[Bucket, ...]] = {
    "Input": ("input",),
    "Cached input": ("cache_read",),
    "Written to a cache": ("cache_write_5m", "cache_write_1h"),
    "Output": ("output",),
    "Reasoning": ("reasoning",),
    "Audio and pictures": ("audio_in", "audio_out", "image"),
}


class Share(Pressable):
    """A line: icon, name and fact, a figure, its share as a bar; `opens` says if it leads on."""

    def __init__(self, icon: str, name: str, *, opens: bool = False) -> None:
        super().__init__("", name)
        self._opens = opens
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if opens else Qt.FocusPolicy.NoFocus)
        self._icon, self.name, self.fact, self.value, self._share = icon, name, "", "", 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        follow(self.updateGeometry)

    def say(self, value: str, share: float, fact: str = "") -> None:
        """Show a figure, its share of the whole (0 to 1), and what stands behind it."""
        self.value, self._share, self.fact = value, share, fact
        words = f"{self.name}: {value}. {fact}".rstrip(". ")
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(Size.INSPECTOR - 2 * Space.L), px(Size.ROW_TWO - 2))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, c, half = QPainter(self), theme().c, self.height() // 2
        if self._opens and (self.underMouse() or self.isDown()):
            painter.fillRect(self.rect(), c.line2 if self.isDown() else c.hover)
        if self.ring:
            paint.box(painter, self.rect(), px(Radius.CHIP), edge=c.accent, pen=2)
        left = px(Size.ICON + 6) if self._icon else 0
        if self._icon:
            icons.paint(
                painter, QRect(0, 0, px(Size.ICON), self.height()), self._icon, c.text2,
                Size.ICON_DENSE,
            )  # fmt: skip
        top = QRect(left, 0, self.width() - left, half)
        value = font(12, 600, figures=True)
        wide, room = paint.width(self.value, value) + px(Space.S), px(_BAR_WIDE + Space.S)
        paint.text(painter, top.adjusted(0, 0, -wide, 0), self.name, font(12, 500), c.text)
        paint.text(painter, top, self.value, value, c.text, paint.RIGHT)
        low = top.translated(0, half)
        paint.text(painter, low.adjusted(0, 0, -room, 0), self.fact, font(11), c.text2)
        bar = QRect(
            self.width() - px(_BAR_WIDE), low.y() + (half - px(_BAR_HIGH)) // 2,
            px(_BAR_WIDE), px(_BAR_HIGH),
        )  # fmt: skip
        paint.box(painter, bar, px(Radius.CHIP) - 1, fill=c.line2)
        part = round(bar.width() * min(1.0, self._share))
        if part or self._share:
            bar.setWidth(max(part, px(_BAR_HIGH)))
            paint.box(painter, bar, px(Radius.CHIP) - 1, fill=c.accent)


class _Head(QWidget):
    def __init__(self, title: str) -> None:
        super().__init__()
        self.value = Label("", 12, ink="text2").keep()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(Label(title, 13, 600))
        self._row.addStretch(1)
        self._row.addWidget(self.value)


class Side(QWidget):
    """Waste, budgets and the split of the tokens, one below the other.

    `opened` carries the statuses of the runs behind a kind of waste.
    """

    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.retries = Share("rotate-cw", "Retries")
        self.again = Share("repeat-2", "Identical calls")
        self.failed = Share("circle-x", "Failed runs", opens=True)
        self.stopped = Share("circle-minus", "Stopped runs", opens=True)
        self.split = {name: Share("", name) for name in _SPLIT}
        self._waste, self._tokens, self._box = _Head("Waste"), _Head("Tokens"), QVBoxLayout(self)
        self.budgets = BudgetRows()
        waste = (self.retries, self.again, self.failed, self.stopped)
        tokens = (self._tokens, *self.split.values())
        for one in (self._waste, *waste, Hairline(), self.budgets, Hairline(), *tokens):
            self._box.addWidget(one)
        self._box.addStretch(1)
        for one, statuses in ((self.failed, FAILED), (self.stopped, ("cancelled",))):
            one.clicked.connect(partial(self._pressed, statuses))
        follow(self._restyle)

    def say(self, total: Sum, look: Look | None) -> None:
        """Show the parts of a sum; without a look nothing is known yet of identical calls."""
        again = look.again_cost if look is not None else 0
        waste = total.waste + again
        self._waste.value.setText(figures.money(waste))
        whole = waste or 1
        self.retries.say(
            figures.money(total.retry), total.retry / whole, "earlier attempts of done runs"
        )
        self.failed.say(
            figures.money(total.failed), total.failed / whole, "timed out, interrupted too"
        )
        self.stopped.say(
            figures.money(total.cancelled), total.cancelled / whole, "what came was paid"
        )
        if look is None or not look.is_whole:
            self.again.say("…", 0.0, "not looked up yet" if look is None else "looking")
        else:
            self.again.say(figures.money(again), again / whole, _again_words(look))
        tokens = total.of()
        self._tokens.value.setText(figures.short(tokens))
        for name, buckets in _SPLIT.items():
            count = total.of(*buckets)
            share = count / tokens if tokens else 0.0
            self.split[name].say(figures.short(count), share, figures.percent(share, 1))
            usual = buckets[0] in BUCKETS[:1] or name in {"Output", "Cached input", "Reasoning"}
            self.split[name].setVisible(usual or bool(count))

    def _pressed(self, statuses: tuple[str, ...]) -> None:
        self.opened.emit(statuses)

    def _restyle(self) -> None:
        side = px(Space.L)
        self._box.setContentsMargins(side, px(Space.M), side, px(Space.M))
        self._box.setSpacing(px(Space.S))
        self.updateGeometry()


def _again_words(look: Look) -> str:
    words = f"{figures.number(look.again)} answered before"
    return words + (f", {figures.number(look.again_unknown)} unknown" if look.again_unknown else "")
