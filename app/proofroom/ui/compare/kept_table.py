"""The table of kept comparisons: its first column at the page's edge, as wide as there is room."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRect
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent

from proofroom.ui.theme import Space, follow, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.table import Head, RowDelegate, Table

WIDTHS = (0, 90, 90, 90, 150, 160)
"""Of each column in design pixels; the first one takes what is left."""
LEAST = 240
"""What the first column has at least, in design pixels; before that others go."""
GIVE_WAY = (3, 1, 4)
"""The columns that go where there is no room, in this order: samples, columns, when made."""


def _moved(rect: QRect) -> QRect:
    """Return the place of the first cell's words: the page's gutter, not that of a cell."""
    return rect.adjusted(px(Space.L) - px(Space.M), 0, 0, 0)


class _Rows(RowDelegate):
    def paint_cell(
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint_cell(painter, rect if index.column() else _moved(rect), index)


class _Heads(Head):
    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        if not logicalIndex:
            painter.fillRect(rect, theme().c.canvas)
            paint.across(painter, rect.x(), rect.bottom(), rect.width(), theme().c.line)
            rect = _moved(rect)
        super().paintSection(painter, rect, logicalIndex)


class KeptTable(Table):
    """Columns go one by one where a window or a zoom leaves no room; the name is whole longest."""

    def __init__(self, model: QAbstractItemModel, name: str) -> None:
        super().__init__(model, name)
        self.setHorizontalHeader(_Heads())
        self.setItemDelegate(_Rows(self))
        follow(self._make_room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        shown = set(range(1, len(WIDTHS)))
        for column in GIVE_WAY:
            if self._left(shown) < px(LEAST):
                shown.discard(column)
        self.set_widths(*WIDTHS)
        self.setColumnWidth(0, max(px(LEAST), self._left(shown)))
        for column in GIVE_WAY:
            self.setColumnHidden(column, column not in shown)

    def _left(self, shown: set[int]) -> int:
        return self.viewport().width() - sum(px(WIDTHS[column]) for column in shown)

    def paintEvent(self, event: QPaintEvent) -> None:
        # below the last row is the page, not one more cell
        last = self.model().rowCount() - 1
        end = self.rowViewportPosition(last) + self.rowHeight(last) if last >= 0 else 0
        ground = QPainter(self.viewport())
        ground.fillRect(self.viewport().rect().adjusted(0, end, 0, 0), theme().c.canvas)
        ground.end()
        super().paintEvent(event)
