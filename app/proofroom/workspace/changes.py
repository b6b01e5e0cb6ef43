"""What another process wrote since we last looked."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from proofroom.workspace import database, schema


class Changes(Struct, frozen=True, kw_only=True):
    """The present change sequence, the tables with rows above the asked one, the newest run."""

    seq: int
    tables: frozenset[str]
    newest_run: int


def since(db: sqlite3.Connection, seq: int) -> Changes:
    """Return what changed above the sequence `seq`."""
    now = database.value(db, "SELECT seq FROM workspace")
    tables = frozenset(
        table
        for table in schema.SEQUENCED
        if now > seq
        # table names are ours
        and database.value(db, f"SELECT 1 FROM {table} WHERE seq > ? LIMIT 1", (seq,))
    )
    newest = database.value(db, "SELECT max(key) FROM runs") or 0
    return Changes(seq=now, tables=tables, newest_run=newest)


def data_version(db: sqlite3.Connection) -> int:
    """Return a number that changes when another connection commits; costs microseconds."""
    return database.value(db, "PRAGMA data_version")
