"""What is used often and lately is nearer, and never by more than its bound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain.use import HALF_LIFE_US, MOST, Use, bonus, counted, used


def test_a_use_counts_half_after_two_weeks() -> None:
    assert counted(Use(4.0, 0), HALF_LIFE_US) == 2.0
    assert counted(Use(4.0, 10), 0) == 4.0  # a clock that was set back


def test_more_and_later_uses_are_nearer() -> None:
    now = 10 * HALF_LIFE_US
    once, twice = used({}, "a", now)["a"], used(used({}, "a", now), "a", now)["a"]
    old = used({}, "a", 0)["a"]
    assert bonus(None, now) < bonus(old, now) < bonus(once, now) < bonus(twice, now)


def test_of_too_many_the_least_used_is_forgotten() -> None:
    uses: dict[str, Use] = {}
    for at, name in enumerate(["often", "often", "once", *map(str, range(MOST - 1))]):
        uses = used(uses, name, at)
    assert len(uses) == MOST
    assert "often" in uses
    assert "once" not in uses


@given(st.lists(st.integers(0, 2 * MOST), max_size=700))
def test_the_least_used_are_forgotten_and_the_bonus_is_bounded(names: list[int]) -> None:
    uses: dict[str, Use] = {}
    for at, name in enumerate(names):
        uses = used(uses, str(name), at)
    assert len(uses) <= MOST
    assert not names or str(names[-1]) in uses
    assert all(0 <= bonus(one, len(names)) <= 29 for one in uses.values())
