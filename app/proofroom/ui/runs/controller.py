"""Reads runs for the list: the first page, what is on screen, what is new, what they come to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from proofroom.domain.run_order import Order
from proofroom.domain.run_query import RunQuery
from proofroom.errors import ProofroomError
from proofroom.ui.runs import paging
from proofroom.ui.runs.gathering import Gathering
from proofroom.ui.runs.model import RunsModel
from proofroom.ui.runs.paging import LOOKED, PAGE, First, Lines, Part, Without
from proofroom.ui.runs.table import RunsTable
from proofroom.ui.session import Session
from proofroom.workspace import run_totals
from proofroom.workspace.changes import Changes
from proofroom.workspace.run_filter import RunFilter
from proofroom.workspace.run_groups import By
from proofroom.workspace.run_list import Line
from proofroom.workspace.run_sort import Look, Place
from proofroom.workspace.run_totals import Totals

AHEAD = 40
"""Rows beyond the edges of the screen whose lines are read, too."""
SUMMED_MS = 3_000
"""What comes in this time is summed once."""


class Controller(QObject):
    """Keeps the model filled for what the table shows."""

    read = Signal()
    counted = Signal()
    refused = Signal(str)
    failed = Signal(object)
    new_changed = Signal()
    without_found = Signal(object)
    summed = Signal()

    def __init__(self, session: Session, model: RunsModel, table: RunsTable, page: QWidget) -> None:
        super().__init__(model)
        self._page, self._session, self._model, self._table = page, session, model, table
        self.query, self.order = RunQuery(), Order()
        self.by: By | None = None
        self.gathering = Gathering(session, model, table)
        self.gathering.shown.connect(self._gathered)
        self.gathering.failed.connect(self._fail)
        self.total: int | None = None
        self.found: int | None = None
        self.totals: Totals | None = None
        self.more_found, self.loaded, self.looking = False, False, False
        self.waiting: dict[int, Line] = {}
        self._wanted, self._asked, self._shown = RunFilter(), 0, 0
        self._after: int | Place | None = None
        self._newest = 0
        self._reading, self._stale, self.held, self._summing = False, False, False, False
        self._sum_soon = QTimer(self)
        self._sum_soon.setSingleShot(True)
        self._sum_soon.setInterval(SUMMED_MS)
        self._sum_soon.timeout.connect(self._sum)
        table.seen_changed.connect(self.fill)
        session.changed.connect(self._changed)

    @property
    def filtered(self) -> bool:
        """Whether not every run is asked for."""
        return bool(self.query.tokens or self.query.words)

    @property
    def by_time(self) -> bool:
        """Whether the newest stand first, so that new ones come to the top."""
        return self.order == Order() and self.by is None

    @property
    def is_current(self) -> bool:
        """Whether the list shown is that of the query."""
        return self._shown == self._asked

    def ask(self, query: RunQuery) -> None:
        """Show the runs of a query from the first on."""
        self.query = query
        self._anew()

    def sort(self, order: Order) -> None:
        """Show the runs in another order."""
        self.order = order
        self._anew()

    def gather(self, by: By | None) -> None:
        """Show the runs gathered by prompt or comparison, or one by one."""
        self.by = by
        self._anew()

    def _anew(self) -> None:
        self.waiting, self.totals = {}, None
        self.new_changed.emit()
        self._read()

    def _read(self) -> None:
        self._stale = False
        self._asked += 1
        self._reading = True  # nothing further of the list that is shown
        if self.by is not None:
            self.looking = True
            self.summed.emit()
            self.gathering.ask(self.query, self.order, self.by)
            return
        self.gathering.stop()
        self._begin(partial(paging.first, self.query, self.order))

    def _begin(self, work: Callable[[sqlite3.Connection], First]) -> None:
        show = partial(self._first, self._asked)
        self._session.reader.latest("runs-first", work, show, self._fail)

    def _first(self, asked: int, first: First) -> None:
        if asked != self._asked:
            return
        self.looking = first.part.look is not None
        if self.looking:
            self._begin(partial(paging.go_on, first, self.order))
            self.summed.emit()
            return
        self.loaded, self._reading, self._wanted = True, False, first.wanted
        self._after, self._newest, self._shown = first.part.after, first.newest, asked
        keys, more = first.part.keys, first.part.more
        self._model.start(first.lines, keys, more=more, searched=bool(self.query.words),
                          by_time=self.by_time)  # fmt: skip
        self._model.set_lines(first.lines, first.hits)
        self.found, self.more_found = len(keys), more
        self.read.emit()
        self.summed.emit()
        self._count()
        if more and len(keys) < PAGE:
            self.fill()

    def _gathered(self, wanted: RunFilter) -> None:
        """Take a page of groups that stands in the model."""
        first = self._shown != self._asked
        self.looking, self.loaded, self._reading = False, True, False
        self._wanted, self._shown = wanted, self._asked
        if first:
            self._newest = max((one.newest for one in self._model.groups), default=0)
            self.found = sum(one.runs for one in self._model.groups)
            self.more_found = self.gathering.more
            self._count()
        self.read.emit()
        self.summed.emit()

    # what they come to

    def _count(self) -> None:
        if self.filtered and not self.found and not self.more_found:
            self._look_without()
        if self.total is None:
            self._ask_total()
        elif not self.filtered:
            self._all(self.total)
        self._sum()

    def _ask_total(self) -> None:
        self._session.reader.latest("runs-total", paging.all_runs, self._all, self._fail)

    def _look_without(self) -> None:
        work, show = partial(paging.without, self.query), partial(self._without, self._asked)
        self._session.reader.latest("runs-without", work, show, self._fail)

    def _sum(self) -> None:
        self._summing = True
        self._sum_on(None)

    def _sum_on(self, summed: run_totals.Look | None) -> None:
        work = partial(paging.sums, self._wanted, summed)
        show = partial(self._summed, self._asked)
        self._session.reader.latest("runs-sums", work, show, self._fail)

    def _summed(self, asked: int, summed: run_totals.Look) -> None:
        if asked != self._asked:
            return
        if self.filtered and self.found is not None:
            known = len(self._model.keys) if self.by is None else 0  # rows of groups are no runs
            self._found(max(summed.totals.runs, known), more=not summed.is_whole)
        if not summed.is_whole:
            self._sum_on(summed)
            return
        self.totals, self._summing = summed.totals, False
        self.summed.emit()

    def _found(self, count: int, *, more: bool) -> None:
        """Say how many there are, once more are known than before or all are."""
        if more and count <= (self.found or 0):
            return
        self.found, self.more_found = count, more
        self._model.set_count(count)
        if self.total is not None and count > self.total:
            self.total = None  # others came since it was counted
            self._ask_total()
        self.counted.emit()

    def _all(self, count: int) -> None:
        self.total = count
        if not self.filtered:
            self.found, self.more_found = count, False
            self._model.set_count(count)
        self.counted.emit()

    def _without(self, asked: int, found: Without | None) -> None:
        if asked == self._asked and found is not None:
            self.without_found.emit(found)

    # what is on screen

    def fill(self) -> None:
        """Read what is on screen and near it, if it is not held."""
        first, last = self._table.seen()
        first, last = max(0, first - AHEAD), last + AHEAD
        known = len(self._model.keys)
        if last >= known and self._model.more and not self._reading and self.loaded:
            self._further(last - known + PAGE, None)
        missing = self._model.unread(first, last)
        if missing:
            self._lines(missing)

    def _lines(self, keys: list[int]) -> None:
        work = partial(paging.lines_of, self._wanted, keys)
        show = partial(self._show_lines, keys)
        self._session.reader.latest("runs-lines", work, show, self._fail)

    def _show_lines(self, asked: list[int], found: Lines) -> None:
        self._model.set_lines(found.lines, found.hits)
        self._drop(set(asked) - {line.key for line in found.lines})
        self.read.emit()

    def _drop(self, gone: set[int]) -> None:
        """Take out runs that are not there any more: they waited, and were stopped unsent."""
        dropped = self._model.drop(gone)
        self.found = None if self.found is None else self.found - dropped
        self.total = None if self.total is None else self.total - dropped

    def _further(self, size: int, look: Look | None) -> None:
        self._reading = True
        work = partial(paging.part, self._wanted, self.order, self._after, size, look)
        show = partial(self._came_further, self._asked, size)
        self._session.reader.read(work, show, self._fail)

    def _came_further(self, asked: int, size: int, part: Part) -> None:
        if asked != self._asked:
            return
        if part.look is not None:
            self._further(size, part.look)
            return
        self._reading, self._after = False, part.after
        self._model.add_keys(part.keys, more=part.more)
        known = len(self._model.keys)
        if self.found is not None and (self.found < known or not part.more):
            was = self.found
            self.found, self.more_found = known, part.more
            self.counted.emit()
            if not known and not part.more:
                self._look_without()
            elif not was:
                self.read.emit()
        self.fill()

    # what is new

    def _changed(self, changes: Changes) -> None:
        if not self.loaded:
            return
        if not self._page.isVisible():
            self._stale = True
            return
        self.look(marked="marks" in changes.tables)

    def come(self) -> None:
        """Show what changed while the page was not shown."""
        if self._stale:
            self._stale = False
            self.look(marked=True)

    def look(self, *, marked: bool = False) -> None:
        """Read what came, and what is on screen as it is now."""
        names = {token.name for token in self.query.tokens}
        statuses = {token.value for token in self.query.tokens if token.name == "status"}
        if "running" in statuses or (marked and names & {"is", "tag"}):
            self._read()  # runs leave such a list, too
            return
        if not self._summing and not self._sum_soon.isActive():
            self._sum_soon.start()
        first, last = self._table.seen()
        seen = [key for key in self._model.keys[first : last + 1] if key > 0]
        work = partial(paging.look, self.query, seen)
        show = partial(self._looked, self._asked, seen)
        self._session.reader.latest("runs-look", work, show, self._fail)

    def _looked(self, asked: int, seen: list[int], found: tuple[list[int], Lines]) -> None:
        if asked != self._asked:
            return
        self._model.set_lines(found[1].lines, found[1].hits)
        self._drop(set(seen) - {line.key for line in found[1].lines})
        oldest = self._newest
        if self.by_time:
            oldest = self._model.keys[-1] if self._model.keys and self._model.more else 0
        known = {*self._model.keys[: 2 * LOOKED], *self.waiting}
        new = [key for key in found[0] if key not in known and key > oldest]
        if new:
            work = partial(paging.lines_of, self._wanted, new)
            self._session.reader.read(work, partial(self._came, self._asked), self._fail)
        self.read.emit()

    def _came(self, asked: int, found: Lines) -> None:
        if asked != self._asked:
            return
        self.waiting.update({line.key: line for line in found.lines})
        if self._table.at_top and not self.held and self.by_time:
            self.take_new()
        else:
            self.new_changed.emit()

    def take_new(self) -> None:
        """Put what came into the list."""
        lines, self.waiting = list(self.waiting.values()), {}
        if lines and (len(lines) >= LOOKED or not self.by_time):
            self.total = None
            self._read()  # there may be others between them and those shown
        elif lines:
            before = self._model.rowCount()
            self._model.put_above(lines)
            added = self._model.rowCount() - before
            self.found = None if self.found is None else self.found + added
            if self.total is not None:
                self.total += added
            self.counted.emit()
        self.new_changed.emit()

    def _fail(self, error: Exception) -> None:
        self._reading = False
        if isinstance(error, ProofroomError) and self.filtered:
            self.refused.emit(f"{error.what}. {error.fix}")
        else:
            self.failed.emit(error)
