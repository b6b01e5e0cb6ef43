"""Columns taken out of a comparison: a mark beside the column; its runs stay, it can come back."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from proofroom.errors import ProofroomError
from proofroom.workspace import database, marks

_MARKED = """EXISTS (SELECT 1 FROM marks out WHERE out.target = 'column' AND out.target_key = {}
    AND out.kind = 'removed' AND out.removed_at IS NULL)"""


def is_removed(column_key: str) -> str:
    """Return the SQL condition that a column was taken out; `column_key` names its key."""
    return _MARKED.format(column_key)


def is_there(column_key: str) -> str:
    """Return the SQL condition that a column was not taken out."""
    return f"NOT {_MARKED.format(column_key)}"


def remove(db: sqlite3.Connection, comparison_key: int, column_key: int) -> None:
    """Take a column out of its comparison; nothing of it is asked, counted or exported any more.

    Raises ProofroomError if no other would be left.
    """
    sql = f"""SELECT count(*) FROM comparison_columns k WHERE k.comparison_key = ? AND k.key <> ?
        AND {is_there("k.key")}"""
    with database.writing(db):
        if not database.value(db, sql, (comparison_key, column_key)):
            raise ProofroomError(
                "It is the only column left", where="this comparison", fix="Add another one first."
            )
        marks.put(db, "removed", "column", column_key, "")
        _touch(db, comparison_key)


def bring_back(db: sqlite3.Connection, comparison_key: int, column_keys: Sequence[int]) -> None:
    """Put columns back in their places, with the answers they had."""
    with database.writing(db):
        for key in column_keys:
            marks.take_off(db, "removed", "column", key)
        _touch(db, comparison_key)


def _touch(db: sqlite3.Connection, comparison_key: int) -> None:
    sql = "UPDATE comparisons SET seq = ? WHERE key = ?"
    db.execute(sql, (database.next_seq(db), comparison_key))
