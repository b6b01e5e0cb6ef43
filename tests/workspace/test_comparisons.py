from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

import pytest
from tests.workspace.making import begun, cells, content, ended, matrix, prompt

from proofroom.workspace import (
    cell_runs,
    comparisons,
    database,
    engines,
    left_runs,
    runs,
    search,
    versions,
)
from proofroom.workspace.comparisons import NewColumn, NewRow


def test_a_comparison_is_kept_whole_and_grows(db: sqlite3.Connection) -> None:
    made = matrix(db)
    assert (made.name, made.columns, made.rows, len(cells(db, made.key))) == ("both\ufffd", 2, 2, 4)
    with database.writing(db):
        comparisons.add_rows(db, made.key, [NewRow(name="x", values={"topic": "\ud800"})])
    assert comparisons.rows(db, made.key, after=1)[0].values == {"topic": "\ufffd"}
    assert len(cells(db, made.key)) == 6
    assert [one.label for one in comparisons.columns(db, made.key)] == ["side\ufffd"] * 2


def test_a_cell_shows_the_newest_run_of_each_sample(db: sqlite3.Connection) -> None:
    made = matrix(db)
    row = comparisons.rows(db, made.key)[0].key
    cell = cells(db, made.key)[0]
    ended(db, cell_key=cell, sample=0)
    newest = ended(db, cell_key=cell, sample=0)
    second = begun(db, cell_key=cell, sample=1)
    found = {run.sample: run for run in cell_runs.of_row(db, row)}
    assert [found[n].run_key for n in (0, 1)] == [newest.run_key, second.run_key]
    assert (found[0].status, found[1].status, found[0].attempts) == ("ok", None, 1)


def test_an_answer_asked_anew_wins_over_a_reused_one(db: sqlite3.Connection) -> None:
    made = matrix(db)
    row, cell = comparisons.rows(db, made.key)[0].key, cells(db, made.key)[0]
    old = ended(db)
    with database.writing(db):
        cell_runs.reuse(db, cell, 0, old.run_key)
    assert [(r.run_key, bool(r.cached)) for r in cell_runs.of_row(db, row)] == [(old.run_key, True)]
    anew = ended(db, cell_key=cell)
    assert [r.run_key for r in cell_runs.of_row(db, row)] == [anew.run_key]


def test_what_a_dead_engine_left_is_closed_and_what_never_ran_is_not(
    db: sqlite3.Connection,
) -> None:
    started, waiting = matrix(db), comparisons.create(db, [], [], name="later")
    with database.writing(db):
        comparisons.opened(db, started.key, runs.press_in(db, "p") or 0)
    begun(db, cell_key=cells(db, started.key)[0])
    assert len(left_runs.end_left(db)) == 1
    assert comparisons.by_key(db, started.key).end_reason == "interrupted"
    assert comparisons.by_key(db, waiting.key).ended_at is None


def test_one_just_taken_up_is_left_to_the_engines_that_live(db: sqlite3.Connection) -> None:
    taken, alive = matrix(db), engines.hold()
    with database.writing(db):
        comparisons.opened(db, taken.key, runs.press_in(db, "p") or 0)
    left_runs.end_left(db)
    assert comparisons.by_key(db, taken.key).ended_at is None
    alive.release()
    left_runs.end_left(db)
    assert comparisons.by_key(db, taken.key).end_reason == "interrupted"


READS: list[Callable[[sqlite3.Connection], object]] = [
    lambda db: comparisons.listed(db, before=9, size=3),
    lambda db: cell_runs.of_row(db, 1),
    lambda db: comparisons.rows(db, 1, size=9),
    lambda db: comparisons.last_try(db, 1),
    lambda db: runs.answered(db, b""),
    left_runs.open_engines,
    lambda db: versions.of_prompt(db, 1),
    lambda db: search.run_keys(db, "a", before=9),
]


@pytest.mark.parametrize("read", READS)
def test_pages_and_cells_are_found_by_keys_and_not_by_a_scan(
    db: sqlite3.Connection, read: Callable[[sqlite3.Connection], object]
) -> None:
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    read(db)
    db.set_trace_callback(None)
    asked = [sql for sql in asked if not sql.startswith("--")]
    plan = [row[-1] for sql in asked for row in db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
    assert asked
    assert [
        line
        for line in plan
        if re.match(r"SCAN (?!\S+ (USING|VIRTUAL)|\(sub|main\.run_search)", line)
    ] == []


def test_the_last_try_of_a_draft_is_found_by_its_prompt(db: sqlite3.Connection) -> None:
    key = prompt(db)
    column = NewColumn(
        prompt_key=key, version_key=None, content=content(), label="draft", model_key=1
    )
    made = [comparisons.create(db, [column], [], name=n, source="draft") for n in "ab"]
    found = comparisons.last_try(db, key)
    assert found is not None
    assert (found.key, comparisons.listed(db)) == (made[1].key, [])
