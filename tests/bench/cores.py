"""How fast a core is just now: a neighbour, seen or not, may be working on the same one.

Beside a virtual machine others may run on the same core, and then the same work takes up to twice
the processor time. That shows neither in the load nor in the time stolen.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

_STEPS = 100_000
_IDLE_LOOP = """
import os
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while os.getppid() == {parent}:
    for _ in range(100_000):
        pass
"""


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


@contextmanager
def awake(processor: int) -> Generator[None]:
    """Let a processor never sleep within the block: a loop works on it when nothing else would.

    A virtual processor that sleeps gives its core away and may wake on another one, beside a busy
    neighbour, with cold caches. The loop is of the idle class: whatever else wants the processor
    has it at once, and the loop's time is its own.
    """
    with pinned(processor):
        loop = subprocess.Popen([sys.executable, "-c", _IDLE_LOOP.format(parent=os.getpid())])
    try:
        yield
    finally:
        loop.kill()
        loop.wait()
