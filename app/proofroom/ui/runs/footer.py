"""The line under the list of runs: what the runs found come to, and how they are sorted."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.ui.theme import Size, Space, follow, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import LinkButton
from proofroom.ui.widgets.frames import Fact
from proofroom.workspace.run_totals import Totals


class Footer(QWidget):
    """The sums at the left, the order at the right, which is a button."""

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self.sums, self.order = Fact(), LinkButton("newest first", size=12)
        self._row.addWidget(self.sums, 1)
        self._row.addWidget(self.order)
        follow(self._restyle)

    def say_totals(self, totals: Totals | None) -> None:
        """Say what the runs come to; None while that is summed."""
        self.sums.say(*("",) if totals is None else forms(totals))
        self.sums.setAccessibleName(self.sums.text() or "Sums of the runs found")

    def say_order(self, words: str) -> None:
        """Say how the runs are sorted."""
        self.order.setText(words)
        self.order.setAccessibleName(f"Sorted: {words}")
        self.order.updateGeometry()

    def _restyle(self) -> None:
        self.setFixedHeight(px(Size.ROW_CHIPS))
        self._row.setContentsMargins(px(Space.L), 1, px(Space.S), 0)
        self._row.setSpacing(px(Space.M))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint.across(QPainter(self), 0, 0, self.width(), theme().c.line)


def forms(totals: Totals) -> tuple[str, ...]:
    """Return what runs come to, the longest form first."""
    count = figures.plural(totals.runs, "run")
    cost = figures.cost(totals.cost) if totals.runs > totals.unknown else ""
    unknown = f"{figures.number(totals.unknown)} of unknown cost" if totals.unknown else ""
    failed = f"{figures.number(totals.failed)} failed" if totals.failed else ""
    median = totals.median_us
    latency = "" if median is None else f"median {figures.duration(median)}"
    return (
        figures.facts(count, cost, unknown, latency, failed),
        figures.facts(count, cost, failed),
        count,
    )
