"""The rows of a damaged table that can still be read: by ranges, past what fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from typing import Any

_AT_ONCE = 200
_FURTHEST = 1 << 24
"""Keys that are passed over in search of the next readable page."""
_TAIL = 1 << 14
_UNKNOWN = -1
Rows = list[tuple[Any, ...]]


def by_key(db: sqlite3.Connection, table: str, key: str, columns: str) -> Generator[Rows]:
    """Yield the readable rows of a table with a rowid, each once, the key in the first column."""
    after, head = -(1 << 63), f"SELECT {key}, {columns} FROM {table}"
    while True:
        rows = _read(db, f"{head} WHERE {key} > ? ORDER BY {key} LIMIT {_AT_ONCE}", (after,))
        if rows is None:
            rows = _one_by_one(db, head, key, after)
            yield rows
            after = rows[-1][0] if rows else after
            found = _beyond(db, head, key, max(after, 0))
            last = max(after, 0) + _TAIL if found == _UNKNOWN else found - 1
            yield from _between(db, head, key, max(after, 0) + 1, last)
            if found == _UNKNOWN:
                yield from _from_the_end(db, head, key, last)
                return
            after = found - 1
        elif rows:
            yield rows
            after = rows[-1][0]
        else:
            return


def in_order(db: sqlite3.Connection, table: str, columns: str, order: str) -> Generator[Rows]:
    """Yield the readable rows of a table without a rowid, from both ends; some come twice."""
    for way in ("", " DESC"):
        by = ", ".join(f"{one}{way}" for one in order.split(", "))
        cursor = db.execute(f"SELECT {columns} FROM {table} ORDER BY {by}")
        rows: Rows = []
        try:
            while row := cursor.fetchone():
                rows.append(row)
        except sqlite3.DatabaseError:
            yield rows
            continue
        yield rows
        return


def _read(db: sqlite3.Connection, sql: str, params: tuple[int, ...]) -> Rows | None:
    try:
        return db.execute(sql, params).fetchall()
    except sqlite3.DatabaseError:
        return None


def _one_by_one(db: sqlite3.Connection, head: str, key: str, after: int) -> Rows:
    """Return the rows up to the first one that fails."""
    found: Rows = []
    sql = f"{head} WHERE {key} > ? ORDER BY {key} LIMIT 1"
    while rows := _read(db, sql, (after,)):
        found += rows
        after = rows[0][0]
    return found


def _beyond(db: sqlite3.Connection, head: str, key: str, after: int) -> int:
    """Return a key behind `after` from which on rows can be read again; _UNKNOWN if none is near.

    Further readable ones may lie before it.
    """
    sql, step = f"{head} WHERE {key} >= ? ORDER BY {key} LIMIT 1", 1
    while step <= _FURTHEST:
        rows = _read(db, sql, (after + step,))
        if rows:
            return rows[0][0]
        if rows == []:
            return _UNKNOWN
        step *= 2
    return _UNKNOWN


def _between(db: sqlite3.Connection, head: str, key: str, low: int, high: int) -> Generator[Rows]:
    """Yield the readable rows of a range, halved until what fails is one key."""
    waiting = [(low, high)]
    while waiting:
        low, high = waiting.pop()
        if low > high:
            continue
        rows = _read(db, f"{head} WHERE {key} BETWEEN ? AND ? ORDER BY {key}", (low, high))
        if rows is not None:
            yield rows
        elif low < high:
            middle = (low + high) // 2
            waiting += [(middle + 1, high), (low, middle)]


def _from_the_end(db: sqlite3.Connection, head: str, key: str, after: int) -> Generator[Rows]:
    """Yield rows from the last key down as far as they can be read."""
    before, sql = 1 << 62, f"{head} WHERE {key} < ? AND {key} > ? ORDER BY {key} DESC LIMIT 50"
    while rows := _read(db, sql, (before, after)):
        yield rows
        before = rows[-1][0]
