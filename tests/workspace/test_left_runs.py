from __future__ import annotations

import sqlite3

from tests.workspace.making import attempt_end, begun, cells, ended, matrix

from proofroom.workspace import (
    attempts,
    comparisons,
    database,
    engines,
    left_runs,
    provenance,
    rollups,
    runs,
    search,
)


def test_nothing_is_left_where_all_has_ended(db: sqlite3.Connection) -> None:
    ended(db)
    assert (left_runs.open_engines(db), left_runs.end_left(db)) == (frozenset(), [])


def test_what_is_left_is_ended_once_with_what_it_cost_so_far(db: sqlite3.Connection) -> None:
    one = begun(db, "lost words")
    again = attempts.NewAttempt(
        step_key=one.step_key, number=2, reason="cut_off", waited_us=1, sent_at=2, request=b"{}"
    )
    with database.writing(db):
        attempts.end(db, [attempt_end(one, status="failed")])
        attempts.begin(db, [again])
    assert left_runs.end_left(db) == [one.run_key]
    assert left_runs.end_left(db) == []
    run = provenance.of_run(db, one.run_key).run
    assert (run.status, run.title, run.retry_nano_usd) == ("interrupted", left_runs.LEFT_TITLE, 12)
    assert (run.tokens_in, run.tokens_out, run.cost_nano_usd) == (7, 5, None)
    assert search.run_keys(db, "lost words", before=runs.NEWEST) == [one.run_key]
    assert rollups.out_of_step(db) == ()


def test_a_comparison_goes_with_the_engine_that_ran_its_last_run(db: sqlite3.Connection) -> None:
    alive = engines.hold()
    gone, kept = matrix(db), comparisons.create(db, [], [], name="kept")
    with database.writing(db):
        for made, press in ((gone, "p"), (kept, "q")):
            comparisons.opened(db, made.key, runs.press_in(db, press) or 0)
    cell = cells(db, gone.key)[0]
    ended(db, cell_key=cell, engine=alive.id)
    ended(db, cell_key=cell, engine="dead")
    assert comparisons.open_ones(db) == {gone.key: "dead", kept.key: ""}
    left_runs.end_left(db)
    # the other was perhaps taken up by the engine that lives
    assert [comparisons.by_key(db, one.key).end_reason for one in (gone, kept)] == [
        "interrupted",
        "",
    ]
    alive.release()


def test_a_clock_set_back_makes_no_run_shorter_than_nothing(db: sqlite3.Connection) -> None:
    one = begun(db, started_at=4 * 10**15)
    left_runs.end_left(db)
    assert provenance.of_run(db, one.run_key).run.latency_us == 0
