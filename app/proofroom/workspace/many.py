"""Many rows in one statement: each lets go of Python's lock, and waits to have it back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

_MOST = 64
_EXACT = 16
T = TypeVar("T")
Row = Sequence[Any]


def insert(db: sqlite3.Connection, head: str, rows: Sequence[Row], tail: str = "") -> list[int]:
    """Insert rows (`head` ends before VALUES) and return their keys; the caller is writing.

    A new key is one larger than the largest in use (https://sqlite.org/autoinc.html), so the keys
    of one statement follow each other; with a conflict clause in `tail` they mean nothing.
    """
    keys: list[int] = []
    for part in _parts(rows):
        sql = _filled(f"{head} VALUES {{}} {tail}", len(part), len(part[0]))
        last = db.execute(sql, _flat(part)).lastrowid or 0
        keys.extend(range(last - len(part) + 1, last + 1))
    return keys


def update(db: sqlite3.Connection, sql: str, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Change rows (`sql` has `{}` in place of the values) and return what that returns.

    The caller is writing. The values are `column1`, `column2` and so on of a table `v`.
    """
    found: list[tuple[Any, ...]] = []
    for part in _parts(rows):
        found += db.execute(_filled(sql, len(part), len(part[0])), _flat(part)).fetchall()
    return found


def select(db: sqlite3.Connection, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    """Return the rows for many values (`sql` has `{}` in place of them)."""
    found: list[tuple[Any, ...]] = []
    for part in _parts(values):
        found += db.execute(_filled(sql, 1, len(part)), part).fetchall()
    return found


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut so that few statements are enough and all stay prepared."""
    start = 0
    while start < len(rows):
        left = len(rows) - start
        size = left if left <= _EXACT else min(_MOST, 1 << left.bit_length() - 1)
        yield rows[start : start + size]
        start += size


def _flat(rows: Sequence[Row]) -> list[object]:
    return [value for row in rows for value in row]


@cache
def _filled(sql: str, rows: int, width: int) -> str:
    one = f"({', '.join('?' * width)})"
    return sql.format(", ".join([one] * rows))
