"""A star, tags and a note on one answer are exactly what they were set to last."""

from __future__ import annotations

import sqlite3

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofroom.domain.mark import Many, Marked
from proofroom.domain.message import storable
from proofroom.workspace import changes, database, marks

SAME_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
MARKED = st.builds(
    Marked,
    star=st.booleans(),
    tags=st.lists(st.sampled_from(["a", "A", "b, c", "日本"]), unique=True, max_size=3).map(tuple),
    note=st.sampled_from(["", "n", "n\n\n日本", "\ud800"]),
)
COUNT = "SELECT count(*) FROM marks"


def kept(marked: Marked) -> tuple[bool, set[str], str]:
    return marked.star, set(marked.tags), storable(marked.note)


@SAME_FILE
@given(st.lists(st.tuples(st.sampled_from([1, 2]), MARKED), min_size=1, max_size=5))
def test_a_run_is_marked_as_it_was_marked_last(
    db: sqlite3.Connection, history: list[tuple[int, Marked]]
) -> None:
    last: dict[int, Marked] = {}
    for key, marked in history:
        marks.mark_run(db, key, marked)
        last[key] = marked
        found = marks.on_runs(db, [1, 2, 3])
        assert {key: kept(one) for key, one in last.items()} == {
            key: kept(found.get(key, Marked())) for key in last
        }
        assert 3 not in found
    for key in (1, 2):
        marks.mark_run(db, key, Marked())
    assert marks.on_runs(db, [1, 2]) == {}


def test_a_mark_that_stays_keeps_its_row(db: sqlite3.Connection) -> None:
    marked = Marked(star=True, tags=("a", "b"), note="n")
    marks.mark_run(db, 1, marked)
    rows = marks.of(db, "run", 1)
    marks.mark_run(db, 1, marked)
    assert (marks.of(db, "run", 1), database.value(db, COUNT)) == (rows, 4)
    marks.mark_run(db, 1, Marked(star=True, tags=("b",), note="m"))
    assert [mark.value for mark in marks.of(db, "run", 1)] == ["", "b", "m"]
    assert database.value(db, f"{COUNT} WHERE removed_at IS NOT NULL") == 2


def test_others_hear_of_marks_on_runs(db: sqlite3.Connection) -> None:
    for marked in (Marked(note="n"), Marked()):
        before = changes.since(db, 0).seq
        marks.mark_run(db, 1, marked)
        assert "marks" in changes.since(db, before).tables


def test_what_stands_on_something_else_with_that_key_is_not_a_runs(db: sqlite3.Connection) -> None:
    marks.add(db, "note", "prompt", 1, "n")
    marks.add(db, "pick", "run", 1, "")
    assert marks.on_runs(db, [1]) == {}
    assert marks.on_runs(db, []) == {}


def test_many_runs_get_a_star_tags_and_a_note_besides_what_they_have(
    db: sqlite3.Connection,
) -> None:
    marks.mark_run(db, 1, Marked(star=True, tags=("old",), note="mine"))
    keys = list(range(1, 1_203))  # more than are read at once
    marks.mark_runs(db, keys, Many(star=True, turn=True, tags=("odd",)))
    found = marks.on_runs(db, [1, 2, 1_202])
    assert found[1] == Marked(star=True, tags=("old", "odd"), note="mine")
    assert found[2] == found[1_202] == Marked(star=True, tags=("odd",))
    marks.mark_runs(db, keys, Many(star=True, turn=True, note="all"))
    assert marks.on_runs(db, [2])[2] == Marked(tags=("odd",), note="all")
