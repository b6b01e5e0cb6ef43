"""Runs gathered by prompt or comparison: reads the groups, and the runs of open ones."""

from __future__ import annotations

import sqlite3
from functools import partial

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from proofroom.domain.run_order import Order
from proofroom.domain.run_query import RunQuery
from proofroom.ui.runs import paging
from proofroom.ui.runs.model import RunsModel
from proofroom.ui.runs.paging import PAGE, Part
from proofroom.ui.runs.table import RunsTable
from proofroom.ui.session import Session
from proofroom.workspace import run_filter, run_groups
from proofroom.workspace.run_filter import RunFilter
from proofroom.workspace.run_groups import By, Look
from proofroom.workspace.run_list import NEWEST
from proofroom.workspace.run_sort import Place


class Groups(Struct, frozen=True):
    """A page of groups, as far as it is gathered."""

    wanted: RunFilter
    look: Look
    above: bool


class Gathering(QObject):
    """Fills the model with groups; `shown` tells once a page of them stands there."""

    shown = Signal(object)  # RunFilter
    failed = Signal(object)

    def __init__(self, session: Session, model: RunsModel, table: RunsTable) -> None:
        super().__init__(model)
        self._session, self._model, self._table = session, model, table
        self._wanted, self._order = RunFilter(), Order()
        self._by: By = "prompt"
        self._asked, self._before = 0, 0
        self._after: dict[int, int | Place | None] = {}
        self._reading: set[int] = set()
        self._paging = False
        table.seen_changed.connect(self.fill)
        table.fold_asked.connect(self._fold)

    def ask(self, query: RunQuery, order: Order, by: By) -> None:
        """Gather the runs of a query; those of an opened group stand in this order."""
        self._order, self._by, self._asked = order, by, self._asked + 1
        self._before, self._paging = 0, False
        self._latest(partial(_begun, query, by))

    def stop(self) -> None:
        """Hear of no group any more."""
        self._asked, self._before = self._asked + 1, 0

    @property
    def more(self) -> bool:
        """Whether further groups may follow."""
        return bool(self._before)

    def _latest(self, work: object) -> None:
        show = partial(self._came, self._asked)
        self._session.reader.latest("runs-first", work, show, self.failed.emit)  # pyright: ignore[reportArgumentType]

    def _came(self, asked: int, groups: Groups) -> None:
        if asked != self._asked:
            return
        if not groups.look.is_whole:
            self._latest(partial(_further, groups))
            return
        self._wanted, self._paging = groups.wanted, False
        self._before = groups.look.before if groups.look.has_more else 0
        if groups.above:
            self._after, self._reading = {}, set()
            self._model.show_groups(groups.look.groups)
        else:
            self._model.add_groups(groups.look.groups)
        self.shown.emit(groups.wanted)

    # a group

    def toggle(self, row: int) -> None:
        """Open the group of a row, or close it; read more where its row says that there are."""
        group = self._model.group(row)
        if group is None:
            return
        if self._model.is_more(row):
            self._read(group.key, self._after.get(group.key), None, below=True)
        elif self._model.is_open(row):
            self._model.close_group(row)
        else:
            self._read(group.key, None, None, below=False)

    def _fold(self, row: int, opened: bool) -> None:
        if self._model.group(row) is not None and self._model.is_open(row) != opened:
            self.toggle(row)

    def _read(
        self, key: int, after: int | Place | None, look: paging.Look | None, *, below: bool
    ) -> None:
        if key in self._reading and look is None:
            return
        self._reading.add(key)
        wanted = run_groups.within(self._wanted, self._by, key)
        work = partial(paging.part, wanted, self._order, after, PAGE, look)
        show = partial(self._opened, self._asked, key, after, below)
        self._session.reader.read(work, show, partial(self._not_read, self._asked, key))

    def _not_read(self, asked: int, key: int, error: Exception) -> None:
        if asked == self._asked:
            self._reading.discard(key)  # it can be asked for again
        self.failed.emit(error)

    def _opened(
        self, asked: int, key: int, after: int | Place | None, below: bool, part: Part
    ) -> None:
        if asked != self._asked:
            return
        if below and not self._model.is_shown_open(key):
            self._reading.discard(key)  # it was closed meanwhile
            return
        if part.look is not None or (part.more and not part.keys):
            onward = part.after if part.look is None else after
            self._read(key, onward, part.look, below=below)
            return
        self._reading.discard(key)
        self._after[key] = part.after
        self._model.open_group(key, part.keys, more=part.more)
        self._table.seen_changed.emit()

    def fill(self) -> None:
        """Read what comes near the edge of the screen: further groups, and runs of open ones."""
        first, last = self._table.seen()
        for row in range(first, last + 1):
            if self._model.is_more(row):
                self.toggle(row)
        if self._before and not self._paging and last >= self._model.rowCount() - 1:
            self._paging = True
            self._latest(partial(_page, self._wanted, self._by, self._before))


def _begun(query: RunQuery, by: By, db: sqlite3.Connection) -> Groups:
    wanted = run_filter.filter_of(db, query)
    return _further(Groups(wanted, run_groups.begin(db, wanted, by, before=NEWEST), above=True), db)


def _page(wanted: RunFilter, by: By, before: int, db: sqlite3.Connection) -> Groups:
    look = run_groups.begin(db, wanted, by, before=before)
    return _further(Groups(wanted, look, above=False), db)


def _further(groups: Groups, db: sqlite3.Connection) -> Groups:
    look = groups.look
    if not look.is_whole:
        look = run_groups.step(db, groups.wanted, look)
    return Groups(groups.wanted, look, groups.above)
