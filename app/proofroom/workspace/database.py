"""Opens a workspace file, holds its write lock, and turns rows into structs."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from proofroom import __version__, clock, ids
from proofroom.workspace import files, migrations, schema
from proofroom.workspace.file_errors import (
    NewerSchemaError,
    NotAWorkspaceError,
    WorkspaceError,
    translated,
)

T = TypeVar("T", bound=Struct)
Params = Mapping[str, Any] | Sequence[Any]

BUSY_MS = 5000
_HEADER = b"SQLite format 3\x00"
_VERSION_AT, _APPLICATION_AT = 60, 68

# The module looks for an adapter of every None and bytes that is bound, and words an error for each
# it does not find: a fourteenth of what a run costs to write. These give back what they are given.
_SAME: Callable[[None], None] = dict[None, None]().get
sqlite3.register_adapter(type(None), _SAME)
sqlite3.register_adapter(bytes, bytes)


def create(
    path: Path, *, kind: str = "own", fill: Callable[[sqlite3.Connection], None] | None = None
) -> None:
    """Make a new workspace at `path`, readable by its owner alone; `fill` writes its first rows.

    It is built beside and then named, so that half a workspace never stands there.
    Raises WorkspaceError if something stands there already or cannot be written.
    """
    with translated(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = path.with_name(f".{path.name}.{ids.new_id()}")
            try:
                files.refuse_taken(path)
                _build(part, kind, fill)
                files.place(part, path)
            finally:
                remove(part)
        except FileExistsError:
            raise WorkspaceError(
                "There is a file already", where=str(path), fix="Open it, or choose another name."
            ) from None


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a workspace of the present schema; an older one is brought up to it by `upgrade`.

    A file on a read-only mount opens for reading, without what its `-wal` may still hold.
    Raises NotAWorkspaceError, NewerSchemaError, BusyError, DamagedError or WorkspaceError.
    """
    while True:
        check(path)
        with translated(path):
            before = identity(path)
            try:
                db = _opened(path, read_only=read_only)
            except sqlite3.Error:
                if identity(path) == before:
                    raise
                continue
            # while we waited for a lock another file may have been swapped in
            if identity(path) == before:
                _refuse_newer(db.execute("PRAGMA user_version").fetchone()[0], path, db)
                return db
            db.close()


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one that is swapped in; None if it is gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _opened(path: Path, *, read_only: bool) -> sqlite3.Connection:
    try:
        return _joined(path, "ro" if read_only else "rw")
    except sqlite3.Error as error:
        if not read_only or error.sqlite_errorname not in _CANNOT_JOIN:
            raise
        # without its -wal and -shm: nothing else reads it on such a place
        return _joined(path, "ro&immutable=1")


def _joined(path: Path, mode: str) -> sqlite3.Connection:
    db = _connection(path, mode)
    try:
        db.execute("SELECT id FROM workspace").fetchall()
    except BaseException:
        db.close()
        raise
    return db


_CANNOT_JOIN = frozenset(
    ("SQLITE_CANTOPEN", "SQLITE_READONLY_DIRECTORY", "SQLITE_READONLY_CANTINIT")
)


def unchecked(path: Path) -> sqlite3.Connection:
    """Open a file for reading, however damaged it is.

    Raises NotAWorkspaceError, NewerSchemaError or WorkspaceError.
    """
    check(path)
    with translated(path):
        return _connection(path, "ro")


def upgrade(db: sqlite3.Connection) -> tuple[str, ...]:
    """Apply pending migrations in one transaction and return their names."""
    with writing(db):
        done = migrations.apply(db)
        if done:
            db.execute("UPDATE workspace SET written_by = ?", (__version__,))
    return done


def head_of(path: Path) -> bytes:
    """Return a file's first 100 bytes.

    A workspace's descriptor stays open as long as the file has a name: closing any descriptor of a
    file drops all locks that this process holds on it (POSIX), SQLite's too. Another process then
    takes itself for the last one, deletes the -wal, and the file is damaged
    (sqlite.org/howtocorrupt.html, 2.2).
    """
    if sys.platform == "win32":
        with path.open("rb") as file:
            return file.read(_HEAD)
    with _heads_lock:
        for key, kept in list(_heads.items()):
            if not os.fstat(kept).st_nlink:
                os.close(_heads.pop(key))
        found = path.stat()
        key = found.st_dev, found.st_ino
        descriptor = _heads.get(key)
        if descriptor is None:
            descriptor = os.open(path, os.O_RDONLY)
        head = os.pread(descriptor, _HEAD, 0)
        ours = int.from_bytes(head[_APPLICATION_AT : _APPLICATION_AT + 4]) == schema.APPLICATION_ID
        if ours or not head:
            _heads[key] = descriptor
        elif key not in _heads:
            os.close(descriptor)
        return head


_HEAD = 100
_heads: dict[tuple[int, int], int] = {}
_heads_lock = threading.Lock()


def user_version(path: Path) -> int:
    """Return the schema version that the file's header names, without opening it as a database."""
    head = head_of(path)
    return int.from_bytes(head[_VERSION_AT : _VERSION_AT + 4])


