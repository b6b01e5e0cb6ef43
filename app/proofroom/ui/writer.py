"""Writes the workspace on one thread, in order; what the disk refuses is kept and tried again."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from proofroom.errors import ProofroomError
from proofroom.ui.worker import Answers, Postbox
from proofroom.workspace import file_errors, opening

T = TypeVar("T")
Write = Callable[[sqlite3.Connection], T]
Fail = Callable[[Exception], None]
Open = Callable[[Path], opening.Opened]


class Writer(QObject):
    """The window's only writer to one workspace.

    When the disk is full or the file is held by another program, that write and all behind it stay
    in memory and `stuck` says why (None: solved); `retry` and each further write try again.
    """

    stuck = Signal(object)
    wrote = Signal()

    def __init__(self, path: Path, open_: Open = opening.open_workspace) -> None:
        """Open the workspace through `open_` in the thread; `opened` is its outcome."""
        super().__init__()
        self.path, self._open = path, open_
        self.opened: Future[opening.Opened] = Future()
        self.ready: Future[None] = Future()
        self._answers, self._box = Answers(), Postbox(self._hear)
        self._jobs: deque[tuple[int, Write[Any]]] = deque()
        self._turn = threading.Condition()
        self._again = self._closing = False
        self._trouble: ProofroomError | None = None
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    def write(self, write: Write[T], show: Callable[[T], None], fail: Fail) -> None:
        """Carry out `write` after those before; `fail` hears what trying again cannot mend."""
        number = self._answers.expect(show, fail)
        with self._turn:
            self._jobs.append((number, write))
            self._again = True
            self._turn.notify()

    def retry(self) -> None:
        """Try again what is kept in memory ('Save again')."""
        with self._turn:
            self._again = True
            self._turn.notify()

    @property
    def unsaved(self) -> int:
        """How many writes are not in the file yet."""
        return len(self._jobs)

    @property
    def trouble(self) -> ProofroomError | None:
        """Why writes are kept in memory; None if they are not."""
        return self._trouble

    def flush_and_close(self, timeout_s: float = 2.0) -> int:
        """Write what waits, end the thread and the connection; return how many were not written."""
        with self._turn:
            self._closing = self._again = True
            self._turn.notify()
        self._answers.forget_all()
        self._thread.join(timeout_s)
        return len(self._jobs)

    def _work(self) -> None:
        try:
            opened = self._open(self.path)
        except Exception as error:  # noqa: BLE001 - it is told to all who ask
            self.opened.set_exception(error)
            self.ready.set_exception(error)
            self._refuse_all(error)
            return
        self.opened.set_result(opened)
        self.ready.set_result(None)
        with contextlib.closing(opened.connection) as db:
            while self._wait():
                self._do_what_waits(db)

    def _wait(self) -> bool:
        with self._turn:
            self._turn.wait_for(lambda: self._closing or (self._again and self._jobs))
            self._again = False
            return not self._closing or (bool(self._jobs) and self._trouble is None)

    def _do_what_waits(self, db: sqlite3.Connection) -> None:
        while self._jobs:
            number, write = self._jobs[0]
            try:
                with file_errors.translated(self.path):
                    result = write(db)
            except (file_errors.DiskFullError, file_errors.BusyError) as error:
                self._say(error)
                return
            except Exception as error:  # noqa: BLE001 - it is told to the one who asked
                self._jobs.popleft()
                self._answers.refuse(number, error)
            else:
                self._jobs.popleft()
                self._answers.give(number, result)
                self._box.post(None)
        self._say(None)

    def _refuse_all(self, error: Exception) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._closing or self._jobs)
                if not self._jobs:
                    return
                number, _ = self._jobs.popleft()
            self._answers.refuse(number, error)

    def _say(self, trouble: ProofroomError | None) -> None:
        if trouble is not self._trouble:
            self._trouble = trouble
            self._box.post(("stuck", trouble))

    def _hear(self, item: tuple[str, ProofroomError | None] | None) -> None:
        if item is None:
            self.wrote.emit()
        else:
            self.stuck.emit(item[1])
