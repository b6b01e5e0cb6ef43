"""The pane of prompts: search as you type, tags, archived ones, and what can be done with a row."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QMenu,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from proofroom.domain import figures
from proofroom.ui.prompts.model import PROMPT_ROLE, Index, PromptsModel, line_of, side_of
from proofroom.ui.theme import Size, Space, follow, font, line_height, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import IconButton
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.fields import SearchField
from proofroom.ui.widgets.labels import Hairline, Label
from proofroom.ui.widgets.table import paint_row
from proofroom.workspace.prompts import PromptSummary


class _Rows(QStyledItemDelegate):
    """Two lines: name and version, tags and age."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        prompt: PromptSummary = index.data(PROMPT_ROLE)
        c, rect = theme().c, option.rect
        painter.save()
        paint_row(painter, option, first=True)
        area = rect.adjusted(px(Space.M), px(Space.XS), -px(Space.M), -px(Space.XS) - 1)
        top = QRect(area.x(), area.y(), area.width(), line_height(13))
        low = QRect(area.x(), top.bottom() + 1, area.width(), line_height(11))
        side, small = side_of(prompt), font(11, figures=True)
        wide = paint.width(side, small) + 1
        right = QRect(top.right() - wide, top.y(), wide + 1, top.height())
        paint.text(painter, right, side, small, c.text2, paint.RIGHT)
        top.setRight(right.left() - px(Space.S))
        paint.text(painter, top, prompt.name, font(13, 600), c.text)
        paint.text(painter, low, line_of(prompt), font(11), c.text2)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(Size.LIST), px(Size.ROW_TWO))


class PromptList(QListView):
    """The rows; Enter goes on into the editor."""

    entered = Signal()
    menu_asked = Signal(object)

    def __init__(self, model: PromptsModel) -> None:
        super().__init__()
        self.setAccessibleName("Prompts")
        self.setModel(model)
        self.setItemDelegate(_Rows(self))
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setMouseTracking(True)
        self.doubleClicked.connect(self._double)
        follow(self._restyle)

    def _restyle(self) -> None:
        self.setFont(font(13))
        self.scheduleDelayedItemsLayout()
        self.viewport().update()

    def _double(self, _index: QModelIndex) -> None:
        self.entered.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_asked.emit(event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()


class ListPane(QWidget):
    """Draws the list and says which prompt was chosen and what is looked for."""

    chosen = Signal(object)  # a prompt's key
    filtered = Signal()
    new_asked = Signal()

    def __init__(self, model: PromptsModel) -> None:
        super().__init__()
        self.setAccessibleName("Prompts")
        self._model = model
        self.search = SearchField("Search prompts")
        self.title, self.count = Label("Prompts", 15, 600), Label("", 13, ink="text2").keep()
        self.filter_button = IconButton("list-filter", "Filter prompts")
        self.new_button = IconButton("plus", "New prompt")
        self.rows = PromptList(model)
        self.nothing = EmptyState("No prompt matches", button="Clear search", icon="search")
        self.tag, self.archived, self._tags = "", False, list[str]()
        self._wanted, self._quiet = 0, False
        self._lay_out()
        self.search.textChanged.connect(self.filtered)
        self.search.left_down.connect(self.rows.setFocus)
        self.nothing.pressed.connect(self.clear)
        self.new_button.clicked.connect(self.new_asked)
        self.filter_button.clicked.connect(self._open_filter)
        self.rows.selectionModel().currentChanged.connect(self._current)
        follow(self._restyle)

    def _lay_out(self) -> None:
        self._box, self._head, self._mid = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        stack = QWidget()
        self._stack = QStackedLayout(stack)
        self._head.addWidget(self.title)
        self._head.addWidget(self.count)
        self._head.addStretch(1)
        self._head.addWidget(self.filter_button)
        self._head.addWidget(self.new_button)
        self._mid.addWidget(self.search)
        self._stack.addWidget(self.rows)
        self._stack.addWidget(self.nothing)
        self._box.addLayout(self._head)
        self._box.addWidget(Hairline())
        self._box.addLayout(self._mid)
        self._box.addWidget(stack, 1)

    def show_prompts(self, found: list[PromptSummary], tags: list[str]) -> None:
        """Show what was found, keeping the prompt on screen selected."""
        self._tags = tags
        self._quiet = True  # a reset moves the current row by itself
        self._model.show_prompts(found)
        self.count.setText(figures.number(len(found)))
        self.select(self._wanted)
        searched = bool(self.search.text() or self.tag or self.archived)
        self._stack.setCurrentWidget(self.nothing if searched and not found else self.rows)
        if not found:
            what = f"“{self.search.text()}”" if self.search.text() else self._filter_words()
            clear = "Clear search" if self.search.text() else "Show all"
            self.nothing.show_text(f"No prompt matches {what}", "", clear)

    def select(self, key: int) -> None:
        """Mark a prompt as the one on screen, without saying that it was chosen."""
        self._wanted = key
        row, selection = self._model.row_of(key), self.rows.selectionModel()
        self._quiet = True
        index = self._model.index(row) if row >= 0 else QModelIndex()
        flags = QItemSelectionModel.SelectionFlag
        selection.setCurrentIndex(index, flags.ClearAndSelect if row >= 0 else flags.Clear)
        self._quiet = False

    def clear(self) -> None:
        """Look for nothing in particular."""
        self.tag, self.archived = "", False
        self.search.clear()
        self.filtered.emit()
        self._say_filter()

    def set_read_only(self, read_only: bool) -> None:
        """Offer nothing new in a workspace that cannot be written."""
        self.new_button.setVisible(not read_only)

    def _current(self, current: QModelIndex) -> None:
        if current.isValid() and not self._quiet:
            self._wanted = self._model.prompt(current.row()).key
            self.chosen.emit(self._wanted)

    def _open_filter(self) -> None:
        menu = QMenu(self)
        for tag in ("", *self._tags):
            action = menu.addAction(tag or "All tags")
            action.setCheckable(True)
            action.setChecked(tag == self.tag)
            action.triggered.connect(partial(self._filter_tag, tag))
        menu.addSeparator()
        action = menu.addAction("Archived prompts")
        action.setCheckable(True)
        action.setChecked(self.archived)
        action.triggered.connect(self._filter_archived)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.filter_button.mapToGlobal(self.filter_button.rect().bottomLeft()))

    def _filter_tag(self, tag: str, _checked: bool) -> None:
        self._filter(tag, self.archived)

    def _filter_archived(self, archived: bool) -> None:
        self._filter(self.tag, archived)

    def _filter(self, tag: str, archived: bool) -> None:
        self.tag, self.archived = tag, archived
        self._say_filter()
        self.filtered.emit()

    def _filter_words(self) -> str:
        return " and ".join(
            words for words in (self.tag and f"the tag “{self.tag}”", self.archived and "archived")
            if words
        )  # fmt: skip

    def _say_filter(self) -> None:
        self.title.setText("Archived" if self.archived else self.tag or "Prompts")

    def _restyle(self) -> None:
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        high = (px(Size.HEADER) - px(Size.CONTROL)) // 2
        self._head.setContentsMargins(px(Space.M), high, px(Space.S), high)
        self._head.setSpacing(px(Space.XS))
        self._mid.setContentsMargins(px(Space.S), px(Space.S), px(Space.S), px(Space.XS))
        self.setMinimumWidth(px(Size.LIST) - px(Space.XXL))

    def sizeHint(self) -> QSize:
        return QSize(px(Size.LIST), px(Size.WINDOW_H))
