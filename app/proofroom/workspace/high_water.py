"""What this laptop last saw of each workspace, kept outside it: so a file that lost rows is known.

SQLite opens a file whose `-wal` was deleted or cut, or a copy made without it, without a word.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from proofroom import clock, paths
from proofroom.domain import shape
from proofroom.domain.message import storable
from proofroom.workspace import database, files, locks

EVERY_US = 2_000_000
_KEPT = 200
_lock = threading.Lock()
_last: dict[Path, tuple[int, int, int]] = {}


class Mark(Struct, frozen=True, kw_only=True):
    """The change sequence and newest run of a workspace as it was last seen, and where it lay."""

    path: str
    seq: int
    run: int
    seen_at: int


class Missing(Struct, frozen=True, kw_only=True):
    """How many runs and other changes a file lacks against what was seen before."""

    runs: int
    changes: int


def due(path: Path, db: sqlite3.Connection, *, now: bool = False) -> tuple[str, Mark] | None:
    """Return what is to be kept of how far the workspace is; None if that is kept already.

    Call it after writes: every two seconds at most it returns something, with `now` at once.
    """
    at = clock.monotonic_us()
    with _lock:
        seen_at, seq, run = _last.get(path, (at - EVERY_US, -1, -1))
        if at - seen_at < EVERY_US and not now:
            return None
        identity, mark = _present(path, db)
        _last[path] = (at, mark.seq, mark.run)
        return None if (mark.seq, mark.run) == (seq, run) else (identity, mark)


def missing(path: Path, db: sqlite3.Connection) -> Missing | None:
    """Return what the file lacks; None if nothing, or if the one seen before is still elsewhere."""
    identity, present = _present(path, db)
    seen = _read().get(identity)
    if seen is None or (seen.path != present.path and Path(seen.path).exists()):
        return None
    lost = Missing(runs=max(0, seen.run - present.run), changes=max(0, seen.seq - present.seq))
    return lost if lost.runs or lost.changes else None


# of those that have ended: one that only waits may be taken back; those that a prune took count
_NEWEST = """SELECT max(
    coalesce((SELECT key FROM runs WHERE ended_at IS NOT NULL ORDER BY key DESC LIMIT 1), 0),
    coalesce((SELECT max(to_key) FROM tombstones WHERE kind = 'runs'), 0))"""


def _present(path: Path, db: sqlite3.Connection) -> tuple[str, Mark]:
    identity, seq = db.execute("SELECT id, seq FROM workspace").fetchone()
    run = database.value(db, _NEWEST)
    where = storable(str(path.resolve()))
    return identity, Mark(path=where, seq=seq, run=run, seen_at=clock.now())


def _file() -> Path:
    return paths.state() / "workspaces.json"


def _read() -> dict[str, Mark]:
    try:
        return shape.decoded(_file().read_bytes(), dict[str, Mark])
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        # a damaged one is made anew
        return {}


def expect(path: Path, other: sqlite3.Connection) -> None:
    """Keep that the workspace at `path` may be as little far as `other`, a file to stand there.

    Raises OSError.
    """
    identity, mark = _present(path, other)
    seen = _read().get(identity)
    if seen is not None:
        lower = {"seq": min(seen.seq, mark.seq), "run": min(seen.run, mark.run)}
        keep(identity, structs.replace(mark, **lower))


def keep(identity: str, mark: Mark) -> None:
    """Keep a mark of the workspace with this id; it waits for the disk. Raises OSError."""
    with locks.held(paths.state() / "workspaces.lock"):
        marks = _read()
        marks.pop(identity, None)
        marks[identity] = mark  # the latest stand last
        while len(marks) > _KEPT:
            marks.pop(next(iter(marks)))
        files.replace(_file(), msgspec.json.encode(marks))
