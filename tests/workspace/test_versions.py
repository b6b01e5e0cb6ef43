from __future__ import annotations

import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.domain.contents import CONTENTS
from tests.workspace.making import content, prompt

from proofroom.domain.version import Content, content_hash, decoded, encoded
from proofroom.errors import ProofroomError
from proofroom.workspace import database, drafts, marks, prompts, texts, versions
from proofroom.workspace.file_errors import DamagedError

SAME_FILE = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


def saved(db: sqlite3.Connection, key: int, text: str) -> versions.VersionSummary:
    drafts.save(db, key, content(text), revision=drafts.of_prompt(db, key).revision)
    return versions.save(db, key)


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


@SAME_FILE
@given(CONTENTS)
def test_any_content_is_saved_under_its_hash_and_read_back(
    db: sqlite3.Connection, made: Content
) -> None:
    key = prompts.create(db, prompts.free_name(db, "p"), made).key
    version = versions.save(db, key)
    assert versions.content(db, version) == decoded(encoded(made))
    assert version.hash == content_hash(made)
    assert content_hash(versions.content(db, version)) == version.hash
    again = drafts.save(db, key, made, revision=drafts.of_prompt(db, key).revision)
    assert not again.edited


def test_two_prompts_of_one_content_share_its_text_and_not_their_numbers(
    db: sqlite3.Connection,
) -> None:
    one, two = (versions.save(db, prompt(db, name)) for name in "ab")
    assert (one.content_key, one.hash, one.number) == (two.content_key, two.hash, two.number)
    assert one.id != two.id


def test_an_archived_version_is_hidden_named_and_its_number_not_given_again(
    db: sqlite3.Connection,
) -> None:
    key = prompt(db)
    one, two = versions.save(db, key), saved(db, key, "two")
    versions.archive(db, two.key)
    assert versions.of_prompt(db, key) == [one]
    assert [v.number for v in versions.of_prompt(db, key, archived=True)] == [2, 1]
    assert versions.find(db, key, "").key == one.key
    assert versions.find(db, key, "v2").key == two.key
    assert saved(db, key, "three").number == 3
    versions.archive(db, two.key, archived=False)
    assert [v.number for v in versions.of_prompt(db, key)] == [3, 2, 1]


def test_a_draft_of_an_archived_version_starts_from_the_one_before(db: sqlite3.Connection) -> None:
    key = prompt(db)
    one, two = versions.save(db, key), saved(db, key, "two")
    versions.archive(db, two.key)
    draft = drafts.of_prompt(db, key)
    assert (draft.base_key, draft.edited) == (one.key, True)
    drafts.save(db, key, versions.content(db, one), revision=draft.revision)
    assert not drafts.of_prompt(db, key).edited
    versions.archive(db, one.key)
    draft = drafts.of_prompt(db, key)
    assert (draft.base_key, draft.edited) == (None, True)


@given(st.sampled_from(["9" * 18, "9" * 19, "9" * 5000, "v" + "0" * 5000, "\u0662", "²", "v-1"]))
@SAME_FILE
def test_a_number_of_any_length_is_no_traceback(db: sqlite3.Connection, text: str) -> None:
    key = prompt(db, prompts.free_name(db, "p"))
    versions.save(db, key)
    with pytest.raises(ProofroomError, match="There is no version"):
        versions.find(db, key, text)


def test_a_number_comes_before_a_tag_and_a_tag_before_an_id(db: sqlite3.Connection) -> None:
    key = prompt(db)
    one, two = versions.save(db, key), saved(db, key, "two")
    marks.set_tags(db, "version", two.key, ["1", one.id[:6]])
    assert versions.find(db, key, "1").key == one.key
    assert versions.find(db, key, one.id[:6]).key == two.key
    assert versions.find(db, key, one.id).key == one.key


def test_other_prompts_tags_and_versions_are_never_found(db: sqlite3.Connection) -> None:
    key, other = prompt(db, "a"), prompt(db, "b", "other")
    versions.save(db, key)
    far = versions.save(db, other)
    marks.set_tags(db, "version", far.key, ["far"])
    for selector in ("far", far.id, "2"):
        with pytest.raises(ProofroomError, match="There is no version"):
            versions.find(db, key, selector)


def test_many_that_fit_are_named_and_the_rest_counted(db: sqlite3.Connection) -> None:
    key = prompt(db)
    versions.save(db, key)
    for text in "abcdefg":
        saved(db, key, text)
    with pytest.raises(ProofroomError, match="fits v8 and v7 and v6 and v5 and v4 and 3 more"):
        versions.find(db, key, "0")


def test_a_version_whose_text_is_damaged_says_so(db: sqlite3.Connection) -> None:
    version = versions.save(db, prompt(db))
    for damage in (b"{}x", b'{"model": "\xff"}', b'{"messages": 1}'):
        db.execute(
            "UPDATE texts SET codec = ?, data = ? WHERE key = ?",
            (texts.RAW, damage, version.content_key),
        )
        with pytest.raises(DamagedError, match="workspace verify"):
            versions.content(db, version)


def test_a_save_that_fails_leaves_no_version(db: sqlite3.Connection) -> None:
    key = prompt(db)
    before = drafts.of_prompt(db, key)
    db.execute(
        "CREATE TEMP TRIGGER stop BEFORE UPDATE ON prompts BEGIN SELECT RAISE(ABORT, 'x'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        versions.save(db, key)
    db.execute("DROP TRIGGER stop")
    assert (versions.of_prompt(db, key), drafts.of_prompt(db, key)) == ([], before)
    assert database.value(db, "SELECT count(*) FROM texts") == 0
