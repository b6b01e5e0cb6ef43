"""Reads the workspace on one thread with its own connection; answers on the interface thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TypeVar

from proofroom.ui.worker import Worker
from proofroom.workspace import database, file_errors

T = TypeVar("T")
Query = Callable[[sqlite3.Connection], T]
Fail = Callable[[Exception], None]


class Reader:
    """Asks the workspace; every question is answered once, by `show` or by `fail`.

    A method of a QObject that was destroyed meanwhile is not called (give methods, not lambdas).
    """

    def __init__(self, path: Path, ready: Future[None] | None = None) -> None:
        """Read the workspace at `path` once `ready` is there: someone else may open it first."""
        self.path, self._ready = path, ready
        self._db: sqlite3.Connection | None = None
        self._worker = Worker("reader")

    def read(self, query: Query[T], show: Callable[[T], None], fail: Fail) -> None:
        """Run `query` after those asked before."""
        self._worker.do(lambda: self._run(query), show, fail)

    def latest(self, name: str, query: Query[T], show: Callable[[T], None], fail: Fail) -> None:
        """Run `query`; one of the same name that has not begun is dropped unanswered (typing).

        The same page in two windows asks under two names: a name is its asker's own.
        """
        self._worker.do(lambda: self._run(query), show, fail, name=f"{name} {_asker(show)}")

    def close(self, timeout_s: float = 2.0) -> None:
        """End the thread and its connection; what was not begun is not answered."""
        db, self._db = self._db, None
        if self._worker.close(timeout_s):
            if db is not None:
                db.close()
        elif db is not None:
            db.interrupt()

    def _run(self, query: Query[T]) -> T:
        if self._ready is not None:
            self._ready.result()
        with file_errors.translated(self.path):
            if self._db is None:
                self._db = database.connect(self.path, read_only=True)
            return query(self._db)


def _asker(show: Callable[..., object]) -> int:
    """Return what tells the object whose method is called apart from all others."""
    while isinstance(show, partial):
        show = show.func
    return id(getattr(show, "__self__", None))
