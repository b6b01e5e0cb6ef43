from __future__ import annotations

import sqlite3
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.workspace.making import prompt

from proofroom.domain.message import storable
from proofroom.workspace import authors, changes, database, marks

SAME_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
TAGS = st.lists(st.sampled_from(["a", " a ", "A", "b, c", "", " ", "\ud800", "日本"]), max_size=4)


def values(db: sqlite3.Connection, target: marks.Target, key: int, kind: marks.Kind) -> list[str]:
    return [mark.value for mark in marks.of(db, target, key) if mark.kind == kind]


@SAME_FILE
@given(st.lists(TAGS, min_size=1, max_size=4))
def test_a_thing_has_exactly_the_tags_it_was_given_last(
    db: sqlite3.Connection, history: list[list[str]]
) -> None:
    for wanted in history:
        marks.set_tags(db, "prompt", 1, wanted)
        present = values(db, "prompt", 1, "tag")
        assert len(set(present)) == len(present)
        assert set(present) == {storable(tag).strip() for tag in wanted if tag.strip()}
        assert marks.tags(db, "prompt") == sorted(present)


def test_a_tag_that_stays_keeps_its_row_and_its_time(db: sqlite3.Connection) -> None:
    marks.set_tags(db, "version", 3, ["kept", "gone"])
    before = marks.of(db, "version", 3)[0]
    marks.set_tags(db, "version", 3, ["new", "kept"])
    assert [mark.value for mark in marks.of(db, "version", 3)] == ["kept", "new"]
    assert marks.of(db, "version", 3)[0] == before
    assert database.value(db, "SELECT count(*) FROM marks WHERE removed_at IS NOT NULL") == 1


def test_marks_are_rows_that_stay(db: sqlite3.Connection) -> None:
    key = prompt(db)
    for _ in range(2):
        marks.add(db, "note", "prompt", key, "n\ud800")
    marks.set_one(db, "star", "prompt", key, "1")
    marks.set_one(db, "star", "prompt", key, "")
    marks.remove(db, "note", "prompt", key, "n\ud800")
    assert marks.of(db, "prompt", key) == []
    assert database.value(db, "SELECT count(*) FROM marks WHERE removed_at IS NOT NULL") == 2


@pytest.mark.parametrize("target", get_args(marks.Target))
def test_things_of_two_kinds_with_one_key_do_not_share_marks(
    db: sqlite3.Connection, target: marks.Target
) -> None:
    marks.add(db, "tag", target, 1, "x")
    for other in get_args(marks.Target):
        assert bool(marks.of(db, other, 1)) is (other == target)
    assert marks.of(db, target, 2) == []
    marks.remove(db, "note", target, 1, "x")
    marks.remove(db, "tag", target, 2, "x")
    assert values(db, target, 1, "tag") == ["x"]


def test_one_pick_takes_the_place_of_another_and_leaves_notes_alone(
    db: sqlite3.Connection,
) -> None:
    marks.add(db, "note", "row", 1, "odd")
    for choice in ("7", "8"):
        marks.set_one(db, "pick", "row", 1, choice)
    assert (values(db, "row", 1, "pick"), values(db, "row", 1, "note")) == (["8"], ["odd"])


def test_a_mark_names_who_made_it_and_other_windows_hear_of_it(db: sqlite3.Connection) -> None:
    seq = changes.since(db, 0).seq
    marks.add(db, "star", "run", 1, "1")
    assert changes.since(db, seq).tables == {"marks", "authors"}
    assert database.value(db, "SELECT author_key FROM marks") == authors.current(db).key
    seq = changes.since(db, 0).seq
    marks.remove(db, "star", "run", 1, "1")
    assert changes.since(db, seq).tables == {"marks"}


def test_a_star_removed_and_given_again_is_there(db: sqlite3.Connection) -> None:
    for _ in range(2):
        marks.add(db, "star", "prompt", 1, "1")
        marks.remove(db, "star", "prompt", 1, "1")
    marks.add(db, "star", "prompt", 1, "1")
    assert values(db, "prompt", 1, "star") == ["1"]
