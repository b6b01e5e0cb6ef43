"""The table of runs: columns that give way, hits painted, single letters that act."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)

from proofroom.domain.run_order import Order
from proofroom.ui import icons
from proofroom.ui.runs import columns
from proofroom.ui.runs.columns import ANSWER, COLUMNS, IDS
from proofroom.ui.runs.model import GROUP_ROLE, HIT_ROLE, RunsModel
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import letters, paint
from proofroom.ui.widgets.table import ICON_ROLE, Head, Index, RowDelegate, Table
from proofroom.workspace.run_list import Hit

SETTLE_MS = 30
"""After the last step of a scroll the rows on screen are asked for."""


def _edge(rect: QRect) -> QRect:
    """Return the place of the first cell's words: the page's gutter, not that of a cell."""
    return rect.adjusted(px(Space.L) - px(Space.M), 0, 0, 0)


class _Rows(RowDelegate):
    def paint_cell(self, painter: QPainter, rect: QRect, index: Index) -> None:
        model, hit = index.model(), index.data(HIT_ROLE)
        across = index.data(GROUP_ROLE)
        if isinstance(across, str):
            self._paint_group(painter, rect, index, across)
        elif isinstance(model, RunsModel) and model.line(index.row()) is None:
            _paint_bone(painter, rect if index.column() else _edge(rect))
        elif isinstance(hit, Hit):
            _paint_hit(painter, rect, hit)
        else:
            super().paint_cell(painter, rect if index.column() else _edge(rect), index)

    def _paint_group(self, painter: QPainter, rect: QRect, index: Index, words: str) -> None:
        """Paint this cell's part of what stands across the row; the cost has its own cell."""
        c, table = theme().c, self.parent()
        if not words:
            cost = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
            paint.text(painter, rect, cost, font(12, 600, figures=True), c.text, paint.RIGHT)
            return
        assert isinstance(table, RunsTable)  # noqa: S101 - whose delegate it is
        painter.setClipRect(rect.adjusted(-px(Space.M), 0, px(Space.M), 0))
        start = table.columnViewportPosition(0) + px(Space.L)
        tint = index.data(ICON_ROLE)
        if tint:
            place = QRect(start, rect.y(), px(Size.ICON), rect.height())
            icons.paint(painter, place, tint[0], c.text2, Size.ICON_DENSE)
        whole = QRect(start + px(_FOLD), rect.y(), table.viewport().width(), rect.height())
        name, _, facts = words.partition("   ")
        x = paint.run(painter, float(whole.x()), whole, name, font(12, 600), c.text)
        paint.run(painter, x + px(Space.M), whole, facts, font(12, figures=True), c.text2)


_FOLD = 20
"""From the icon of a group to its words, in design pixels."""


