"""The one door to a workspace for both faces: checks it, brings it up to date, opens it."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Literal

from msgspec import Struct

from proofroom import paths
from proofroom.workspace import (
    backup,
    budget_ledger,
    database,
    file_errors,
    high_water,
    left_runs,
    locks,
    places,
    providers,
    schema,
)

NoticeKind = Literal[
    "read_only",
    "network",
    "cloud",
    "missing",
    "interrupted",
    "migrated",
    "left_behind",
    "disk_full",
]
Say = Callable[[str], None]


class Notice(Struct, frozen=True, kw_only=True):
    """What a person should know of a workspace that was opened: a line, and what to do."""

    kind: NoticeKind
    text: str
    fix: str = ""


class Opened(Struct, frozen=True, kw_only=True):
    """An open workspace; `connection` is the caller's to close."""

    connection: sqlite3.Connection
    path: Path
    read_only: bool
    notices: tuple[Notice, ...] = ()


def open_workspace(
    path: Path, *, create: bool = False, read_only: bool | None = None, say: Say | None = None
) -> Opened:
    """Open a workspace, or make one, and end what engines that are gone left open in it.

    `read_only` None writes where the place allows it. `say` hears why opening takes longer.
    Raises NotAWorkspaceError, NewerSchemaError, ReadOnlyError, BusyError, DamagedError or
    another WorkspaceError; a file that is refused was not touched.
    """
    path = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - resolve() would follow links
    if create:
        database.create(path, fill=providers.first_rows)
    database.check(path)
    try:
        with file_errors.translated(path):
            _refuse_cut(path)
            for_reading = not places.is_writable(path) if read_only is None else read_only
            opened = _for_reading(path) if for_reading else _for_writing(path, say or _nobody)
    except file_errors.DamagedError as error:
        raise _with_backup(error, path) from error
    return opened


def remember_high_water(path: Path, db: sqlite3.Connection, *, now: bool = False) -> None:
    """Note outside the file how far it is; call it after writes, and with `now` before closing.

    Raises ProofroomError if the folder of such notes cannot be written.
    """
    keep_high_water(high_water.due(path, db, now=now))


def keep_high_water(due: tuple[str, high_water.Mark] | None) -> None:
    """Keep what `high_water.due` returned; for a thread whose other work need not wait for a disk.

    Raises ProofroomError if the folder of such notes cannot be written.
    """
    if due is not None:
        with file_errors.translated(paths.state()):
            high_water.keep(*due)


def _for_reading(path: Path) -> Opened:
    if database.user_version(path) < schema.VERSION:
        raise file_errors.ReadOnlyError(
            "An older Proofroom made this workspace, and it cannot be brought up to date",
            where=str(path),
            fix="Copy it to a folder that can be written, and open the copy.",
        )
    db = database.connect(path, read_only=True)
    notices = (
        Notice(
            kind="read_only",
            text="This workspace is open for reading: its file or folder cannot be written.",
            fix="Allow writing there, or copy the file to another folder.",
        ),
        *_left_behind(path, db),
        *_missing(path, db),
    )
    return Opened(connection=db, path=path, read_only=True, notices=notices)


def _for_writing(path: Path, say: Say) -> Opened:
    if not places.is_writable(path):
        raise file_errors.ReadOnlyError(
            "The file or its folder cannot be written",
            where=str(path),
            fix="Open it for reading, or allow writing there.",
        )
    migrated = _brought_up(path, say)
    db = _in_wal_mode(path)
    try:
        notices = (*_of_place(path), *_missing(path, db), *migrated, *_end_left(path, db))
    except BaseException:
        db.close()
        raise
    return Opened(connection=db, path=path, read_only=False, notices=notices)


def _in_wal_mode(path: Path) -> sqlite3.Connection:
    while True:
        before = database.identity(path)
        db = database.connect(path)
        try:
            if database.value(db, "PRAGMA journal_mode") != "wal":
                db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.Error:
            db.close()
            if database.identity(path) == before:
                raise
            continue
        # while it waited for readers another file may have been swapped in
        if database.identity(path) == before:
            return db
        db.close()


