from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.workspace.making import attempt_end, begun, ended, run_end

from proofroom.domain.message import Text
from proofroom.workspace import (
    attempts,
    database,
    engines,
    left_runs,
    provenance,
    rollups,
    runs,
    search,
    search_index,
    texts,
)
from proofroom.workspace.opening import open_workspace

SAME_FILE = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
END = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["ok", "failed", "timeout", "cancelled"]),
        "cost_nano_usd": st.none() | st.integers(0, 10**12),
        "retry_nano_usd": st.integers(0, 10**9),
        "latency_us": st.integers(0, 10**9),
    }
)
BEGIN = st.fixed_dictionaries(
    {
        "started_at": st.integers(10**15, 2 * 10**15),
        "offset_s": st.sampled_from([-39600, 0, 19800, 50400]),
        "environment": st.sampled_from(["", "production"]),
        "source": st.sampled_from(["draft", "cli"]),
    }
)


def test_a_run_ends_once(db: sqlite3.Connection) -> None:
    one = ended(db)
    for again in (
        lambda: runs.end(db, [run_end(one, "Other.")]),
        lambda: attempts.end(db, [attempt_end(one, "Other.")]),
    ):
        with pytest.raises(RuntimeError, match="is not open"), database.writing(db):
            again()
    assert db.execute("SELECT runs, cost_nano_usd FROM rollups").fetchall() == [(1, 12)]
    assert provenance.of_run(db, one.run_key).output == (Text(text="Because."),)


def test_an_end_that_fails_leaves_nothing_of_it(db: sqlite3.Connection) -> None:
    first, second = begun(db), ended(db)
    with pytest.raises(RuntimeError), database.writing(db):
        runs.end(db, [run_end(first, "lonely"), run_end(second)])
    assert database.value(db, "SELECT ended_at FROM runs WHERE key = ?", (first.run_key,)) is None
    assert search.run_keys(db, "lonely", before=runs.NEWEST) == []


@SAME_FILE
@given(st.lists(st.tuples(BEGIN, END), min_size=1, max_size=8))
def test_sums_agree_with_rows_after_any_history(
    db: sqlite3.Connection, history: list[tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    opened = [(begun(db, **begin), end) for begin, end in history]
    with database.writing(db):
        for one, _ in opened:
            attempts.end(db, [attempt_end(one)])
        runs.end(db, [run_end(one, **end) for one, end in opened])
    assert rollups.out_of_step(db) == ()
    kept = db.execute("SELECT * FROM rollups").fetchall()
    with database.writing(db):
        rollups.rebuild(db)
    assert db.execute("SELECT * FROM rollups").fetchall() == kept
    assert search_index.wrong(db) == []


def test_engines_that_are_gone_leave_interrupted_runs(db: sqlite3.Connection) -> None:
    alive = engines.hold()
    gone, mine = begun(db), begun(db, engine=alive.id)
    again = attempts.NewAttempt(
        step_key=gone.step_key, number=2, reason="overloaded", waited_us=1, sent_at=2, request=b"{}"
    )
    with database.writing(db):
        attempts.end(db, [attempt_end(gone, status="failed")])
        attempts.begin(db, [again])
    assert left_runs.end_left(db) == [gone.run_key]
    found = provenance.of_run(db, gone.run_key)
    assert [attempt.billed for attempt in found.attempts] == ["known", "perhaps"]
    assert (found.run.status, found.run.cost_nano_usd, found.run.retry_nano_usd) == (
        "interrupted",
        None,
        12,
    )
    assert provenance.of_run(db, mine.run_key).run.status is None
    assert rollups.out_of_step(db) == ()
    alive.release()


def test_an_engine_that_starts_while_we_look_keeps_its_runs(db: sqlite3.Connection) -> None:
    before = left_runs.open_engines(db)
    live = engines.live()
    late = engines.hold()
    one = begun(db, engine=late.id)
    assert left_runs.interrupt(db, live, among=before) == []
    assert provenance.of_run(db, one.run_key).run.status is None
    late.release()


def test_a_press_is_served_once(db: sqlite3.Connection) -> None:
    for expected in (True, False):
        with database.writing(db):
            assert (runs.press_in(db, "01") is not None) is expected


def test_only_a_done_answer_to_the_same_call_is_used_again(db: sqlite3.Connection) -> None:
    first, newest = ended(db, "Why?"), ended(db, "Why?")
    begun(db, "Why?")
    other = ended(db, "Who?")
    call = database.value(db, "SELECT call_hash FROM runs WHERE key = ?", (first.run_key,))
    assert runs.answered(db, call) == newest.run_key
    assert runs.answered(db, b"\0" * 32) is None
    assert other.run_key > newest.run_key


def test_what_utf8_cannot_hold_is_kept_with_a_mark_in_its_place(db: sqlite3.Connection) -> None:
    odd = "a\ud800b\x00c"
    one = begun(db, odd)
    with database.writing(db):
        attempts.end(db, [attempt_end(one, odd, detail=odd, request_id=odd, usage_raw=odd)])
        runs.end(db, [run_end(one, odd, title=odd, choices=((Text(text=odd),),))])
    found = provenance.of_run(db, one.run_key)
    assert found.output == (Text(text="a\ufffdb\x00c"),)
    assert found.run.title == "a\ufffdb\x00c"
    assert search.run_keys(db, "b", before=runs.NEWEST) == [one.run_key]
    assert search_index.wrong(db) == []


def test_every_choice_of_an_answer_is_kept(db: sqlite3.Connection) -> None:
    one = begun(db)
    with database.writing(db):
        attempts.end(db, [attempt_end(one)])
        runs.end(db, [run_end(one, choices=((Text(text="A"),), (Text(text="B"),)))])
    key = database.value(db, "SELECT choices_key FROM runs")
    assert texts.text(db, key) == '[[{"type":"text","text":"A"}],[{"type":"text","text":"B"}]]'


def test_two_connections_write_in_turn(path: Path, db: sqlite3.Connection) -> None:
    other = open_workspace(path).connection
    for _ in range(20):
        ended(db)
        ended(other)
    assert database.value(other, "SELECT count(*) FROM runs WHERE status = 'ok'") == 40
    assert rollups.out_of_step(db) == ()
    other.close()
