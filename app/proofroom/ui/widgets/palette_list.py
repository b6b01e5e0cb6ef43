"""The rows of the palette: groups and their entries, matched letters in accent and bold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from proofroom.ui import icons
from proofroom.ui.theme import Radius, Size, Space, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.keycap import caps, caps_width, paint_caps

Index = QModelIndex | QPersistentModelIndex

_HEAD, _ROW = 28, 36
_ROOM = 460
"""A longer name may be cut, by its keys or by a narrow window, and is told by its tooltip."""


class Entry(Struct, frozen=True, kw_only=True):
    """Something the palette can do or go to; `keys` in Qt's portable words.

    Uses are counted by the `id`, if it has one.
    """

    group: str
    text: str
    run: Callable[[], object]
    icon: str = "chevron-right"
    note: str = ""
    keys: str = ""
    more: tuple[Entry, ...] = ()
    id: str = ""


class Found(Struct, frozen=True):
    """An entry and the places of its text that matched."""

    entry: Entry
    places: tuple[int, ...]


class PaletteModel(QAbstractListModel):
    """Group names and entries in one list; only entries can be selected."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: list[str | Found] = []

    def show(self, groups: Sequence[tuple[str, Sequence[Found]]]) -> None:
        """Show other groups; empty ones are left out."""
        self.beginResetModel()
        self._rows = []
        for name, found in groups:
            if found:
                self._rows += [name, *found]
        self.endResetModel()

    def height(self) -> int:
        """Return how high all rows are, in pixels, with a little air below."""
        heads = sum(isinstance(row, str) for row in self._rows)
        high = px(_HEAD) * heads + px(_ROW) * (len(self._rows) - heads)
        return high + (px(Space.XS) if high else 0)

    def entries(self) -> list[Entry]:
        """Return the entries in their order."""
        return [row.entry for row in self._rows if isinstance(row, Found)]

    def row(self, index: Index) -> str | Found | None:
        """Return what stands in a row."""
        return self._rows[index.row()] if 0 <= index.row() < len(self._rows) else None

    def entry(self, index: Index) -> Entry | None:
        """Return the entry of a row, if it is one."""
        found = self.row(index)
        return found.entry if isinstance(found, Found) else None

    def nearest(self, row: int) -> int:
        """Return the first row from `row` on that holds an entry, else the last before it."""
        rows = [n for n, found in enumerate(self._rows) if isinstance(found, Found)]
        return next((n for n in rows if n >= row), rows[-1] if rows else -1)

    def step(self, row: int, by: int) -> int:
        """Return the row `by` entries further; past an end by one it goes round."""
        rows = [n for n, found in enumerate(self._rows) if isinstance(found, Found)]
        if not rows:
            return -1
        at = (rows.index(row) if row in rows else 0) + by
        return rows[at % len(rows)] if abs(by) == 1 else rows[max(0, min(at, len(rows) - 1))]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        on = self.entry(index) is not None
        return flag.ItemIsEnabled | flag.ItemIsSelectable if on else flag.NoItemFlags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        found = self.row(index)
        if isinstance(found, Found):
            entry, roles = found.entry, Qt.ItemDataRole
            spoken = ", ".join(part for part in (entry.text, entry.note, entry.keys) if part)
            cut = paint.width(entry.text, font(13, 600)) > px(_ROOM)
            said = {roles.DisplayRole: entry.text, roles.AccessibleTextRole: spoken}
            if cut:
                said[roles.ToolTipRole] = entry.text
            return said.get(Qt.ItemDataRole(role))
        return found if role == Qt.ItemDataRole.DisplayRole else None


class PaletteDelegate(QStyledItemDelegate):
    """Paints a group's name or an entry: icon, words, note, keys at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        head = not bool(index.flags() & Qt.ItemFlag.ItemIsSelectable)
        return QSize(px(Size.PALETTE), px(_HEAD if head else _ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        found = model.row(index) if isinstance(model, PaletteModel) else None
        inner = option.rect.adjusted(px(20) - 1, 0, -px(20) + 1, 0)
        if isinstance(found, str):
            paint.text(painter, inner, found, font(11, 600), theme().c.text2)
        elif found is not None:
            picked = bool(option.state & QStyle.StateFlag.State_Selected)
            over = bool(option.state & QStyle.StateFlag.State_MouseOver)
            if picked or over:
                side = px(Space.S) - 1
                ground = theme().c.selected if picked else theme().c.hover
                area = option.rect.adjusted(side, 0, -side, 0)
                paint.box(painter, area, px(Radius.CONTROL), fill=ground)
                if picked:  # the ground alone is lost in dark without colour
                    bar = area.adjusted(0, px(Space.S), px(3) - area.width(), -px(Space.S))
                    painter.fillRect(bar, theme().c.accent)
            self._entry(painter, inner, found, picked=picked)

    def _entry(self, painter: QPainter, rect: QRect, found: Found, *, picked: bool) -> None:
        c, entry = theme().c, found.entry
        place = QRect(rect.x(), rect.y(), px(Size.ICON), rect.height())
        icons.paint(painter, place, entry.icon, c.accent if picked else c.text2)
        right = rect.right() + 1
        if entry.keys:
            words = caps(entry.keys)
            right -= caps_width(words)
            paint_caps(painter, QRect(right, rect.y(), rect.width(), rect.height()), words)
        x = _highlighted(painter, rect.adjusted(px(Size.ICON + 10), 0, 0, 0), found, right)
        left = round(x) + px(10)
        if entry.note and left < right - px(Space.XL):
            note = QRect(left, rect.y(), right - left - px(Space.S), rect.height())
            paint.text(painter, note, entry.note, font(12), c.text2)


def shown_words(words: str, room: int) -> str:
    """Return what there is room for, in pixels: all, or its start with an ellipsis."""
    metrics = QFontMetricsF(font(13, 600))
    return metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)


def _highlighted(painter: QPainter, rect: QRect, found: Found, right: int) -> float:
    """Paint the words with matched letters in accent and bold; return the x after them."""
    c, marked = theme().c, set(found.places)
    words = shown_words(found.entry.text, right - rect.x() - px(Space.S))
    x, at = float(rect.x()), 0
    while at < len(words):
        hit, end = at in marked, at + 1
        while end < len(words) and (end in marked) == hit:
            end += 1
        face = font(13, 600) if hit else font(13, 500)
        x = paint.run(painter, x, rect, words[at:end], face, c.accent if hit else c.text)
        at = end
    return min(x, float(right))
