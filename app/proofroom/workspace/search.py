"""Full-text search over prompts and runs; whatever is typed is a query, never an error."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Sequence

from proofroom.workspace import many

_WORD = re.compile(r"\w+", re.UNICODE)
_LIMIT = 1000


def query(text: str) -> str:
    """Return `text` as an FTS5 query: every word must occur, the last one may be unfinished.

    Syntax: https://www.sqlite.org/fts5.html#full_text_query_syntax; '' if `text` has no word.
    """
    # composed first: to Python an accent of its own ends a word, to FTS5 it does not
    composed = unicodedata.normalize("NFC", text)
    words = [f'"{word}"' for word in _WORD.findall(composed)]
    return " ".join(words) + "*" if words else ""


def prompt_keys(db: sqlite3.Connection, text: str) -> list[int]:
    """Return the keys of prompts whose name or messages hold the words of `text`."""
    wanted = query(text)
    if not wanted:
        return []
    sql = "SELECT rowid FROM prompt_search WHERE prompt_search MATCH ? LIMIT ?"
    return [row[0] for row in db.execute(sql, (wanted, _LIMIT)).fetchall()]


def run_keys(db: sqlite3.Connection, text: str, *, before: int, size: int = 200) -> list[int]:
    """Return keys of runs before `before` with the words in input or output, newest first."""
    wanted = query(text)
    if not wanted:
        return []
    sql = """SELECT rowid FROM run_search WHERE run_search MATCH ? AND rowid < ?
        ORDER BY rowid DESC LIMIT ?"""
    return [row[0] for row in db.execute(sql, (wanted, before, size)).fetchall()]


def add_runs(db: sqlite3.Connection, found: Sequence[tuple[int, str, str]]) -> None:
    """Let the search find runs (key, input, output); the caller is writing."""
    many.insert(db, "INSERT INTO run_search (rowid, input, output)", found)


def forget_run(db: sqlite3.Connection, key: int, words: tuple[str, str]) -> None:
    """Take a run's terms out of the index; `words` are what was added. The caller is writing."""
    db.execute(
        "INSERT INTO run_search (run_search, rowid, input, output) VALUES ('delete', ?, ?, ?)",
        (key, *words),
    )
