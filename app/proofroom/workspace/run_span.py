"""Between which keys the runs of a time lie: keys grow with time, times have no index.

Where a clock was set back they do not: that is looked for in steps that double, so that a stretch
is missed only where it is short and far away.
"""

from __future__ import annotations

import sqlite3

SLACK_US = 3_600_000_000
"""How much later than its neighbours a run may have left, which waited for its turn."""
_AT = "SELECT key, started_at FROM runs WHERE key >= ? ORDER BY key LIMIT 1"
_ENDS = "SELECT (SELECT min(key) FROM runs), (SELECT max(key) FROM runs)"


def keys_since(db: sqlite3.Connection, since: int) -> int:
    """Return a key below all runs that started at `since` (us, UTC) or later."""
    first, last = _ends(db)
    key = _first_at(db, since - SLACK_US, first, last)
    step = 1
    while key - step >= first:
        found = db.execute(_AT, (key - step,)).fetchone()
        if found[0] < key and found[1] >= since:
            key, step = found[0], 1
        else:
            step *= 2
    return key - 1


def keys_until(db: sqlite3.Connection, until: int) -> int:
    """Return a key above all runs that started before `until` (us, UTC)."""
    first, last = _ends(db)
    key = _first_at(db, until + SLACK_US, first, last)
    step = 1
    while key + step <= last:
        found = db.execute(_AT, (key + step,)).fetchone()
        if found[1] < until:
            key, step = found[0] + 1, 1
        else:
            step *= 2
    return key


def _ends(db: sqlite3.Connection) -> tuple[int, int]:
    first, last = db.execute(_ENDS).fetchone()
    return first or 1, last or 0


def _first_at(db: sqlite3.Connection, at: int, low: int, last: int) -> int:
    """Return the first key from which on runs started at `at` or later, by halving."""
    high = last + 1
    while low < high:
        middle = (low + high) // 2
        key, started_at = db.execute(_AT, (middle,)).fetchone()
        if started_at >= at:
            high = middle
        else:
            low = key + 1
    return low
