"""Runs for a table view: all their places, the keys read so far, the lines near what is seen."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from proofroom.domain import figures
from proofroom.ui.runs import columns
from proofroom.ui.runs.columns import ANSWER, COLUMNS
from proofroom.ui.widgets.table import ICON_ROLE, INK_ROLE, MONO_ROLE, WEIGHT_ROLE
from proofroom.workspace.run_list import Hit, Line

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
KEPT = 2_000
"""Lines that are held; of all others the key alone is known, 8 bytes a run."""
HIT_ROLE = int(Qt.ItemDataRole.UserRole) + 110
"""Answers the Hit of a found run, in its column of the answer."""
_LOOKS = {INK_ROLE: "ink", WEIGHT_ROLE: "weight", MONO_ROLE: "mono"}
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class RunsModel(QAbstractTableModel):
    """Newest first; a row whose line is not read yet is blank until `set_lines` brings it."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = array("q")
        self._lines: OrderedDict[int, Line] = OrderedDict()
        self._hits: dict[int, Hit] = {}
        self._count, self.more, self._by_time = 0, False, True
        self.searched = False

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    # what is read

    def start(
        self,
        lines: Sequence[Line],
        keys: Sequence[int],
        *,
        more: bool,
        searched: bool,
        by_time: bool = True,
    ) -> None:
        """Begin anew with a first page; `more` says whether others may follow.

        `by_time` says that keys fall, the newest run first.
        """
        self.beginResetModel()
        self.keys, self._by_time = array("q", keys), by_time
        self._lines = OrderedDict((line.key, line) for line in lines)
        self._hits, self.searched = {}, searched
        self._count, self.more = len(self.keys), more
        self.endResetModel()

    def set_count(self, count: int) -> None:
        """Say how many runs there are, at least; the scroll bar goes by it."""
        count = max(count, len(self.keys)) if self.more else len(self.keys)
        if count > self._count:
            self.beginInsertRows(ROOT, self._count, count - 1)
            self._count = count
            self.endInsertRows()
        elif count < self._count:
            self.beginRemoveRows(ROOT, count, self._count - 1)
            self._count = count
            self.endRemoveRows()

    def add_keys(self, keys: Iterable[int], *, more: bool) -> None:
        """Take the keys that follow the last one known."""
        self.keys.extend(keys)
        self.more = more
        self.set_count(self._count)

    def put_above(self, lines: Sequence[Line]) -> None:
        """Put runs at the places of their keys, most of them at the top."""
        known = set(self.keys[: len(lines) + KEPT])
        self._hold(lines)
        new = sorted((line.key for line in lines if line.key not in known), reverse=True)
        top = [key for key in new if not self.keys or key > self.keys[0]]
        if top:
            self.beginInsertRows(ROOT, 0, len(top) - 1)
            self.keys = array("q", top) + self.keys
            self._count += len(top)
            self.endInsertRows()
        for key in new[len(top) :]:
            at = bisect_left(self.keys, -key, key=lambda one: -one)
            if at == len(self.keys) and self.more:
                continue  # it stands among those that are not read yet
            self.beginInsertRows(ROOT, at, at)
            self.keys.insert(at, key)
            self._count += 1
            self.endInsertRows()

    def drop(self, keys: Iterable[int]) -> int:
        """Take out runs that are no longer there and return how many were listed."""
        rows = [row for key in keys if (row := self.row_of(key)) >= 0]
        for row in sorted(rows, reverse=True):
            self.beginRemoveRows(ROOT, row, row)
            self._lines.pop(self.keys.pop(row), None)
            self._count -= 1
            self.endRemoveRows()
        return len(rows)

    def set_lines(self, lines: Sequence[Line], hits: Mapping[int, Hit]) -> None:
        """Take lines that were asked for, or as they are now."""
        changed = [line for line in lines if self._lines.get(line.key) != line]
        if any(hit != self._hits.get(key) for key, hit in hits.items()):
            changed = list(lines)
        self._hold(lines)
        self._hits.update(hits)
        if len(self._hits) > 2 * KEPT:
            self._hits = {key: hit for key, hit in self._hits.items() if key in self._lines}
        last = self.columnCount() - 1
        if changed and self._count and not self._by_time:
            # what is seen is drawn anew; to look for each among a million takes longer
            self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, last))
            return
        rows = [row for line in changed if (row := self.row_of(line.key)) >= 0]
        if rows:
            self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), last))

    def _hold(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._lines[line.key] = line
            self._lines.move_to_end(line.key)
        while len(self._lines) > KEPT:
            self._lines.popitem(last=False)

    # what is asked

    def line(self, row: int) -> Line | None:
        """Return a run's line, if it was read."""
        key = self.key(row)
        return None if key is None else self._lines.get(key)

    def key(self, row: int) -> int | None:
        """Return a run's key, if it was read."""
        return self.keys[row] if 0 <= row < len(self.keys) else None

    def row_of(self, key: int) -> int:
        """Return a run's row, -1 if it is not among those read."""
        if not self._by_time:
            return self.keys.index(key) if key in self.keys else -1
        at = bisect_left(self.keys, -key, key=lambda one: -one)
        return at if at < len(self.keys) and self.keys[at] == key else -1

    def unread(self, first: int, last: int) -> list[int]:
        """Return the known keys of rows whose lines are not held."""
        return [key for key in self.keys[max(0, first) : last + 1] if key not in self._lines]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column, line = COLUMNS[index.column()], self.line(index.row())
        if role in _LOOKS:
            return getattr(column, _LOOKS[role])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.right else None
        if line is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return column.words(line)
        return self._told(line, index.column(), role)

    def _told(self, line: Line, column: int, role: int) -> object:
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return COLUMNS[column].words(line) if column else spoken(line)
        if role == ICON_ROLE and not column:
            return columns.sign(line)
        if role == HIT_ROLE and column == ANSWER:
            return self._hits.get(line.key)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            found = self.searched and section == ANSWER
            return "Found in" if found else COLUMNS[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole and COLUMNS[section].right:
            return _RIGHT
        return None


def spoken(line: Line) -> str:
    """Return a run as it is read aloud."""
    star = "starred" if line.starred else ""
    latency = "" if line.latency_us is None else figures.duration(line.latency_us)
    parts = (columns.state(line), line.title, line.prompt or "", line.version, line.model,
             columns.when(line), latency, star)  # fmt: skip
    return ", ".join(part for part in parts if part)
