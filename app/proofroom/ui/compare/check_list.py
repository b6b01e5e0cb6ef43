"""A list to check off, with a search above it: versions, models, inputs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from proofroom.ui import icons
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.fields import SearchField

Index = QModelIndex | QPersistentModelIndex
KEY, NOTE = int(Qt.ItemDataRole.UserRole) + 1, int(Qt.ItemDataRole.UserRole) + 2


class _Lines(QStyledItemDelegate):
    """A box, a name in 600, a note in text2."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        c, rect = theme().c, option.rect
        painter.save()
        focus = option.widget.hasFocus() and bool(option.state & QStyle.StateFlag.State_HasFocus)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if focus or over:
            painter.fillRect(rect, c.selected if focus else c.hover)
        on = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked.value
        size = px(Size.ICON)
        spot = QRect(rect.x() + px(Space.S), rect.y() + (rect.height() - size) // 2, size, size)
        paint.box(painter, spot, px(Radius.CHIP), fill=c.accent if on else c.surface,
                  edge=c.accent if on else c.ctl)  # fmt: skip
        if on:
            icons.paint(painter, spot, "check", c.on, Size.ICON_SMALL)
        x, end = spot.right() + px(Space.S), rect.right() - px(Space.S)
        note = str(index.data(NOTE) or "")
        name = QRect(x, rect.y(), end - x, rect.height())
        words = str(index.data(Qt.ItemDataRole.DisplayRole))
        paint.text(painter, name, words, font(12, 500), c.text)
        used = x + paint.width(words, font(12, 500)) + px(Space.S)
        if note and used < end:
            paint.text(painter, QRect(used, rect.y(), end - used, rect.height()), note, font(12),
                       c.text2, paint.RIGHT)  # fmt: skip
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(240), px(Size.ROW))


class _View(QListView):
    """Space and a click check a line."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class _Frame(QWidget):
    """The edge around a list that is a field."""

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme().c
        paint.box(QPainter(self), self.rect(), px(Radius.CONTROL), fill=c.surface, edge=c.ctl)


class CheckList(QWidget):
    """`changed` tells that a line was checked or not; `checked()` gives the keys in order."""

    changed = Signal()

    def __init__(self, name: str, hint: str, *, lines: int = 5) -> None:
        super().__init__()
        self.search, self.view = SearchField(f"Search {name.lower()}", hint=hint), _View()
        self._lines, self._order = lines, list[object]()
        self._items, self._found = QStandardItemModel(), QSortFilterProxyModel()
        self._found.setSourceModel(self._items)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.view.setAccessibleName(name)
        self.view.setModel(self._found)
        self.view.setItemDelegate(_Lines(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setMouseTracking(True)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(px(Space.XS))
        box.addWidget(self.search)
        self._frame = _Frame()
        self._frame_box = QVBoxLayout(self._frame)
        self._frame_box.addWidget(self.view)
        box.addWidget(self._frame)
        box.addStretch(1)
        self.search.textChanged.connect(self._found.setFilterFixedString)
        self.search.left_down.connect(self._enter)
        self.view.clicked.connect(self._toggle)
        follow(self._restyle)

    def _restyle(self) -> None:
        shown = max(1, min(self._lines, self._items.rowCount()))
        self.view.setFixedHeight(px(shown * Size.ROW))
        self._frame_box.setContentsMargins(
            px(Space.XXS), px(Space.XXS), px(Space.XXS), px(Space.XXS)
        )

    def _enter(self) -> None:
        self.view.setCurrentIndex(self._found.index(0, 0))
        self.view.setFocus(Qt.FocusReason.TabFocusReason)

    def set_lines(self, lines: Sequence[tuple[object, str, str]]) -> None:
        """Offer lines of (key, words, note); what was checked and is still there stays so."""
        before = set(self._order)
        self._items.clear()
        for key, words, note in lines:
            item = QStandardItem(words)
            item.setData(key, KEY)
            item.setData(note, NOTE)
            item.setCheckable(True)
            on = key in before
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            item.setAccessibleText(f"{words}, {note}" if note else words)
            self._items.appendRow(item)
        there = {key for key, _, _ in lines}
        self._order = [key for key in self._order if key in there]
        self.search.setVisible(len(lines) > self._lines)
        self._restyle()

    def check(self, keys: Sequence[object]) -> None:
        """Check these lines and no others."""
        self._order = []
        for row in range(self._items.rowCount()):
            item = self._items.item(row)
            on = item.data(KEY) in keys
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._order = [key for key in keys if self._has(key)]
        self.changed.emit()

    def _has(self, key: object) -> bool:
        return any(self._items.item(r).data(KEY) == key for r in range(self._items.rowCount()))

    def checked(self) -> list[object]:
        """Return the keys of what is checked, in the order of checking."""
        return list(self._order)

    def _toggle(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        item = self._items.itemFromIndex(self._found.mapToSource(index))
        key, on = item.data(KEY), item.checkState() == Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)
        if on:
            self._order.remove(key)
        else:
            self._order.append(key)
        self.changed.emit()
