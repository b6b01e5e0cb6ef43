from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain import hits
from proofroom.domain.hits import Wanted


def marked(text: str, *wanted: Wanted) -> list[str]:
    found = hits.snippet(text, wanted)
    return [] if found is None else [found.text[start:end] for start, end in found.hits]


def test_a_hit_is_found_whatever_its_accents_and_case() -> None:
    assert marked("Le Café, the CAFE\u0301 and a cafeteria", Wanted(("cafe",))) == ["Café", "CAFÉ"]


def test_the_last_word_may_be_unfinished() -> None:
    assert marked("refund and refunds", Wanted(("refu",), unfinished=True)) == ["refund", "refunds"]
    assert marked("refund and refunds", Wanted(("refu",))) == []


def test_words_in_quotes_follow_each_other() -> None:
    wanted = Wanted(("express", "delivery"))
    assert marked("delivery express; express\ndelivery", wanted) == ["express delivery"]


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_hit_stands_in_a_short_piece_wherever_it_was(before: int, behind: int) -> None:
    text = "word " * before + "needle" + " word" * behind
    found = hits.snippet(text, [Wanted(("needle",))])
    assert found is not None
    assert [found.text[start:end] for start, end in found.hits] == ["needle"]
    assert len(found.text) <= 170
    assert found.text.strip("…") in text


def test_a_text_without_the_words_has_no_snippet() -> None:
    assert hits.snippet("Nothing here.", [Wanted(("there",))]) is None
