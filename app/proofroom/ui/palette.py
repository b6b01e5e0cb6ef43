"""Ctrl+K: every action and object by a few letters, from memory at once, the rest as it comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QWidget

from proofroom import clock
from proofroom.domain.use import Use, bonus
from proofroom.ui import icons
from proofroom.ui.actions import Actions, ActionSpec
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.fields import ground_palette
from proofroom.ui.widgets.fuzzy import best
from proofroom.ui.widgets.keycap import caps_width, paint_caps
from proofroom.ui.widgets.overlay import Overlay
from proofroom.ui.widgets.palette_list import Entry, Found, PaletteDelegate, PaletteModel

GROUPS = (
    "Actions", "Prompts", "Versions", "Comparisons", "Models", "Settings", "Everywhere", "Runs",
)  # fmt: skip
"""Groups in the order they stand; a group of another name comes before the last two."""
STREAMED = frozenset(("Everywhere", "Runs"))

MOST = 8
"""Entries shown of one group."""
FEW = {"Versions": 4, "Comparisons": 4, "Models": 4, "Settings": 4}
"""The same of groups with many names that are alike."""

_ORDERS = (
    ("Run", "File", "Edit", "Go", "View"),
    ("Go", "Run", "File", "Edit", "Help", "View"),
)
"""Menus in the order in which a page's actions, and all others, are offered as nothing is typed."""

_FIELD, _FOOT, _TOP = 52, 38, 80

Source = Callable[[], Sequence[Entry]]
"""Answers from memory with all its entries; the palette filters them."""
Stream = Callable[[str, int], None]
"""Is asked with the query and how many are wanted; it hands entries to `Palette.stream`."""


def action_entries(actions: Actions) -> list[Entry]:
    """Return the actions that can be done now, as entries; what belongs to this page first."""
    entries: list[Entry] = []

    def place(spec: ActionSpec) -> tuple[int, int]:
        away = actions.distance(spec.id)
        order = _ORDERS[min(away, 1)]
        return away, order.index(spec.menu) if spec.menu in order else len(order)

    for spec in sorted(actions.specs(), key=place):
        action = actions.action(spec.id)
        if spec.id != "palette" and action.isEnabled():
            keys = next((key.toString() for key in actions.sequences(spec.id)), "")
            entries.append(
                Entry(
                    group="Actions", text=action.text(), run=action.trigger, id=f"do:{spec.id}",
                    icon=spec.icon or "chevron-right", keys=keys,
                )
            )  # fmt: skip
    return entries


NOTHING = "Nothing matches"


