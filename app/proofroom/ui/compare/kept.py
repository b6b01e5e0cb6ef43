"""The list of kept comparisons: newest first, read in pages by key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QMenu, QStackedLayout, QVBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.ui import icons
from proofroom.ui.compare.kept_table import KeptTable
from proofroom.ui.compare.name_sheet import NameSheet
from proofroom.ui.session import Session
from proofroom.ui.widgets import moments
from proofroom.ui.widgets.buttons import Button, IconButton, Kind
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.fields import SearchField
from proofroom.ui.widgets.frames import PageHeader
from proofroom.ui.widgets.table import INK_ROLE, WEIGHT_ROLE
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
        self.page_wanted.emit(self.next_before)

    @property
    def next_before(self) -> int:
        """The key that the next page lies before; a page for another one comes too late."""
        return self.items[-1].key if self.items else NEWEST

    def start(self, items: list[ComparisonSummary]) -> None:
        """Begin anew with a first page."""
        self.beginResetModel()
        self.items, self._waiting, self._more = items, False, len(items) == PAGE
        self.endResetModel()

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
        elif not items:
            self._more = False
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
        moments.ago(item.created_at),
        state,
    )


class KeptList(QWidget):
    """Finds, opens, renames, archives and unarchives comparisons; `opened` carries a key."""

    opened = Signal(object)
    new_asked = Signal()
    archived_shown = Signal(bool)

    def __init__(self, session: Session, window: MainWindow) -> None:
        super().__init__()
        self._session, self._window = session, window
        self.model = KeptModel()
        self.header, self.table = PageHeader("Compare"), KeptTable(self.model, "Kept comparisons")
        self.search = SearchField("Search comparisons", hint="Find by name")
        self.filter_button = IconButton("list-filter", "Filter comparisons")
        self.back_button = Button("Unarchive", icon="undo-2")
        self.new_button = Button("New comparison", Kind.PRIMARY, icon="plus")
        self.empty = EmptyState(
            "Nothing compared yet",
            "Pick versions and models as columns, inputs as rows.",
            "Compare two versions",
            icon="columns-2",
        )
        self.nothing = EmptyState("No comparison matches", "", "Show all", icon="list-filter")
        self.archived, self._some_archived = False, False
        self._sheet: NameSheet | None = None
        self._lay_out()
        self._connect()
        self.model.fetchMore(ROOT)

    def _lay_out(self) -> None:
        box, body = QVBoxLayout(self), QWidget()
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        for part in (self.search, self.filter_button, self.back_button, self.new_button):
            self.header.add_action(part)
        self._stack = QStackedLayout(body)
        for part in (self.table, self.empty, self.nothing):
            self._stack.addWidget(part)
        box.addWidget(self.header)
        box.addWidget(body, 1)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._say()

    def _connect(self) -> None:
        self.new_button.clicked.connect(self.new_asked)
        self.back_button.clicked.connect(self.unarchive)
        self.filter_button.clicked.connect(self._open_filter)
        self.search.textChanged.connect(self.read_anew)
        self.search.left_down.connect(self._to_table)
        self.search.returnPressed.connect(self._to_table)
        self.empty.pressed.connect(self.new_asked)
        self.nothing.pressed.connect(self.show_all)
        self.table.activated.connect(self._activated)
        self.table.customContextMenuRequested.connect(self._menu)
        self.table.selectionModel().selectionChanged.connect(self._say)
        self.model.page_wanted.connect(self._page)
        self._session.changed.connect(self._changed)

    def _query(self) -> Callable[..., list[ComparisonSummary]]:
        return partial(
            comparisons.listed, size=PAGE, query=self.search.text(), archived=self.archived
        )

    def read_again(self) -> None:
        """Show what is new at the top."""
        self._session.reader.latest("compare-kept", self._query(), self._newest, self._fail)

    def read_anew(self) -> None:
        """Show what is looked for now."""
        self._session.reader.latest("compare-kept", self._query(), self._anew, self._fail)

    def _page(self, before: object) -> None:
        query = partial(self._query(), before=before if isinstance(before, int) else NEWEST)
        self._session.reader.read(query, partial(self._add, self._asked(), before), self._fail)

    def _asked(self) -> tuple[str, bool]:
        return self.search.text(), self.archived

    def _add(self, asked: tuple[str, bool], before: object, items: list[ComparisonSummary]) -> None:
        if asked == self._asked() and before == self.model.next_before:
            self.model.append(items)
            self._read()

    def _anew(self, items: list[ComparisonSummary]) -> None:
        self.model.start(items)
        if items:
            self.table.selectRow(0)
        self._read()

    def _newest(self, items: list[ComparisonSummary]) -> None:
        chosen, row = self.chosen(), self.table.currentIndex().row()
        self.model.refresh(items)
        keys = [item.key for item in self.model.items]
        if chosen is not None and chosen.key in keys:
            self.table.selectRow(keys.index(chosen.key))
        elif keys and row >= 0:  # it was archived: the next one is at hand
            self.table.selectRow(min(row, len(keys) - 1))
        self._read()

    def _read(self) -> None:
        self._say()
        if not self.model.items:  # the way to what is archived is there when something is
            query = partial(comparisons.listed, size=1, archived=True)
            self._session.reader.latest("compare-archived", query, self._archived, self._fail)

    def _archived(self, some: list[ComparisonSummary]) -> None:
        self._some_archived = bool(some)
        self._say()

    def _say(self) -> None:
        count, searched = len(self.model.items), bool(self.search.text() or self.archived)
        bare = self.nothing if searched else self.empty
        self._stack.setCurrentWidget(self.table if count else bare)
        words = f"“{self.search.text()}”" if self.search.text() else ""
        which = "No archived comparison" if self.archived else "No comparison"
        self.nothing.show_text(f"{which} matches {words}" if words else which, "", "Show all")
        self.search.setVisible(bool(count) or searched)
        self.filter_button.setVisible(bool(count) or searched or self._some_archived)
        can = not self._session.read_only
        self.new_button.setVisible(can and not self.archived and (bool(count) or searched))
        self.back_button.setVisible(can and self.archived and self.chosen() is not None)
        self.header.title.setText("Archived comparisons" if self.archived else "Compare")
        more = "+" if self.model.canFetchMore(ROOT) else ""
        kept = "archived" if self.archived else "kept"
        self.header.fact.setText(f"{figures.number(count)}{more} {kept}" if count else "")

    def _changed(self, changes: Changes) -> None:
        if "comparisons" in changes.tables and self.isVisible():
            self.read_again()

    # what is looked for

    def look_for(self) -> None:
        """Put the caret into the search."""
        if self.search.isVisible():
            self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.search.selectAll()

    def show_archived(self, archived: bool) -> None:
        """Show archived comparisons, or the others."""
        self.archived = archived
        self.archived_shown.emit(archived)
        self.read_anew()

    def show_all(self) -> None:
        """Look for nothing in particular."""
        self.search.clear()
        self.show_archived(False)

    def _open_filter(self) -> None:
        menu = QMenu(self)
        action = menu.addAction(
            "Archived comparisons", partial(self.show_archived, not self.archived)
        )
        action.setCheckable(True)
        action.setChecked(self.archived)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.filter_button.mapToGlobal(self.filter_button.rect().bottomLeft()))

    def _to_table(self) -> None:
        if self.model.items:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # one of them

    def chosen(self) -> ComparisonSummary | None:
        """Return the comparison whose row is selected."""
        rows = self.table.selectionModel().selectedRows()
        return self.model.items[rows[0].row()] if rows else None

    def _activated(self, index: QModelIndex) -> None:
        self.opened.emit(self.model.items[index.row()].key)

    def _menu(self, where: QPoint) -> None:
        chosen = self.chosen()
        if chosen is None:
            return
        menu = QMenu(self)
        menu.addAction(icons.icon("panel-right"), "Open", partial(self.opened.emit, chosen.key))
        if not self._session.read_only:
            menu.addAction(icons.icon("pencil-line"), "Rename…", self.rename)
            if chosen.archived_at is None:
                menu.addAction(icons.icon("archive"), "Archive", self.archive)
            else:
                menu.addAction(icons.icon("undo-2"), "Unarchive", self.unarchive)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.table.viewport().mapToGlobal(where))

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
        self._move(archived=True)

    def unarchive(self) -> None:
        """Put the comparison chosen back into the list of those that are kept."""
        self._move(archived=False)

    def _move(self, *, archived: bool) -> None:
        chosen = self.chosen()
        if chosen is None or self._session.read_only or self.archived == archived:
            return
        put_away(self._session, self._window, chosen.key, chosen.name, self.read_again,
                 archived=archived)  # fmt: skip

    def _fail(self, error: Exception) -> None:
        self._session.failed.emit(error)


def put_away(  # noqa: PLR0913 - who, what, and what then
    session: Session, window: MainWindow, key: int, name: str, then: Callable[[], None],
    *, archived: bool = True,
) -> None:  # fmt: skip
    """Archive a comparison or put it back, and offer to undo that in a toast."""

    def done(_: object) -> None:
        then()

    def change(to: bool) -> None:
        write = partial(comparisons.archive, key=key, archived=to)
        session.writer.write(write, done, session.failed.emit)

    change(archived)
    words = "archived" if archived else "put back into the list"
    window.toasts.show(f"{name} {words}", "Undo", partial(change, not archived))
