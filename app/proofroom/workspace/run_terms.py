"""Which words of the search index begin so, for a word that is not finished yet.

FTS5 gathers every place of every word behind a `*` before it gives the first run, 0.1 to 1 s where
many begin so. Words that are named are read from their newest places on.
"""

from __future__ import annotations

import re
import sqlite3

from proofroom.domain import hits
from proofroom.workspace import run_words, texts
from proofroom.workspace.file_errors import DamagedError

MOST = 64
"""Words that are named at once."""
LOOKED = 30
"""The newest runs whose words stand for all where more begin so."""
_MAKE = """CREATE VIRTUAL TABLE IF NOT EXISTS temp.run_terms
    USING fts5vocab(main, run_search, 'instance')"""
_NEXT = "SELECT term FROM temp.run_terms WHERE term >= ? AND term < ? LIMIT 1"
_NEWEST = "SELECT input_key, output_key FROM runs ORDER BY key DESC LIMIT ?"
_LAST = chr(0x10FFFF)
_WORD = re.compile(r"\w+")


def beginning(db: sqlite3.Connection, word: str) -> tuple[str, ...]:
    """Return the words of all runs that begin so, in order; of too many the usual ones.

    Those are the ones in the newest runs; an empty tuple leaves the word to FTS5 itself.
    """
    start = hits.folded(word)
    found = _listed(db, start)
    if len(found) <= MOST:
        return found
    usual = _usual(db, start)
    return tuple(dict.fromkeys((*usual, *found[:1])))[:MOST]


def _listed(db: sqlite3.Connection, start: str) -> tuple[str, ...]:
    """Return the words in order, one more than `MOST` if there are more.

    Each is asked for alone: a step to the next one would pass all places of the one before.
    """
    db.execute(_MAKE)
    found: list[str] = []
    low, high = start, start + _LAST
    while len(found) <= MOST:
        row = db.execute(_NEXT, (low, high)).fetchone()
        if row is None:
            break
        found.append(row[0])
        low = f"{row[0]}\x01"  # the least that comes behind it
    return tuple(found)


def _usual(db: sqlite3.Connection, start: str) -> list[str]:
    seen: dict[str, None] = {}
    for keys in db.execute(_NEWEST, (LOOKED,)).fetchall():
        for key, words in zip(keys, (run_words.of_stored, run_words.of_output), strict=True):
            try:
                text = words(texts.get(db, key))
            except DamagedError:  # the list says so of the run
                continue
            told = (hits.folded(one) for one in _WORD.findall(text))
            seen.update(dict.fromkeys(one for one in told if one.startswith(start)))
    return list(seen)
