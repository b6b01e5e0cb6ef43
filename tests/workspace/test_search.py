from __future__ import annotations

import re
import sqlite3
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.workspace.making import content, ended, prompt

from proofroom.workspace import database, prompts, runs, search, search_index

SAME_FILE = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = st.sampled_from(["alpha", "Alphabet", "beta", "bet", "日本語", "日本", "x1", "naïve", "7"])
GLUE = st.sampled_from([" ", "-", ", ", "\n", " (", "_", '"'])
TEXTS = st.lists(st.tuples(WORDS, GLUE).map("".join), max_size=5).map("".join)


def tokens(text: str) -> list[str]:
    plain = unicodedata.normalize("NFD", text.casefold())
    return re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c)))


def fits(text: str, query: str) -> bool:
    """Tell whether every word of the query is in the text, the last one as a beginning."""
    have, wanted = tokens(text), tokens(query)
    return all(word in have for word in wanted[:-1]) and any(
        word.startswith(wanted[-1]) for word in have
    )


@SAME_FILE
@given(st.lists(TEXTS, min_size=1, max_size=5), st.lists(WORDS, min_size=1, max_size=3))
def test_a_search_finds_what_holds_every_word_and_nothing_else(
    db: sqlite3.Connection, stored: list[str], words: list[str]
) -> None:
    start = database.value(db, "SELECT coalesce(max(key), 0) FROM runs")
    keys = [ended(db, text, "").run_key for text in stored]
    query = " ".join(words)
    expected = [key for key, text in zip(keys, stored, strict=True) if fits(text, query)]
    found = search.run_keys(db, query, before=runs.NEWEST, size=10_000)
    assert [key for key in found if key > start] == expected[::-1]


@SAME_FILE
@given(st.text(alphabet=st.characters(), max_size=40))
def test_whatever_is_typed_is_a_query_and_never_an_error(db: sqlite3.Connection, text: str) -> None:
    assert isinstance(search.prompt_keys(db, text), list)
    assert isinstance(search.run_keys(db, text, before=9), list)


@pytest.mark.parametrize("text", ['"', "AND", "foo-bar", "(", "日本", "a*", "NEAR(", "\x00", "_"])
def test_signs_of_the_search_language_find_or_find_nothing(
    db: sqlite3.Connection, text: str
) -> None:
    ended(db, "foo-bar AND a 日本語")
    search.run_keys(db, text, before=runs.NEWEST)
    assert search.run_keys(db, "foo-ba", before=runs.NEWEST) == [1]
    assert search.run_keys(db, "and 日本", before=runs.NEWEST) == [1]
    assert search.run_keys(db, "absent", before=runs.NEWEST) == []


@pytest.mark.parametrize(
    "text", ["OR", "NOT", "input: x", "{input} : x", "^x", "x + y", "NEAR(x y, 2)", "'", 'x"y', ""]
)
def test_no_word_of_the_search_language_has_its_meaning(db: sqlite3.Connection, text: str) -> None:
    one = ended(db, "quite other words").run_key
    assert one not in search.run_keys(db, text, before=runs.NEWEST)
    assert search.prompt_keys(db, text) == []


def test_ten_thousand_pasted_words_are_a_query(db: sqlite3.Connection) -> None:
    text = " ".join(f"word{number}" for number in range(10_000))
    key = prompt(db, text=text)
    assert search.prompt_keys(db, text) == [key]
    assert search.prompt_keys(db, f"{text} absent") == []


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
def test_letters_with_accents_are_found_in_either_form_and_without(
    db: sqlite3.Connection, form: str, typed: str
) -> None:
    normal = unicodedata.normalize
    key = prompt(db, text=normal(form, "Des cafés à Montréal, Việt Nam"))  # pyright: ignore[reportArgumentType] - a parameter
    for query in ("cafés montréal", "Cafés x"[:5], "cafes montreal", "việt"):
        assert search.prompt_keys(db, normal(typed, query)) == [key], query  # pyright: ignore[reportArgumentType] - a parameter


def test_japanese_is_found_from_the_start_of_a_stretch(db: sqlite3.Connection) -> None:
    key = prompt(db, text="これは日本語の文章です。東京、大阪")
    for query in ("これ", "これは日本語", "東京", "大", "東京 大阪"):
        assert search.prompt_keys(db, query) == [key], query
    assert search.prompt_keys(db, "京都") == []


def test_found_runs_come_in_pages_newest_first(db: sqlite3.Connection) -> None:
    keys = [ended(db, "same words").run_key for _ in range(5)]
    assert search.run_keys(db, "same", before=keys[4], size=2) == [keys[3], keys[2]]
    assert search.run_keys(db, "same", before=keys[2], size=9) == [keys[1], keys[0]]


def test_what_is_forgotten_has_no_term_left(db: sqlite3.Connection) -> None:
    gone, stays = ended(db, "secretword common"), ended(db, "common", "Another.")
    db.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, run_search, row)")
    counts = "SELECT term, doc FROM terms WHERE term IN ('secretword', 'common') ORDER BY term"
    assert db.execute(counts).fetchall() == [("common", 2), ("secretword", 1)]
    with database.writing(db):
        search.forget_run(db, gone.run_key, ("secretword common", "Because."))
    assert db.execute(counts).fetchall() == [("common", 1)]
    assert search.run_keys(db, "secretword", before=runs.NEWEST) == []
    assert search.run_keys(db, "common", before=runs.NEWEST) == [stays.run_key]
    assert search_index.wrong(db) == ["The search does not know 1 of the runs."]


def test_a_prompt_is_found_by_its_present_words_alone(db: sqlite3.Connection) -> None:
    key = prompt(db, "greeting", "old words")
    with database.writing(db):
        prompts.index(db, key, "greeting", content("new words"))
    assert (search.prompt_keys(db, "old"), search.prompt_keys(db, "new")) == ([], [key])
    assert search.prompt_keys(db, "greeting new") == [key]
