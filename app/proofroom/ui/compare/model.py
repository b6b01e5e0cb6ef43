"""The rows of a comparison as a table: a band, then its cells, for each row that is shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from proofroom.domain.mark import Marked
from proofroom.ui.compare import states
from proofroom.ui.compare.states import GridColumn, GridRow, Sample
from proofroom.workspace import cell_runs

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
FILTERS = (
    ("all", "All rows"),
    ("failed", "Failed"),
    ("different", "Different"),
    ("picked", "Picked"),
    ("marked", "Marked"),
)


class GridModel(QAbstractTableModel):
    """Columns with the base first, then the others; even rows are bands, odd ones cells."""

    bands_added = Signal(int, int)
    heads_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.columns: list[GridColumn] = []
        self.rows: list[GridRow] = []
        self.samples = 1
        self.filter = "all"
        self._shown: list[int] = []
        self._by_row: dict[int, int] = {}
        self._by_column: dict[int, int] = {}

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else 2 * len(self._shown)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def set_columns(self, columns: Sequence[GridColumn], samples: int) -> None:
        """Begin anew with other columns and no rows."""
        self.beginResetModel()
        self.columns, self.samples = list(columns), samples
        self.rows, self._shown, self._by_row = [], [], {}
        self._by_column = {column.key: place for place, column in enumerate(self.columns)}
        self.endResetModel()

    def order_columns(self, columns: Sequence[GridColumn]) -> None:
        """Show columns in another order or other ones of them; rows stay."""
        self.beginResetModel()
        self.columns = list(columns)
        self._by_column = {column.key: place for place, column in enumerate(self.columns)}
        self.endResetModel()
        self.bands_added.emit(0, len(self._shown))
        self.heads_changed.emit()

    def drop_column(self, column_key: int) -> None:
        """Forget a column with its cells and the rows that it won."""
        self.beginResetModel()
        self.columns = [one for one in self.columns if one.key != column_key]
        self._by_column = {column.key: place for place, column in enumerate(self.columns)}
        for row in self.rows:
            row.drop(column_key)
        self._shown = [n for n, row in enumerate(self.rows) if self._passes(row)]
        self.endResetModel()
        self.bands_added.emit(0, len(self._shown))
        self.heads_changed.emit()

    def append(self, rows: Sequence[GridRow]) -> None:
        """Add rows below those there are."""
        start = len(self.rows)
        self.rows += rows
        for place, row in enumerate(rows, start=start):
            self._by_row[row.row.key] = place
        new = [start + n for n, row in enumerate(rows) if self._passes(row)]
        if new:
            first = 2 * len(self._shown)
            self.beginInsertRows(ROOT, first, first + 2 * len(new) - 1)
            self._shown += new
            self.endInsertRows()
            self.bands_added.emit(first // 2, len(self._shown))
        self.heads_changed.emit()

    def set_filter(self, name: str) -> None:
        """Show all rows, or those that failed, differ, have a winner or a marked answer."""
        self.filter = name
        self.beginResetModel()
        self._shown = [n for n, row in enumerate(self.rows) if self._passes(row)]
        self.endResetModel()
        self.bands_added.emit(0, len(self._shown))

    def fill_filter(self) -> None:
        """Show rows that pass by now, too; those shown stay, for they may be being read."""
        passing = {n for n, row in enumerate(self.rows) if self._passes(row)}
        if passing.issubset(self._shown):
            return
        self.beginResetModel()
        self._shown = sorted(passing.union(self._shown))
        self.endResetModel()
        self.bands_added.emit(0, len(self._shown))

    def _passes(self, row: GridRow) -> bool:
        if self.filter == "failed":
            return any(states.failed(sample) for sample in row.all())
        if self.filter == "different":
            return any(states.differs(row, column.key, self.base) for column in self.columns)
        if self.filter == "marked":
            return any(sample.marked.words for sample in row.all())
        return row.pick is not None if self.filter == "picked" else True

    @property
    def base(self) -> int:
        """The key of the column that the others are compared with."""
        return self.columns[0].key if self.columns else 0

    def grid_row(self, row: int) -> GridRow:
        """Return what a row of the table is about, band or cells."""
        return self.rows[self._shown[row // 2]]

    def sample(self, index: Index) -> Sample:
        """Return the sample that a cell shows."""
        return self.grid_row(index.row()).sample(self.columns[index.column()].key)

    def row_of(self, row_key: int) -> GridRow | None:
        """Return a row by its key, whether it is shown or not."""
        place = self._by_row.get(row_key)
        return None if place is None else self.rows[place]

    def index_of(self, row_key: int, column_key: int) -> QModelIndex:
        """Return where a cell is shown; an invalid index if it is not."""
        place, column = self._by_row.get(row_key), self._by_column.get(column_key)
        if place is None or column is None:
            return QModelIndex()
        at = _find(self._shown, place)
        return QModelIndex() if at < 0 else self.index(2 * at + 1, column)

    def say_cell(self, row_key: int, column_key: int) -> None:
        """Tell that a cell is in another state, and its band and head with it."""
        index = self.index_of(row_key, column_key)
        if index.isValid():
            self.dataChanged.emit(index, index)
            band = self.index(index.row() - 1, 0)
            self.dataChanged.emit(band, band)

    def put_runs(self, row: GridRow, runs: Sequence[cell_runs.CellRun]) -> set[int]:
        """Take what is stored of a row and return the keys of columns where that is news.

        What is under way in this window stays so.
        """
        changed = self._forget_withdrawn(row, runs)
        for run in runs:
            sample = row.at(run.column_key, run.sample)
            if sample.run != run:
                changed.add(run.column_key)
                sample.run = run
                sample.body, sample.laid, sample.asked = None, None, None
            live = sample.live
            if live is not None and live.over and run.status is not None:
                sample.live, sample.phase, sample.why = None, states.Phase.ENDED, ""
                changed.add(run.column_key)
            elif not states.is_busy(sample):
                sample.phase = states.Phase.ENDED
        return changed

    def _forget_withdrawn(self, row: GridRow, runs: Sequence[cell_runs.CellRun]) -> set[int]:
        """Let go of runs that had only begun and were taken back."""
        there = {(run.column_key, run.sample) for run in runs}
        changed: set[int] = set()
        for column_key, samples in row.cells.items():
            for number, sample in enumerate(samples):
                if sample.run is None or sample.run.status is not None:
                    continue
                if (column_key, number) not in there:
                    changed.add(column_key)
                    sample.run = sample.body = sample.laid = sample.asked = None
                    if not states.is_busy(sample):
                        sample.phase = states.Phase.EMPTY
        return changed

    def put_marks(self, row: GridRow, marks: dict[int, Marked]) -> set[int]:
        """Take what is marked on a row's answers and return the keys of columns with news."""
        changed: set[int] = set()
        for key, samples in row.cells.items():
            for sample in samples:
                marked = Marked() if sample.run is None else marks.get(sample.run.run_key, Marked())
                if sample.marked != marked:
                    sample.marked = marked
                    changed.add(key)
        return changed

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row, is_band = self.grid_row(index.row()), index.row() % 2 == 0
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if is_band:
                return f"Row {row.row.number + 1}, {row.row.name}, {row.words}"
            return states.spoken(row, self.columns[index.column()])
        if role == Qt.ItemDataRole.AccessibleDescriptionRole and not is_band:
            body = self.sample(index).body
            return body.text[:1000] if body is not None else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            values = (f"{name}: {value}" for name, value in row.row.values.items())
            return "\n".join(values if is_band else self.sample(index).marked.words)[:2000]
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{column.name}{', base' if section == 0 else ''}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{column.column.prompt} {column.column.label} on {column.column.model}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.row() % 2 == 0:
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


def _find(ordered: Sequence[int], value: int) -> int:
    """Return where `value` stands in a rising sequence, or -1."""
    if not ordered:
        return -1
    if len(ordered) == ordered[-1] + 1:
        return value if value < len(ordered) else -1
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        if ordered[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low if low < len(ordered) and ordered[low] == value else -1
