from __future__ import annotations

from typing import get_args

from proofroom.domain.run import ENDED, FAILURES, SCREEN_WORDS, SOURCES, Mark, Status, Timing


def test_every_status_has_its_word_and_only_two_are_no_end() -> None:
    statuses = set(get_args(Status))
    assert set(SCREEN_WORDS) == statuses
    assert statuses - ENDED == {"queued", "running"}
    assert len(set(SCREEN_WORDS.values())) == len(statuses)


def test_no_two_words_of_one_list_are_the_same() -> None:
    # stored as text: a word that changes is one that old files still hold
    for words in (FAILURES, SOURCES, get_args(Mark)):
        assert len(set(words)) == len(words)
        assert all(word == word.lower() and word.isidentifier() for word in words)


def test_no_limit_of_an_attempt_lasts_longer_than_its_run() -> None:
    timing = Timing()
    parts = (timing.connect_s, timing.first_token_s, timing.between_tokens_s)
    assert all(0 < part <= timing.total_s for part in parts)
