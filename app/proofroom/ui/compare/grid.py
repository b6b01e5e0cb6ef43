"""The grid of a comparison: bands across, heads that stay, a base column that never leaves."""

from __future__ import annotations

import time

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QTableView,
    QToolTip,
    QWidget,
)

from proofroom.ui.compare.cell import CellDelegate, Spot
from proofroom.ui.compare.heads import Heads
from proofroom.ui.compare.model import GridModel
from proofroom.ui.theme import Size, follow, px, theme
from proofroom.ui.widgets import letters, paint

Index = QModelIndex | QPersistentModelIndex
HEIGHTS = {"small": 112, "medium": 180, "large": 340}
LEAST = 240
"""A column's least width, in design pixels; then the grid scrolls sideways."""
SETTLE_MS = 60


class Grid(QTableView):
    """One QTableView with one delegate; single letters reach the page as `key_pressed`."""

    key_pressed = Signal(str)
    spot_pressed = Signal(str, QModelIndex)
    menu_asked = Signal(QModelIndex, QPoint)
    moved = Signal()
    seen_changed = Signal()

    def __init__(self, model: GridModel) -> None:
        super().__init__()
        self.setAccessibleName("Comparison")
        self.grid_model, self.cells = model, CellDelegate(model)
        self.heads = Heads(model, self.is_frozen)
        self.height_name, self.last_paint_s = "medium", 0.0
        self._pressed: Spot | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.seen_changed)
        self.setHorizontalHeader(self.heads)
        self.setModel(model)
        self.setItemDelegate(self.cells)
        self._set_up()
        model.bands_added.connect(self._lay_bands)
        model.modelReset.connect(self._fit)
        follow(self._restyle)

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setCornerWidget(QWidget())  # the style's own has an edge that meets no hairline
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.hide()

    def is_frozen(self) -> bool:
        """Whether the base column is held at the left, over columns scrolled under it."""
        return self.horizontalScrollBar().value() > 0 and self.model().columnCount() > 1

    def base_rect(self) -> QRect:
        """Return the ground of the base column while it is held."""
        return QRect(0, 0, self.columnWidth(0), self.viewport().height())

    def set_height(self, name: str) -> None:
        """Make the rows small, medium or large, keeping the row at the top there."""
        top = self.rowAt(0)
        self.height_name = name
        self._lay_bands(0, self.model().rowCount() // 2)
        if top >= 0:
            self.scrollTo(self.model().index(top, 0), QAbstractItemView.ScrollHint.PositionAtTop)
        self._settle.start()

    def _lay_bands(self, first: int, last: int) -> None:
        """Give bands their height and their width across; `first` to before `last`, in inputs."""
        high, band = px(HEIGHTS[self.height_name]), px(Size.BAND)
        columns, head = self.model().columnCount(), self.verticalHeader()
        head.blockSignals(True)
        for row in range(2 * first, 2 * last, 2):
            head.resizeSection(row, band)
            head.resizeSection(row + 1, high)
        head.blockSignals(False)
        if columns > 1:
            for row in range(2 * first, 2 * last, 2):
                self.setSpan(row, 0, 1, columns)
        self.updateGeometries()
        self.viewport().update()
        self._settle.start()

    def _fit(self) -> None:
        """Share the width out, but never under the least width of a column."""
        count = self.model().columnCount()
        if count:
            room = self.viewport().width()
            each = max(px(LEAST), room // count)
            for column in range(count):
                last = column == count - 1 and each * count <= room
                self.setColumnWidth(column, room - each * (count - 1) if last else each)
        self._settle.start()

    def _restyle(self) -> None:
        self.verticalHeader().setMinimumSectionSize(px(Size.BAND))
        self._lay_bands(0, self.model().rowCount() // 2)
        self._fit()

    def seen(self, spare: int = 1) -> range:
        """Return the inputs on screen and some beside them, by their place among those shown."""
        total = self.model().rowCount() // 2
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        top = max(0, first) // 2
        bottom = total if last < 0 else last // 2 + 1
        return range(max(0, top - spare), min(total, bottom + spare))

    def current(self) -> QModelIndex:
        """Return the cell that has the ring; an invalid index on a band or nowhere."""
        index = self.currentIndex()
        return index if index.isValid() and index.row() % 2 else QModelIndex()

    def go_to(self, index: Index) -> None:
        """Put the ring on a cell and bring it into sight with its band."""
        self.setCurrentIndex(index)
        band = self.model().index(index.row() - 1, index.column())
        self.scrollTo(index)
        if self.visualRect(band).top() < 0:
            self.scrollTo(band)

    def visualRect(self, index: Index) -> QRect:
        rect = super().visualRect(index)
        if index.isValid() and index.column() == 0 and self.is_frozen() and index.row() % 2:
            rect.moveLeft(0)
        return rect

    def indexAt(self, p: QPoint) -> QModelIndex:
        if self.is_frozen() and p.x() < self.columnWidth(0):
            return self.model().index(self.rowAt(p.y()), 0)
        return super().indexAt(p)

    def scrollTo(
        self, index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:  # fmt: skip
        across = self.horizontalScrollBar().value()
        super().scrollTo(index, hint)
        if index.column() == 0 or index.row() % 2 == 0:
            self.horizontalScrollBar().setValue(across)  # the base and bands are always in sight
            return
        hidden = self.columnWidth(0) - super().visualRect(index).x()
        if self.is_frozen() and hidden > 0:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - hidden)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if dx:  # bands and the base column do not move with the rest
            self.viewport().update()
            self.heads.viewport().update()
        self._settle.start()

    def moveCursor(
        self, cursorAction: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        found = super().moveCursor(cursorAction, modifiers)
        if found.isValid() and found.row() % 2 == 0:
            here = self.currentIndex()
            step = -1 if here.isValid() and found.row() < here.row() and found.row() > 0 else 1
            column = max(0, here.column()) if here.isValid() else 0
            return self.model().index(found.row() + step, column)
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        began = time.perf_counter()
        current = self.current()
        self.cells.focused, self.cells.wide = self.hasFocus(), self.viewport().width()
        self.cells.current = (current.row(), current.column())
        # below the last row: the style sheet's ground is the one of the theme at start
        ground = QPainter(self.viewport())
        ground.fillRect(event.rect(), theme().c.canvas)
        ground.end()
        super().paintEvent(event)
        if self.is_frozen():
            self._paint_base(event.region())
        self.last_paint_s = time.perf_counter() - began

    def _paint_base(self, region: QRegion) -> None:
        """Paint the base column over what scrolled under it."""
        area = self.base_rect()
        if not region.intersects(area):
            return
        painter, c = QPainter(self.viewport()), theme().c
        painter.setClipRegion(region.intersected(area))
        painter.fillRect(area, c.canvas)
        last = self.rowAt(area.height() - 1)
        for row in range(
            max(0, self.rowAt(0)), (last if last >= 0 else self.model().rowCount() - 1) + 1
        ):
            rect = QRect(0, self.rowViewportPosition(row), area.width(), self.rowHeight(row))
            about = self.grid_model.grid_row(row)
            if row % 2 == 0:
                self.cells.paint_band(painter, rect, about, self.viewport().width())
            else:
                painter.save()
                self.cells.paint_cell(painter, rect, about, row, 0)
                paint.down(painter, rect.right(), rect.y(), rect.height(), c.line2)
                painter.restore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.viewport().update()
        self.moved.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.current().isValid() and self.model().rowCount():
            index = self.model().index(1, 0)
            self.selectionModel().setCurrentIndex(
                index, QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        words = letters.pressed(event)
        if words:
            event.accept()
            self.key_pressed.emit(words)
            return
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are actions here, not a search."""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        spot = event.position().toPoint()
        index = self.indexAt(spot)
        over = (index.row(), index.column()) if index.isValid() and index.row() % 2 else (-1, -1)
        self._hover(over, self.cells.over)  # what can be pressed is there while it is over
        self._hover(over, self.spot_at(spot)[0])
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover((-1, -1), None)

    def _hover(self, over: tuple[int, int], spot: Spot | None) -> None:
        down = spot is not None and self._pressed == spot
        if (over, spot, down) == (self.cells.hover, self.cells.over, self.cells.down):
            return
        was, self.cells.hover = self.cells.hover, over
        self.cells.over, self.cells.down = spot, down
        for row, column in (was, over):
            if row >= 0:
                self.viewport().update(self.visualRect(self.model().index(row, column)))

    def spot_at(self, where: QPoint) -> tuple[Spot | None, QModelIndex]:
        """Return what can be pressed at a place, and the cell it belongs to."""
        index = self.indexAt(where)
        if not index.isValid() or index.row() % 2 == 0:
            return None, QModelIndex()
        sample, here = self.grid_model.sample(index), (index.row(), index.column())
        for spot in self.cells.spots(self.visualRect(index), sample, here):
            if spot.area.contains(where):
                return spot, index
        return None, index

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            spot, index = self.spot_at(event.position().toPoint())
            self._pressed = spot
            self._hover(self.cells.hover, spot)
            if spot is not None and index.isValid():
                self.setFocus(Qt.FocusReason.MouseFocusReason)
                self.setCurrentIndex(index)
                return
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None:
            spot, index = self.spot_at(event.position().toPoint())
            self._hover(self.cells.hover, spot)
            if spot is not None and spot.action == pressed.action:
                self.spot_pressed.emit(spot.action, index)
            return
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        spot, index = self.spot_at(event.position().toPoint())
        if spot is None and index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.key_pressed.emit("Return")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.current() if by_key else self.indexAt(event.pos())
        if index.isValid() and index.row() % 2:
            self.setCurrentIndex(index)
            where = self.visualRect(index).center() if by_key else event.pos()
            self.menu_asked.emit(index, self.viewport().mapToGlobal(where))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            spot, _ = self.spot_at(event.pos())
            if spot is not None and spot.name:
                QToolTip.showText(event.globalPos(), spot.name, self)
                return True
        return super().viewportEvent(event)
