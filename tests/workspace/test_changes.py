from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.workspace.making import content, ended, prompt

from proofroom.workspace import (
    authors,
    changes,
    comparisons,
    database,
    drafts,
    inputs,
    prompts,
    schema,
    settings,
    versions,
)
from proofroom.workspace.opening import open_workspace

ACTS: list[tuple[Callable[[sqlite3.Connection], object], set[str]]] = [
    (lambda db: prompts.rename(db, 1, "other"), {"prompts"}),
    (lambda db: prompts.archive(db, 1), {"prompts"}),
    (lambda db: drafts.save(db, 1, content("x"), revision=2), {"prompts", "drafts"}),
    (lambda db: drafts.hold(db, 1, lambda _: "window"), {"drafts"}),
    (lambda db: versions.archive(db, 1), {"versions", "drafts"}),
    (lambda db: inputs.add(db, 1, [("a", {})]), {"inputs", "input_sets"}),
    (lambda db: settings.put(db, "local_only", value=True), {"settings"}),
    (lambda db: authors.rename(db, 1, "Ada"), {"authors"}),
    (lambda db: comparisons.create(db, [], [], name="c"), {"comparisons"}),
]


@pytest.mark.parametrize(("act", "tables"), ACTS, ids=range(len(ACTS)))
def test_the_other_process_sees_which_tables_changed(
    path: Path,
    db: sqlite3.Connection,
    act: Callable[[sqlite3.Connection], object],
    tables: set[str],
) -> None:
    versions.save(db, prompt(db))
    other = open_workspace(path).connection
    before, version = changes.since(db, 0), changes.data_version(db)
    act(other)
    assert changes.data_version(db) != version
    found = changes.since(db, before.seq)
    assert (found.tables, found.seq > before.seq) == (tables, True)
    assert changes.since(db, found.seq).tables == frozenset()
    other.close()


def test_the_newest_run_is_told(db: sqlite3.Connection) -> None:
    assert changes.since(db, 0).newest_run == 0
    ended(db)
    key = ended(db).run_key
    assert changes.since(db, 0).newest_run == key


def test_ones_own_writes_are_no_news(db: sqlite3.Connection) -> None:
    before = changes.data_version(db)
    prompt(db)
    assert changes.data_version(db) == before


@pytest.mark.parametrize("table", schema.SEQUENCED)
def test_news_of_a_table_are_found_by_its_index(db: sqlite3.Connection, table: str) -> None:
    plan = db.execute(
        f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE seq > ? LIMIT 1",  # noqa: S608 - ours
        (1,),
    ).fetchall()
    assert f"USING COVERING INDEX {table}_by_seq" in plan[0][-1]


def test_the_sequence_never_goes_back_when_a_write_is_taken_back(db: sqlite3.Connection) -> None:
    seq = changes.since(db, 0).seq
    with database.writing(db):
        assert database.next_seq(db) == seq + 1
        db.execute("ROLLBACK")
        db.execute("BEGIN")
    assert changes.since(db, 0).seq == seq
    prompt(db)
    assert changes.since(db, 0).seq > seq
