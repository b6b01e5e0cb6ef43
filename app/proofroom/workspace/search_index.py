"""Tells whether the search indexes agree with the rows, and builds them anew from those."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from proofroom.domain.message import storable, text_of
from proofroom.domain.version import decoded
from proofroom.workspace import database, file_errors, prompts, run_words, search, texts

_AT_ONCE = 500
_DRAFTS = """SELECT p.key, p.name, d.content FROM prompts p JOIN drafts d ON d.prompt_key = p.key
    JOIN branches b ON b.key = d.branch_key AND b.name = ? WHERE p.key > ? ORDER BY p.key LIMIT ?"""
_ENDED = """SELECT key, input_key, output_key FROM runs WHERE ended_at IS NOT NULL AND key > ?
    ORDER BY key LIMIT ?"""


def wrong(db: sqlite3.Connection) -> list[str]:
    """Return in words how the indexes differ from the rows; nothing if they agree."""
    found = [_unsound(db, table) for table in ("run_search", "prompt_search")]
    missing = database.value(
        db,
        """SELECT count(*) FROM runs r WHERE ended_at IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM run_search_docsize d WHERE d.id = r.key)""",
    )
    over = database.value(
        db,
        """SELECT count(*) FROM run_search_docsize d
            WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.key = d.id AND ended_at IS NOT NULL)""",
    )
    if missing:
        found.append(f"The search does not know {missing} of the runs.")
    if over:
        found.append(f"The search knows {over} runs that are not there.")
    old = _old_prompts(db)
    if old:
        found.append(f"The search has other words than {old} of the prompts.")
    return [text for text in found if text]


def rebuild(db: sqlite3.Connection) -> None:
    """Build both indexes anew from the rows; the caller is writing."""
    db.execute("INSERT INTO run_search (run_search) VALUES ('delete-all')")
    after = 0
    while rows := db.execute(_ENDED, (after, _AT_ONCE)).fetchall():
        after = rows[-1][0]
        search.add_runs(db, [_found_by(db, *row) for row in rows])
    db.execute("DELETE FROM prompt_search")
    for key, name, content in _drafts(db):
        prompts.index(db, key, name, decoded(content))


def _found_by(db: sqlite3.Connection, key: int, given: int, output: int) -> tuple[int, str, str]:
    asked = run_words.of_stored(texts.get(db, given))
    return key, asked, run_words.of_output(texts.get(db, output))


def _unsound(db: sqlite3.Connection, table: str) -> str:
    """Let FTS5 check its own structure; it asks for a connection that may write, and writes not."""
    if database.value(db, "PRAGMA query_only") or _is_for_reading(db):
        return ""
    try:
        db.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        if file_errors.is_busy(error):
            raise
        return f"The index {table} is damaged ({error})."
    return ""


def _is_for_reading(db: sqlite3.Connection) -> bool:
    try:
        # nothing is changed, but a connection for reading refuses
        db.execute("DELETE FROM settings WHERE 0")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname.startswith("SQLITE_READONLY"):
            return True
        raise
    return False


def _old_prompts(db: sqlite3.Connection) -> int:
    known = {
        row[0]: (row[1], row[2])
        for row in db.execute("SELECT rowid, name, text FROM prompt_search").fetchall()
    }
    count = 0
    for key, name, content in _drafts(db):
        words = "\n".join(text_of(message.parts) for message in decoded(content).messages)
        count += known.pop(key, None) != (name, storable(words))
    return count + len(known)


def _drafts(db: sqlite3.Connection) -> Iterator[tuple[int, str, bytes]]:
    after = 0
    while rows := db.execute(_DRAFTS, (prompts.MAIN, after, _AT_ONCE)).fetchall():
        after = rows[-1][0]
        yield from rows
