"""The table of models: columns that give way, a star to press, sorting by its heads."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtGui import QResizeEvent as Resized

from proofroom.ui.settings.models_model import COLUMNS, ModelsModel
from proofroom.ui.theme import Size, Space, follow, px, theme
from proofroom.ui.widgets.table import Table

LEAST = 240
"""What the name has at least, in design pixels; before that other columns go."""
_GIVE_WAY = (5, 1, 6, 2)
ROWS = 12
"""How many rows stand on the page."""


class ModelsTable(Table):
    """`star_asked` and `menu_asked` carry a row (and where); Enter tells `activated`."""

    star_asked = Signal(int)
    menu_asked = Signal(int, object)

    def __init__(self, model: ModelsModel) -> None:
        super().__init__(model, "Models")
        self._models, self._down = model, False
        heads = self.horizontalHeader()
        heads.setSectionsClickable(True)
        heads.setStretchLastSection(False)
        heads.sectionClicked.connect(self._sort)
        follow(self._make_room)

    def _sort(self, column: int) -> None:
        """Sort up, then down, then as at first: favourites on top."""
        heads = self.horizontalHeader()
        same = heads.isSortIndicatorShown() and heads.sortIndicatorSection() == column
        if same and self._down:
            heads.setSortIndicatorShown(False)
            self._down = False
            self._models.sort_by(-1, down=False)
        else:
            self._down = same
            order = Qt.SortOrder.DescendingOrder if self._down else Qt.SortOrder.AscendingOrder
            heads.setSortIndicatorShown(True)
            heads.setSortIndicator(column, order)
            self._models.sort_by(column, down=self._down)
        heads.viewport().update()

    def resizeEvent(self, event: Resized) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        self.setFixedHeight(px(Size.ROW) * (ROWS + 1))
        shown = set(range(1, len(COLUMNS)))
        for column in _GIVE_WAY:
            if self._left(shown) < px(LEAST):
                shown.discard(column)
        for column, one in enumerate(COLUMNS[1:], 1):
            self.setColumnHidden(column, column not in shown)
            self.setColumnWidth(column, px(one.width))
        self.setColumnWidth(0, max(px(LEAST), self._left(shown)))

    def _left(self, shown: set[int]) -> int:
        return self.viewport().width() - sum(px(COLUMNS[column].width) for column in shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self.star_asked.emit(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and self._on_star(index, event):
            self.star_asked.emit(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if not self._on_star(index, event):
            super().mouseDoubleClickEvent(event)

    def _on_star(self, index: QModelIndex, event: QMouseEvent) -> bool:
        if not index.isValid() or index.column():
            return False
        left = self.visualRect(index).x()
        return event.position().x() - left < px(Space.M + Size.ICON + Space.XS)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            where = self.visualRect(index).center() if by_key else event.pos()
            self.menu_asked.emit(index.row(), self.viewport().mapToGlobal(where))

    def paintEvent(self, event: QPaintEvent) -> None:
        # below the last row is the page, not one more cell
        end = self.model().rowCount() * px(Size.ROW) - self.verticalScrollBar().value()
        ground = QPainter(self.viewport())
        ground.fillRect(self.viewport().rect().adjusted(0, max(0, end), 0, 0), theme().c.canvas)
        ground.end()
        super().paintEvent(event)
