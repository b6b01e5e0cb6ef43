"""Stored texts that nothing names any more: found beside other writers, removed bit by bit.

No column that names a text has an index, so all are read once, in one view of the file, and what
others write afterwards is looked at again before anything is removed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from proofroom.workspace import changes, database, many

# rows of these come with new keys; of all others every row is looked at again
_GROWING = frozenset(
    (
        "runs",
        "versions",
        "comparison_rows",
        "spans",
        "scores",
        "cases",
        "evaluation_set_versions",
    )
)
# What names texts only once it ends, or came since. Keys of steps and attempts tell nothing: those
# of a run that is withdrawn are given again, which no run's own key is.
_OF_RUNS = {
    "runs": "key > :newest OR key IN (SELECT key FROM temp.open_runs)",
    "steps": "run_key > :newest OR run_key IN (SELECT key FROM temp.open_runs)",
    "attempts": """step_key IN (SELECT s.key FROM steps s WHERE s.run_key > :newest
        OR s.run_key IN (SELECT key FROM temp.open_runs))""",
}
_NAMING = """SELECT t.name, f."from" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f
    WHERE t.type = 'table' AND f."table" = 'texts' ORDER BY t.name, f.seq"""
# where the rows of a table go with the runs that are to be removed
_OF_GOING = {
    "runs": "key NOT IN (SELECT key FROM temp.going)",
    "steps": "run_key NOT IN (SELECT key FROM temp.going)",
    "attempts": """step_key NOT IN (SELECT s.key FROM steps s
        WHERE s.run_key IN (SELECT key FROM temp.going))""",
}


class Size(Struct, frozen=True, kw_only=True):
    """How many texts, and the bytes that they take in the file."""

    texts: int
    stored: int


class Found(Struct, frozen=True, kw_only=True):
    """Texts that nothing named in the view of the file that was read; `seen` tells it apart."""

    columns: tuple[tuple[str, str], ...]
    newest: dict[str, int]
    seen: int


def find(db: sqlite3.Connection, *, without_going: bool = False) -> Found:
    """Gather in `temp.unused` the texts that nothing names; `temp` is the connection's own.

    `without_going` counts runs of `temp.going` as gone. The caller has begun a transaction, or
    reads one that nobody writes.
    """
    for name in ("used", "unused", "open_runs"):
        db.execute(f"DROP TABLE IF EXISTS temp.{name}")
        db.execute(f"CREATE TABLE temp.{name} (key INTEGER PRIMARY KEY)")
    columns = tuple((row[0], row[1]) for row in db.execute(_NAMING).fetchall())
    for table, column in columns:
        gone = f"AND {_OF_GOING[table]}" if without_going and table in _OF_GOING else ""
        db.execute(
            f"""INSERT OR IGNORE INTO temp.used SELECT {column} FROM {table}
                WHERE {column} IS NOT NULL {gone}"""
        )
    db.execute("INSERT INTO temp.open_runs SELECT key FROM runs WHERE ended_at IS NULL")
    db.execute(
        """INSERT INTO temp.unused SELECT key FROM texts
            WHERE key NOT IN (SELECT key FROM temp.used)"""
    )
    db.execute("DROP TABLE temp.used")
    tables = {table for table, _ in columns}
    newest = {
        table: database.value(db, f"SELECT coalesce(max(key), 0) FROM {table}")
        for table in tables & _GROWING
    }
    return Found(columns=columns, newest=newest, seen=changes.data_version(db))


def size(db: sqlite3.Connection) -> Size:
    """Return how much `temp.unused` holds."""
    row = db.execute(
        """SELECT count(*), coalesce(sum(length(data)), 0) FROM texts
            WHERE key IN (SELECT key FROM temp.unused)"""
    ).fetchone()
    return Size(texts=row[0], stored=row[1])


def remove(db: sqlite3.Connection, found: Found, keys: Sequence[int]) -> Size:
    """Remove those of the found texts that still nobody names; the caller is writing."""
    named = _named_since(db, found, keys) if changes.data_version(db) != found.seen else set[int]()
    going = [key for key in keys if key not in named]
    rows = many.select(db, "SELECT length(data) FROM texts WHERE key IN {}", going)
    many.select(db, "DELETE FROM texts WHERE key IN {} RETURNING key", going)
    return Size(texts=len(rows), stored=sum(row[0] for row in rows))


def _named_since(db: sqlite3.Connection, found: Found, keys: Sequence[int]) -> set[int]:
    named: set[int] = set()
    for table, column in found.columns:
        if table in _OF_RUNS:
            where = f"({_OF_RUNS[table].replace(':newest', str(found.newest['runs']))})"
        else:
            where = f"key > {found.newest[table]}" if table in found.newest else "1"
        sql = f"SELECT {column} FROM {table} WHERE {where} AND {column} IN {{}}"
        rows: list[tuple[Any, ...]] = many.select(db, sql, keys)
        named.update(row[0] for row in rows)
    return named
