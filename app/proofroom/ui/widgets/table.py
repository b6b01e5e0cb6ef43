"""Tables of 28 px rows between hairlines, and the ground that their delegates share."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
)

from proofroom.ui import icons
from proofroom.ui.theme import Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint

Index = QModelIndex | QPersistentModelIndex

BAR = 3
"""Width of the bar of a selected row, in design pixels."""

ICON_ROLE = int(Qt.ItemDataRole.UserRole) + 101
"""A model may answer (icon name, token) for an icon before the words."""
INK_ROLE = int(Qt.ItemDataRole.UserRole) + 102
"""A model may answer a token name for the colour of a cell's words."""
WEIGHT_ROLE = int(Qt.ItemDataRole.UserRole) + 103
"""A model may answer 400, 500 or 600 for a cell's words."""
MONO_ROLE = int(Qt.ItemDataRole.UserRole) + 104
"""A model may answer True for the fixed font."""


def paint_row(painter: QPainter, option: QStyleOptionViewItem, *, first: bool) -> None:
    """Paint a cell's ground: hover, selected with its bar at the first cell, and the hairline."""
    c, rect = theme().c, option.rect
    focus = option.widget.hasFocus()
    if option.state & QStyle.StateFlag.State_Selected:
        painter.fillRect(rect, c.selected if focus else c.selected_off)
        if first:
            bar = QRect(rect.x(), rect.y(), px(BAR), rect.height())
            painter.fillRect(bar, c.accent if focus else c.ctl)
    else:
        if option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, c.hover)
        paint.across(painter, rect.x(), rect.bottom(), rect.width(), c.line)


class RowDelegate(QStyledItemDelegate):
    """Paints a cell: ground, icon, one line of words; subclass and override `paint_cell`."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        first = index.column() == 0
        paint_row(painter, option, first=first)
        side = px(Space.M)
        self.paint_cell(painter, option.rect.adjusted(side, 0, -side, 0), index)
        painter.restore()

    def paint_cell(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Paint what stands in the cell; the ground is done."""
        tint = index.data(ICON_ROLE)
        if tint:
            name, ink = tint
            place = QRect(rect.x(), rect.y(), px(Size.ICON), rect.height())
            icons.paint(painter, place, name, getattr(theme().c, ink), Size.ICON_DENSE)
            rect.setLeft(rect.x() + px(Size.ICON + 6))
        words = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        ink = getattr(theme().c, index.data(INK_ROLE) or "text")
        paint.text(
            painter,
            rect,
            words,
            self.cell_font(index),
            ink,
            paint.RIGHT if _right(index) else paint.LEFT,
        )

    def cell_font(self, index: Index) -> QFont:
        """Return the font of a cell's words."""
        weight = int(index.data(WEIGHT_ROLE) or 400)
        return font(12, weight, mono=bool(index.data(MONO_ROLE)), figures=_right(index))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        words = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        wide = paint.width(words, self.cell_font(index)) + 2 * px(Space.M)
        return QSize(wide + (px(Size.ICON + 6) if index.data(ICON_ROLE) else 0), px(Size.ROW))

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        cut = self.sizeHint(option, index).width() > option.rect.width()
        if index.isValid() and cut and not index.data(Qt.ItemDataRole.ToolTipRole):
            QToolTip.showText(event.globalPos(), str(index.data(Qt.ItemDataRole.DisplayRole)), view)
            return True
        return super().helpEvent(event, view, option, index)


def _right(index: Index) -> bool:
    side = index.data(Qt.ItemDataRole.TextAlignmentRole)
    return side is not None and bool(int(side) & int(Qt.AlignmentFlag.AlignRight))


class Head(QHeaderView):
    """The header: 11 px, one hairline below, an arrow at the column it is sorted by."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setHighlightSections(False)
        self.setDefaultAlignment(paint.LEFT)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.setStretchLastSection(True)
        follow(self._restyle)

    def _restyle(self) -> None:
        self.setMinimumSectionSize(px(Size.COLUMN_HEAD - 8))
        self.setFixedHeight(px(Size.ROW))
        self.viewport().update()

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        c, model = theme().c, self.model()
        painter.fillRect(rect, c.canvas)
        paint.across(painter, rect.x(), rect.bottom(), rect.width(), c.line)
        role, side = Qt.ItemDataRole, px(Space.M)
        across = Qt.Orientation.Horizontal
        words = str(model.headerData(logicalIndex, across, role.DisplayRole) or "")
        flags = model.headerData(logicalIndex, across, role.TextAlignmentRole)
        right = flags is not None and bool(int(flags) & int(Qt.AlignmentFlag.AlignRight))
        area = rect.adjusted(side, 0, -side, 0)
        if self.isSortIndicatorShown() and self.sortIndicatorSection() == logicalIndex:
            up = self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
            spot = QRect(rect.right() - px(Space.M), rect.y(), px(Space.M), rect.height())
            icons.paint(painter, spot, "arrow-up" if up else "arrow-down", c.text2, Size.ICON_SMALL)
        paint.text(
            painter, area, words, font(11, 500), c.text2, paint.RIGHT if right else paint.LEFT
        )


class Table(QTableView):
    """Rows of one height; Enter and double click tell `activated`, Ctrl+C copies them."""

    def __init__(self, model: QAbstractItemModel, name: str, *, row: int = Size.ROW) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._row, self._head = row, Head()
        self.setHorizontalHeader(self._head)
        self.setModel(model)
        self.setItemDelegate(RowDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setMouseTracking(True)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.hide()
        follow(self._restyle)

    def _restyle(self) -> None:
        self.setFont(font(12))
        for part in (self, self.viewport()):  # under a style sheet they keep the last theme's
            part.setPalette(theme().palette)
        self.verticalHeader().setMinimumSectionSize(1)  # or rows would not shrink with the zoom
        self.verticalHeader().setDefaultSectionSize(px(self._row))
        self.verticalHeader().setMinimumSectionSize(px(self._row))
        self.viewport().update()

    def set_widths(self, *widths: int) -> None:
        """Set the columns' widths in design pixels; the last column takes what is left."""
        for column, wide in enumerate(widths):
            self.setColumnWidth(column, px(wide))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.activated.emit(index)
        elif event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.copied())
        else:
            super().keyPressEvent(event)

    def copied(self) -> str:
        """Return the selected rows as text: cells apart by tabs, rows by line ends."""
        columns = [c for c in range(self.model().columnCount()) if not self.isColumnHidden(c)]
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        role = Qt.ItemDataRole.DisplayRole
        return "\n".join(
            "\t".join(str(self.model().index(row, c).data(role) or "") for c in columns)
            for row in rows
        )

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
