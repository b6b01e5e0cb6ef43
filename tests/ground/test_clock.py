from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom import clock

DAY_S = 86_400
OFFSETS = st.integers(-12 * 3600, 14 * 3600)
TIMES = st.integers(0, 4 * 10**15)


@given(TIMES, OFFSETS)
def test_a_local_day_begins_at_local_midnight(at: int, offset_s: int) -> None:
    day = clock.local_day(at, offset_s)
    begins = (day * DAY_S - offset_s) * 1_000_000
    assert begins <= at < begins + DAY_S * 1_000_000
    assert clock.local_day(begins, offset_s) == day
    assert clock.local_day(begins - 1, offset_s) == day - 1


@pytest.mark.parametrize(
    ("zone", "at", "offset_s", "local"),
    [
        ("UTC", 0, 0, "1970-01-01T00:00:00+00:00"),
        ("Asia/Kolkata", 1_700_000_000, 19_800, "2023-11-15T03:43:20+05:30"),
        ("America/Bogota", 1_700_000_000, -18_000, "2023-11-14T17:13:20-05:00"),
        # an hour before and after the clocks of Berlin went back
        ("Europe/Berlin", 1_698_537_600 - 3600, 7200, "2023-10-29T01:00:00+02:00"),
        ("Europe/Berlin", 1_698_537_600 + 3600, 3600, "2023-10-29T02:00:00+01:00"),
        ("Pacific/Kiritimati", 1_700_000_000, 50_400, "2023-11-15T12:13:20+14:00"),
    ],
)
def test_local_time_is_that_of_the_laptops_zone_at_that_time(
    zone: str, at: int, offset_s: int, local: str
) -> None:
    code = (
        "from proofroom import clock\n"
        f"at = {at} * 1_000_000\n"
        "print(clock.local_offset_s(at), clock.local(at).isoformat())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TZ": zone},
    )
    assert done.stdout.split() == [str(offset_s), local]


def test_durations_never_run_backwards() -> None:
    seen = [clock.monotonic_us() for _ in range(1000)]
    assert seen == sorted(seen)


def test_now_is_utc_in_microseconds() -> None:
    assert clock.local(clock.now()).timestamp() == pytest.approx(clock.now() / 1_000_000, abs=60)
