"""The only source of the present time: UTC in integer microseconds, and a monotonic one."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache


def now() -> int:
    """Return the present time, UTC, in microseconds since 1970."""
    return time.time_ns() // 1000


def monotonic_us() -> int:
    """Return microseconds of a clock that is never set back; only differences mean something."""
    return time.monotonic_ns() // 1000


def local_offset_s(at: int) -> int:
    """Return how far local time is ahead of UTC at the time `at` (us), in seconds."""
    return _offset_s(at // 1_000_000)


@lru_cache(maxsize=8)  # of a second: a thousand runs may begin in it
def _offset_s(at_s: int) -> int:
    offset = datetime.fromtimestamp(at_s, UTC).astimezone().utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def local(at: int) -> datetime:
    """Return the time `at` (us, UTC) as local time with its zone."""
    return datetime.fromtimestamp(at / 1_000_000, UTC).astimezone()


def local_day(at: int, offset_s: int) -> int:
    """Return the number of the local day (days since 1970) of `at` (us, UTC) at an offset (s)."""
    return (at // 1_000_000 + offset_s) // 86_400
