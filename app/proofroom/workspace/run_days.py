"""Between which keys runs of a rare kind can lie: the sums by day say on which days there are any.

Nothing but the keys has an index that a page of all runs could use; a day without a run of the kind
that is asked for is passed over.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from proofroom.workspace import database, run_span

AT_FIRST = 500
"""Keys that are looked through before the days are: most queries find their page there."""
_DAY_US = 86_400_000_000
_ZONES_US = 14 * 3_600_000_000
_OPEN = """SELECT key FROM runs INDEXED BY runs_open WHERE ended_at IS NULL AND key > ? AND key < ?
    ORDER BY key DESC"""

Windows = Iterator[tuple[int, int]]
Kind = tuple[str, tuple[object, ...]]
"""A condition on `rollup_days d`, with its values."""


def windows(db: sqlite3.Connection, kinds: Sequence[Kind], after: int, before: int) -> Windows:
    """Yield pairs of keys, the newest first, between which all runs of every kind lie.

    Runs without an end are in no sum: each of them has a pair of its own.
    """
    newest = min(before, 1 + (database.value(db, "SELECT max(key) FROM runs") or 0))
    first = newest - AT_FIRST
    if not kinds or first <= after:
        yield after, before
        return
    yield first, before
    high = first + 1
    still_open = [row[0] for row in db.execute(_OPEN, (after, high)).fetchall()]
    for day, last in _spells(_days(db, kinds)):
        low = max(after, run_span.keys_since(db, day * _DAY_US - _ZONES_US))
        top = min(high, run_span.keys_until(db, (last + 1) * _DAY_US + _ZONES_US))
        if low + 1 < top:
            yield from ((key - 1, key + 1) for key in still_open if top <= key < high)
            yield low, top
            high = low + 1
    yield from ((key - 1, key + 1) for key in still_open if key < high)


def _days(db: sqlite3.Connection, kinds: Sequence[Kind]) -> list[int]:
    """Return the days that have runs of each kind, the newest first."""
    found: set[int] | None = None
    for sql, values in kinds:
        rows = db.execute(f"SELECT DISTINCT day FROM rollup_days d WHERE {sql}", values).fetchall()
        days = {row[0] for row in rows}
        found = days if found is None else found & days
    return sorted(found or (), reverse=True)


def _spells(days: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last day of each row of days that all but touch, newest first."""
    start = last = None
    for day in days:
        if start is not None and last is not None and day < start - 2:
            yield start, last
            start = last = None
        start, last = day, day if last is None else last
    if start is not None and last is not None:
        yield start, last
