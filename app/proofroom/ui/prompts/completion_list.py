"""Names that complete what is typed, in a list at the caret; keys go on into the text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTextEdit,
    QWidget,
)

from proofroom.domain import figures
from proofroom.ui.prompts.model import Index
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint

_MOST_ROWS = 8
_FACT = int(Qt.ItemDataRole.UserRole) + 1
_TAKE = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class _Rows(QStyledItemDelegate):
    """A name in the fixed font, and at the right where it is known from."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        c, rect = theme().c, option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            paint.box(painter, rect, px(Radius.CHIP), fill=c.selected)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            paint.box(painter, rect, px(Radius.CHIP), fill=c.hover)
        inner, fact = rect.adjusted(px(Space.S), 0, -px(Space.S), 0), str(index.data(_FACT) or "")
        wide = paint.width(fact, font(11))
        paint.text(painter, inner, fact, font(11), c.text2, paint.RIGHT)
        inner.setRight(inner.right() - wide - px(Space.S) * bool(fact))
        paint.text(painter, inner, str(index.data()), font(13, mono=True), c.text)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        name = paint.width(str(index.data()), font(13, mono=True))
        fact = paint.width(str(index.data(_FACT) or ""), font(11))
        return QSize(name + fact + px(Space.S * 2 + Space.L), px(Size.ROW))


class CompletionList(QListView):
    """Floats in a window below the caret of a text, which keeps the focus."""

    chosen = Signal(str)
    left = Signal()

    def __init__(self, over: QWidget, name: str = "Variables") -> None:
        super().__init__(over)
        self._over = over
        self._text: QTextEdit | QLineEdit | None = None
        self.setAccessibleName(name)
        self._names = QStandardItemModel(self)
        self.setModel(self._names)
        self.setItemDelegate(_Rows(self))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.clicked.connect(self._take)
        over.installEventFilter(self)
        self.hide()
        follow(self._restyle)

    @property
    def names(self) -> list[str]:
        """The names that are offered."""
        return [self._names.item(row).text() for row in range(self._names.rowCount())]

    def offer(
        self,
        found: Sequence[tuple[str, str]],
        text: QTextEdit | QLineEdit,
        *,
        marked: bool = True,
    ) -> None:
        """Show names with a fact each at the caret of a text, the first one `marked`.

        With none marked Enter is the text's; Tab takes the first one.
        """
        self._names.clear()
        for name, fact in found:
            item = QStandardItem(name)
            item.setData(fact, _FACT)
            item.setData(figures.facts(name, fact), Qt.ItemDataRole.AccessibleTextRole)
            self._names.appendRow(item)
        caret = text.cursorRect()
        ground = text if isinstance(text, QLineEdit) else text.viewport()
        if isinstance(text, QLineEdit):  # below its edge
            caret = QRect(caret.x(), 0, caret.width(), text.height())
        corner = ground.mapTo(self._over, caret.topLeft())
        self._place(QRect(corner, caret.size()))
        if self._text is None:
            self._text = text
            text.installEventFilter(self)
        self.show()
        self.raise_()
        if marked:
            self._mark(0)
        else:
            self.setCurrentIndex(self._names.index(-1, 0))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        text, self._text = self._text, None
        if text is not None:
            text.removeEventFilter(self)
            self.left.emit()

    def _place(self, caret: QRect) -> None:
        """Stand below the caret, or above it where there is no room."""
        count = self._names.rowCount()
        rows = min(_MOST_ROWS, count)
        edge, window = px(Space.XS), self._over.size()
        delegate, option = self.itemDelegate(), QStyleOptionViewItem()
        sizes = [delegate.sizeHint(option, self._names.index(row, 0)) for row in range(count)]
        wide = max(px(Size.LIST), *(size.width() for size in sizes)) + 2 * edge
        wide += self.verticalScrollBar().sizeHint().width() * (count > rows)
        wide = min(wide, window.width() - 2 * edge)
        high = rows * px(Size.ROW) + 2 * edge
        at = QPoint(caret.x() - edge - px(Space.S), caret.bottom() + 1 + px(Space.XXS))
        if at.y() + high > window.height():
            at.setY(max(0, caret.y() - high - px(Space.XXS)))
        at.setX(max(edge, min(at.x(), window.width() - wide - edge)))
        self.setGeometry(QRect(at, QSize(wide, high)))

    def _mark(self, row: int) -> None:
        index = self._names.index(row, 0)
        flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().setCurrentIndex(index, flag)
        self.scrollTo(index)
        said = f"{index.data()}, {row + 1} of {self._names.rowCount()}"
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))

    def _take(self, index: Index) -> None:
        name = str(index.data())
        self.hide()
        self.chosen.emit(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # the type first: while a window is destroyed, events come after our attributes are gone
        kind = event.type()
        if kind in {QEvent.Type.FocusOut, QEvent.Type.Resize}:
            self._away(watched, kind)
        elif kind in {QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress}:
            return isinstance(event, QKeyEvent) and self._key(event, kind)
        return super().eventFilter(watched, event)

    def _away(self, watched: QObject, kind: QEvent.Type) -> None:
        """Hide when the text is left, or the window gets another size."""
        over = watched is self._over
        if self.isVisible() and over == (kind == QEvent.Type.Resize):
            self.hide()

    def _key(self, event: QKeyEvent, kind: QEvent.Type) -> bool:
        """Take the keys of a list; all others are the text's."""
        key = Qt.Key(event.key())
        ours = key in _TAKE or key in _STEPS or key == Qt.Key.Key_Escape
        if not ours or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        at = self.currentIndex()
        if not at.isValid() and key in _TAKE and key != Qt.Key.Key_Tab:
            self.hide()
            return False
        event.accept()
        if kind == QEvent.Type.KeyPress:
            if key in _STEPS:
                count = self._names.rowCount()
                self._mark((at.row() + _STEPS[key]) % count if at.isValid() else 0)
            elif key in _TAKE:
                self._take(at if at.isValid() else self._names.index(0, 0))
            else:
                self.hide()
        return True

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:  # the ground lies under the viewport
            c = theme().c
            paint.box(QPainter(self), self.rect(), px(Radius.CONTROL), fill=c.raised, edge=c.line2)
            return True
        return super().event(event)

    def _restyle(self) -> None:
        edge = px(Space.XS)
        self.setViewportMargins(edge, edge, edge, edge)
        self.hide()
        self.viewport().update()
