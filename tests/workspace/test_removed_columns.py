"""A column that was taken out is nowhere, and comes back with all it had."""

from __future__ import annotations

import sqlite3

import pytest
from tests.workspace.making import matrix

from proofroom.errors import ProofroomError
from proofroom.workspace import changes, comparisons, removed_columns


def keys(db: sqlite3.Connection, comparison: int) -> list[int]:
    return [column.key for column in comparisons.columns(db, comparison)]


def marked(db: sqlite3.Connection, condition: str) -> list[int]:
    sql = "SELECT k.key FROM comparison_columns k WHERE {} ORDER BY k.key"
    return [row[0] for row in db.execute(sql.format(condition))]


def test_a_removed_column_is_left_out_and_comes_back_in_its_place(db: sqlite3.Connection) -> None:
    made = matrix(db)
    first, second = keys(db, made.key)
    removed_columns.remove(db, made.key, first)
    assert keys(db, made.key) == [second]
    assert marked(db, removed_columns.is_removed("k.key")) == [first]
    assert marked(db, removed_columns.is_there("k.key")) == [second]
    removed_columns.bring_back(db, made.key, [first])
    assert keys(db, made.key) == [first, second]
    assert marked(db, removed_columns.is_removed("k.key")) == []


def test_the_last_column_stays(db: sqlite3.Connection) -> None:
    made = matrix(db)
    first, second = keys(db, made.key)
    removed_columns.remove(db, made.key, first)
    with pytest.raises(ProofroomError, match="only column left"):
        removed_columns.remove(db, made.key, second)
    assert keys(db, made.key) == [second]


def test_others_hear_that_a_comparison_has_other_columns(db: sqlite3.Connection) -> None:
    made = matrix(db)
    first, _ = keys(db, made.key)
    before = changes.since(db, 0).seq
    removed_columns.remove(db, made.key, first)
    between = changes.since(db, before)
    assert "comparisons" in between.tables
    removed_columns.bring_back(db, made.key, [first])
    assert "comparisons" in changes.since(db, between.seq).tables
