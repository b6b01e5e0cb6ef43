from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.workspace.making import begun, cells, ended, matrix

from proofroom import clock
from proofroom.domain.age import DAY_US, days_of
from proofroom.domain.mark import Marked
from proofroom.workspace import (
    budgets,
    cell_runs,
    comparisons,
    database,
    high_water,
    integrity,
    marks,
    pruning,
    runs,
    search,
)
from proofroom.workspace.budgets import NewBudget
from proofroom.workspace.opening import open_workspace

OLD_DAYS = 100


def ago(days: int) -> int:
    return clock.now() - days * DAY_US


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    """Return a workspace with five old runs, four new ones and one that is still under way."""
    with closing(open_workspace(path, create=True).connection) as db:
        for number in range(5):
            ended(db, f"ancient {number}", f"gone {number}", started_at=ago(OLD_DAYS))
        for number in range(4):
            ended(db, f"recent {number}", f"here {number}", started_at=ago(1))
        begun(db, "open", started_at=ago(OLD_DAYS))
        yield db


def keys(db: sqlite3.Connection) -> list[int]:
    return [row[0] for row in db.execute("SELECT key FROM runs ORDER BY key").fetchall()]


def sums(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Return what all runs are and cost by every dimension, whether carried or counted."""
    sql = """SELECT day, dimension, value, status, sum(runs), sum(cost_nano_usd), sum(tokens_input),
        sum(latency_us) FROM rollup_days GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""
    fine = """SELECT quarter, model_key, source, status, sum(runs), sum(cost_nano_usd),
        sum(tokens_output) FROM rollups GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""
    return db.execute(sql).fetchall() + db.execute(fine).fetchall()


def tombs(db: sqlite3.Connection) -> list[tuple[int, int]]:
    sql = "SELECT from_key, to_key FROM tombstones WHERE kind = 'runs' ORDER BY key"
    return db.execute(sql).fetchall()


def test_old_runs_go_and_all_that_is_theirs(db: sqlite3.Connection, path: Path) -> None:
    before = sums(db)
    found = pruning.prune(path, 90)
    assert (found.runs, found.texts > 9, keys(db)) == (5, True, [6, 7, 8, 9, 10])
    assert search.run_keys(db, "ancient", before=runs.NEWEST) == []
    assert search.run_keys(db, "recent", before=runs.NEWEST) == [9, 8, 7, 6]
    assert database.value(db, "SELECT count(*) FROM attempts") == 5
    assert (sums(db), tombs(db)) == (before, [(1, 5)])
    assert integrity.verify(path).findings == ()


def test_a_hold_that_a_dead_engine_left_is_settled_before_its_attempt_goes(
    db: sqlite3.Connection, path: Path
) -> None:
    new = NewBudget(scope="all", name="", every="month", limit_nano_usd=100)
    budget = budgets.add(db, new).key
    attempt = database.value(db, "SELECT min(key) FROM attempts")
    month = database.value(db, "SELECT period_start FROM budget_ledger WHERE kind = 'spent'")
    with database.writing(db):
        db.execute("UPDATE attempts SET cost_nano_usd = NULL WHERE key = ?", (attempt,))
        sql = """INSERT INTO budget_ledger (budget_key, attempt_key, period_start, kind, nano_usd,
            made_at) VALUES (?, ?, ?, 'hold', 40, 0)"""
        db.execute(sql, (budget, attempt, month))
    spent = "SELECT nano_usd FROM budget_ledger WHERE kind = 'spent'"
    before = database.value(db, spent)
    pruning.prune(path, 90)
    assert database.value(db, spent) == before + 40
    of_it = "SELECT count(*) FROM budget_ledger WHERE attempt_key = ?"
    assert database.value(db, of_it, (attempt,)) == 0


def test_what_they_cost_stays_and_survives_a_rebuild(db: sqlite3.Connection, path: Path) -> None:
    before = sums(db)
    pruning.prune(path, 90)
    with database.writing(db):
        db.execute("UPDATE rollups SET runs = runs + 9 WHERE carried = 0")
    assert integrity.verify(path, repair=True).repaired == ("rollups",)
    assert (sums(db), integrity.verify(path).sound) == (before, True)


def test_the_preview_says_what_the_prune_then_does(db: sqlite3.Connection, path: Path) -> None:
    texts_before, before = database.value(db, "SELECT count(*) FROM texts"), path.read_bytes()
    seen = pruning.preview(path, 90)
    assert (path.read_bytes(), seen.runs, seen.cost_nano_usd) == (before, 5, 60)
    done = pruning.prune(path, 90)
    assert (done.runs, done.texts, done.text_bytes) == (seen.runs, seen.texts, seen.text_bytes)
    assert database.value(db, "SELECT count(*) FROM texts") == texts_before - seen.texts
    assert pruning.preview(path, 90).runs == 0


def test_a_mark_a_pick_and_a_proof_keep_a_run(db: sqlite3.Connection, path: Path) -> None:
    marks.mark_run(db, 2, Marked(star=True))
    with database.writing(db):
        db.execute("INSERT INTO reviews VALUES (1, 'r', 4, NULL, 'good', '', NULL, 0)")
    comparison = matrix(db)
    cell = cells(db, comparison.key)[0]
    (row, column), _ = next(iter(sorted(cell_runs.cell_keys(db, comparison.key).items())))
    with database.writing(db):
        db.execute("UPDATE runs SET cell_key = ? WHERE key = 1", (cell,))
    marks.set_one(db, "pick", "row", row, f'{{"column":{column}}}')
    seen = pruning.preview(path, 90)
    assert (seen.runs, seen.kept_marked, seen.kept_proof) == (2, 2, 1)
    pruning.prune(path, 90)
    assert keys(db)[:4] == [1, 2, 4, 6]
    assert tombs(db) == [(3, 3), (5, 5)]
    pruning.prune(path, 90, keep_marked=False)
    assert keys(db)[:2] == [4, 6]
    assert database.value(db, "SELECT count(*) FROM marks WHERE target = 'run'") == 0
    assert integrity.verify(path).findings == ()


def test_an_answer_that_a_newer_comparison_shows_stays(db: sqlite3.Connection, path: Path) -> None:
    cell = cells(db, matrix(db).key)[0]
    with database.writing(db):
        cell_runs.reuse(db, cell, 0, 3)
    assert pruning.preview(path, 90).kept_proof == 1
    pruning.prune(path, 90)
    assert keys(db)[0] == 3
    with database.writing(db):
        db.execute("UPDATE comparisons SET created_at = 0, ended_at = 0")
    pruning.prune(path, 90)
    assert (keys(db)[0], database.value(db, "SELECT count(*) FROM reused")) == (6, 0)


def test_an_answer_that_an_old_comparison_reuses_while_it_runs_again_stays(
    db: sqlite3.Connection, path: Path
) -> None:
    comparison = matrix(db).key
    with database.writing(db):
        cell_runs.reuse(db, cells(db, comparison)[0], 0, 3)
        db.execute("UPDATE comparisons SET created_at = 0, ended_at = 0")
        comparisons.opened(db, comparison, runs.press_in(db, "pressed") or 0)
    pruning.prune(path, 90)
    assert keys(db)[0] == 3
    comparisons.close(db, comparison, "done")
    with database.writing(db):
        db.execute("UPDATE comparisons SET ended_at = 0")
    pruning.prune(path, 90)
    assert keys(db)[0] == 6


def test_a_mark_that_is_made_meanwhile_still_keeps_its_run(
    db: sqlite3.Connection, path: Path
) -> None:
    for number in range(40):  # more than one part
        ended(db, f"further {number}", started_at=ago(OLD_DAYS))

    def hear(step: str, done: int, _: int) -> None:
        if (step, done) == ("runs", 20):
            marks.mark_run(db, 50, Marked(note="keep this"))
            ended(db, "further 30", "gone 3")

    done = pruning.prune(path, 90, progress=hear)
    assert (done.runs, 50 in keys(db)) == (44, True)
    assert integrity.verify(path).findings == ()


def test_a_text_that_is_named_again_meanwhile_stays(db: sqlite3.Connection, path: Path) -> None:
    for number in range(60):  # more than one part of texts
        ended(db, f"further {number}", f"far {number}", started_at=ago(OLD_DAYS))
    named: list[int] = []

    def hear(step: str, done: int, _: int) -> None:
        if step == "texts" and not named:
            assert done
            named.append(ended(db, "further 59", "far 59").run_key)

    pruning.prune(path, 90, progress=hear)
    sql = "SELECT count(*) FROM texts t JOIN runs r ON t.key IN (r.input_key, r.output_key)"
    assert database.value(db, f"{sql} WHERE r.key = ?", named) == 2
    assert integrity.verify(path).findings == ()


def test_a_text_that_an_attempt_with_a_key_given_again_names_stays(
    db: sqlite3.Connection, path: Path
) -> None:
    for number in range(60):
        ended(db, f"further {number}", f"far {number}", started_at=ago(OLD_DAYS))
    last = begun(db, "never leaves", started_at=ago(OLD_DAYS))
    named: list[runs.Begun] = []

    def hear(step: str, done: int, _: int) -> None:
        if step == "texts" and not named:
            assert done
            with database.writing(db):
                runs.withdraw(db, [last.run_key])
            named.append(ended(db, "further 59", "far 59"))

    pruning.prune(path, 90, progress=hear)
    assert named[0].attempt_key <= last.attempt_key
    assert integrity.verify(path).findings == ()


def test_keys_of_runs_that_went_are_never_given_again(db: sqlite3.Connection, path: Path) -> None:
    with database.writing(db):
        db.execute("UPDATE runs SET started_at = 5 WHERE ended_at IS NOT NULL")
        db.execute("DELETE FROM rollups")
        db.execute("DELETE FROM rollup_days")
        db.execute("DELETE FROM attempts WHERE key = 10")
        db.execute("DELETE FROM steps WHERE key = 10")
        db.execute("DELETE FROM runs WHERE key = 10")
    integrity.verify(path, repair=True)
    due = high_water.due(path, db, now=True)
    assert due is not None
    high_water.keep(*due)
    pruning.prune(path, 90)
    assert (keys(db), high_water.missing(path, db)) == ([], None)
    assert ended(db).run_key == 10


def test_a_run_whose_text_is_damaged_stays(db: sqlite3.Connection, path: Path) -> None:
    with database.writing(db):
        db.execute(
            """UPDATE texts SET codec = 1, data = x'00'
                WHERE key = (SELECT input_key FROM runs WHERE key = 2)"""
        )
    done = pruning.prune(path, 90)
    assert (done.runs, done.damaged, keys(db)[0]) == (4, 1, 2)
    assert [one.kind for one in integrity.verify(path).findings] == ["text"]


def test_a_stop_leaves_whole_runs_and_the_next_prune_goes_on(
    db: sqlite3.Connection, path: Path
) -> None:
    for number in range(30):
        ended(db, f"further {number}", started_at=ago(OLD_DAYS))
    seen = pruning.preview(path, 90)
    heard: list[str] = []

    def hear(step: str, _done: int, _total: int) -> None:
        heard.append(step)

    done = pruning.prune(path, 90, progress=hear, is_stopped=lambda: bool(heard))
    assert (done.stopped, done.runs, done.texts) == (True, 20, 0)
    assert integrity.verify(path).findings == ()
    rest = pruning.prune(path, 90)
    assert (done.runs + rest.runs, rest.texts) == (seen.runs, seen.texts)


AGES = [("90d", 90), ("90", 90), ("12 weeks", 84), ("1y", 365), ("6m", 180), ("0d", None)]


@pytest.mark.parametrize(("text", "days"), [*AGES, ("soon", None), ("", None), ("-3d", None)])
def test_an_age_is_read_as_people_write_it(text: str, days: int | None) -> None:
    assert days_of(text) == days


def test_ledger_lines_stay_without_their_attempt(db: sqlite3.Connection, path: Path) -> None:
    with database.writing(db):
        db.execute("INSERT INTO budgets VALUES (1, 'b', 'all', NULL, 'day', 5, 0.8, NULL, 1)")
        db.execute("INSERT INTO budget_ledger VALUES (1, 1, 2, 0, 'spent', 12, 0)")
    pruning.prune(path, 90)
    assert db.execute("SELECT attempt_key, nano_usd FROM budget_ledger").fetchall() == [(None, 12)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
