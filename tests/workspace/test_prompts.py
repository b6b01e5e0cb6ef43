from __future__ import annotations

import sqlite3

import pytest
from tests.workspace.making import content, prompt

from proofroom.errors import ProofroomError
from proofroom.workspace import drafts, inputs, marks, prompts, versions


def saved(db: sqlite3.Connection, key: int, text: str) -> versions.VersionSummary:
    drafts.save(db, key, content(text), revision=drafts.of_prompt(db, key).revision)
    return versions.save(db, key)


def test_a_name_is_taken_whatever_its_case_until_it_is_archived(db: sqlite3.Connection) -> None:
    key = prompt(db, "Greeting")
    with pytest.raises(ProofroomError, match="already"):
        prompt(db, "greeting")
    assert prompts.free_name(db, "greeting") == "greeting-2"
    prompts.archive(db, key)
    prompt(db, "greeting")
    with pytest.raises(ProofroomError, match="already"):
        prompts.archive(db, key, archived=False)


@pytest.mark.parametrize("name", ["", " ", "a@b", "a\nb", "a\x00", "-", "x" * 201])
def test_a_name_must_fit_the_command_line(db: sqlite3.Connection, name: str) -> None:
    with pytest.raises(ProofroomError, match="cannot be a prompt's name"):
        prompt(db, name)


def test_a_slip_of_the_pen_is_answered_with_near_names(db: sqlite3.Connection) -> None:
    prompt(db, "summary of a ticket")
    with pytest.raises(ProofroomError, match="Did you mean summary of a ticket"):
        prompts.by_name(db, "summry of ticket")
    with pytest.raises(ProofroomError, match="There is no prompt"):
        prompts.by_name(db, "\udc80")


def test_prompts_are_found_by_name_words_and_tag(db: sqlite3.Connection) -> None:
    one, two = prompt(db, "first", "the quick fox"), prompt(db, "second", "a slow 日本語 snail")
    marks.set_tags(db, "prompt", two, ["odd, but fine", "b"])
    assert [p.key for p in prompts.listed(db)] == [two, one]
    assert [p.key for p in prompts.listed(db, query="QUI")] == [one]
    assert [p.key for p in prompts.listed(db, tag="odd, but fine")] == [two]
    prompts.rename(db, one, "third")
    assert [p.key for p in prompts.listed(db, query="third")] == [one]
    assert prompts.listed(db, query="first") == prompts.listed(db, query="(((") == []


@pytest.mark.parametrize("text", ["", "😀", "x" * 2_000_000, "lone \ud83d", "nul \x00", "\u202e"])
def test_any_text_is_saved_and_read_back(db: sqlite3.Connection, text: str) -> None:
    key = prompt(db)
    saved_as = saved(db, key, text)
    expected = text.replace("\ud83d", "\ufffd")
    assert versions.content(db, saved_as) == content(expected)
    assert drafts.of_prompt(db, key).content == content(expected)
    inputs.add(db, key, [(text[:100], {"topic": text})], to=text[:50])
    assert inputs.of_prompt(db, key)[0].values == {"topic": expected}
    inputs.add(db, key, [], to=text[:50])
    assert len(inputs.sets(db, key)) == 1
