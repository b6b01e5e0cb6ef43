"""Saves what can be read of a damaged workspace into a new file; the damaged one is only read."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from proofroom import ids
from proofroom.workspace import (
    database,
    file_errors,
    files,
    integrity,
    mending,
    places,
    readable_rows,
    rollups,
    schema,
    search_index,
    texts,
)
from proofroom.workspace.migrations import m0002_daily

Progress = Callable[[str, int, int], None]
"""Hears the table that is read, how many of them are done, and of how many."""
_MOST_NAMES = 200


class Saved(Struct, frozen=True, kw_only=True):
    """How many rows of a table were saved; `lost` is None where nobody can tell any more."""

    table: str
    rows: int
    lost: int | None


class Salvaged(Struct, frozen=True, kw_only=True):
    """The new file, each table that lost something or may have, and what that was, by name."""

    path: Path
    rows: int
    tables: tuple[Saved, ...]
    lost: tuple[str, ...]
    sound: bool


def place_for(path: Path) -> Path:
    """Return where the new file goes unless told otherwise: beside the damaged one."""
    number, found = 1, path.with_name(f"{path.stem}-saved{path.suffix}")
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem}-saved-{number}{path.suffix}")
    return found


def salvage(path: Path, to: Path, progress: Progress | None = None) -> Salvaged:
    """Write every readable row of `path` to a new workspace at `to`, and check that.

    Search index and sums are made anew. Raises DamagedError if not even its list of tables can be
    read, or another WorkspaceError; then nothing is left at `to`.
    """
    say = progress or _nobody
    part = to.with_name(f".{to.name}.{ids.new_id()}")
    with file_errors.translated(to):
        places.refuse_full(to, path.stat().st_size)
        files.refuse_taken(to)
        try:
            database.create(part)
            with closing(_source(path)) as source, closing(database.connect(part)) as target:
                target.execute("PRAGMA foreign_keys = OFF")
                target.execute("PRAGMA synchronous = OFF")  # nobody knows this file yet
                tables, lost = _filled(source, target, say)
                target.execute("PRAGMA journal_mode = DELETE")
            files.sync(part)
            report = integrity.verify(part)
            files.place(part, to)
        finally:
            database.remove(part)
    return Salvaged(
        path=to,
        rows=sum(one.rows for one in tables),
        tables=tuple(one for one in tables if one.lost != 0),
        lost=tuple(dict.fromkeys(lost)),
        sound=not [one for one in report.findings if one.kind != "missing"],
    )


def _source(path: Path) -> sqlite3.Connection:
    """Open a damaged file for reading alone, whatever is wrong with it."""
    try:
        db = database.unchecked(path)
        db.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except (sqlite3.DatabaseError, file_errors.DamagedError) as error:
        raise file_errors.DamagedError(
            f"Its list of tables cannot be read ({error})",
            where=str(path),
            fix="Restore a backup; nothing can be saved of this file.",
        ) from error
    return db


def _filled(
    source: sqlite3.Connection, target: sqlite3.Connection, say: Progress
) -> tuple[list[Saved], list[str]]:
    names = [name for name in _tables(target) if name in _tables(source)]
    found: list[Saved] = []
    lost: list[str] = []
    with database.writing(target):
        made = target.execute("SELECT id FROM workspace").fetchone()[0]
        for number, name in enumerate(names):
            say(name, number, len(names))
            target.execute(f"DELETE FROM {name}")
            found.append(_copied(source, target, name))
        if "provider_keys" not in names:  # a file of schema 1
            target.execute(m0002_daily.KEYS_OF_PROVIDERS)
        _keep_identity(target, made)
        lost += _mended_texts(target)
        lost += _missing_names(source, target)
        lost += mending.mend(target)
        say("search index and sums", len(names), len(names))
        search_index.rebuild(target)
        rollups.rebuild(target)
    return found, lost[:_MOST_NAMES]


def _tables(db: sqlite3.Connection) -> list[str]:
    rows = db.execute(
        """SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0
            AND name NOT LIKE 'sqlite%' AND name NOT LIKE '%_search_%' ORDER BY rowid"""
    ).fetchall()
    return [row[0] for row in rows]


def _copied(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> Saved:
    there = [row[1] for row in source.execute(f"PRAGMA table_info({table})").fetchall()]
    shape = target.execute(f"PRAGMA table_info({table})").fetchall()
    columns = ", ".join(row[1] for row in shape if row[1] in there)
    marks = ", ".join("?" * (columns.count(",") + 1))
    sql = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})"
    if table in schema.WITHOUT_ROWID:
        order = ", ".join(row[1] for row in sorted(shape, key=lambda row: row[5]) if row[5])
        parts = readable_rows.in_order(source, table, columns, order)
        for rows in parts:
            _put(target, sql, rows)
    else:
        for rows in readable_rows.by_key(source, table, "rowid", columns):
            _put(target, sql, [row[1:] for row in rows])
    saved = database.value(target, f"SELECT count(*) FROM {table}")
    return Saved(table=table, rows=saved, lost=_lost(source, table, saved))


def _put(db: sqlite3.Connection, sql: str, rows: readable_rows.Rows) -> None:
    """Insert rows; one whose values no longer have the types of their columns is left out."""
    db.execute("SAVEPOINT part")
    try:
        db.executemany(sql, rows)
    except sqlite3.IntegrityError:
        db.execute("ROLLBACK TO part")
        for row in rows:
            with suppress(sqlite3.IntegrityError):
                db.execute(sql, row)
    db.execute("RELEASE part")


def _lost(source: sqlite3.Connection, table: str, saved: int) -> int | None:
    try:
        return max(0, database.value(source, f"SELECT count(*) FROM {table}") - saved)
    except sqlite3.DatabaseError:
        return None


def _keep_identity(db: sqlite3.Connection, made: str) -> None:
    """Let the new file be the same workspace; it gets a new id if the old one is lost."""
    db.execute("DELETE FROM workspace WHERE rowid > 1")
    if database.value(db, "SELECT count(*) FROM workspace") == 0:
        db.execute("INSERT INTO workspace VALUES (?, 'salvage', 0, 1, 'own')", (made,))
    top = [
        database.value(db, f"SELECT coalesce(max(seq), 0) FROM {table}")
        for table in schema.SEQUENCED
    ]
    db.execute("UPDATE workspace SET seq = max(seq, ?)", (max(top),))


def _mended_texts(db: sqlite3.Connection) -> list[str]:
    """Give a text that changed its own hash, so that it can be read; what cannot be read goes."""
    said: list[str] = []
    after = 0
    while True:
        last, bad = texts.damaged(db, after=after)
        for key in bad:
            said.append(f"text {key} is not as it was written")
            codec, kind, data = db.execute(
                "SELECT codec, media_type, data FROM texts WHERE key = ?", (key,)
            ).fetchone()
            raw = _readable(codec, kind, data, key)
            if raw is None or not _renamed(db, key, raw):
                db.execute("DELETE FROM texts WHERE key = ?", (key,))
                said[-1] = f"text {key} cannot be read any more"
        if not last:
            return said
        after = last


def _readable(codec: int, kind: str, data: bytes, key: int) -> bytes | None:
    try:
        raw = texts.unpacked(codec, data, key)
        if kind == texts.JSON:
            msgspec.json.decode(raw)
    except (file_errors.DamagedError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return raw


def _renamed(db: sqlite3.Connection, key: int, raw: bytes) -> bool:
    with suppress(sqlite3.IntegrityError):
        db.execute(
            "UPDATE texts SET sha256 = ?, size = ? WHERE key = ?",
            (hashlib.sha256(raw).digest(), len(raw), key),
        )
        return True
    return False


# where an index still knows what its table has lost
_INDEXED = (
    ("prompts", "'prompt ' || name", "prompts_by_name", "archived_at IS NULL"),
    ("versions", "'version v' || number || ' of prompt ' || prompt_key", "versions_by_number", "1"),
    ("runs", "'run ' || id", "sqlite_autoindex_runs_1", "1"),
    ("comparisons", "'comparison ' || id", "sqlite_autoindex_comparisons_1", "1"),
    ("inputs", "'input ' || id", "sqlite_autoindex_inputs_1", "1"),
)


def _missing_names(source: sqlite3.Connection, target: sqlite3.Connection) -> list[str]:
    found: list[str] = []
    for table, words, index, where in _INDEXED:
        sql = f"SELECT rowid, {words} FROM {table} INDEXED BY {index} WHERE {where}"
        known = {row[0] for row in target.execute(f"SELECT rowid FROM {table}").fetchall()}
        with suppress(sqlite3.DatabaseError):  # damaged as well
            found += [row[1] for row in source.execute(sql) if row[0] not in known]
    return found


def _nobody(step: str, done: int, total: int) -> None:
    del step, done, total
