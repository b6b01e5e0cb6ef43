from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from proofroom import clock, ids

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def milliseconds(text: str) -> int:
    number = 0
    for sign in text[:10]:
        number = number * 32 + ALPHABET.index(sign)
    return number


def test_an_id_is_a_ulid_of_the_present_millisecond() -> None:
    before, made, after = clock.now() // 1000, ids.new_id(), clock.now() // 1000
    assert re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", made)
    # one made just before may have put the next millisecond's count ahead, never the clock
    assert before <= milliseconds(made) <= after


def several(count: int) -> list[str]:
    return [ids.new_id() for _ in range(count)]


@given(st.integers(2, 300))
def test_ids_of_one_process_sort_as_they_were_made(count: int) -> None:
    made = several(count)
    assert made == sorted(set(made))


def test_threads_never_get_the_same_id_and_each_sees_its_own_in_order() -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # else one thread is done before the next begins
    try:
        with ThreadPoolExecutor(8) as pool:
            each = list(pool.map(several, [2_000] * 8))
    finally:
        sys.setswitchinterval(before)
    made = [one for some in each for one in some]
    assert len(set(made)) == len(made)
    assert all(some == sorted(some) for some in each)


def test_two_processes_share_nothing_of_an_id_but_the_time() -> None:
    code = "from proofroom import ids; print(*(ids.new_id()[10:] for _ in range(50)))"
    children = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    made = [word for child in children for word in child.communicate()[0].split()]
    assert (len(made), len(set(made))) == (100, 100)
