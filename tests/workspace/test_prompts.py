from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.workspace.making import content, prompt

from proofroom.errors import ProofroomError
from proofroom.workspace import changes, database, drafts, inputs, marks, prompts, versions
from proofroom.workspace.drafts import DraftChangedError
from proofroom.workspace.opening import open_workspace


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


def test_the_second_window_is_told_that_the_draft_moved(path: Path, db: sqlite3.Connection) -> None:
    key = prompt(db)
    other = open_workspace(path).connection
    seen = drafts.of_prompt(db, key).revision
    drafts.save(other, key, content("theirs"), revision=seen)
    with pytest.raises(DraftChangedError):
        drafts.save(db, key, content("mine"), revision=seen)
    with pytest.raises(DraftChangedError):
        versions.save(db, key, revision=seen)
    assert drafts.of_prompt(db, key).content == content("theirs")
    assert versions.of_prompt(db, key) == []
    other.close()


def test_the_undo_journal_keeps_what_can_be_redone(db: sqlite3.Connection) -> None:
    key = prompt(db)
    one = drafts.save(db, key, content("a"), revision=1, edits=[b"1", b"2"])
    two = drafts.save(db, key, content("b"), revision=one.revision, kept=2, position=1)
    assert (drafts.journal(db, two.key), two.position) == ([b"1", b"2"], 1)
    three = drafts.save(db, key, content("c"), revision=two.revision, kept=1, edits=[b"3"])
    assert (drafts.journal(db, three.key), three.position) == ([b"1", b"3"], 2)


def test_a_version_is_saved_once_and_its_draft_starts_from_it(db: sqlite3.Connection) -> None:
    key = prompt(db)
    one = versions.save(db, key, note="first \ud800")
    assert (one.label, one.note, drafts.of_prompt(db, key).edited) == ("v1", "first \ufffd", False)
    with pytest.raises(ProofroomError, match="same as v1"):
        versions.save(db, key)
    two = saved(db, key, "another")
    parents = db.execute("SELECT version_key, parent_id FROM version_parents").fetchall()
    assert parents == [(two.key, one.id)]
    versions.archive(db, two.key)
    assert saved(db, key, "third").number == 3


def test_a_version_is_found_by_number_tag_environment_and_id(db: sqlite3.Connection) -> None:
    key = prompt(db)
    one, two = versions.save(db, key), saved(db, key, "two")
    marks.set_tags(db, "version", one.key, ["good, cheap"])
    db.execute(
        """INSERT INTO pointer_moves (id, prompt_key, environment_key, version_key, kind, made_at,
            reason, evidence) SELECT 'm', ?, key, ?, 'promotion', 1, '', '' FROM environments
            WHERE name = 'production'""",
        (key, one.key),
    )
    for selector in ("1", "v1", "good, cheap", "production", one.id, one.id.lower()):
        assert versions.find(db, key, selector).key == one.key, selector
    assert versions.find(db, key, "").key == two.key
    for nothing in ("good", "9", "\udc80", "v"):
        with pytest.raises(ProofroomError, match="There is no version"):
            versions.find(db, key, nothing)


def test_a_tag_of_two_versions_is_an_error_that_names_both(db: sqlite3.Connection) -> None:
    key = prompt(db)
    with pytest.raises(ProofroomError, match="no version yet"):
        versions.find(db, key, "")
    for text in "ab":
        marks.set_tags(db, "version", saved(db, key, text).key, ["both"])
    with pytest.raises(ProofroomError, match="fits v2 and v1"):
        versions.find(db, key, "both")


def test_the_other_process_sees_what_changed(path: Path, db: sqlite3.Connection) -> None:
    other = open_workspace(path).connection
    before, version = changes.since(db, 0), changes.data_version(db)
    key = prompt(other)
    versions.save(other, key)
    assert changes.data_version(db) != version
    found = changes.since(db, before.seq)
    assert found.tables == {"prompts", "drafts", "versions", "authors"}
    assert changes.since(db, found.seq).tables == frozenset()
    other.close()


def test_marks_are_rows_that_stay(db: sqlite3.Connection) -> None:
    key = prompt(db)
    for _ in range(2):
        marks.add(db, "note", "prompt", key, "n\ud800")
    marks.set_one(db, "star", "prompt", key, "1")
    marks.set_one(db, "star", "prompt", key, "")
    marks.remove(db, "note", "prompt", key, "n\ud800")
    assert marks.of(db, "prompt", key) == []
    assert database.value(db, "SELECT count(*) FROM marks WHERE removed_at IS NOT NULL") == 2
