"""The workspace's own settings, by name, as JSON."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from proofroom.domain.message import storable_json
from proofroom.workspace import database

LOCAL_ONLY = "local_only"


def get(db: sqlite3.Connection, name: str, default: Any = None) -> Any:  # noqa: ANN401
    """Return a setting, or `default` if it was never set."""
    text = database.value(db, "SELECT value FROM settings WHERE name = ?", (name,))
    return default if text is None else msgspec.json.decode(text)


def put(db: sqlite3.Connection, name: str, value: Any) -> None:  # noqa: ANN401
    """Set a setting."""
    with database.writing(db):
        db.execute(
            """INSERT INTO settings (name, value, seq) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value, seq = excluded.seq""",
            (name, storable_json(value).decode(), database.next_seq(db)),
        )


def local_only(db: sqlite3.Connection) -> bool:
    """Tell whether nothing of this workspace may leave the laptop."""
    return bool(get(db, LOCAL_ONLY, default=False))
