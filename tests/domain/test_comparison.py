from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.domain.contents import OBJECTS

from proofroom.domain.comparison import (
    NANO_USD_ASKED,
    PAID_CALLS_ASKED,
    Estimate,
    must_ask,
    name_for,
    one_line,
    together,
)

FREE = Estimate(
    calls=10**7,
    paid_calls=0,
    tokens_in=0,
    tokens_out=0,
    nano_usd=0,
    unknown_cost=0,
    seconds=None,
    exact=True,
)


def test_a_press_is_asked_about_only_above_either_limit() -> None:
    assert not must_ask(FREE)
    assert not must_ask(structs.replace(FREE, nano_usd=NANO_USD_ASKED, paid_calls=PAID_CALLS_ASKED))
    assert must_ask(structs.replace(FREE, nano_usd=NANO_USD_ASKED + 1))
    assert must_ask(structs.replace(FREE, paid_calls=PAID_CALLS_ASKED + 1))
    assert must_ask(structs.replace(FREE, nano_usd=2), nano_usd=1)
    assert not must_ask(structs.replace(FREE, paid_calls=5), paid_calls=5)


def test_a_comparison_is_named_by_what_stands_side_by_side() -> None:
    assert name_for(["greet"], ["v1", "draft"]) == "greet: v1 and draft"
    assert name_for(["greet", "greet"], ["v1", "v1", "v2"]) == "greet: v1 and v2"
    assert name_for(["a", "b"], ["v1", "v2", "v3", "v4"]) == "a, b: v1 and 3 more"
    assert name_for([], ["gpt-4o"]) == "Comparison: gpt-4o"


def test_values_stand_on_one_line_as_they_were_written() -> None:
    values = {"mail": "Hi\r\n there\t", "blank": " \n", "n": 3, "ok": True, "list": ["é", None]}
    assert one_line(values) == 'Hi there · 3 · true · ["é", null]'
    assert one_line({}) == ""
    assert one_line({"a": "x" * 200}, limit=10) == "x" * 9 + "…"
    assert one_line({"a": "four five six"}, limit=6) == "four…"


@given(OBJECTS, st.integers(2, 40))
def test_a_line_is_never_longer_nor_more_than_one(values: dict[str, object], limit: int) -> None:
    line = one_line(values, limit=limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1


def test_several_presses_are_asked_about_as_one() -> None:
    one = Estimate(
        calls=150,
        paid_calls=150,
        tokens_in=1,
        tokens_out=2,
        nano_usd=3,
        unknown_cost=4,
        seconds=5.0,
        exact=True,
    )
    both = together([one, one])
    assert not must_ask(one)
    assert must_ask(both)
    assert (both.calls, both.nano_usd, both.seconds, both.unknown_cost) == (300, 6, 10.0, 8)
