from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.domain.contents import CONTENTS
from tests.workspace.making import content, prompt

from proofroom.domain import draft as steps
from proofroom.domain.version import Content, decoded, encoded
from proofroom.errors import ProofroomError
from proofroom.workspace import changes, database, drafts, holding, prompts, versions
from proofroom.workspace.drafts import DraftChangedError
from proofroom.workspace.opening import open_workspace

SAME_FILE = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
EDITS = st.lists(st.binary(max_size=6), max_size=4)
STATES = st.lists(st.tuples(EDITS, st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)))


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


@SAME_FILE
@given(STATES)
def test_the_journal_is_what_each_save_left_of_it(
    db: sqlite3.Connection, history: list[tuple[list[bytes], int | None, int | None]]
) -> None:
    key = prompt(db, prompts.free_name(db, "p"))
    journal = list[bytes]()
    for number, (edits, kept, position) in enumerate(history, start=1):
        stays = None if kept is None else min(kept, len(journal))
        journal = [*journal[: stays or 0], *edits]
        at = None if position is None else min(position, len(journal))
        found = drafts.save(
            db, key, content("x"), revision=number, edits=edits, kept=stays, position=at
        )
        assert drafts.journal(db, found.key) == journal
        assert (found.revision, found.position) == (number + 1, len(journal) if at is None else at)


@SAME_FILE
@given(st.lists(CONTENTS, min_size=1, max_size=4))
def test_every_state_can_be_undone_from_the_stored_journal(
    db: sqlite3.Connection, states: list[Content]
) -> None:
    first = content("the start")
    key, before = prompts.create(db, prompts.free_name(db, "p"), first).key, first
    for number, wanted in enumerate(states, start=1):
        state = decoded(encoded(wanted))
        edit = steps.encode(steps.change(before, state))
        drafts.save(db, key, state, revision=number, edits=[edit], kept=number - 1)
        before = state
    found = drafts.of_prompt(db, key)
    assert found.content == before
    for edit in reversed(drafts.journal(db, found.key)):
        before = steps.apply(before, steps.invert(steps.decode(edit)))
    assert before == first


def test_a_draft_is_edited_only_while_it_differs_from_its_version(db: sqlite3.Connection) -> None:
    key = prompt(db, text="one")
    assert drafts.of_prompt(db, key).edited  # of no version yet
    versions.save(db, key)
    for text, edited in (("two", True), ("one", False), ("one ", True)):
        revision = drafts.of_prompt(db, key).revision
        assert drafts.save(db, key, content(text), revision=revision).edited is edited
        summary = prompts.by_key(db, key)
        assert summary is not None
        assert bool(summary.edited) is edited


def test_a_save_that_is_refused_leaves_journal_and_words_alone(db: sqlite3.Connection) -> None:
    key = prompt(db, text="first words")
    kept = drafts.save(db, key, content("second words"), revision=1, edits=[b"1"])
    seq = changes.since(db, 0).seq
    with pytest.raises(DraftChangedError):
        drafts.save(db, key, content("third words"), revision=1, edits=[b"x"])
    assert drafts.of_prompt(db, key) == kept
    assert drafts.journal(db, kept.key) == [b"1"]
    assert prompts.listed(db, query="third") == []
    assert changes.since(db, 0).seq == seq


def test_who_edits_is_told_to_who_comes_next(db: sqlite3.Connection) -> None:
    key = prompt(db)
    first, second, third = (holding.Holder() for _ in range(3))
    assert [one.take(db, key) for one in (first, first, second)] == [False, False, True]
    second.leave(db, key)
    assert third.take(db, key)  # the first one edits still
    first.release()
    third.leave(db, key)
    assert not second.take(db, key)  # a holder that is gone holds nothing
    second.leave(db, key)
    assert drafts.of_prompt(db, key).holder == ""
    assert drafts.of_prompt(db, key).revision == 1
    for one in (second, third):
        one.release()


def test_a_prompt_that_is_not_there_is_said(db: sqlite3.Connection) -> None:
    with pytest.raises(ProofroomError, match="That prompt is not there"):
        drafts.of_prompt(db, 99)
    with pytest.raises(ProofroomError, match="That prompt is not there"):
        drafts.save(db, 99, content(), revision=1)
    assert database.value(db, "SELECT count(*) FROM drafts") == 0
