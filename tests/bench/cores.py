"""How fast a core is just now: a neighbour, seen or not, may be working on the same one.

Two processors that a machine shows may be threads of one core, each slow while the other works,
and beside a virtual machine others may run on the same core. Neither shows in the load.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

_ROUNDS = 7
_STEPS = 100_000


def loop_s() -> float:
    """Return the processor time (s) of a piece of work that is always the same."""
    start = time.thread_time()
    found: dict[int, str] = {}
    for number in range(_STEPS):
        found[number % 1000] = f"{number}-{len(found)}"
    return time.thread_time() - start


def slowed_beside() -> float:
    """Return how many times longer the work takes while another processor is busy, 1.0 if none.

    About 1.0 says that the processors are cores of their own.
    """
    first, *others = sorted(_processors())
    if not others:
        return 1.0
    alone: list[float] = []
    beside: list[float] = []
    with pinned(first):
        for _ in range(_ROUNDS):
            alone.append(loop_s())
            with _busy(others[0]):
                beside.append(loop_s())
    return min(beside) / min(alone)


@contextmanager
def pinned(processor: int | None = None) -> Generator[None]:
    """Keep this process, and those it starts, on one processor (the first) within the block."""
    before = _processors()
    os.sched_setaffinity(0, {min(before) if processor is None else processor})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _processors() -> set[int]:
    return os.sched_getaffinity(0)


@contextmanager
def _busy(processor: int) -> Generator[None]:
    code = (
        f"import os; os.sched_setaffinity(0, {{{processor}}}); print(flush=True)\nwhile True: pass"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        try:
            yield
        finally:
            child.kill()
