"""The first schema: every table that the vocabulary names."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from proofroom.workspace import schema

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Make all tables; the caller holds the transaction."""
    connection: sqlite3.Connection = db.conn
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    for statement in schema.statements():
        connection.execute(statement)
