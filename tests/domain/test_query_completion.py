"""Filters and their values are completed at the caret, and each offer can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain import run_query
from proofroom.domain.query_completion import completions

KNOWN = {"prompt": ("refund-reply", "my prompt"), "model": ("openai/gpt-4o",), "tag": ("a b",)}


@pytest.mark.parametrize(
    ("text", "start", "offers"),
    [
        ("pr", 0, ("prompt:", "provider:")),
        ("late -st", 5, ("-status:",)),
        ("co", 0, ("comparison:", "cost<", "cost>")),
        ("status:f", 0, ("status:failed",)),
        ("status:ok failure:t", 10, ("failure:tls", "failure:template", "failure:too_long")),
        ("prompt:", 0, ("prompt:refund-reply", 'prompt:"my prompt"')),
        ('prompt:"my p', 0, ('prompt:"my prompt"',)),
        ("model:gpt", 0, ("model:openai/gpt-4o",)),
        ("model:gpt-4o", 0, ()),
        ("is:", 0, ("is:starred",)),
        ("is:starred", 0, ()),
        ("since:2026", 0, ()),
        ("nothing:x", 0, ()),
        ("cost>0", 0, ()),
        ("late ", 5, ()),
        ('"pro', 1, ()),
        ("-since:7", 0, ()),
        ("-cos", 0, ()),
        ("", 0, ()),
    ],
)
def test_what_is_begun_is_completed(text: str, start: int, offers: tuple[str, ...]) -> None:
    found = completions(text, len(text), KNOWN)
    assert set(found.offers) >= set(offers)
    assert bool(found.offers) == bool(offers)
    assert found.start == start or not offers


@given(st.text(alphabet='pst:"- arcmiofu<>x1', max_size=14))
def test_every_offer_of_a_value_is_a_query_and_begins_where_the_part_does(text: str) -> None:
    found = completions(text, len(text), KNOWN)
    assert 0 <= found.start <= len(text)
    for offer in found.offers:
        if offer[-1] in ":<>":
            continue
        assert run_query.parse(offer, 0).tokens
