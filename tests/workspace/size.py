"""Measures what a run takes on disk besides its texts and the search index."""

from __future__ import annotations

import random
import sqlite3

from tests.workspace.making import attempt_end, new_run, run_end

from proofroom.workspace import attempts, database, runs

TEXTS_AND_SEARCH = ("texts", "sqlite_autoindex_texts", "run_search", "prompt_search")


def write_runs(db: sqlite3.Connection, count: int) -> None:
    """Write `count` ended runs with texts of their own, 20 in a transaction."""
    noise = random.Random(count)  # noqa: S311 - words, no secret
    for _ in range(0, count, 20):
        asked = [noise.randbytes(200).hex() for _ in range(20)]
        with database.writing(db):
            begun = runs.begin(db, [new_run(db, text, request=text.encode()) for text in asked])
        with database.writing(db):
            for one, text in zip(begun, asked, strict=True):
                end = attempt_end(one, text[::-1], request_id="chatcmpl-" + text[:29])
                attempts.end(db, [end])
            ends = [run_end(one, text[::-1]) for one, text in zip(begun, asked, strict=True)]
            runs.end(db, ends)


def bytes_besides(db: sqlite3.Connection) -> int:
    """Return the pages of all but texts, search and their indexes, in bytes."""
    rows = db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").fetchall()
    return sum(size for name, size in rows if not name.startswith(TEXTS_AND_SEARCH))


def bytes_a_run(db: sqlite3.Connection, count: int = 5000) -> float:
    """Return the bytes that each of `count` new runs takes besides its texts and search terms."""
    before = bytes_besides(db)
    write_runs(db, count)
    return (bytes_besides(db) - before) / count
