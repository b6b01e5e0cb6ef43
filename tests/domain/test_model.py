from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain import model

TODAY = date(2026, 11, 28)


@given(st.integers(-4000, 4000))
def test_a_retirement_is_told_from_60_days_before_it_on(days: int) -> None:
    words = model.retirement(str(TODAY + timedelta(days)), TODAY)
    assert bool(words) == (days <= 60)
    assert words.startswith("Retired on") == (days < 0)
    assert not words or f"{abs(days):,} day" in words or days == 0


def test_a_retirement_says_its_day_and_how_far_it_is() -> None:
    assert model.retirement("2026-11-29", TODAY) == "Retires on 2026-11-29, in 1 day"
    assert model.retirement("2026-11-28", TODAY) == "Retires on 2026-11-28, today"
    assert model.retirement("2026-11-26", TODAY) == "Retired on 2026-11-26, 2 days ago"
    assert model.retirement("", TODAY) == model.retirement("soon", TODAY) == ""


def test_a_model_that_is_gone_is_told_before_its_retirement() -> None:
    words = model.notice("openai", gone_on="2026-11-01", retires_on="2026-11-29", today=TODAY)
    assert words == "Not in openai's list any more, seen 2026-11-01"
    near = model.notice("openai", gone_on="", retires_on="2026-11-29", today=TODAY)
    assert near.startswith("Retires on 2026-11-29")
    assert model.notice("openai", gone_on="", retires_on="2027-11-29", today=TODAY) == ""


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("claude-x-20250929", True),
        ("claude-x", True),
        ("claude-x-latest", True),
        ("claude", False),
        ("claude-x-mini", False),
        ("llama3", True),
        ("gpt-4.1", False),
    ],
)
def test_a_short_name_is_there_while_the_list_has_a_dated_one(name: str, there: bool) -> None:
    offered = frozenset(("claude-x-20250929", "llama3:latest", "gpt-4.1-mini-2026-01-01"))
    assert model.has_name(name, offered) is there


@given(st.integers(0, 10**15))
def test_a_price_is_read_as_it_is_shown(nano: int) -> None:
    assert model.nano_of(model.usd_of(nano)) == nano


@pytest.mark.parametrize(
    ("text", "nano"),
    [("2.50", 2_500_000_000), ("$10", 10_000_000_000), (" 0,6 ", 600_000_000), ("1,000", 10**12)],
)
def test_a_price_can_be_typed_in_several_ways(text: str, nano: int) -> None:
    assert model.nano_of(text) == nano


@pytest.mark.parametrize("text", ["", "much", "-1", "nan", "inf", "1e9", "0.0000000001"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="A price"):
        model.nano_of(text)


def test_modalities_stand_in_one_order_and_are_read_back() -> None:
    stored = model.modalities(["image", "file", "text"], ["text"])
    assert (stored, model.modality_words(stored)) == (
        "text,image,pdf>text",
        "text, image, pdf → text",
    )
    assert model.modalities([], []) == model.modality_words("") == ""
