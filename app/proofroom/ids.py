"""ULIDs: ids for the world that sort by the time they were made.

Format: https://github.com/ulid/spec, 48 bits of milliseconds and 80 random bits in Crockford's
base 32; within one millisecond the random part counts up.
"""

from __future__ import annotations

import os
import threading

from proofroom import clock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(one + two for one in _ALPHABET for two in _ALPHABET)
_SHIFTS = tuple(range(120, -1, -10))  # 26 letters of 5 bits, two at a time
_lock = threading.Lock()
_last = [0, 0]


def new_id() -> str:
    """Return a new ULID, greater than every one this process made before."""
    with _lock:
        millisecond = max(clock.now() // 1000, _last[0])
        if millisecond == _last[0]:
            _last[1] += 1
        else:
            # one bit stays free, so that counting up cannot overflow
            _last[:] = [millisecond, int.from_bytes(os.urandom(10)) >> 1]
        return _text((millisecond << 80) | _last[1])


def _text(number: int) -> str:
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in _SHIFTS])
