"""Reads runs for the list: the first page, what is on screen, what is new, how many there are."""

from __future__ import annotations

import sqlite3
from functools import partial

from msgspec import Struct, structs
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from proofroom.domain import run_query
from proofroom.domain.run_query import RunQuery
from proofroom.errors import ProofroomError
from proofroom.ui.runs.model import RunsModel
from proofroom.ui.runs.table import RunsTable
from proofroom.ui.session import Session
from proofroom.workspace import run_filter, run_list
from proofroom.workspace.changes import Changes
from proofroom.workspace.run_list import Hit, Line

PAGE = 100
COUNTED = 10_000
"""Of a filter more are not counted: a common word may stand in half a million runs."""
ALL = 100_000_000
"""All runs are counted whole: they are only walked by key."""
AHEAD = 40
"""Rows beyond the edges of the screen whose lines are read, too."""
LOOKED = 300
"""The newest runs of a filter that are looked through for those that came."""


class First(Struct, frozen=True):
    """The first page of a filter; `exact` says that no other run follows."""

    lines: list[Line]
    hits: dict[int, Hit]


class Without(Struct, frozen=True):
    """What would be found without one part of the query."""

    dropped: str
    rest: str
    count: int


class Controller(QObject):
    """Keeps the model filled for what the table shows."""

    read = Signal()
    counted = Signal()
    refused = Signal(str)
    failed = Signal(object)
    new_changed = Signal()
    without_found = Signal(object)

    def __init__(self, session: Session, model: RunsModel, table: RunsTable, page: QWidget) -> None:
        super().__init__(model)
        self._page, self._session, self._model, self._table = page, session, model, table
        self.query = RunQuery()
        self.total: int | None = None
        self.found: int | None = None
        self.more_found, self.loaded = False, False
        self.waiting: dict[int, Line] = {}
        self._reading, self._stale, self.held = False, False, False
        table.seen_changed.connect(self.fill)
        session.changed.connect(self._changed)

    @property
    def filtered(self) -> bool:
        """Whether not every run is asked for."""
        return bool(self.query.tokens or self.query.words)

    def ask(self, query: RunQuery) -> None:
        """Show the runs of a query from its newest on."""
        self.query, self.waiting = query, {}
        self.new_changed.emit()
        self._read()

    def _read(self) -> None:
        self._stale = False
        self._session.reader.latest(
            "runs-first", partial(_first, self.query), partial(self._first, self.query), self._fail
        )

    def _first(self, query: RunQuery, first: First) -> None:
        if query != self.query:
            return
        self.loaded, self._reading = True, False
        more = len(first.lines) == PAGE
        self._model.start(first.lines, more=more, searched=bool(query.words))
        self._model.set_lines(first.lines, first.hits)
        self.found, self.more_found = len(first.lines), more
        self.read.emit()
        self._count()

    def _count(self) -> None:
        latest = self._session.reader.latest
        if self.filtered and self.more_found:
            work = partial(_counted, self.query, COUNTED)
            latest("runs-found", work, partial(self._found, self.query), self._fail)
        elif self.filtered and not self.found:
            work = partial(_without, self.query)
            latest("runs-without", work, partial(self._without, self.query), self._fail)
        if self.total is None:
            latest("runs-total", partial(_counted, RunQuery(), ALL), self._all, self._fail)
        elif not self.filtered:
            self._all(self.total)

    def _found(self, query: RunQuery, count: int) -> None:
        if query != self.query:
            return
        self.found, self.more_found = max(count, len(self._model.keys)), count >= COUNTED
        self._model.set_count(self.found)
        self.counted.emit()

    def _all(self, count: int) -> None:
        self.total = count
        if not self.filtered:
            self.found, self.more_found = count, False
            self._model.set_count(count)
        self.counted.emit()

    def _without(self, query: RunQuery, found: Without | None) -> None:
        if query == self.query and found is not None:
            self.without_found.emit(found)

    # what is on screen

    def fill(self) -> None:
        """Read what is on screen and near it, if it is not held."""
        first, last = self._table.seen()
        first, last = max(0, first - AHEAD), last + AHEAD
        known = len(self._model.keys)
        if last >= known and self._model.more and not self._reading:
            self._reading = True
            work = partial(_further, self.query, self._model.keys[-1], last - known + PAGE)
            self._session.reader.read(work, partial(self._further, self.query), self._not_read)
        missing = self._model.unread(first, last)
        if missing:
            self._lines(missing)

    def _lines(self, keys: list[int]) -> None:
        work = partial(_lines, self.query, keys)
        show = partial(self._show_lines, keys)
        self._session.reader.latest("runs-lines", work, show, self._fail)

    def _show_lines(self, asked: list[int], found: First) -> None:
        self._model.set_lines(found.lines, found.hits)
        self._drop(set(asked) - {line.key for line in found.lines})
        self.read.emit()

    def _drop(self, gone: set[int]) -> None:
        """Take out runs that are not there any more: they waited, and were stopped unsent."""
        dropped = self._model.drop(gone)
        self.found = None if self.found is None else self.found - dropped
        self.total = None if self.total is None else self.total - dropped

    def _further(self, query: RunQuery, found: tuple[list[int], bool]) -> None:
        self._reading = False
        if query != self.query:
            return
        keys, more = found
        self._model.add_keys(keys, more=more)
        if self.found is not None and (self.found < len(self._model.keys) or not more):
            self.found, self.more_found = len(self._model.keys), more
            self.counted.emit()
        self.fill()

    def _not_read(self, error: Exception) -> None:
        self._reading = False
        self._fail(error)

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
        first, last = self._table.seen()
        seen = list(self._model.keys[first : last + 1])
        work, show = partial(_look, self.query, seen), partial(self._looked, self.query, seen)
        self._session.reader.latest("runs-look", work, show, self._fail)

    def _looked(self, query: RunQuery, seen: list[int], found: tuple[list[int], First]) -> None:
        if query != self.query:
            return
        self._model.set_lines(found[1].lines, found[1].hits)
        self._drop(set(seen) - {line.key for line in found[1].lines})
        oldest = self._model.keys[-1] if self._model.keys and self._model.more else 0
        known = {*self._model.keys[: 2 * LOOKED], *self.waiting}
        new = [key for key in found[0] if key not in known and key > oldest]
        if new:
            work = partial(_lines, self.query, new)
            self._session.reader.read(work, partial(self._came, self.query), self._fail)
        self.read.emit()

    def _came(self, query: RunQuery, found: First) -> None:
        if query != self.query:
            return
        self.waiting.update({line.key: line for line in found.lines})
        if self._table.at_top and not self.held:
            self.take_new()
        else:
            self.new_changed.emit()

    def take_new(self) -> None:
        """Put what came into the list."""
        lines, self.waiting = list(self.waiting.values()), {}
        if len(lines) >= LOOKED:
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
        if isinstance(error, ProofroomError) and self.filtered:
            self.refused.emit(f"{error.what}. {error.fix}")
        else:
            self.failed.emit(error)


