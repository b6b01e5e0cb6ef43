"""Who did it: the people of this workspace, the first named after the system's user."""

from __future__ import annotations

import getpass
import os
import sqlite3

from msgspec import Struct

from proofroom import clock, ids
from proofroom.domain.message import storable
from proofroom.workspace import database


class Author(Struct, frozen=True, kw_only=True):
    """A person."""

    key: int
    id: str
    name: str


def current(db: sqlite3.Connection) -> Author:
    """Return the person at this laptop, made at the first call; the caller is writing."""
    found = database.first(db, "SELECT key, id, name FROM authors ORDER BY key LIMIT 1", (), Author)
    if found is not None:
        return found
    name, author_id = storable(_system_user()), ids.new_id()
    key = db.execute(
        "INSERT INTO authors (id, name, created_at, seq) VALUES (?, ?, ?, ?)",
        (author_id, name, clock.now(), database.next_seq(db)),
    ).lastrowid
    return Author(key=key or 0, id=author_id, name=name)


def rename(db: sqlite3.Connection, key: int, name: str) -> None:
    """Give a person another name."""
    with database.writing(db):
        db.execute(
            "UPDATE authors SET name = ?, seq = ? WHERE key = ?",
            (storable(name), database.next_seq(db), key),
        )


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in the system's list
        return os.environ.get("USERNAME", "me")
