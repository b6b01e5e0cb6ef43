"""The list of kept comparisons: newest first, read in pages by key."""

from __future__ import annotations

import sqlite3
from functools import partial

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from proofroom.ui.compare.name_sheet import NameSheet
from proofroom.ui.session import Session
from proofroom.ui.widgets import figures
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.frames import PageHeader
from proofroom.ui.widgets.table import INK_ROLE, WEIGHT_ROLE, Table
from proofroom.ui.window import MainWindow
from proofroom.workspace import comparisons
from proofroom.workspace.changes import Changes
from proofroom.workspace.comparisons import ComparisonSummary

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
PAGE, NEWEST = 100, 2**63 - 1
HEADS = ("Name", "Columns", "Inputs", "Samples", "Made", "State")
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class KeptModel(QAbstractTableModel):
    """Comparisons by key, newest first; asks for the next page when the view wants it."""

    page_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.items: list[ComparisonSummary] = []
        self._more, self._waiting = True, False

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.items)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(HEADS)

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._more and not self._waiting

    def fetchMore(self, parent: Index) -> None:
        self._waiting = True
        self.page_wanted.emit(self.items[-1].key if self.items else NEWEST)

    def append(self, items: list[ComparisonSummary]) -> None:
        """Add the page that was asked for."""
        self._waiting, self._more = False, len(items) == PAGE
        if items:
            self.beginInsertRows(ROOT, len(self.items), len(self.items) + len(items) - 1)
            self.items += items
            self.endInsertRows()

    def refresh(self, newest: list[ComparisonSummary]) -> None:
        """Put the newest page in place of what was shown of it; the rest stays."""
        last = newest[-1].key if len(newest) == PAGE else 0
        items = [*newest, *(item for item in self.items if item.key < last)]
        if len(items) == len(newest) == PAGE:
            self._more = True  # there may be others below a page that was not full before
        if items != self.items:
            self.beginResetModel()
            self.items = items
            self.endResetModel()
        self._waiting = False

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item, column = self.items[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return _words(item)[column]
        if role == WEIGHT_ROLE:
            return 600 if column == 0 else 400
        if role == INK_ROLE:
            return "text" if column == 0 else "text2"
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (1, 2, 3):
            return int(_RIGHT)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return HEADS[section]
            if role == Qt.ItemDataRole.TextAlignmentRole and section in (1, 2, 3):
                return int(_RIGHT)
        return None


def _words(item: ComparisonSummary) -> tuple[str, ...]:
    state = {"": "Not run yet", "done": "Done", "stopped": "Stopped", "failed": "Failed"}.get(
        item.end_reason, "Interrupted"
    )
    return (
        item.name,
        figures.number(item.columns),
        figures.number(item.rows),
        figures.number(item.samples),
        figures.ago(item.created_at),
        state,
    )


class KeptList(QWidget):
    """Opens, renames and archives comparisons; `opened` carries a key."""

    opened = Signal(object)
    new_asked = Signal()

    def __init__(self, session: Session, window: MainWindow) -> None:
        super().__init__()
        self._session, self._window = session, window
        self.model = KeptModel()
        self.header, self.table = PageHeader("Compare"), Table(self.model, "Kept comparisons")
        self.new_button = Button("New comparison", Kind.PRIMARY, icon="plus")
        self.empty = EmptyState(
            "Nothing compared yet",
            "Pick versions and models as columns, inputs as rows.",
            "Compare two versions",
            icon="columns-2",
        )
        self.header.add_action(self.new_button)
        self._sheet: NameSheet | None = None
        self._lay_out()
        self.new_button.clicked.connect(self.new_asked)
        self.empty.pressed.connect(self.new_asked)
        self.table.activated.connect(self._activated)
        self.model.page_wanted.connect(self._page)
        session.changed.connect(self._changed)
        self.model.fetchMore(ROOT)

    def _lay_out(self) -> None:
        box, body = QVBoxLayout(self), QWidget()
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        box.addWidget(self.header)
        box.addWidget(body, 1)
        self.table.set_widths(420, 90, 90, 90, 150)

    def read_again(self) -> None:
        """Show what is new at the top."""
        query = partial(comparisons.listed, size=PAGE)
        self._session.reader.latest("compare-kept", query, self._newest, self._fail)

    def _page(self, before: object) -> None:
        query = partial(_listed, before=before if isinstance(before, int) else NEWEST)
        self._session.reader.read(query, self._add, self._fail)

    def _add(self, items: list[ComparisonSummary]) -> None:
        self.model.append(items)
        self._say()

    def _newest(self, items: list[ComparisonSummary]) -> None:
        chosen = self.chosen()
        self.model.refresh(items)
        for row, item in enumerate(self.model.items):
            if chosen is not None and item.key == chosen.key:
                self.table.selectRow(row)
        self._say()

    def _say(self) -> None:
        count = len(self.model.items)
        self._stack.setCurrentWidget(self.table if count else self.empty)
        self.new_button.setVisible(bool(count))
        more = "+" if self.model.canFetchMore(ROOT) else ""
        self.header.fact.setText(f"{count}{more} kept" if count else "")

    def _changed(self, changes: Changes) -> None:
        if "comparisons" in changes.tables and self.isVisible():
            self.read_again()

    def chosen(self) -> ComparisonSummary | None:
        """Return the comparison whose row is selected."""
        rows = self.table.selectionModel().selectedRows()
        return self.model.items[rows[0].row()] if rows else None

    def _activated(self, index: QModelIndex) -> None:
        self.opened.emit(self.model.items[index.row()].key)

    def rename(self) -> None:
        """Ask for another name of the comparison chosen."""
        chosen = self.chosen()
        if chosen is not None and not self._session.read_only:
            self._sheet = NameSheet(self._window, self._session, chosen.key, chosen.name)
            self._sheet.renamed.connect(self._renamed)
            self._sheet.open()

    def _renamed(self, _name: str) -> None:
        self.read_again()

    def archive(self) -> None:
        """Take the comparison chosen out of the list; Undo puts it back."""
        chosen = self.chosen()
        if chosen is not None and not self._session.read_only:
            put_away(self._session, self._window, chosen.key, chosen.name, self.read_again)

    def _fail(self, error: Exception) -> None:
        self._session.failed.emit(error)


def put_away(
    session: Session, window: MainWindow, key: int, name: str, then: object = None
) -> None:
    """Archive a comparison and offer to undo that in a toast."""

    def change(archived: bool) -> None:
        def write(db: sqlite3.Connection) -> None:
            comparisons.archive(db, key, archived=archived)

        def done(_: object) -> None:
            if callable(then):
                then()

        session.writer.write(write, done, session.failed.emit)

    change(True)
    window.toasts.show(f"{name} archived", "Undo", lambda: change(False))


def _listed(db: sqlite3.Connection, before: int) -> list[ComparisonSummary]:
    return comparisons.listed(db, before=before, size=PAGE)
