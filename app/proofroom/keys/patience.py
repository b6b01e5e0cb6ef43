"""How long a call to the keychain may take, and the thread it runs in."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

from proofroom.keys import failure

T = TypeVar("T")
ANSWER_S = 5.0
PROMPT_S = 60.0
COMMAND_LINE_S = 4.0  # with the interpreter's start and end within K3's 5 s


class Patience:
    """The limits of one call (s), the way to cancel it, and whether it waits for a person.

    `answer_s` bounds what the keychain does by itself, `prompt_s` a question to the user.
    """

    def __init__(self, *, answer_s: float = ANSWER_S, prompt_s: float = PROMPT_S) -> None:
        self.answer_s, self.prompt_s = answer_s, prompt_s
        self._changed = threading.Condition()
        self._asking = not sys.platform.startswith("linux")  # elsewhere the system asks by itself
        self._cancelled = False
        self._cuts: list[Callable[[], None]] = []

    @property
    def waits_for_user(self) -> bool:
        """Tell whether the user is being asked: 'Waiting for your keychain' (K2)."""
        return self._asking

    def cancel(self) -> None:
        """End the call that waits with this patience; it raises a KeychainError 'cancelled'."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def cut_with(self, cut: Callable[[], None]) -> None:
        """Call `cut` when patience ends, so that the worker stuck in a read comes back."""
        self._cuts.append(cut)

    @contextmanager
    def asking(self) -> Generator[None]:
        """Mark the time in which the user is asked for a password or for leave."""
        self._set_asking(asking=True)
        try:
            yield
        finally:
            self._set_asking(asking=False)

    def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns in a thread of its own, or raise what it raised.

        Raises KeychainError when a limit passed (K2, K3, K4) or `cancel` was called.
        """
        outcome: Future[T] = Future()
        outcome.add_done_callback(lambda _: self._wake())
        thread = threading.Thread(target=_work, args=(work, outcome), daemon=True, name="keychain")
        thread.start()
        try:
            self._wait(outcome)
        finally:
            if not outcome.done():
                for cut in self._cuts:
                    cut()
        return outcome.result()

    def _wait(self, outcome: Future[T]) -> None:
        with self._changed:
            while not outcome.done():
                asked = self._asking
                limit = self.prompt_s if asked else self.answer_s
                turned = self._changed.wait_for(
                    lambda asked=asked: (
                        outcome.done() or self._cancelled or self._asking is not asked
                    ),
                    timeout=limit,
                )
                if self._cancelled and not outcome.done():
                    raise failure.cancelled()
                if not turned:
                    raise failure.unanswered(limit) if asked else failure.silent()

    def _set_asking(self, *, asking: bool) -> None:
        with self._changed:
            self._asking = asking
            self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


def at_the_window() -> Patience:
    """Return the limits for the app: 5 s for an answer, 60 s for the user."""
    return Patience()


def at_the_command_line() -> Patience:
    """Return the limits for a command: 60 s for the user where one can be asked, else 4 s (K3)."""
    prompt_s = PROMPT_S if can_ask() else COMMAND_LINE_S
    return Patience(answer_s=COMMAND_LINE_S, prompt_s=prompt_s)


def can_ask() -> bool:
    """Tell whether a prompt of the keychain can appear before this user."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _work(work: Callable[[], T], outcome: Future[T]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:  # noqa: BLE001 - it is raised again where the call was made
        outcome.set_exception(error)
