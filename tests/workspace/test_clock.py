from __future__ import annotations

import sqlite3

from tests.workspace.making import content, ended, prompt

from proofroom.workspace import comparisons, rollups, runs, search

DAY_US = 86_400_000_000
NOON = 20_000 * DAY_US + DAY_US // 2


def test_a_clock_set_back_does_not_hide_new_runs(db: sqlite3.Connection) -> None:
    first = ended(db, "same words", started_at=NOON)
    second = ended(db, "same words", started_at=NOON - DAY_US)
    found = search.run_keys(db, "same", before=runs.NEWEST)
    assert found == [second.run_key, first.run_key]


def test_a_day_is_the_runs_own_local_one(db: sqlite3.Connection) -> None:
    ended(db, started_at=NOON, offset_s=14 * 3600)
    ended(db, started_at=NOON, offset_s=-11 * 3600)
    counts = [rollups.of_day(db, day).runs for day in (20_000, 20_001)]
    assert (counts, rollups.out_of_step(db)) == ([1, 1], ())


def test_comparisons_come_by_key_whatever_the_clock_said(db: sqlite3.Connection) -> None:
    key = prompt(db)
    column = comparisons.NewColumn(
        prompt_key=key, version_key=None, content=content(), label="draft", model_key=1
    )
    made = [comparisons.create(db, [column], [], name=name).key for name in "ab"]
    db.execute("UPDATE comparisons SET created_at = -key")
    assert [one.key for one in comparisons.listed(db)] == made[::-1]