class _Card(QWidget):
    """What floats: the ground, the glass, the word for nothing found and the foot with its keys."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.hints, self.more, self.nothing = "", False, False

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter, rect = theme().c, QPainter(self), self.rect()
        paint.box(painter, rect, px(Radius.PALETTE), fill=c.raised, edge=c.line2)
        glass = QRect(px(20), 0, px(Size.ICON), px(_FIELD))
        icons.paint(painter, glass, "search", c.text2)
        right = rect.adjusted(px(Size.PALETTE // 2), 0, -px(20), 0)
        right.setHeight(px(_FIELD))
        if self.nothing:
            paint.text(painter, right, NOTHING, font(12), c.text2, paint.RIGHT)
        paint.across(painter, 1, px(_FIELD), rect.width() - 2, c.line)
        foot = QRect(px(20), rect.height() - px(_FOOT), rect.width() - px(40), px(_FOOT))
        paint.across(painter, 1, foot.y() - 1, rect.width() - 2, c.line)
        paint.text(painter, foot, self.hints, font(11), c.text2, paint.RIGHT)
        x: float = foot.x()
        keys = [(["↑", "↓"], "move"), (["Enter"], "do it")] if not self.nothing else []
        for words, what in [*keys, *([(["Tab"], "more actions")] if self.more else [])]:
            place = QRect(round(x), foot.y(), foot.width(), foot.height())
            paint_caps(painter, place, words)
            x += caps_width(words) + px(Space.XS)
            x = paint.run(painter, x, foot, what, font(11), c.text2) + px(Space.M)


def _nothing() -> Sequence[Entry]:
    """Return what a group that only streams has in memory."""
    return ()


def _text(entry: Entry) -> str:
    return entry.text


def _near(near: Mapping[str, float], entry: Entry) -> float:
    return near.get(entry.id, 0.0)


class Palette(Overlay):
    """The overlay at 80 px from the top: type, move with arrows, Enter does it, Esc closes it.

    `used` tells the id of what was chosen; `uses` are those of before, which come first.
    """

    used = Signal(str)

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, "Search or run")
        self._card = _Card(self)
        self.field, self.list = QLineEdit(self._card), QListView(self._card)
        self._model = PaletteModel(self)
        self._sources: list[tuple[str, str, Source]] = []
        self._typed_only: set[str] = set()
        self._found: dict[str, list[Found]] = {}
        self._streams: list[tuple[str, Stream]] = []
        self.uses: Mapping[str, Use] = {}
        self.query, self._inside = "", False
        self.list.setModel(self._model)
        self.list.setItemDelegate(PaletteDelegate(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setAccessibleName("Matches")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.field.setFrame(False)
        self.field.setAccessibleName("Search or run")
        self.field.setPlaceholderText("Search or run")
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.list.clicked.connect(self._run)
        follow(self._restyle)

    def add_source(
        self, group: str, entries: Source, *, prefix: str = "", typed_only: bool = False
    ) -> None:
        """Search a group that answers from memory; `prefix` ('>', '@', '#') shows it alone.

        One that is `typed_only` offers nothing before something is typed.
        """
        if typed_only:
            self._typed_only.add(group)
        self._sources.append((group, prefix, entries))
        self._hint()

    def add_stream(self, prefix: str, group: str, ask: Stream) -> None:
        """Ask something slow with each query; `prefix` shows what it finds alone."""
        self._streams.append((prefix, ask))
        self._sources.append((group, prefix, _nothing))
        self._hint()

    def stream(self, query: str, group: str, found: Sequence[Found]) -> None:
        """Show what was found for a query below the rest; what nobody asks any more is dropped."""
        if query == self.query and self.isVisible() and not self._inside:
            self._found[group] = list(found)
            self._show(self.list.currentIndex().row(), stay=True)

    def ask(self, text: str = "") -> None:
        """Open with a text in the field, such as '@' to go to a prompt."""
        self.field.setText(text)
        self._search()
        self.open()

    def focus_first(self) -> None:
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def content(self) -> QWidget:
        return self._card

    @property
    def entries(self) -> list[Entry]:
        """The entries shown now, in their order."""
        return self._model.entries()

    def _search(self) -> None:
        self._inside, text = False, self.field.text()
        prefixes = {prefix for _, prefix, _ in self._sources if prefix}
        only = text[:1] if text[:1] in prefixes else ""
        query = text[len(only) :].strip()
        self._found, self.query = {}, query
        now = clock.now()
        near = {id_: bonus(use, now) for id_, use in self.uses.items()}
        for group, prefix, entries in self._sources:
            wanted = bool(query) or group not in self._typed_only
            if wanted and (not only or prefix == only):
                most = MOST * 4 if only else FEW.get(group, MOST)
                hits = best(query, entries(), _text, most, partial(_near, near) if near else None)
                self._found.setdefault(group, []).extend(Found(e, places) for e, places in hits)
        self._show(0)
        for prefix, ask in self._streams:
            if query and (not only or prefix == only):
                ask(query, MOST * 4 if only else MOST)

    def _show(self, row: int, *, stay: bool = False) -> None:
        known = [group for group in GROUPS if group in self._found and group not in STREAMED]
        others = [group for group in self._found if group not in GROUPS]
        last = [group for group in GROUPS if group in self._found and group in STREAMED]
        top = self.list.verticalScrollBar().value()
        self._model.show([(group, self._found[group]) for group in (*known, *others, *last)])
        self._card.nothing = not self.entries
        self.field.setAccessibleDescription(NOTHING if self._card.nothing else "")
        self._select(self._model.nearest(max(row, 0)))
        self.place()
        if stay:
            self.list.verticalScrollBar().setValue(top)

    def _select(self, row: int) -> None:
        index = self._model.index(row, 0)
        self.list.setCurrentIndex(index)
        if row <= 1:
            self.list.scrollToTop()
        entry = self._model.entry(index)
        self._card.more = entry is not None and bool(entry.more)
        self._card.update()

    def _run(self, index: QModelIndex) -> None:
        entry = self._model.entry(index)
        if entry is not None:
            self.close_it()
            if entry.id:
                self.used.emit(entry.id)
            entry.run()

    def _open_more(self) -> None:
        entry = self._model.entry(self.list.currentIndex())
        if entry is not None and entry.more:
            self._inside = True
            self._model.show([(entry.text, [Found(e, ()) for e in entry.more])])
            self._select(self._model.nearest(0))
            self.place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return (watched is self.field and self._typed(event.key())) or super().eventFilter(
                watched, event
            )
        return super().eventFilter(watched, event)

    def _typed(self, key: int) -> bool:
        """Answer a key of the field; return whether it was one of ours."""
        keys, row = Qt.Key, self.list.currentIndex().row()
        steps = {keys.Key_Down: 1, keys.Key_Up: -1, keys.Key_PageDown: MOST, keys.Key_PageUp: -MOST}
        if key in steps:
            self._select(self._model.step(row, steps[Qt.Key(key)]))
        elif key in (keys.Key_Return, keys.Key_Enter):
            self._run(self.list.currentIndex())
        elif key == keys.Key_Tab:
            self._open_more()
        elif key == keys.Key_Escape:
            self._search() if self._inside else self.close_it()
        else:
            return False
        return True

    def _hint(self) -> None:
        pairs = {prefix: group for group, prefix, _ in self._sources if prefix}
        self._card.hints = "   ".join(
            f"{prefix} {group.lower()}" for prefix, group in pairs.items()
        )

    def place(self) -> None:
        wide = min(px(Size.PALETTE), self.width() - 2 * px(Space.L))
        room = self.height() - px(_TOP) - px(Space.XL) - px(_FIELD) - px(_FOOT)
        inner = max(0, min(self._model.height(), room))
        high = px(_FIELD) + inner + px(_FOOT) + 1
        self._card.setGeometry((self.width() - wide) // 2, px(_TOP), wide, high)
        side = px(20 + Size.ICON + 8)
        self.field.setGeometry(side, 1, wide * 2 // 3 - side, px(_FIELD) - 1)
        self.list.setGeometry(1, px(_FIELD) + 1, wide - 2, inner)

    def _restyle(self) -> None:
        for widget in (self.field, self.list):
            widget.setPalette(ground_palette())
        self.field.setFont(font(15))
        self.list.setFont(font(13))
        self._model.layoutChanged.emit()
        self.place()