def check(path: Path) -> None:
    """Look at the first bytes of a file and refuse what is not a workspace, without touching it.

    Raises NotAWorkspaceError or NewerSchemaError.
    """
    with translated(path):
        try:
            if not path.is_file():
                what = "There is no workspace" if not path.exists() else "That is not a file"
                raise NotAWorkspaceError(
                    what, where=str(path), fix="Choose a .proofspace file, or make a new one."
                )
            head = head_of(path)
        except FileNotFoundError:
            raise NotAWorkspaceError(
                "The file went away", where=str(path), fix="Look for it under another name."
            ) from None
    application = int.from_bytes(head[_APPLICATION_AT : _APPLICATION_AT + 4])
    # a file whose first commit still lies in its -wal has an empty header
    fresh = head == b"" and path.with_name(path.name + "-wal").exists()
    if not fresh and (not head.startswith(_HEADER) or application != schema.APPLICATION_ID):
        raise NotAWorkspaceError(
            "This is not a workspace",
            where=str(path),
            fix="Choose a file that Proofroom made; this one was not touched.",
        )
    if not fresh:
        _refuse_newer(int.from_bytes(head[_VERSION_AT : _VERSION_AT + 4]), path, None)


@contextmanager
def writing(db: sqlite3.Connection, *, durable: bool = False) -> Generator[None]:
    """Hold the write lock for a short transaction; it is committed whole or not at all.

    `durable` waits for the disk (versions, pointer moves, reviews); other commits may be lost in a
    power cut, never in a crash of the program.
    """
    if durable:
        db.execute("PRAGMA synchronous = FULL")
    try:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        try:
            db.execute("COMMIT")
        except sqlite3.Error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
    finally:
        if durable:
            db.execute("PRAGMA synchronous = NORMAL")


def fetch(db: sqlite3.Connection, sql: str, params: Params, kind: type[T]) -> list[T]:
    """Return all rows of a query as structs whose fields are named as its columns are."""
    cursor = db.execute(sql, params)
    names = [column[0] for column in cursor.description]
    return [kind(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def first(db: sqlite3.Connection, sql: str, params: Params, kind: type[T]) -> T | None:
    """Return the first row as a struct, or None."""
    rows = fetch(db, sql, params, kind)
    return rows[0] if rows else None


def value(db: sqlite3.Connection, sql: str, params: Params = ()) -> Any:  # noqa: ANN401
    """Return the first column of the first row, or None."""
    row = db.execute(sql, params).fetchone()
    return None if row is None else row[0]


def next_seq(db: sqlite3.Connection) -> int:
    """Return the next change sequence; the caller is writing."""
    return value(db, "UPDATE workspace SET seq = seq + 1 RETURNING seq")


def path_of(db: sqlite3.Connection) -> Path:
    """Return the file of a connection."""
    # as bytes: a path need not be UTF-8
    sql = "SELECT CAST(file AS BLOB) FROM pragma_database_list WHERE name = 'main'"
    return Path(os.fsdecode(value(db, sql)))


def remove(path: Path) -> None:
    """Delete a database file of ours and what lies beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _connection(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    db = sqlite3.connect(
        uri,
        uri=True,
        isolation_level=None,
        timeout=BUSY_MS / 1000,
        check_same_thread=False,
        cached_statements=512,  # `many` has a statement for each number of rows
    )
    for pragma in (
        "foreign_keys = ON",
        "synchronous = NORMAL",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "cache_size = -16000",
        "temp_store = MEMORY",
        "journal_size_limit = 67108864",
    ):
        try:
            db.execute(f"PRAGMA {pragma}")
        except BaseException:  # the last one looks into the file
            db.close()
            raise
    return db


def _refuse_newer(version: int, path: Path, db: sqlite3.Connection | None) -> None:
    if version <= schema.VERSION:
        return
    writer = "a newer Proofroom" if db is None else f"Proofroom {_written_by(db)}"
    if db is None:
        # a file that nothing uses now is looked at without those that SQLite would put beside it
        used = path.with_name(f"{path.name}-wal").exists()
        with closing(_connection(path, "ro" if used else "ro&immutable=1")) as probe:
            writer = f"Proofroom {_written_by(probe)}"
    else:
        db.close()
    raise NewerSchemaError(
        f"This workspace was made by {writer}, newer than this one ({__version__})",
        where=str(path),
        fix="Update Proofroom, or open the backup it made before it changed the file.",
    )


def _written_by(db: sqlite3.Connection) -> str:
    try:
        return str(value(db, "SELECT written_by FROM workspace"))
    except sqlite3.Error:
        return "of an unknown version"


def _build(part: Path, kind: str, fill: Callable[[sqlite3.Connection], None] | None) -> None:
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(_connection(part, "rw")) as db:
        # nobody knows this file yet: it is synced once, when it is whole
        db.execute("PRAGMA synchronous = OFF")
        with writing(db):
            migrations.apply(db)
            _first_rows(db, kind)
        if fill is not None:
            fill(db)
        db.execute("PRAGMA journal_mode = WAL")
    files.sync(part)


def _first_rows(db: sqlite3.Connection, kind: str) -> None:
    now = clock.now()
    db.execute(
        "INSERT INTO workspace (id, written_by, created_at, seq, kind) VALUES (?, ?, ?, 1, ?)",
        (ids.new_id(), __version__, now, kind),
    )
    for number, name in enumerate(("dev", "staging", "production")):
        db.execute(
            "INSERT INTO environments (id, name, number, seq) VALUES (?, ?, ?, 1)",
            (ids.new_id(), name, number),
        )
