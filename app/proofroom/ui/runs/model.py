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
from proofroom.workspace.run_groups import Group
from proofroom.workspace.run_list import Hit, Line

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
KEPT = 2_000
"""Lines that are held; of all others the key alone is known, 8 bytes a run."""
GROUP_ROLE = int(Qt.ItemDataRole.UserRole) + 111
"""Answers what stands across the row of a group."""
_MORE = 1 << 40
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
        self._groups: list[Group] = []
        self._open: set[int] = set()

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
        self._groups, self._open = [], set()
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

    # groups: a row below 0 is that of a group, one far below says that a group has more

    def show_groups(self, groups: Sequence[Group]) -> None:
        """Begin anew with closed groups."""
        self.start([], [], more=False, searched=False, by_time=False)
        self.add_groups(groups)

    def add_groups(self, groups: Sequence[Group]) -> None:
        """Take the groups that follow."""
        if groups:
            first = len(self._groups)
            self.beginInsertRows(ROOT, self._count, self._count + len(groups) - 1)
            self._groups += groups
            self.keys.extend(range(-first - 1, -len(self._groups) - 1, -1))
            self._count = len(self.keys)
            self.endInsertRows()

    @property
    def groups(self) -> list[Group]:
        """The groups shown, in their order."""
        return self._groups

    def group(self, row: int) -> Group | None:
        """Return the group that a row is of, None for a run."""
        mark = self.keys[row] if 0 <= row < len(self.keys) else 0
        if mark >= 0:
            return None
        return self._groups[-1 - (mark + _MORE if mark <= -_MORE else mark)]

    def is_more(self, row: int) -> bool:
        """Tell whether a row says that its group has more runs."""
        return 0 <= row < len(self.keys) and self.keys[row] <= -_MORE

    def is_open(self, row: int) -> bool:
        """Tell whether a row is that of a group whose runs stand below."""
        return 0 <= row < len(self.keys) and self.keys[row] in self._open

    def is_shown_open(self, key: int) -> bool:
        """Tell whether the runs of the group of this key stand below its row."""
        return self._mark(key) in self._open

    def _mark(self, key: int) -> int:
        return -1 - next(n for n, one in enumerate(self._groups) if one.key == key)

    def open_group(self, key: int, keys: Sequence[int], *, more: bool) -> None:
        """Put runs below those that an opened group has, or below its row."""
        mark = self._mark(key)
        row = self.keys.index(mark)
        end = self._end(row)
        if end > row + 1 and self.is_more(end - 1):
            end -= 1
            self._take(end, end + 1)
        new = array("q", [*keys, *[mark - _MORE] * more])
        self._open.add(mark)
        if new:
            self.beginInsertRows(ROOT, end, end + len(new) - 1)
            self.keys = self.keys[:end] + new + self.keys[end:]
            self._count = len(self.keys)
            self.endInsertRows()
        self.dataChanged.emit(self.index(row, 0), self.index(row, self.columnCount() - 1))

    def close_group(self, row: int) -> None:
        """Take the runs of a group away."""
        self._open.discard(self.keys[row])
        self._take(row + 1, self._end(row))
        self.dataChanged.emit(self.index(row, 0), self.index(row, self.columnCount() - 1))

    def _end(self, row: int) -> int:
        """Return the row behind the last one of a group."""
        row += 1
        while row < len(self.keys) and (self.keys[row] > 0 or self.is_more(row)):
            row += 1
        return row

    def _take(self, first: int, end: int) -> None:
        if end > first:
            self.beginRemoveRows(ROOT, first, end - 1)
            del self.keys[first:end]
            self._count = len(self.keys)
            self.endRemoveRows()

    # what is asked

    def line(self, row: int) -> Line | None:
        """Return a run's line, if it was read."""
        key = self.key(row)
        return None if key is None else self._lines.get(key)

    def key(self, row: int) -> int | None:
        """Return a run's key, if it was read."""
        return self.keys[row] if 0 <= row < len(self.keys) and self.keys[row] > 0 else None

    def row_of(self, key: int) -> int:
        """Return a run's row, -1 if it is not among those read."""
        if not self._by_time:
            return self.keys.index(key) if key in self.keys else -1
        at = bisect_left(self.keys, -key, key=lambda one: -one)
        return at if at < len(self.keys) and self.keys[at] == key else -1

    def unread(self, first: int, last: int) -> list[int]:
        """Return the known keys of rows whose lines are not held."""
        near = self.keys[max(0, first) : last + 1]
        return [key for key in near if key > 0 and key not in self._lines]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column, line = COLUMNS[index.column()], self.line(index.row())
        if role in _LOOKS:
            return getattr(column, _LOOKS[role])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.right else None
        if line is None:
            return self._of_group(index, role)
        if role == Qt.ItemDataRole.DisplayRole:
            return column.words(line)
        return self._told(line, index.column(), role)

    def _of_group(self, index: Index, role: int) -> object:
        row, id_, roles = index.row(), COLUMNS[index.column()].id, Qt.ItemDataRole
        group, more = self.group(row), self.is_more(row)
        if group is None:
            return None
        words = group_words(group, more=more)
        cost = "" if more else figures.money(group.cost)
        if role == GROUP_ROLE:
            return "" if id_ == "cost" else words
        if index.column():
            return cost if role == roles.DisplayRole and id_ == "cost" else None
        opened = self.is_open(row)
        icon = "ellipsis" if more else "chevron-down" if opened else "chevron-right"
        told = {
            int(roles.DisplayRole): words,
            int(roles.AccessibleTextRole): f"{words}, {cost}, {'open' if opened else 'closed'}",
            ICON_ROLE: (icon, "text2"),
        }
        return told.get(int(role))

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


def group_words(group: Group, *, more: bool) -> str:
    """Return what the row of a group says."""
    if more:
        return "More runs come"
    failed = f"{figures.number(group.failed)} failed" if group.failed else ""
    unknown = f"{figures.number(group.unknown)} of unknown cost" if group.unknown else ""
    facts = figures.facts(figures.plural(group.runs, "run"), failed, unknown)
    return f"{group.name or 'None'}   {facts}"


def spoken(line: Line) -> str:
    """Return a run as it is read aloud."""
    star = "starred" if line.starred else ""
    latency = "" if line.latency_us is None else figures.duration(line.latency_us)
    parts = (columns.state(line), line.title, line.prompt or "", line.version, line.model,
             columns.when(line), latency, star)  # fmt: skip
    return ", ".join(part for part in parts if part)
