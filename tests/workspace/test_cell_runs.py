from __future__ import annotations

import sqlite3

import pytest
from tests.workspace.making import attempt_end, begun, cells, ended, matrix, run_end

from proofroom.domain.message import Text
from proofroom.workspace import attempts, cell_runs, comparisons, database, runs
from proofroom.workspace.file_errors import DamagedError


def asked(db: sqlite3.Connection, run_key: int) -> bytes:
    return database.value(db, "SELECT call_hash FROM runs WHERE key = ?", (run_key,))


def test_every_row_and_column_has_one_cell(db: sqlite3.Connection) -> None:
    made = matrix(db, rows=3)
    keys = cell_runs.cell_keys(db, made.key)
    rows = [row.key for row in comparisons.rows(db, made.key)]
    columns = [column.key for column in comparisons.columns(db, made.key)]
    assert set(keys) == {(row, column) for row in rows for column in columns}
    assert len(set(keys.values())) == 6
    assert cell_runs.cell_keys(db, 99) == {}


def test_only_answers_that_stand_are_taken_for_answered(db: sqlite3.Connection) -> None:
    made = matrix(db)
    first, second = cells(db, made.key)[:2]
    done = ended(db, "one", cell_key=first, sample=1)
    failed = begun(db, "two", cell_key=second)
    with database.writing(db):
        attempts.end(db, [attempt_end(failed, status="failed")])
        runs.end(db, [run_end(failed, status="failed", failure="cut_off")])
    begun(db, "three", cell_key=first, sample=0)
    assert cell_runs.answered(db, made.key) == {(first, 1): asked(db, done.run_key)}


def test_an_answer_of_before_stands_where_it_is_reused_until_a_newer_one(
    db: sqlite3.Connection,
) -> None:
    made = matrix(db)
    cell, old = cells(db, made.key)[0], ended(db, "before")
    for _ in range(2):  # once more changes nothing
        with database.writing(db):
            cell_runs.reuse(db, cell, 0, old.run_key)
    assert cell_runs.answered(db, made.key) == {(cell, 0): asked(db, old.run_key)}
    anew = ended(db, "anew", cell_key=cell, sample=0)
    assert cell_runs.answered(db, made.key) == {(cell, 0): asked(db, anew.run_key)}
    later = ended(db, "later")
    with database.writing(db):
        cell_runs.reuse(db, cell, 0, later.run_key)
    assert cell_runs.answered(db, made.key) == {(cell, 0): asked(db, later.run_key)}
    row = comparisons.rows(db, made.key)[0].key
    assert [(one.run_key, bool(one.cached)) for one in cell_runs.of_row(db, row)] == [
        (later.run_key, True)
    ]


def test_a_cell_tells_its_attempts_and_which_model_answered(db: sqlite3.Connection) -> None:
    made = matrix(db)
    one = begun(db, cell_key=cells(db, made.key)[0])
    again = attempts.NewAttempt(
        step_key=one.step_key, number=2, reason="cut_off", waited_us=0, sent_at=1, request=b"{}"
    )
    with database.writing(db):
        attempts.end(db, [attempt_end(one, status="failed")])
        attempts.begin(db, [again])
        runs.end(db, [run_end(one, answering_model="smollm2-\ud800", warnings=("other_model",))])
    found = cell_runs.of_row(db, comparisons.rows(db, made.key)[0].key)[0]
    assert (found.attempts, found.warnings) == (2, "other_model")
    assert (found.asked_model, found.answering_model) == ("smollm2", "smollm2-\ufffd")


def test_a_model_that_answers_by_its_own_name_is_not_named_again(db: sqlite3.Connection) -> None:
    made = matrix(db)
    one = begun(db, cell_key=cells(db, made.key)[0])
    with database.writing(db):
        attempts.end(db, [attempt_end(one)])
        runs.end(db, [run_end(one, answering_model="smollm2")])
    row = comparisons.rows(db, made.key)[0].key
    assert [run.answering_model for run in cell_runs.of_row(db, row)] == [None]


def test_a_model_that_answers_twice_for_another_is_one_model(db: sqlite3.Connection) -> None:
    for _ in range(2):
        one = begun(db)
        with database.writing(db):
            attempts.end(db, [attempt_end(one)])
            runs.end(db, [run_end(one, answering_model="dated")])
    rows = db.execute("SELECT name, listed FROM models ORDER BY key").fetchall()
    assert rows == [("smollm2", 1), ("dated", 0)]


def test_an_output_is_read_back_and_a_damaged_one_is_told(db: sqlite3.Connection) -> None:
    ended(db, answer="Yes.")
    key = database.value(db, "SELECT output_key FROM runs")
    assert cell_runs.output(db, key) == (Text(text="Yes."),)
    assert cell_runs.output(db, None) == ()
    db.execute("UPDATE texts SET data = x'7b' WHERE key = ?", (key,))
    with pytest.raises(DamagedError, match="is damaged"):
        cell_runs.output(db, key)
