"""The backup that is made by itself once a local day, and the age limit that a user may set."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

from proofroom import clock, paths
from proofroom.workspace import backup, database, file_errors, locks, places, settings

AGE_LIMIT = "age_limit_days"
"""The workspace's setting: runs older than so many days are offered for removal; 0 for never."""
_NICE = 10


def back_up(path: Path) -> Path | None:
    """Make today's backup; None if there is one, or if nothing changed since the last of any kind.

    For a thread of its own: that gets a low priority. Raises DiskFullError before anything is
    written where the disk would be nearly full afterwards, or another WorkspaceError.
    """
    _gently()
    folder = paths.private(backup.folder(path))
    with file_errors.translated(folder), locks.held(folder / ".daily"):
        found = backup.listed(path)
        if any(one.reason == backup.DAILY and _is_today(one) for one in found):
            return None
        if found and _mark(found[0].path) == _mark(path):
            return None
        # what is kept of a disk for other programs: as much as the copy once more
        places.refuse_full(path, path.stat().st_size * 2)
        return backup.backup(path, reason=backup.DAILY)


def age_limit(db: sqlite3.Connection) -> int:
    """Return after how many days runs are offered for removal; 0 for never."""
    found = settings.get(db, AGE_LIMIT, 0)
    return found if isinstance(found, int) else 0


def _is_today(one: backup.Backup) -> bool:
    return clock.local(one.made_at).date() == clock.local(clock.now()).date()


def _mark(path: Path) -> tuple[int, int] | None:
    """Return how far a workspace is: its change sequence and newest run; None if not readable."""
    try:
        with file_errors.translated(path), closing(database.connect(path, read_only=True)) as db:
            sql = "SELECT seq, (SELECT coalesce(max(key), 0) FROM runs) FROM workspace"
            return db.execute(sql).fetchone()
    except file_errors.WorkspaceError:
        return None


def _gently() -> None:
    """Let this thread have the processor after all others, where the system knows threads."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
