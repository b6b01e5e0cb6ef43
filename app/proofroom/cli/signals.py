"""Ctrl+C, SIGTERM and a closed terminal: ask the work to end, and end at once if asked again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

import click

STOPPED = 128
_LATE = 2


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """The work was stopped by a signal; `text` says what is kept."""

    def __init__(self, number: int, text: str = "Stopped.") -> None:
        super().__init__(text)
        self.number, self.text = number, text


def install() -> None:
    """Let Ctrl+C, SIGTERM and a closed terminal end a command in order, not in mid-write."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in _quiet_ends():
        signal.signal(number, _raise)


def leave_at_once() -> None:
    """From here on Ctrl+C ends the process without a word: its work is done."""
    signal.signal(signal.SIGINT, _leave)


def _leave(number: int, frame: FrameType | None) -> None:
    del frame
    os._exit(STOPPED + number)


def _quiet_ends() -> tuple[signal.Signals, ...]:
    if sys.platform == "win32":
        return (signal.SIGTERM,)
    # started by nohup, the terminal's end is to be ignored
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return (signal.SIGTERM,) if ignored else (signal.SIGTERM, signal.SIGHUP)


def _raise(number: int, frame: FrameType | None) -> None:
    del frame
    raise Stopped(number)


@contextmanager
def cancelling(task: asyncio.Task[object], at_once: Callable[[], None]) -> Generator[list[int]]:
    """Cancel `task` at the first signal; at the second call `at_once` and leave the process.

    Yields the signals that came. What the process leaves open is marked at the next opening.
    """
    came: list[int] = []
    loop = asyncio.get_running_loop()

    def ask(number: int) -> None:
        came.append(number)
        if len(came) >= _LATE:
            at_once()
            os._exit(STOPPED + number)
        click.echo("Stopping. Press Ctrl+C again to leave at once.", err=True)
        task.cancel()

    def heard(number: int, frame: FrameType | None) -> None:
        del frame
        # the loop may be asleep: the call from another context wakes it
        loop.call_soon_threadsafe(ask, number)

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, *_quiet_ends())}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, _leave if came else handler)
