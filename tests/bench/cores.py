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
from statistics import median

_ROUNDS = 7
_STEPS = 100_000


def loop_s() -> float:
    """Return the processor time (s) of a piece of work that is always the same."""
    start = time.thread_time()
    found: dict[int, str] = {}
    for number in range(_STEPS):
        found[number % 1000] = f"{number}-{len(found)}"
    return time.thread_time() - start


def two() -> tuple[int, int]:
    """Return the first and the last processor that this process may use."""
    found = os.sched_getaffinity(0)
    return min(found), max(found)


def slowed_beside() -> float:
    """Return how many times longer the work takes while another processor is busy, 1.0 if none.

    About 1.0 says that the processors are cores of their own.
    """
    own, other = two()
    if own == other:
        return 1.0
    alone: list[float] = []
    beside: list[float] = []
    with pinned(own):
        for _ in range(_ROUNDS):
            alone.append(loop_s())
            with _busy(other):
                beside.append(loop_s())
    return median(beside) / median(alone)


@contextmanager
def pinned(processor: int) -> Generator[None]:
    """Keep this process, and those it starts, on one processor within the block."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {processor})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def _busy(processor: int) -> Generator[None]:
    code = (
        f"import os; os.sched_setaffinity(0, {{{processor}}})\nprint(flush=True)\nwhile True: pass"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        try:
            yield
        finally:
            child.kill()
