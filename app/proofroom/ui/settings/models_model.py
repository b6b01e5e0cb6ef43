"""The catalogue as rows for a table: found by words, a provider and favourites, and sorted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from operator import itemgetter

from msgspec import Struct
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from proofroom import clock
from proofroom.domain import figures, model
from proofroom.ui.widgets.table import ICON_ROLE, INK_ROLE, WEIGHT_ROLE
from proofroom.workspace import models
from proofroom.workspace.models import Line

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
Key = Callable[[Line], tuple[object, ...]]


class Column(Struct, frozen=True, kw_only=True):
    """A column; its width is in design pixels, 0 of the one that takes what is left."""

    title: str
    tip: str
    width: int
    words: Callable[[Line], str]
    key: Key
    right: bool = False


def usd(nano_usd: int | None) -> str:
    """Return a price of a million tokens in USD, '' where it is not known."""
    return "" if nano_usd is None else f"${model.usd_of(nano_usd)}"


def size(tokens: int | None) -> str:
    """Return a size in tokens in few signs: 128 k, 1 M; '' where it is not known."""
    if tokens is None:
        return ""
    for unit, name in ((1_000_000, "M"), (1000, "k")):
        if tokens >= unit:
            return f"{tokens / unit:.3g}{figures.NBSP}{name}"
    return str(tokens)


def _unknown_last(value: int | None) -> tuple[object, ...]:
    return (value is None, value or 0)


def takes(stored: str) -> str:
    """Return what a model takes besides text."""
    first = stored.partition(">")[0]
    return ", ".join(one for one in first.split(",") if one and one != "text")


def retirement(line: Line) -> str:
    """Return when a model retires, or that its provider lists it no more."""
    return "not listed" if line.facts.gone_at is not None else line.facts.retires_on


COLUMNS = (
    Column(title="Model", tip="The name that its provider knows it by", width=0,
           words=lambda line: line.facts.name, key=lambda line: (line.facts.name.casefold(),)),
    Column(title="Provider", tip="Where its text goes", width=92,
           words=lambda line: line.facts.provider, key=lambda line: (line.facts.provider,)),
    Column(title="Context", tip="Context window in tokens", width=76, right=True,
           words=lambda line: size(line.facts.window),
           key=lambda line: _unknown_last(line.facts.window)),
    Column(title="Input", tip="USD for a million tokens of input", width=76, right=True,
           words=lambda line: usd(line.input), key=lambda line: _unknown_last(line.input)),
    Column(title="Output", tip="USD for a million tokens of output", width=76, right=True,
           words=lambda line: usd(line.output), key=lambda line: _unknown_last(line.output)),
    Column(title="Takes", tip="What it takes besides text", width=112,
           words=lambda line: takes(line.facts.modalities),
           key=lambda line: (takes(line.facts.modalities),)),
    Column(title="Retirement", tip="The day its provider switches it off", width=128,
           words=retirement,
           key=lambda line: (not line.facts.retires_on, line.facts.retires_on)),
)  # fmt: skip
RETIREMENT = len(COLUMNS) - 1


class ModelsModel(QAbstractTableModel):
    """Holds the whole catalogue and shows what is looked for; favourites first by default."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self._all: list[tuple[str, Line]] = []
        self._words: list[str] = []
        self._provider, self._favourites = "", False
        self._column, self._down = -1, False
        self._today = clock.local(clock.now()).date()

    def take(self, lines: Sequence[Line], today: date) -> None:
        """Take the catalogue as it is now."""
        self._all = [(line.facts.full_name.casefold(), line) for line in lines]
        self._today = today
        self._show()

    def look_for(self, text: str, provider: str, favourites: bool) -> None:
        """Show the models whose name holds each word, of a provider ('' for all), or favourites."""
        self._words = text.casefold().split()
        self._provider, self._favourites = provider, favourites
        self._show()

    def sort_by(self, column: int, down: bool) -> None:
        """Sort by a column, what is not known last; -1 for favourites first."""
        self._column, self._down = column, down
        self._show()

    def count(self) -> int:
        """Return how many models the catalogue has."""
        return len(self._all)

    def row_of(self, key: int) -> int:
        """Return the row of a model, -1 if it is not shown."""
        return next((n for n, line in enumerate(self.lines) if line.facts.key == key), -1)

    def _show(self) -> None:
        found = [
            line
            for name, line in self._all
            if (not self._provider or line.facts.provider == self._provider)
            and (not self._favourites or line.facts.favourite)
            and all(word in name for word in self._words)
        ]
        if self._column >= 0:
            keyed = [(COLUMNS[self._column].key(line), line) for line in found]
            known = [pair for pair in keyed if pair[0][0] is not True]
            known.sort(key=itemgetter(0), reverse=self._down)
            found = [line for _, line in known]
            found += [line for key, line in keyed if key[0] is True]
        self.beginResetModel()
        self.lines = found
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line, column = self.lines[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[column].words(line)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._said(line, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if COLUMNS[column].right else None
        return self._looks(line, column, role)

    def _looks(self, line: Line, column: int, role: int) -> object:
        notice = models.notice_of(line.facts, self._today) if column in {0, RETIREMENT} else ""
        own = line.own and COLUMNS[column].title in {"Input", "Output"}
        if role == ICON_ROLE:
            if column == RETIREMENT and notice:
                return "triangle-alert", "warn"
            star = ("star-filled", "accent") if line.facts.favourite else ("star", "ctl")
            return None if column else star
        if role == INK_ROLE:
            if column == RETIREMENT:
                return "warn" if notice else "text2"
            dim = line.facts.gone_at is not None
            return "text2" if dim else "accent" if own else "text2" if column in {1, 5} else "text"
        if role == WEIGHT_ROLE:
            return 600 if own or not column else 400
        tip = notice or ("Your own price" if own else "")
        return tip or None if role == Qt.ItemDataRole.ToolTipRole else None

    def _said(self, line: Line, column: int) -> str:
        words = COLUMNS[column].words(line) or figures.UNKNOWN
        if column:
            own = line.own and COLUMNS[column].title in {"Input", "Output"}
            return f"{COLUMNS[column].title}: {words}{', your own price' if own else ''}"
        facts = [words, "favourite" if line.facts.favourite else "",
                 models.notice_of(line.facts, self._today)]  # fmt: skip
        return ", ".join(fact for fact in facts if fact)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            return COLUMNS[section].tip
        right = COLUMNS[section].right
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and right else None