def _paint_bone(painter: QPainter, rect: QRect) -> None:
    """Paint where words will stand once they are read."""
    high = px(10)
    bar = QRect(rect.x(), rect.y() + (rect.height() - high) // 2, rect.width() * 2 // 3, high)
    paint.box(painter, bar, px(Radius.CHIP) - 1, fill=theme().c.hover)


def _paint_hit(painter: QPainter, rect: QRect, hit: Hit) -> None:
    """Paint the piece around the first hit, every hit strong in accent."""
    c, text, side = theme().c, hit.snippet.text, "Asked: " if hit.side == "input" else ""
    at = _begin(text, hit.snippet.hits[0][0], rect.width() * 2 // 5) if hit.snippet.hits else 0
    painter.setClipRect(rect)
    x = float(rect.x())
    for words in (side, "…" if at else ""):
        x = paint.run(painter, x, rect, words, font(12), c.text3) if words else x
    for start, end in hit.snippet.hits:
        x = paint.run(painter, x, rect, text[at:start], font(12), c.text2)
        x = paint.run(painter, x, rect, text[start:end], font(12, 600), c.accent)
        at = end
    left = QRect(round(x), rect.y(), max(0, rect.right() - round(x)), rect.height())
    paint.text(painter, left, text[at:], font(12), c.text2)


def _begin(text: str, hit: int, room: int) -> int:
    """Return where a piece begins so that what stands before its hit has room."""
    at = 0
    while at < hit and paint.width(text[at:hit], font(12)) > room:
        space = text.find(" ", at + 1, hit)
        at = hit if space < 0 else space + 1
    return at


class _Heads(Head):
    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        if not self.visualIndex(logicalIndex):
            painter.fillRect(rect, theme().c.canvas)
            paint.across(painter, rect.x(), rect.bottom(), rect.width(), theme().c.line)
            rect = _edge(rect)
        super().paintSection(painter, rect, logicalIndex)


class RunsTable(Table):
    """`key_pressed` tells single letters, `seen_changed` that other rows are on screen."""

    key_pressed = Signal(str)
    seen_changed = Signal()
    menu_asked = Signal(object)
    copy_asked = Signal()
    order_asked = Signal(object)  # Order
    fold_asked = Signal(int, bool)

    def __init__(self, model: RunsModel) -> None:
        super().__init__(model, "Runs")
        self.runs = model
        self.chosen: tuple[str, ...] = columns.SHOWN
        self.order = Order()
        heads = _Heads()
        heads.setSectionsClickable(True)
        heads.sectionClicked.connect(self._head_clicked)
        self.setHorizontalHeader(heads)
        heads.setSortIndicatorShown(True)  # the table has just switched it off
        self.show_order(self.order)
        self.setItemDelegate(_Rows(self))
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.seen_changed)
        self.verticalScrollBar().valueChanged.connect(self._soon)
        model.rowsInserted.connect(self._soon)
        follow(self._make_room)

    def show_order(self, order: Order) -> None:
        """Show an arrow at the column by which the runs are sorted."""
        self.order = order
        place = next(n for n, one in enumerate(COLUMNS) if one.order == order.by)
        way = Qt.SortOrder.AscendingOrder if order.rising else Qt.SortOrder.DescendingOrder
        self.horizontalHeader().setSortIndicator(place, way)

    def _head_clicked(self, place: int) -> None:
        by = COLUMNS[place].order
        if by is None:
            self.show_order(self.order)  # Qt moved its arrow by itself
        else:
            self.order_asked.emit(self.order.turned if by == self.order.by else Order(by))

    def _soon(self) -> None:
        self._settle.start()  # by itself it would take the bar's value for its milliseconds

    def set_columns(self, chosen: Sequence[str]) -> None:
        """Show these columns, as far as there is room."""
        self.chosen = tuple(chosen)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()
        self._settle.start()

    def _make_room(self) -> None:
        room = self.viewport().width() * 100 // theme().zoom
        shown = columns.fitting(self.chosen, room)
        for place, one in enumerate(COLUMNS):
            self.setColumnHidden(place, one.id not in shown)
            if one.width:
                self.setColumnWidth(place, px(one.width))
        spare = self.viewport().width() - sum(
            px(one.width) for one in COLUMNS if one.id in shown and one.width
        )
        if IDS[ANSWER] in shown:
            self.setColumnWidth(ANSWER, max(px(columns.LEAST), spare))
        elif spare > 0:  # the model's name has it
            for name in ("model", "prompt", "status"):
                if name in shown:
                    place = IDS.index(name)
                    self.setColumnWidth(place, self.columnWidth(place) + spare)
                    break

    def seen(self) -> tuple[int, int]:
        """Return the first and last row on screen; (0, -1) of none."""
        rows, high = self.runs.rowCount(), self.verticalHeader().defaultSectionSize()
        if not rows:
            return (0, -1)
        first = self.verticalScrollBar().value() // high
        return first, min(rows - 1, first + self.viewport().height() // high + 1)

    @property
    def at_top(self) -> bool:
        """Whether the newest run is on screen."""
        return self.verticalScrollBar().value() == 0

    def current_row(self) -> int:
        """Return the row of the current run, -1 without one."""
        index = self.currentIndex()
        return index.row() if index.isValid() else -1

    def select(self, row: int) -> None:
        """Make a row the current one, and the only one selected."""
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(
            self.runs.index(row, 0), flags.ClearAndSelect | flags.Rows
        )

    def chosen_rows(self, most: int) -> list[int]:
        """Return the selected rows in their order, at most so many."""
        found: list[int] = []
        selection = self.selectionModel().selection()
        parts = [selection.at(place) for place in range(selection.count())]
        for top, end in sorted((one.top(), one.bottom() + 1) for one in parts):
            found += range(top, min(end, top + most - len(found)))
        return found

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.runs.rowCount():
            self.select(max(0, self.seen()[0]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        words = letters.pressed(event)
        if event.key() in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            self.fold_asked.emit(self.current_row(), event.key() == Qt.Key.Key_Right)
        elif words not in {"", "Return", "Space"}:
            self.key_pressed.emit(words)
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_asked.emit()  # rows that are not read yet must be read first
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are actions here, not a search."""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            where = self.visualRect(index).center() if by_key else event.pos()
            self.menu_asked.emit(self.viewport().mapToGlobal(where))

    def paintEvent(self, event: QPaintEvent) -> None:
        # below the last row is the page, not one more cell
        rows, high = self.runs.rowCount(), self.verticalHeader().defaultSectionSize()
        end = max(0, rows * high - self.verticalScrollBar().value())
        ground = QPainter(self.viewport())
        ground.fillRect(self.viewport().rect().adjusted(0, end, 0, 0), theme().c.canvas)
        ground.end()
        super().paintEvent(event)

    def sizeHintForRow(self, row: int) -> int:
        return px(Size.ROW)
