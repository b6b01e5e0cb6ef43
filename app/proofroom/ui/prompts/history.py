"""The history strip: versions from old to new on one line, the draft dashed at its end."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from proofroom.ui.prompts.model import Index
from proofroom.ui.theme import Radius, Space, follow, font, line_height, px, theme
from proofroom.ui.widgets import paint
from proofroom.workspace.versions import VersionSummary

DRAFT = 0
"""The key of the draft among versions, whose keys begin at 1."""
_STEP, _HIGH, _DOT = 124, 56, 10
_KEY_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_ROOT = QModelIndex()


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.versions: list[VersionSummary] = []
        self.note = ""

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.versions) + 1

    def key(self, row: int) -> int:
        return self.versions[row].key if row < len(self.versions) else DRAFT

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        row = index.row()
        if role == _KEY_ROLE:
            return self.key(row)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            if row == len(self.versions):
                return f"Draft {self.note}".strip()
            return f"{self.versions[row].label} {self.versions[row].note}".strip()
        return None

    def show(self, versions: Sequence[VersionSummary], note: str) -> None:
        if len(versions) == len(self.versions) and list(versions) == self.versions:
            self.note = note
            last = self.index(len(self.versions))
            self.dataChanged.emit(last, last)
            return
        self.beginResetModel()
        self.versions, self.note = list(versions), note
        self.endResetModel()


class _Stops(QStyledItemDelegate):
    """A stop of the line: its mark, its name, its note."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        c, rect = theme().c, option.rect
        key, strip = index.data(_KEY_ROLE), option.widget
        # arrows move the focus alone: what is on screen stays marked until another is picked
        draft, on = key == DRAFT, isinstance(strip, HistoryStrip) and strip.current == key
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPoint(rect.x() + px(Space.L) + px(_DOT) // 2, rect.y() + px(Space.L) + 1)
        self._line(painter, rect, middle, index)
        half = px(_DOT) // 2
        dot = QRect(middle.x() - half, middle.y() - half, 2 * half + 1, 2 * half + 1)
        ink = c.accent if draft or on else c.ctl
        paint.box(painter, dot, half + 1, fill=c.canvas, edge=ink, pen=2)
        if on:
            paint.box(painter, dot.adjusted(3, 3, -3, -3), half, fill=c.accent)
        words = str(index.data())
        name, _, note = words.partition(" ")
        low = QRect(rect.x() + px(Space.L), middle.y() + px(Space.S), rect.width() - px(Space.L),
                    line_height(12))  # fmt: skip
        wide = paint.width(name, font(12, 600)) + px(Space.S)
        paint.text(painter, low, name, font(12, 600), c.accent if draft else c.text)
        rest = low.adjusted(wide, 0, -px(Space.XS), 0)
        paint.text(painter, rest, note, font(12), c.text2)
        focus = option.widget.hasFocus() and bool(option.state & QStyle.StateFlag.State_HasFocus)
        if focus:
            ring = rect.adjusted(px(Space.S), px(Space.XXS), -1, -px(Space.XXS))
            paint.box(painter, ring, px(Radius.CONTROL), edge=c.accent, pen=2)
        painter.restore()

    def _line(self, painter: QPainter, rect: QRect, middle: QPoint, index: Index) -> None:
        c, last = theme().c, index.model().rowCount() - 1
        if index.row() > 0:
            self._stroke(painter, rect.x(), middle, dashed=index.row() == last)
        if index.row() < last:
            painter.setPen(QPen(c.line2, 2, self._style(dashed=index.row() + 1 == last)))
            painter.drawLine(middle, QPoint(rect.right() + 1, middle.y()))

    def _stroke(self, painter: QPainter, x: int, middle: QPoint, *, dashed: bool) -> None:
        painter.setPen(QPen(theme().c.line2, 2, self._style(dashed=dashed)))
        painter.drawLine(QPoint(x, middle.y()), middle)

    @staticmethod
    def _style(*, dashed: bool) -> Qt.PenStyle:
        return Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(_STEP), px(_HIGH))


class HistoryStrip(QListView):
    """Click or Enter selects a version, Shift with either compares it with the one selected."""

    chosen = Signal(object)
    compare_asked = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Versions")
        self._model, self._on = _Model(), DRAFT
        self.setModel(self._model)
        self.setItemDelegate(_Stops(self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        follow(self._restyle)

    def show_versions(self, versions: Sequence[VersionSummary], note: str) -> None:
        """Show a prompt's versions, oldest first, and what the draft is."""
        grown = len(versions) != len(self._model.versions)
        self._model.show(versions, note)
        self.select(self._on)
        if grown:
            self.scrollTo(self._model.index(self._model.rowCount() - 1))

    @property
    def current(self) -> int:
        """The key of the version marked, DRAFT for the draft."""
        return self._on

    def select(self, key: int) -> None:
        """Mark a version as the one on screen."""
        rows = range(self._model.rowCount())
        row = next((row for row in rows if self._model.key(row) == key), len(rows) - 1)
        self._on = self._model.key(row)
        flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().setCurrentIndex(self._model.index(row), flag)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._pick(self.currentIndex(), compare=bool(shift))
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._pick(index, compare=bool(shift))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()  # the press did all

    def _pick(self, index: Index, *, compare: bool) -> None:
        key = self._model.key(index.row())
        if not compare:
            self.select(key)
            self.chosen.emit(key)
        elif key != self._on:
            self.compare_asked.emit(self._on, key)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        port = self.viewport()
        painter = QPainter(port)
        paint.across(painter, 0, port.height() - 1, port.width(), theme().c.line)

    def _restyle(self) -> None:
        self.setFixedHeight(px(_HIGH) + 1)
        self.scheduleDelayedItemsLayout()
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(px(_STEP) * 4, px(_HIGH) + 1)
