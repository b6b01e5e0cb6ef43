"""What takes the room in a workspace's file, by kind."""

from __future__ import annotations

import sqlite3
from fnmatch import fnmatchcase

from proofroom.workspace import database

_KINDS = (
    ("texts", ("texts",)),
    ("search index", ("run_search*", "prompt_search*")),
    ("runs", ("runs", "steps", "attempts", "usage", "presses", "adapters", "traces", "spans")),
    ("sums", ("rollup*",)),
    ("prompts", ("prompts", "branches", "versions", "version_parents", "drafts", "draft_edits",
                 "input_sets", "inputs", "environments", "pointer_moves", "approvals")),
    ("comparisons", ("comparisons", "comparison_*", "cells", "reused", "marks")),
    ("models and prices", ("models", "providers", "provider_keys", "prices")),
)  # fmt: skip
OTHER, FREE = "other", "free"
_STAT = """SELECT coalesce(s.tbl_name, d.name), sum(d.pgsize) FROM dbstat d
    LEFT JOIN sqlite_schema s ON s.name = d.name WHERE d.aggregate = 1 GROUP BY 1"""


def by_kind(db: sqlite3.Connection) -> dict[str, int]:
    """Return bytes by kind, indexes with their tables; reads every page.

    Where SQLite was built without `dbstat` texts and search index are told by their data alone.
    """
    page = database.value(db, "PRAGMA page_size")
    free = page * database.value(db, "PRAGMA freelist_count")
    try:
        rows = db.execute(_STAT).fetchall()
    except sqlite3.OperationalError:
        return _by_data(db, page, free)
    found = {kind: 0 for kind, _ in _KINDS} | {OTHER: 0}
    for name, size in rows:
        found[_kind(name)] += size
    return {kind: size for kind, size in found.items() if size} | {FREE: free}


def _kind(table: str) -> str:
    """Return the kind of a table; a name that ends in '*' stands for all that begin so."""
    for kind, names in _KINDS:
        if any(fnmatchcase(table, name) for name in names):
            return kind
    return OTHER


def _by_data(db: sqlite3.Connection, page: int, free: int) -> dict[str, int]:
    text = database.value(db, "SELECT coalesce(sum(length(data)), 0) FROM texts")
    found = database.value(
        db,
        """SELECT coalesce((SELECT sum(length(block)) FROM run_search_data), 0)
            + coalesce((SELECT sum(length(block)) FROM prompt_search_data), 0)""",
    )
    whole = page * database.value(db, "PRAGMA page_count")
    rows = max(0, whole - free - text - found)
    return {"texts": text, "search index": found, OTHER: rows, FREE: free}
