"""Writes runs and attempts in a thread of its own, as many in one transaction as wait for it.

What a request waits for is committed at once and before all else. The ends of calls, and the
beginnings of those whose turn has not come, wait a little for each other: a commit costs more than
what it holds, and each wakes this thread and the loop. When the disk is
full or the file is held by another program, what came is kept in memory and written as soon as it
can be; no new run begins until then, since its row cannot be there before its request leaves.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from proofroom.domain.budget import Refusal, Standing
from proofroom.errors import ProofroomError
from proofroom.workspace import attempts, comparisons, database, file_errors, runs
from proofroom.workspace.file_errors import BusyError, DiskFullError

LOG = logging.getLogger(__name__)
RETRY_S = 1.0
MOST = 256
WAITS_S = 0.04
"""So long may a write wait for others when no request waits for it."""
ENOUGH = 32
"""So many writes wait no longer for others."""
T = TypeVar("T")
Write = Callable[[sqlite3.Connection], T]


class Kept(asyncio.Future[T]):
    """The result of a write; waiting for it cannot be cut short.

    A row that may be there must be known of: a cancellation that comes meanwhile meets the
    waiting task when the write is done.
    """

    def cancel(self, msg: Any | None = None) -> bool:  # noqa: ANN401, ARG002 - asyncio's own form
        """Refuse: the write is on its way."""
        return False


class RecorderClosedError(Exception):
    """Nothing more is written: the engine is leaving."""


class _Item(NamedTuple):
    """What is written by which act, its result, and the comparison it touches (or 0).

    An act writes many of its kind at once. A request waits for what has `haste`.
    """

    act: Callable[[sqlite3.Connection, Sequence[Any]], Sequence[Any]]
    what: Any
    kept: Kept[Any]
    touches: int
    haste: bool


async def settled(kept: Kept[T]) -> T:
    """Wait for a write to the end and return its result.

    A cancellation that came meanwhile meets the task's next wait.
    """
    try:
        return await kept
    except asyncio.CancelledError:
        own = asyncio.current_task()
        if own is not None:
            own.uncancel()
            own.cancel()
        return kept.result()


def _connected(path: Path) -> sqlite3.Connection:
    db = database.connect(path)
    # every 16 MiB, not 4: most pages change again meanwhile, and each checkpoint waits for the disk
    db.execute("PRAGMA wal_autocheckpoint = 4000")
    return db


class Recorder:
    """The one writer of an engine to one workspace."""

    def __init__(self, path: Path, trouble: Callable[[ProofroomError | None], None]) -> None:
        self.path = path
        self._trouble = trouble
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[list[_Item] | None] = queue.SimpleQueue()
        self._coming: list[_Item] = []
        self._hand_over_due: asyncio.Handle | None = None
        self._in_haste = False
        self._db: sqlite3.Connection | None = None  # the thread's own
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    def write(self, write: Write[T], *, touches: int = 0, haste: bool = True) -> Kept[T]:
        """Carry out `write` within a transaction; its result is there once that is committed.

        Other processes are told in the same transaction that cells of the comparison `touches`
        (its key) changed. Without `haste` it may wait up to `WAITS_S` for others. Raises
        RecorderClosedError after `close` or `give_up`.
        """
        return self._taken_in(_each, write, touches, haste=haste)

    def hurry(self) -> None:
        """Let what came so far wait no longer for others."""
        if self._coming and not self._in_haste:
            self._in_haste = True
            if self._hand_over_due is not None:
                self._hand_over_due.cancel()
            self._hand_over_due = self._loop.call_soon(self._hand_over)

    def _taken_in(
        self,
        act: Callable[[sqlite3.Connection, Sequence[Any]], Sequence[Any]],
        what: object,
        touches: int,
        *,
        haste: bool,
    ) -> Kept[Any]:
        if self._leaving.is_set():
            raise RecorderClosedError
        kept: Kept[Any] = Kept(loop=self._loop)
        self._coming.append(_Item(act, what, kept, touches, haste))
        if haste or len(self._coming) >= ENOUGH:
            self.hurry()
        elif self._hand_over_due is None:
            self._hand_over_due = self._loop.call_later(WAITS_S, self._hand_over)
        return kept

    def begin(self, run: runs.NewRun, *, haste: bool) -> Kept[runs.Begun | Refusal]:
        """Write a run and its first attempt; its request may leave when that is done.

        Without `haste` its turn has not come yet, and it may be written with others. Nothing is
        written where a budget refuses it.
        """
        return self._taken_in(runs.admit, run, 0, haste=haste)

    def begin_attempt(self, new: attempts.NewAttempt) -> Kept[attempts.Again | Refusal]:
        """Write a further attempt, unless a budget refuses it; its request may leave then."""
        return self._taken_in(attempts.admit, new, 0, haste=True)

    def end(
        self, attempt: attempts.AttemptEnd, run: runs.RunEnd | None, *, touches: int = 0
    ) -> Kept[tuple[Standing, ...]]:
        """Write the end of an attempt, and with the last one that of its run.

        The result are the budgets that are to warn now.
        """
        return self._taken_in(_end, (attempt, run), touches, haste=False)

    def give_up(self) -> None:
        """Wait no longer for a full disk or a held file: what cannot be written now fails."""
        self._leaving.set()

    async def close(self) -> None:
        """Write what waits, and leave the file."""
        self._leaving.set()
        self._hand_over()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _hand_over(self) -> None:
        """Give what came to the thread: it is woken once for all."""
        self._hand_over_due, self._in_haste = None, False
        if self._coming:
            self._queue.put(self._coming)
            self._coming = []

    def _work(self) -> None:
        open_ = True
        while open_:
            batch, open_ = self._taken()
            self._write_all([item for item in batch if item.haste])
            self._write_all([item for item in batch if not item.haste])
        if self._db is not None:
            self._db.close()

    def _write_all(self, batch: list[_Item]) -> None:
        while batch:
            try:
                self._db = self._db or _connected(self.path)
                results = _written(self._db, batch)
            except Exception as error:  # noqa: BLE001 - a fault of ours too is told to who asked
                batch = self._after(batch, error)
                continue
            self._tell_trouble(None)
            self._resolve(batch, results)
            batch = []

    def _taken(self) -> tuple[list[_Item], bool]:
        batch: list[_Item] = []
        items = self._queue.get()
        while items is not None:
            batch += items
            if len(batch) >= MOST:
                return batch, True
            try:
                items = self._queue.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _after(self, batch: list[_Item], error: Exception) -> list[_Item]:
        """Return what is to be tried again: all of it, once a full disk or a held file had time.

        Of any other error those hear who asked. A write at fault undoes no other: where it is not
        alone each is carried out in a transaction of its own, and waits for the disk as well.
        """
        known = error
        if not isinstance(error, ProofroomError):
            known = file_errors.explained(error, self.path)
        if isinstance(known, DiskFullError | BusyError) and not self._leaving.is_set():
            self._tell_trouble(known)
            self._leaving.wait(RETRY_S)
            return batch
        of_file = isinstance(error, sqlite3.Error) and known is not None
        if of_file or len(batch) == 1:
            LOG.error("nothing was written", exc_info=error)
            self._resolve(batch, [known or error] * len(batch))
            return []
        LOG.error("a write failed in its batch", exc_info=error)
        for item in batch:
            self._write_all([item])
        return []

    def _resolve(self, batch: Sequence[_Item], results: Sequence[Any]) -> None:
        def tell() -> None:
            for item, result in zip(batch, results, strict=True):
                if item.kept.done():
                    continue
                if isinstance(result, Exception):
                    item.kept.set_exception(result)
                else:
                    item.kept.set_result(result)

        self._loop.call_soon_threadsafe(tell)

    _last_trouble: ProofroomError | None = None

    def _tell_trouble(self, error: ProofroomError | None) -> None:
        if type(error) is not type(self._last_trouble):
            self._last_trouble = error
            self._loop.call_soon_threadsafe(self._trouble, error)


def _each(db: sqlite3.Connection, writes: Sequence[Write[Any]]) -> list[Any]:
    return [write(db) for write in writes]


def _end(
    db: sqlite3.Connection, ends: Sequence[tuple[attempts.AttemptEnd, runs.RunEnd | None]]
) -> list[tuple[Standing, ...]]:
    due = attempts.end(db, [attempt for attempt, _ in ends])
    runs.end(db, [run for _, run in ends if run is not None])
    return [due, *[()] * (len(ends) - 1)]  # told once, to whom does not matter


def _written(db: sqlite3.Connection, batch: Sequence[_Item]) -> list[Any]:
    """Carry out all writes in one transaction, those of one kind together."""
    by_act: dict[Any, list[int]] = {}
    for place, item in enumerate(batch):
        by_act.setdefault(item.act, []).append(place)
    results: list[Any] = [None] * len(batch)
    with database.writing(db):
        for act, places in by_act.items():
            found = act(db, [batch[place].what for place in places])
            for place, result in zip(places, found, strict=True):
                results[place] = result
        for key in {item.touches for item in batch if item.touches}:
            comparisons.touched(db, key)
    return results
