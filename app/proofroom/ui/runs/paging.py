"""What the list of runs asks the workspace: parts of pages, lines, sums; for the reader's thread.

Each question is short, so that others come in between: who asks goes on until it is done.
"""

from __future__ import annotations

import sqlite3

from msgspec import Struct, structs

from proofroom.domain import run_query
from proofroom.domain.run_order import Order
from proofroom.domain.run_query import RunQuery
from proofroom.workspace import run_filter, run_list, run_sort, run_totals
from proofroom.workspace.run_filter import RunFilter
from proofroom.workspace.run_list import NEWEST, Hit, Line
from proofroom.workspace.run_sort import Look, Place

PAGE = 100
COUNTED = 10_000
"""Of a query without one of its parts more are not counted."""
LOOKED = 300
"""The newest runs of a filter that are looked through for those that came."""


class Part(Struct, frozen=True, kw_only=True):
    """Keys of a page, and behind what the next one begins; with a `look` the page is not done."""

    keys: list[int]
    after: int | Place | None
    more: bool
    look: Look | None = None


class First(Struct, frozen=True, kw_only=True):
    """The begin of a filter's list; `newest` is the newest run there was."""

    wanted: RunFilter
    part: Part
    lines: list[Line]
    hits: dict[int, Hit]
    newest: int


class Without(Struct, frozen=True):
    """What would be found without one part of the query."""

    dropped: str
    rest: str
    count: int


def first(query: RunQuery, order: Order, db: sqlite3.Connection) -> First:
    """Begin a list; its lines come once its first page is whole."""
    wanted = run_filter.filter_of(db, query)
    newest = run_list.newest(db)
    begun = part(wanted, order, None, PAGE, None, db)
    return _with_lines(db, First(wanted=wanted, part=begun, lines=[], hits={}, newest=newest))


def go_on(begun: First, order: Order, db: sqlite3.Connection) -> First:
    """Look on for a first page that is not whole."""
    look = begun.part.look
    return _with_lines(
        db, structs.replace(begun, part=part(begun.wanted, order, None, PAGE, look, db))
    )


def _with_lines(db: sqlite3.Connection, begun: First) -> First:
    lines = run_list.lines(db, begun.part.keys)
    return structs.replace(begun, lines=lines, hits=_hits(db, begun.wanted, lines))


def part(  # noqa: PLR0913, PLR0917 - where a page is
    wanted: RunFilter,
    order: Order,
    after: int | Place | None,
    size: int,
    look: Look | None,
    db: sqlite3.Connection,
) -> Part:
    """Return what a short look finds of the page behind a place."""
    if order == Order():
        before = after if isinstance(after, int) else NEWEST
        some = run_list.some(db, wanted, before=before, size=size)
        return Part(keys=some.keys, after=some.before, more=some.before > 0)
    if look is None:
        place = after if isinstance(after, Place) else None
        look = run_sort.begin(db, wanted, order, after=place, size=size)
    else:
        look = run_sort.step(db, wanted, look)
    if not look.is_whole:
        return Part(keys=[], after=after, more=True, look=look)
    end = look.found[-1] if look.found else after
    return Part(keys=look.keys, after=end, more=len(look.found) == look.size)


def lines_of(wanted: RunFilter, keys: list[int], db: sqlite3.Connection) -> Lines:
    """Return runs as they are now, with where the words of the filter stand."""
    found = run_list.lines(db, keys)
    return Lines(found, _hits(db, wanted, found))


class Lines(Struct, frozen=True):
    """Runs and where words stand in them."""

    lines: list[Line]
    hits: dict[int, Hit]


def _hits(db: sqlite3.Connection, wanted: RunFilter, lines: list[Line]) -> dict[int, Hit]:
    return run_list.words_at(db, wanted, [line.key for line in lines]) if lines else {}


def look(query: RunQuery, seen: list[int], db: sqlite3.Connection) -> tuple[list[int], Lines]:
    """Return the newest runs of a query, and those on screen as they are now."""
    wanted = run_filter.filter_of(db, query)
    newest = run_list.some(db, wanted, before=NEWEST, size=LOOKED).keys
    return newest, lines_of(wanted, seen, db)


def all_runs(db: sqlite3.Connection) -> int:
    """Return how many runs there are."""
    return run_list.count(db, RunFilter(), most=NEWEST)


def sums(
    wanted: RunFilter, summed: run_totals.Look | None, db: sqlite3.Connection
) -> run_totals.Look:
    """Begin to sum the runs of a filter, or go on."""
    if summed is None:
        return run_totals.begin(db, wanted)
    return run_totals.step(db, wanted, summed)


def without(query: RunQuery, db: sqlite3.Connection) -> Without | None:
    """Return the part of a query whose absence finds most; None if no single part helps."""
    found: list[Without] = []
    for rest, dropped in parts(query):
        count = run_list.count(db, run_filter.filter_of(db, rest), most=COUNTED)
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
