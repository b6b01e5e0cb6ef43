"""Below the chart: one table of five, chosen by a row of words, and how far a look is."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.ui.cost import tables
from proofroom.ui.cost.tables import Content, Rows, Target
from proofroom.ui.theme import Size, Space, follow, px, theme
from proofroom.ui.widgets.buttons import LinkButton
from proofroom.ui.widgets.labels import Label
from proofroom.ui.widgets.segmented import Segmented
from proofroom.ui.widgets.table import Table
from proofroom.workspace.costs import Costs
from proofroom.workspace.dear_runs import Look

_NONE = Content(heads=("Nothing found yet",), rows=(), targets=())
_KINDS = (
    ("groups", "Groups"),
    ("stretches", "Times"),
    ("runs", "Dearest runs"),
    ("prompts", "Dearest prompts"),
    ("repeated", "Identical calls"),
)
_ROWS = 8
"""Rows that are in sight at least."""


class _Ground(Table):
    """Below the last row is the page, not one more cell."""

    def paintEvent(self, event: QPaintEvent) -> None:
        last = self.model().rowCount() - 1
        end = self.rowViewportPosition(last) + self.rowHeight(last) if last >= 0 else 0
        ground = QPainter(self.viewport())
        ground.fillRect(self.viewport().rect().adjusted(0, end, 0, 0), theme().c.canvas)
        ground.end()
        super().paintEvent(event)


class Lower(QWidget):
    """The tables; `opened` tells where a row leads, `stop_asked` and `again_asked` of the look."""

    opened = Signal(object)  # Target
    stop_asked = Signal()
    again_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.kinds = Segmented("Table", _KINDS)
        self.said = Label("", 12, ink="text2")
        self.stop, self.again = LinkButton("Stop", size=12), LinkButton("Look again", size=12)
        self.rows = Rows()
        self.table = _Ground(self.rows, "Cost by group")
        self._costs: Costs | None = None
        self._look: Look | None = None
        self._line, self._box = QHBoxLayout(), QVBoxLayout(self)
        self._line.addWidget(self.kinds)
        self._line.addStretch(1)
        for one in (self.said, self.stop, self.again):
            self._line.addWidget(one)
        self._box.addLayout(self._line)
        self._box.addWidget(self.table, 1)
        self.kinds.chosen.connect(self._fill)
        self.table.activated.connect(self._activated)
        self.stop.clicked.connect(self.stop_asked)
        self.again.clicked.connect(self.again_asked)
        for button in (self.stop, self.again):
            button.hide()
        follow(self._restyle)

    def say_costs(self, costs: Costs) -> None:
        """Show other sums."""
        self._costs = costs
        self._fill()

    def say_look(self, look: Look | None, *, is_looking: bool, is_stale: bool) -> None:
        """Show what a look found so far, and how far it is."""
        self._look = look
        self.stop.setVisible(is_looking)
        self.again.setVisible(
            not is_looking and (is_stale or (look and not look.is_whole) or False)
        )
        if look is None:
            self.said.setText("")
        elif is_looking:
            self.said.setText(f"Looking at all runs, {figures.percent(look.done / look.steps)}")
        elif not look.is_whole:
            share = figures.percent(look.done / look.steps)
            self.said.setText(f"Stopped at {share}: the dearest of what was looked at")
        else:
            self.said.setText("Runs ended since it was looked up" if is_stale else "")
        self._fill()

    def _fill(self, _: str = "") -> None:
        kind, content = self.kinds.value, _NONE
        if kind in {"groups", "stretches"}:
            if self._costs is not None:
                content = (tables.groups if kind == "groups" else tables.stretches)(self._costs)
        elif self._look is not None:
            of_look = {
                "runs": tables.dear_runs,
                "prompts": tables.dear_prompts,
                "repeated": tables.repeated,
            }
            content = of_look[kind](self._look)
        self.rows.show(content)
        self.table.setAccessibleName(f"Cost, {dict(_KINDS)[kind].lower()}")
        self._widen()

    def _activated(self, index: QModelIndex) -> None:
        target: Target | None = self.rows.content.targets[index.row()]
        if target is not None:
            self.opened.emit(target)

    def _widen(self) -> None:
        room = self.table.viewport().width()
        for column, wide in enumerate(tables.widths(self.rows.content, room)):
            self.table.setColumnWidth(column, wide)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._widen()

    def _restyle(self) -> None:
        self._line.setContentsMargins(px(Space.M), px(Space.S), px(Space.M), px(Space.S))
        self._line.setSpacing(px(Space.S))
        self._box.setContentsMargins(px(Space.XS), 0, 0, 0)
        self._box.setSpacing(0)
        self.table.setMinimumHeight(px(Size.ROW) * _ROWS)
        self._widen()
