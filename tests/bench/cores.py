"""How fast a core is just now: a neighbour, seen or not, may be working on the same one.

Beside a virtual machine others may run on the same core, and then the same work takes up to twice
the processor time. That shows neither in the load nor in the time stolen.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from contextlib import contextmanager

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


@contextmanager
def pinned(processor: int) -> Generator[None]:
    """Keep this process, and those it starts, on one processor within the block."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {processor})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