def _first(query: RunQuery, db: sqlite3.Connection) -> First:
    wanted = run_filter.filter_of(db, query)
    lines = run_list.page(db, wanted, size=PAGE)
    return First(lines, _hits(db, wanted, lines))


def _lines(query: RunQuery, keys: list[int], db: sqlite3.Connection) -> First:
    wanted = run_filter.filter_of(db, query)
    lines = run_list.lines(db, keys)
    return First(lines, _hits(db, wanted, lines))


def _hits(
    db: sqlite3.Connection, wanted: run_filter.RunFilter, lines: list[Line]
) -> dict[int, Hit]:
    return run_list.words_at(db, wanted, [line.key for line in lines]) if lines else {}


def _look(query: RunQuery, seen: list[int], db: sqlite3.Connection) -> tuple[list[int], First]:
    wanted = run_filter.filter_of(db, query)
    return run_list.keys(db, wanted, size=LOOKED), _lines(query, seen, db)


def _further(
    query: RunQuery, before: int, size: int, db: sqlite3.Connection
) -> tuple[list[int], bool]:
    wanted = run_filter.filter_of(db, query)
    keys = run_list.keys(db, wanted, before=before, size=size)
    return keys, len(keys) == size


def _counted(query: RunQuery, most: int, db: sqlite3.Connection) -> int:
    return run_list.count(db, run_filter.filter_of(db, query), most=most)


def _without(query: RunQuery, db: sqlite3.Connection) -> Without | None:
    """Return the part of a query whose absence finds most; None if no single part helps."""
    found: list[Without] = []
    for rest, dropped in parts(query):
        count = _counted(rest, COUNTED, db)
        found.append(Without(dropped, run_query.written(rest), count))
    best = max(found, key=lambda one: one.count, default=None)
    return best if best is not None and best.count else None


def parts(query: RunQuery) -> list[tuple[RunQuery, str]]:
    """Return each part of a query as it is written, with the query without it."""
    tokens = [
        (structs.replace(query, tokens=tuple(t for t in query.tokens if t is not one)), one.text)
        for one in query.tokens
    ]
    words = [
        (structs.replace(query, words=tuple(w for w in query.words if w is not one)), one.written)
        for one in query.words
    ]
    return [*tokens, *words]
