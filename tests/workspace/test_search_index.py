from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from tests.workspace.making import content, ended, prompt

from proofroom.workspace import database, drafts, prompts, runs, search, search_index


@pytest.fixture
def filled(db: sqlite3.Connection) -> sqlite3.Connection:
    for number in range(3):
        prompt(db, f"prompt {number}", f"words of {number}")
        ended(db, f"asked {number}", f"answered {number}")
    return db


def other_words(db: sqlite3.Connection) -> None:
    db.execute("UPDATE prompt_search SET text = 'other' WHERE rowid = 2")


def other_name(db: sqlite3.Connection) -> None:
    db.execute("UPDATE prompt_search SET name = 'other' WHERE rowid = 1")


def lost_prompts(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM prompt_search WHERE rowid > 1")


def no_such_prompt(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO prompt_search (rowid, name, text) VALUES (99, 'x', 'y')")


def lost_runs(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO run_search (run_search) VALUES ('delete-all')")


def no_such_run(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO run_search (rowid, input, output) VALUES (99, 'x', 'y')")


def damaged(db: sqlite3.Connection) -> None:
    db.execute("UPDATE run_search_data SET block = zeroblob(8) WHERE id > 10")


WRONG: list[tuple[Callable[[sqlite3.Connection], None], str]] = [
    (other_words, "The search has other words than 1 of the prompts."),
    (other_name, "The search has other words than 1 of the prompts."),
    (lost_prompts, "The search has other words than 2 of the prompts."),
    (no_such_prompt, "The search has other words than 1 of the prompts."),
    (lost_runs, "The search does not know 3 of the runs."),
    (no_such_run, "The search knows 1 runs that are not there."),
    (damaged, "The index run_search is damaged"),
]


@pytest.mark.parametrize(("spoil", "words"), WRONG, ids=lambda one: getattr(one, "__name__", ""))
def test_an_index_out_of_step_is_told_and_built_anew_from_the_rows(
    filled: sqlite3.Connection, spoil: Callable[[sqlite3.Connection], None], words: str
) -> None:
    assert search_index.wrong(filled) == []
    spoil(filled)
    found = search_index.wrong(filled)
    assert len(found) == 1
    assert found[0].startswith(words)
    with database.writing(filled):
        search_index.rebuild(filled)
    assert search_index.wrong(filled) == []
    assert search.run_keys(filled, "answered 1", before=runs.NEWEST) == [2]
    assert search.prompt_keys(filled, "words of 2") == [3]


def test_whatever_is_done_to_a_prompt_keeps_the_index_in_step(db: sqlite3.Connection) -> None:
    key = prompt(db, "first", "one")
    drafts.save(db, key, content("two \ud800"), revision=1)
    prompts.rename(db, key, "second \ud800")
    prompts.archive(db, key)
    assert search_index.wrong(db) == []
    assert search.prompt_keys(db, "second two") == [key]


def test_a_thousand_rows_are_built_anew_in_blocks(db: sqlite3.Connection) -> None:
    keys = [ended(db, f"number {number}").run_key for number in range(1_001)]
    with database.writing(db):
        search_index.rebuild(db)
    assert search_index.wrong(db) == []
    assert search.run_keys(db, "number 1000", before=runs.NEWEST) == [keys[1000]]