def _brought_up(path: Path, say: Say) -> tuple[Notice, ...]:
    """Apply what is pending, behind a backup; of two processes at once the second waits."""
    if _schema(path) >= schema.VERSION:
        return ()
    with locks.held(
        _lock_of(path), lambda: say("Another Proofroom brings this workspace up to date")
    ):
        old = _schema(path)
        if old >= schema.VERSION:
            return ()
        say("Backing up, then bringing this workspace up to date")
        copy = backup.backup(path, reason=f"before schema {schema.VERSION}")
        with closing(database.connect(path)) as db:
            database.upgrade(db)
    text = f"This workspace was brought from schema {old} to {schema.VERSION}."
    return (Notice(kind="migrated", text=text, fix=f"As it was before: {copy}."),)


def _schema(path: Path) -> int:
    # the header may lag behind what the -wal holds
    with closing(database.connect(path)) as db:
        return database.value(db, "PRAGMA user_version")


def _lock_of(path: Path) -> Path:
    name = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
    return paths.state() / "migrations" / f"{name[:32]}.lock"


def _of_place(path: Path) -> tuple[Notice, ...]:
    fix = "Move it to a folder of this laptop; a bundle or a backup is for sharing."
    drive, owner = places.network(path), places.cloud(path)
    found: list[Notice] = []
    if drive:
        text = f"This workspace lies on a network drive ({drive}), where locks may not hold."
        found.append(Notice(kind="network", text=text, fix=fix))
    if owner:
        text = f"{owner} keeps this folder in step and may change the file while it is open."
        found.append(Notice(kind="cloud", text=text, fix=fix))
    return tuple(found)


def _missing(path: Path, db: sqlite3.Connection) -> tuple[Notice, ...]:
    lost = high_water.missing(path, db)
    if lost is None:
        return ()
    what = f"the last {lost.runs} run{'s' * (lost.runs != 1)}" if lost.runs else "the last changes"
    return (
        Notice(
            kind="missing",
            text=f"This file lacks {what} that this laptop saw in it before.",
            fix="Its -wal file may have been lost in a move: look for it, or open a backup.",
        ),
    )


def _left_behind(path: Path, db: sqlite3.Connection) -> tuple[Notice, ...]:
    wal = path.with_name(f"{path.name}-wal")
    if not wal.exists() or not wal.stat().st_size or _reads_wal(db):
        return ()
    return (
        Notice(
            kind="left_behind",
            text="The latest changes lie in the file's -wal, which cannot be read here.",
            fix="Copy both files to a folder that can be written, and open the copy.",
        ),
    )


def _reads_wal(db: sqlite3.Connection) -> bool:
    # a file opened as immutable is not in WAL mode for SQLite
    return database.value(db, "PRAGMA journal_mode") == "wal"


def _end_left(path: Path, db: sqlite3.Connection) -> tuple[Notice, ...]:
    """End the runs and comparisons of engines that are gone."""
    try:
        with file_errors.translated(path):
            ended = left_runs.end_left(db)
            if budget_ledger.has_left(db):
                with database.writing(db):
                    budget_ledger.settle_left(db)
    except file_errors.DiskFullError as error:
        return (Notice(kind="disk_full", text="The disk is full.", fix=error.fix),)
    if not ended:
        return ()
    one = len(ended) == 1
    text = f"{len(ended)} run{' was' if one else 's were'} interrupted."
    fix = f"{'It' if one else 'They'} may have been billed; nothing was sent again."
    return (Notice(kind="interrupted", text=text, fix=fix),)


def _refuse_cut(path: Path) -> None:
    """Raise DamagedError if the file is shorter than its own header says."""
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and wal.stat().st_size:
        return
    head = database.head_of(path)
    page_size = int.from_bytes(head[16:18])
    pages = int.from_bytes(head[28:32])
    # SQLite trusts the count only while both counters agree (file format, 1.3.7)
    trusted = head[24:28] == head[92:96]
    wanted = pages * (65536 if page_size == 1 else page_size)
    size = path.stat().st_size
    if trusted and size < wanted:
        raise file_errors.DamagedError(
            f"The file was cut: {wanted - size} of its {wanted} bytes are missing",
            where=str(path),
            fix="Open the last backup.",
        )


def _with_backup(error: file_errors.DamagedError, path: Path) -> file_errors.DamagedError:
    good = backup.newest_good(path)
    if good is None:
        fix = "Run `proofroom workspace verify` to see what is hit. It has no sound backup."
    else:
        fix = f"Keep it as it is, and open the last sound backup: {good.path}."
    return file_errors.DamagedError(error.what, where=error.where, fix=fix)


def _nobody(_: str) -> None:
    return None
