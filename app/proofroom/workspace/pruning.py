"""Removes old runs with all that is theirs, bit by bit; what they cost stays in the sums."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct, structs

from proofroom import clock
from proofroom.domain.age import DAY_US
from proofroom.workspace import (
    budget_ledger,
    changes,
    database,
    file_errors,
    old_runs,
    rollups,
    run_words,
    runs,
    search,
    texts,
    unused_texts,
)

Progress = Callable[[str, int, int], None]
"""Hears what goes (runs, texts), how many are gone, and of how many."""
TOMBSTONE = "runs"
_FEWEST, _MOST = 20, 500
_LONG_US, _SHORT_US = 80_000, 30_000
"""A writer waits no longer than one part takes: parts grow and shrink until they take so long."""


class Pruned(Struct, frozen=True, kw_only=True):
    """What was removed; `damaged` runs stayed because a text of theirs cannot be read."""

    runs: int = 0
    texts: int = 0
    text_bytes: int = 0
    damaged: int = 0
    stopped: bool = False


def preview(path: Path, days: int, *, keep_marked: bool = True) -> old_runs.Old:
    """Return what a prune of runs older than `days` would remove; nothing is written.

    Raises WorkspaceError.
    """
    database.check(path)
    with file_errors.translated(path), closing(database.connect(path, read_only=True)) as db:
        db.execute("PRAGMA temp_store = FILE")
        db.execute("BEGIN")
        return old_runs.measured(db, before(days), keep_marked=keep_marked)


def before(days: int) -> int:
    """Return the time (us, UTC) that runs of at least `days` started before."""
    return clock.now() - days * DAY_US


def prune(
    path: Path,
    days: int,
    *,
    keep_marked: bool = True,
    progress: Progress | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Pruned:
    """Remove the runs that started more than `days` ago, and the texts that nothing names then.

    Marked, picked (unless `keep_marked` is off) and proving runs stay. Each part is a transaction
    of its own, so that a kill leaves whole runs; the next prune goes on. Raises WorkspaceError.
    """
    say, at = progress or _nobody, before(days)
    with file_errors.translated(path), closing(database.connect(path)) as db:
        # what names a run is removed with it; to look for more would read whole tables each time
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("PRAGMA temp_store = FILE")
        work = _Work(db, at, keep_marked, f"older than {days} days")
        with _reading(db):
            total = old_runs.gather(db, at, keep_marked=keep_marked)
            work.seen = changes.data_version(db)
        for keys in _parts(db, "going"):
            if is_stopped():
                return structs.replace(work.pruned, stopped=True)
            work.remove(keys)
            say("runs", work.pruned.runs, total)
        return _without_unused(db, work.pruned, say, is_stopped)


def _without_unused(
    db: sqlite3.Connection, pruned: Pruned, say: Progress, is_stopped: Callable[[], bool]
) -> Pruned:
    """Remove the texts that nothing names, also those that a killed prune left."""
    with _reading(db):
        found = unused_texts.find(db)
    total = database.value(db, "SELECT count(*) FROM temp.unused")
    for keys in _parts(db, "unused"):
        if is_stopped():
            return structs.replace(pruned, stopped=True)
        with database.writing(db):
            gone = unused_texts.remove(db, found, keys)
        pruned = structs.replace(
            pruned, texts=pruned.texts + gone.texts, text_bytes=pruned.text_bytes + gone.stored
        )
        say("texts", pruned.texts, total)
    return pruned


class _Work:
    """A prune under way: what is removed, and the tombstone that its runs are noted in."""

    def __init__(self, db: sqlite3.Connection, before: int, keep_marked: bool, why: str) -> None:
        self._db, self._before, self._keep_marked, self._why = db, before, keep_marked, why
        self._tombstone, self._to = 0, -1
        self.seen, self.pruned = -1, Pruned()

    def remove(self, keys: Sequence[int]) -> None:
        """Remove a part of the runs, unless they are marked or prove something meanwhile."""
        db = self._db
        with database.writing(db):
            now = changes.data_version(db)
            if now != self.seen:
                self.seen = now
                keys = old_runs.still_old(db, keys, self._before, keep_marked=self._keep_marked)
            words = {key: found for key in keys if (found := _words(db, key)) is not None}
            going = sorted(words)
            if going:
                self._remove(going, words)
        self.pruned = structs.replace(
            self.pruned,
            runs=self.pruned.runs + len(going),
            damaged=self.pruned.damaged + len(keys) - len(going),
        )

    def _remove(self, keys: list[int], words: dict[int, tuple[str, str]]) -> None:
        db = self._db
        rollups.carry(db, keys)
        for key in keys:
            if database.value(db, "SELECT 1 FROM run_search_docsize WHERE id = ?", (key,)):
                search.forget_run(db, key, words[key])
        budget_ledger.settle_left(db)  # a hold of an engine that died names its attempt
        old_runs.delete(db, keys)
        runs.never_again(db, keys[-1])
        self._bury(keys)

    def _bury(self, keys: list[int]) -> None:
        """Note which keys went, as ranges between which no run is left."""
        db = self._db
        for key in keys:
            if self._tombstone and not _any_between(db, self._to, key):
                sql = "UPDATE tombstones SET to_key = ? WHERE key = ?"
                db.execute(sql, (key, self._tombstone))
            else:
                row = (TOMBSTONE, key, key, self._why, clock.now())
                self._tombstone = db.execute(_ADD_TOMBSTONE, row).lastrowid or 0
            self._to = key


_ADD_TOMBSTONE = """INSERT INTO tombstones (kind, id, hash, from_key, to_key, why, made_at)
    VALUES (?, '', '', ?, ?, ?, ?)"""


def _any_between(db: sqlite3.Connection, low: int, high: int) -> bool:
    sql = "SELECT 1 FROM runs WHERE key > ? AND key < ? LIMIT 1"
    return database.value(db, sql, (low, high)) is not None


def _words(db: sqlite3.Connection, key: int) -> tuple[str, str] | None:
    """Return what the search finds a run by; None if that cannot be read any more."""
    given, output = db.execute(
        "SELECT input_key, output_key FROM runs WHERE key = ?", (key,)
    ).fetchone()
    try:
        asked = run_words.of_stored(texts.get(db, given))
        return asked, run_words.of_output(texts.get(db, output))
    except (file_errors.DamagedError, ValueError):
        return None


@contextmanager
def _reading(db: sqlite3.Connection) -> Generator[None]:
    """Hold one view of the file; only `temp` is written."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("COMMIT")


def _parts(db: sqlite3.Connection, table: str) -> Generator[list[int]]:
    """Yield the keys of a temporary table in parts that take a writer's patience, not more.

    Between two parts others have their turn.
    """
    after, size = -1, _FEWEST
    rest = threading.Event()
    while True:
        sql = f"SELECT key FROM temp.{table} WHERE key > ? ORDER BY key LIMIT ?"
        keys = [row[0] for row in db.execute(sql, (after, size)).fetchall()]
        if not keys:
            return
        after, begun = keys[-1], clock.monotonic_us()
        yield keys
        took = clock.monotonic_us() - begun
        if took > _LONG_US:
            size = max(_FEWEST, size // 2)
        elif took < _SHORT_US:
            size = min(_MOST, size * 2)
        rest.wait(took / 2_000_000)


def _nobody(step: str, done: int, total: int) -> None:
    del step, done, total
