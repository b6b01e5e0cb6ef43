"""Writes a workspace anew without the room that what was removed left in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from proofroom import ids
from proofroom.workspace import alone, backup, database, file_errors, places

Progress = Callable[[int, int], None]
"""Hears how many bytes are written, and of about how many."""
_STEPS = 50_000
_WORTH = 0.05


class Compacted(Struct, frozen=True, kw_only=True):
    """The size before and after, in bytes."""

    path: Path
    before: int
    after: int

    @property
    def gained(self) -> int:
        """The bytes that were given back to the disk."""
        return max(0, self.before - self.after)


def compact(path: Path, progress: Progress | None = None) -> Compacted:
    """Write the workspace anew beside itself and swap that in, once it was found sound.

    Raises BusyError if somebody has it open, DiskFullError if there is no room for a second one,
    or another WorkspaceError; then the workspace is as it was.
    """
    part = path.with_name(f".{path.name}.{ids.new_id()}")
    with alone.held(path) as db:
        before, wanted = path.stat().st_size, _wanted(db)
        places.refuse_full(path, wanted * 2)
        try:
            _heard(db, part, wanted, progress)
            backup.copied(path, part, through=db)
            db.set_progress_handler(None, 0)
            _shrink(part)
            backup.check(part)
            after = part.stat().st_size
            alone.swap(db, part, path)
        finally:
            database.remove(part)
    return Compacted(path=path, before=before, after=after)


def _wanted(db: sqlite3.Connection) -> int:
    page = database.value(db, "PRAGMA page_size")
    pages = database.value(db, "PRAGMA page_count")
    return page * (pages - database.value(db, "PRAGMA freelist_count"))


def _heard(db: sqlite3.Connection, part: Path, wanted: int, progress: Progress | None) -> None:
    if progress is None:
        return

    def hear() -> int:
        if part.exists():
            progress(min(part.stat().st_size, wanted), wanted)
        return 0

    db.set_progress_handler(hear, _STEPS)


def _shrink(part: Path) -> None:
    """Merge the search index, which keeps the terms of removed runs until then."""
    with file_errors.translated(part), closing(database.connect(part)) as db:
        db.execute("PRAGMA synchronous = OFF")  # nobody knows this file yet
        for table in ("run_search", "prompt_search"):
            db.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
        pages = database.value(db, "PRAGMA page_count")
        if database.value(db, "PRAGMA freelist_count") > pages * _WORTH:
            db.execute("PRAGMA temp_store = FILE")
            db.execute("VACUUM")
