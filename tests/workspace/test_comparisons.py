from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable

import pytest
from tests.workspace.making import (
    attempt_end,
    begun,
    cells,
    content,
    ended,
    matrix,
    prompt,
    run_end,
)

from proofroom.workspace import (
    attempts,
    cell_runs,
    changes,
    comparisons,
    database,
    engines,
    left_runs,
    providers,
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


def test_a_comparison_keeps_its_name_its_view_and_its_place(db: sqlite3.Connection) -> None:
    made = matrix(db)
    for change in (
        lambda: comparisons.rename(db, made.key, "new\ud800"),
        lambda: comparisons.keep_view(db, made.key, {"base": 1, "text": "\ud800"}),
        lambda: comparisons.archive(db, made.key),
    ):
        before = changes.since(db, 0).seq
        change()
        assert "comparisons" in changes.since(db, before).tables
    found = comparisons.by_key(db, made.key)
    assert found.name == "new\ufffd"
    assert json.loads(found.view) == {"base": 1, "text": "\ufffd"}
    assert comparisons.listed(db) == []
    assert [one.key for one in comparisons.listed(db, archived=True)] == [made.key]
    comparisons.archive(db, made.key, archived=False)
    assert [one.key for one in comparisons.listed(db)] == [made.key]


def test_the_usual_time_of_a_model_is_the_mean_of_its_whole_answers(db: sqlite3.Connection) -> None:
    model = providers.model(db, "local/smollm2").key
    assert runs.usual_seconds(db, [model]) == {}
    ends = ((1_000_000, "ok"), (4_000_000, "ok"), (90_000_000, "failed"))
    for latency_us, status in ends:
        one = begun(db)
        with database.writing(db):
            attempts.end(db, [attempt_end(one, status=status)])
            runs.end(db, [run_end(one, latency_us=latency_us, status=status)])
    assert runs.usual_seconds(db, [model, 99]) == {model: 2.5}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True), ("  Both ", True), ("explain", True), ("100%", False), ("%", False),
        ("_oth", False), ("!", False), ("another", False),
    ],
)  # fmt: skip
def test_a_comparison_is_found_by_its_name_or_its_prompts_and_by_no_sign(
    db: sqlite3.Connection, query: str, *, found: bool
) -> None:
    matrix(db)
    assert bool(comparisons.listed(db, query=query)) == found


def test_a_sign_of_the_search_is_found_where_it_stands(db: sqlite3.Connection) -> None:
    made = matrix(db)
    for name in ("100% sure", "a_b", "really!"):
        comparisons.rename(db, made.key, name)
        assert [one.key for one in comparisons.listed(db, query=name)] == [made.key]


def test_comparisons_come_newest_first_and_page_by_page(db: sqlite3.Connection) -> None:
    first = matrix(db)
    columns = [
        NewColumn(prompt_key=None, version_key=None, content=content(), label="", model_key=1)
    ]
    keys = [first.key] + [
        comparisons.create(db, columns, [], name=f"more {n}").key for n in range(4)
    ]
    newest = [one.key for one in comparisons.listed(db, size=3)]
    assert newest == keys[:1:-1]
    rest = comparisons.listed(db, size=3, before=newest[-1])
    assert [one.key for one in rest] == keys[1::-1]
