"""Many rows in one statement: the same rows and keys as one by one, for any number of them."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.workspace.making import attempt_end, begun, new_run, run_end

from proofroom.workspace import attempts, database, many, rollups, runs, search, texts


def table() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("CREATE TABLE t (key INTEGER PRIMARY KEY, a, b)")
    return db


@given(st.integers(0, 300), st.integers(0, 5))
def test_keys_are_those_of_the_rows_for_any_number(count: int, before: int) -> None:
    db = table()
    for number in range(before):
        db.execute("INSERT INTO t (a) VALUES (?)", (number,))
    rows = [(f"a{number}", number) for number in range(count)]
    keys = many.insert(db, "INSERT INTO t (a, b)", rows)
    found = db.execute("SELECT key, a, b FROM t WHERE b IS NOT NULL ORDER BY b").fetchall()
    assert found == [(key, *row) for key, row in zip(keys, rows, strict=True)]


@given(st.sets(st.integers(1, 200)))
def test_what_is_changed_and_found_is_what_was_named(keys: set[int]) -> None:
    db = table()
    many.insert(db, "INSERT INTO t (a, b)", [(1, 1)] * 200)
    sql = "UPDATE t SET a = v.column2 FROM (VALUES {}) AS v WHERE key = v.column1 RETURNING key"
    changed = many.update(db, sql, [(key, key * 10) for key in keys])
    assert sorted(row[0] for row in changed) == sorted(keys)
    wanted = [key * 10 for key in sorted(keys)]
    found = many.select(db, "SELECT a FROM t WHERE a > 1 AND a IN {}", wanted)
    assert sorted(row[0] for row in found) == [value for value in wanted if value > 1]


def test_an_end_is_found_by_its_key_and_never_by_a_walk_through_the_rows(
    db: sqlite3.Connection,
) -> None:
    both, asked = [begun(db, "one"), begun(db, "other")], list[str]()
    db.set_trace_callback(asked.append)
    with database.writing(db):
        attempts.end(db, [attempt_end(one) for one in both])
        runs.end(db, [run_end(one) for one in both])
    db.set_trace_callback(None)
    ends = [sql for sql in asked if sql.startswith(("UPDATE runs", "UPDATE attempts"))]
    for sql in ends:
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert [step for step in plan if "USING INTEGER PRIMARY KEY (rowid=?)" in step], plan
    assert len(ends) == 2


def test_the_same_text_twice_in_one_batch_is_kept_once(db: sqlite3.Connection) -> None:
    with database.writing(db):
        old = texts.put(db, "old")
        keys = texts.put_all(db, [("a", texts.TEXT), ("old", texts.TEXT), ("a", texts.TEXT)])
    assert keys[0] == keys[2] != keys[1] == old
    assert texts.text(db, keys[0]) == "a"


def test_many_runs_end_together_each_with_its_own(db: sqlite3.Connection) -> None:
    with database.writing(db):
        new = [new_run(db, f"asked{number}") for number in range(70)]
        many_begun = runs.begin(db, new)
        attempts.end(db, [attempt_end(one, f"raw{one.run_key}") for one in many_begun])
        runs.end(db, [run_end(one, f"answer{one.run_key}") for one in many_begun])
    for one, number in zip(many_begun, range(70), strict=True):
        found = search.run_keys(db, f"asked{number}", before=runs.NEWEST)
        assert one.run_key in found
        assert search.run_keys(db, f"answer{one.run_key}", before=runs.NEWEST)[-1] == one.run_key
    assert rollups.out_of_step(db) == ()


def test_one_that_ends_twice_in_a_batch_ends_nobody(db: sqlite3.Connection) -> None:
    one, other = begun(db, "one"), begun(db, "other")
    ends = [run_end(one), run_end(other), run_end(one)]
    with pytest.raises(RuntimeError, match="is not open, or one ends twice"), database.writing(db):
        runs.end(db, ends)
    assert database.value(db, "SELECT count(*) FROM runs WHERE ended_at IS NULL") == 2
