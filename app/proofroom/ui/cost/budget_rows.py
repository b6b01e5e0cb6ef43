"""The budgets beside the chart: what is spent, held and left of each, as bars that open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from proofroom import clock
from proofroom.domain import figures
from proofroom.domain.budget import Standing, spent_words
from proofroom.ui import icons
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import LinkButton, Pressable
from proofroom.ui.widgets.labels import Label

_BAR_HIGH, _MARK_WIDE, _MARK_HIGH = 6, 2, 10
_LINE = 18
_SIGNS = {"ok": ("", "text2"), "warn": ("triangle-alert", "warn"), "over": ("octagon-alert", "bad")}
_FILLS = {"ok": "accent", "warn": "warn", "over": "bad"}


def fact(one: Standing) -> str:
    """Return what is to be known of a budget besides its figures."""
    if one.state == "over":
        since = f", at {_at(one.stopped_at)}" if one.stopped_at else ""
        return f"new calls stopped{since}; anew {one.ends}"
    if one.state == "warn":
        share = figures.percent(one.budget.warn_share)
        return f"warned at {share}, at {_at(one.warned_at)}" if one.warned_at else f"over {share}"
    held = f"{figures.money(one.held)} held" if one.held else ""
    return figures.facts(held, f"begins anew {one.ends}")


def _at(moment: int | None) -> str:
    local, now = clock.local(moment or 0), clock.local(clock.now())
    return f"{local:%H:%M}" if local.date() == now.date() else f"{local:%d %b, %H:%M}".lstrip("0")


class BudgetRow(Pressable):
    """A budget: its name, what is spent of its limit, the bar, and a fact; a press changes it."""

    def __init__(self, one: Standing) -> None:
        super().__init__(one.budget.title, "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.standing = one
        self.say(one)
        follow(self.updateGeometry)

    def say(self, one: Standing) -> None:
        """Show how the budget stands."""
        self.standing = one
        self.setText(one.budget.title)
        words = f"Budget {one.budget.title}: {spent_words(one)}, {fact(one)}"
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(Size.INSPECTOR - 2 * Space.L), px(2 * _LINE + _MARK_HIGH + 2 * Space.XXS))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(Size.LIST), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, c, one = QPainter(self), theme().c, self.standing
        if self.underMouse() or self.isDown():
            ground = self.rect().adjusted(-px(Space.XS), 0, px(Space.XS), 0)
            painter.fillRect(ground, c.line2 if self.isDown() else c.hover)
        top = QRect(0, px(Space.XXS), self.width(), px(_LINE))
        limit = f" of {figures.money(one.budget.limit_nano_usd)}"
        spent, plain = font(12, 600, figures=True), font(12, figures=True)
        wide = paint.width(limit, plain)
        paint.text(painter, top, limit, plain, c.text2, paint.RIGHT)
        value = top.adjusted(0, 0, -wide, 0)
        paint.text(painter, value, figures.money(one.spent), spent, c.text, paint.RIGHT)
        room = wide + paint.width(figures.money(one.spent), spent) + px(Space.S)
        paint.text(painter, top.adjusted(0, 0, -room, 0), self.text(), font(12, 500), c.text)
        self._paint_bar(painter, QRect(0, top.bottom() + 1, self.width(), px(_MARK_HIGH)))
        icon, ink = _SIGNS[one.state]
        low = QRect(0, self.height() - px(_LINE) - px(Space.XXS), self.width(), px(_LINE))
        if icon:
            place = QRect(0, low.y(), px(Size.ICON_SMALL), low.height())
            icons.paint(painter, place, icon, getattr(c, ink), Size.ICON_SMALL)
            low.adjust(px(Size.ICON_SMALL + 5), 0, 0, 0)
        paint.text(painter, low, fact(one), font(11, figures=True), getattr(c, ink))
        if self.ring:
            paint.box(painter, self.rect(), px(Radius.CHIP), edge=c.accent, pen=2)

    def _paint_bar(self, painter: QPainter, place: QRect) -> None:
        c, one, limit = theme().c, self.standing, self.standing.budget.limit_nano_usd
        bar = place.adjusted(0, (place.height() - px(_BAR_HIGH)) // 2, 0, 0)
        bar.setHeight(px(_BAR_HIGH))
        radius, fill = px(Radius.CHIP) - 1, getattr(c, _FILLS[one.state])
        paint.box(painter, bar, radius, fill=c.line2)
        reach = self._across(one.spent + one.held, limit)
        if one.held and reach > self._across(one.spent, limit):
            paint.box(painter, QRect(bar.topLeft(), QSize(reach, bar.height())), radius,
                      fill=c.surface, edge=fill)  # fmt: skip
        if one.spent:
            spent = max(px(_BAR_HIGH), self._across(one.spent, limit))
            paint.box(painter, QRect(bar.topLeft(), QSize(spent, bar.height())), radius, fill=fill)
        x = round(self.width() * one.budget.warn_share) - px(_MARK_WIDE)
        painter.fillRect(QRect(x, place.y(), px(_MARK_WIDE), place.height()), c.text2)

    def _across(self, nano: int, limit: int) -> int:
        return round(self.width() * min(1.0, nano / limit)) if limit else self.width()


class BudgetRows(QWidget):
    """All budgets below their head; `opened` carries a Standing, `added` asks for a new one."""

    opened = Signal(object)
    added = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[BudgetRow] = []
        self.value = Label("", 12, ink="text2").keep()
        self.bare = Label("No limit is set.", 12, ink="text2")
        self.new = LinkButton("Set a budget", size=12)
        self._box, head, self._none = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        head.addWidget(Label("Budgets", 13, 600))
        head.addStretch(1)
        head.addWidget(self.value)
        self._none.addWidget(self.bare)
        self._none.addStretch(1)
        self._none.addWidget(self.new)
        self._box.addLayout(head)
        self._box.addLayout(self._none)
        self.new.clicked.connect(self.added)
        follow(self._restyle)

    def say(self, standings: Sequence[Standing], *, read_only: bool) -> None:
        """Show these; where nothing can be written none is offered."""
        for row in self.rows[len(standings) :]:
            row.setParent(None)
            row.deleteLater()
        del self.rows[len(standings) :]
        for number, one in enumerate(standings):
            if number == len(self.rows):
                self._add(one)
            self.rows[number].say(one)
            self.rows[number].setEnabled(not read_only)
        self.value.setText("stops at the limit" if standings else "")
        self.bare.setVisible(not standings)
        self.new.setVisible(not standings and not read_only)

    def _add(self, one: Standing) -> None:
        row = BudgetRow(one)
        row.clicked.connect(lambda: self.opened.emit(row.standing))
        self.rows.append(row)
        self._box.addWidget(row)

    def _restyle(self) -> None:
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(px(Space.S))
