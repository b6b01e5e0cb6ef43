"""Holds a workspace's file so that nobody else has it open, and swaps another one in."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from proofroom import clock
from proofroom.workspace import database, file_errors, files

_SHORT_MS = 300
"""A window keeps its file for hours: there is nothing to wait for but an open or a checkpoint."""

if sys.platform == "win32":

    def _take_locks(descriptor: int) -> None:
        """Take nothing: an open file cannot be replaced there anyway."""
        del descriptor

else:
    import fcntl

    # where SQLite's own locks of a file lie (os.h: PENDING_BYTE and the range behind it)
    _LOCKS_AT, _LOCKS = 0x40000000, 512

    def _take_locks(descriptor: int) -> None:
        """Raise OSError if another process has SQLite's locks of the file."""
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCKS, _LOCKS_AT)


@contextmanager
def held(path: Path) -> Generator[sqlite3.Connection]:
    """Hold a workspace alone, its -wal folded in; others that open it wait until it is let go.

    Raises BusyError if another window, command or program has it open, DamagedError and others as
    `database.connect` does.
    """
    with file_errors.translated(path):
        db = database.connect(path)
        try:
            _take(db, path)
            yield db
        finally:
            db.close()


def _take(db: sqlite3.Connection, path: Path) -> None:
    db.execute(f"PRAGMA busy_timeout = {_SHORT_MS}")
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        # leaving WAL mode needs all others gone; it removes -wal and -shm
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("BEGIN EXCLUSIVE")
        db.execute("COMMIT")  # the lock stays, by the locking mode
    except sqlite3.OperationalError as error:
        if file_errors.is_busy(error):
            raise _in_use(path) from error
        raise


def swap(db: sqlite3.Connection, part: Path, path: Path) -> None:
    """Let `part`, a finished file beside it, be the workspace; `db` is what `held` gave.

    At any moment the old or the new file stands there whole. Raises OSError.
    """
    files.sync(part)
    if os.name == "nt":  # no open file can be replaced there
        db.close()
    part.replace(path)
    files.sync_folder(path.parent)


def swap_damaged(part: Path, path: Path) -> Path:
    """Keep a file that cannot be opened aside, with its -wal, and let `part` stand in its place.

    Returns where it is kept, unchanged. Raises BusyError if another process has it open, OSError.
    """
    at = f"{clock.local(clock.now()):%Y%m%d-%H%M%S}"
    aside = path.with_name(f"{path.stem}-damaged-{at}{path.suffix}")
    files.refuse_taken(aside)
    with _locked(path):
        for suffix in ("-wal", ""):
            _linked(path.with_name(path.name + suffix), aside.with_name(aside.name + suffix))
        files.sync_folder(path.parent)
        # before the swap: SQLite would play an old -wal into the new file
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        files.sync(part)
        part.replace(path)
        files.sync_folder(path.parent)
    return aside


def _linked(path: Path, aside: Path) -> None:
    """Give a file a second name; a copy of it where the file system has no links."""
    try:
        aside.hardlink_to(path)
    except FileNotFoundError:
        return
    except OSError:
        shutil.copy2(path, aside)


@contextmanager
def _locked(path: Path) -> Generator[None]:
    """Hold SQLite's locks of a file that SQLite itself cannot open any more."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        try:
            _take_locks(descriptor)
        except OSError as error:
            raise _in_use(path) from error
        yield
    finally:
        os.close(descriptor)


def _in_use(path: Path) -> file_errors.BusyError:
    return file_errors.BusyError(
        f"The workspace is open elsewhere ({file_errors.users(path)})",
        where=str(path),
        fix="Close its windows and commands, then try again; nothing was changed.",
    )
