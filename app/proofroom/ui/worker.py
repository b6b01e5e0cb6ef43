"""Threads that do the slow part and answer on the interface thread; no answer is lost."""

from __future__ import annotations

import functools
import itertools
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from types import MethodType
from typing import Any, ParamSpec, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

T = TypeVar("T")
P = ParamSpec("P")
# What one turn of the event loop may take for answers before the window gets its turn again (s).
TURN_S = 0.008


class Postbox(QObject):
    """Hands what any thread posts to one handler on the interface thread, many in one turn."""

    _wake = Signal()

    def __init__(self, handle: Callable[[Any], None]) -> None:
        super().__init__()
        self._handle = handle
        self._items: deque[Any] = deque()
        self._lock = threading.Lock()
        self._woken = False
        self._wake.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def post(self, item: object) -> None:
        """Hand over an item, from any thread."""
        with self._lock:
            self._items.append(item)
            wake, self._woken = not self._woken, True
        if wake:
            self._wake.emit()

    def _deliver(self) -> None:
        until = time.perf_counter() + TURN_S
        while True:
            with self._lock:
                if not self._items:
                    self._woken = False
                    return
                item = self._items.popleft()
            try:
                self._handle(item)
            except Exception as error:  # noqa: BLE001 - one fault must not lose the next answer
                sys.excepthook(type(error), error, error.__traceback__)
            if time.perf_counter() > until:
                self._wake.emit()
                return


def receiver(callback: Callable[P, None]) -> Callable[P, None]:
    """Return `callback`, or for a method of a QObject one that is silent once that is destroyed.

    A `functools.partial` of such a method is treated the same way; a lambda is not looked into.
    """
    if isinstance(callback, functools.partial):
        inner: Callable[..., None] = receiver(callback.func)
        return functools.partial(inner, *callback.args, **callback.keywords)
    if not isinstance(callback, MethodType) or not isinstance(callback.__self__, QObject):
        return callback
    weak = weakref.WeakMethod(callback)

    def call(*args: P.args, **named: P.kwargs) -> None:
        method = weak()
        if method is not None and shiboken6.isValid(method.__self__):
            method(*args, **named)

    return call


class Answers:
    """Who waits for which answer; asked on the interface thread, given from any."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[Callable[[Any], None], Callable[[Exception], None]]] = {}
        self._numbers = itertools.count(1)
        self._box = Postbox(self._handle)

    def expect(self, show: Callable[[T], None], fail: Callable[[Exception], None]) -> int:
        """Note who waits, and return the number of the question."""
        number = next(self._numbers)
        self._waiting[number] = (receiver(show), receiver(fail))
        return number

    def forget(self, number: int) -> None:
        """Nobody waits for this one any more."""
        self._waiting.pop(number, None)

    def forget_all(self) -> None:
        """Nobody waits any more: the window is closing."""
        self._waiting.clear()

    def give(self, number: int, result: object) -> None:
        """Give a result."""
        self._box.post((number, result, None))

    def refuse(self, number: int, error: Exception) -> None:
        """Say why there is no result."""
        self._box.post((number, None, error))

    def _handle(self, item: tuple[int, Any, Exception | None]) -> None:
        number, result, error = item
        waiting = self._waiting.pop(number, None)
        if waiting is None:
            return
        show, fail = waiting
        if error is None:
            show(result)
        else:
            fail(error)


class Worker:
    """One thread that does what it is asked, in order."""

    def __init__(self, name: str) -> None:
        self._answers = Answers()
        self._jobs: deque[tuple[int, str, Callable[[], Any]]] = deque()
        self._turn = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def do(
        self,
        work: Callable[[], T],
        show: Callable[[T], None],
        fail: Callable[[Exception], None],
        *,
        name: str = "",
    ) -> None:
        """Do `work` in the thread, then call `show` or `fail` on the interface thread.

        With a name, what was asked under it before and has not begun is dropped unanswered.
        """
        number = self._answers.expect(show, fail)
        with self._turn:
            if name:
                for old in [job for job in self._jobs if job[1] == name]:
                    self._jobs.remove(old)
                    self._answers.forget(old[0])
            self._jobs.append((number, name, work))
            self._turn.notify()

    def close(self, timeout_s: float = 2.0) -> bool:
        """Do no more than what was begun, and end the thread; False if it still works."""
        with self._turn:
            self._closing = True
            self._jobs.clear()
            self._turn.notify()
        self._answers.forget_all()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._jobs or self._closing)
                if self._closing:
                    return
                number, _, work = self._jobs.popleft()
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 - it is told to the one who asked
                self._answers.refuse(number, error)
            else:
                self._answers.give(number, result)


class Errands:
    """Work that may take a minute (a keychain's prompt), each in a thread of its own."""

    def __init__(self) -> None:
        self._answers = Answers()

    def run(
        self, work: Callable[[], T], show: Callable[[T], None], fail: Callable[[Exception], None]
    ) -> None:
        """Do `work` in a thread, then call `show` or `fail` on the interface thread."""
        number = self._answers.expect(show, fail)

        def errand() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 - it is told to the one who asked
                self._answers.refuse(number, error)
            else:
                self._answers.give(number, result)

        threading.Thread(target=errand, name="errand", daemon=True).start()

    def close(self) -> None:
        """Answer nobody any more; what runs ends by itself."""
        self._answers.forget_all()
