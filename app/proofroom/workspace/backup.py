"""Copies of a workspace, daily, before it is changed as a whole and by command; checked."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from proofroom import clock, paths
from proofroom.workspace import database, file_errors, files, locks

KEPT = 7
DAILY = "daily"
"""The reason of those made by themselves; seven of them stay besides seven of all others."""
_NAME = re.compile(r"(\d{6})-\d{8}-\d{6}-([a-z0-9-]*)")
_UNFINISHED = ".unfinished"


class Backup(Struct, frozen=True, kw_only=True):
    """A finished copy; `made_at` is the file's time in us, `schema` what its header names."""

    path: Path
    number: int
    reason: str
    made_at: int
    size: int
    schema: int


def folder(path: Path) -> Path:
    """Return the folder beside a workspace that holds its backups; it may not exist yet."""
    # the whole name: x.proofspace and x.old are two workspaces
    return path.with_name(f"{path.name}.backups")


def backup(path: Path, *, reason: str, through: sqlite3.Connection | None = None) -> Path:
    """Copy the workspace as it is now and return the copy, once it was found sound.

    Old copies go, the last seven stay. `through` is a connection that holds the file alone.
    Raises WorkspaceError; then no partial file is left.
    """
    into = folder(path)
    with file_errors.translated(into):
        paths.private(into)
        with locks.held(into / ".lock"):
            # we hold the lock, so these belong to processes that were killed
            for left in into.glob(f"*{_UNFINISHED}*"):
                left.unlink(missing_ok=True)
            copy = into / _name(path, reason)
            part = copy.with_name(f"{copy.name}{_UNFINISHED}")
            try:
                copied(path, part, through=through)
                part.replace(copy)
                files.sync_folder(into)
            except BaseException:
                database.remove(part)
                raise
            _rotate(path)
    return copy


def listed(path: Path) -> list[Backup]:
    """Return a workspace's backups, the latest first, by their numbers: clocks are set back."""
    found = [_described(file) for file in folder(path).glob(f"*{paths.SUFFIX}")]
    return sorted((one for one in found if one), key=lambda one: one.number, reverse=True)


def is_good(copy: Path) -> bool:
    """Tell whether a backup is a workspace that holds together; reads all of it."""
    try:
        check(copy)
    except file_errors.WorkspaceError:
        return False
    return True


def newest_good(path: Path) -> Backup | None:
    """Return the latest backup that is sound; None if there is none."""
    return next((one for one in listed(path) if is_good(one.path)), None)


def copied(path: Path, part: Path, *, through: sqlite3.Connection | None = None) -> None:
    """Write a sound copy of a workspace to `part`, which must not be there, and sync it.

    Raises WorkspaceError; then nothing is left of it.
    """
    try:
        # made first, for its mode: SQLite takes an empty file for none
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        if through is None:
            with closing(database.connect(path, read_only=True)) as db:
                _vacuum_into(db, part, path)
        else:
            _vacuum_into(through, part, path)
        check(part)
        files.sync(part)
    except BaseException:
        database.remove(part)
        part.with_name(part.name + "-journal").unlink(missing_ok=True)
        raise


def _vacuum_into(db: sqlite3.Connection, part: Path, path: Path) -> None:
    with file_errors.translated(part):
        try:
            # as bytes: a path need not be UTF-8
            db.execute("VACUUM INTO CAST(? AS TEXT)", (os.fsencode(part),))
        except sqlite3.DatabaseError as error:
            # what does not hold together is the workspace, not the copy
            if isinstance(file_errors.explained(error, path), file_errors.DamagedError):
                raise file_errors.explained(error, path) or error from error
            raise


def check(copy: Path) -> None:
    """Raise DamagedError, or another WorkspaceError, unless the copy is a sound workspace."""
    database.check(copy)
    with file_errors.translated(copy), closing(database.connect(copy, read_only=True)) as db:
        found = db.execute("PRAGMA quick_check(1)").fetchall()
    if found != [("ok",)]:
        raise file_errors.DamagedError(
            f"The copy is damaged ({found[0][0]})",
            where=str(copy),
            fix="Check the disk, then make another.",
        )


def _name(path: Path, reason: str) -> str:
    number = max((one.number for one in listed(path)), default=0) + 1
    at = datetime.fromtimestamp(clock.now() / 1_000_000, UTC).strftime("%Y%m%d-%H%M%S")
    words = re.sub("[^a-z0-9]+", "-", reason.lower()).strip("-")
    return f"{number:06d}-{at}-{words}{paths.SUFFIX}"


def _described(file: Path) -> Backup | None:
    match = _NAME.fullmatch(file.stem)
    # a folder of such a name would be opened for its first bytes, and stay open
    if match is None or not file.is_file():
        return None
    try:
        status, schema = file.stat(), database.user_version(file)
    except OSError:  # rotated away by another process while we look
        return None
    return Backup(
        path=file,
        number=int(match[1]),
        reason=match[2].replace("-", " "),
        made_at=status.st_mtime_ns // 1000,
        size=status.st_size,
        schema=schema,
    )


def _rotate(path: Path) -> None:
    """Remove all but the last few of each kind, the last of each schema, the last that is sound."""
    found = listed(path)
    kinds = ([one for one in found if (one.reason == DAILY) is daily] for daily in (True, False))
    kept = [one for kind in kinds for one in kind[:KEPT]]
    last_of_schema = {one.schema: one.path for one in reversed(found)}
    old = [one for one in found if one not in kept and one.path not in last_of_schema.values()]
    if old and any(is_good(one.path) for one in kept):
        for one in old:
            one.path.unlink(missing_ok=True)
