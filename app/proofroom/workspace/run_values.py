"""The names that a query of runs may mean, for completing what is typed."""

from __future__ import annotations

import sqlite3

from proofroom.domain.run_query import DRAFT
from proofroom.workspace import marks

MOST = 500
_NAMES = {
    "prompt": """SELECT name FROM prompts WHERE archived_at IS NULL
        ORDER BY changed_at DESC LIMIT ?""",
    "model": """SELECT p.name || '/' || m.name FROM models m
        JOIN providers p ON p.key = m.provider_key WHERE m.listed ORDER BY m.key DESC LIMIT ?""",
    "provider": "SELECT name FROM providers ORDER BY name LIMIT ?",
    "comparison": """SELECT name FROM comparisons WHERE source = 'comparison'
        AND key > (SELECT coalesce(max(key), 0) FROM comparisons) - 20000
        ORDER BY key DESC LIMIT ?""",
}


def of_filters(db: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Return the values of each filter that has names, the newest first."""
    found = {
        name: tuple(dict.fromkeys(row[0] for row in db.execute(sql, (MOST,)).fetchall()))
        for name, sql in _NAMES.items()
    }
    return {**found, "tag": tuple(marks.tags(db, "run")), "version": (DRAFT,)}
