"""The newest runs that a few letters mean: an id that begins so, words, a query that is typed."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from proofroom.domain import run_query
from proofroom.domain.run_query import RunQuery, Token, Word
from proofroom.errors import ProofroomError
from proofroom.workspace import run_filter, run_list
from proofroom.workspace.run_list import NEWEST, Hit, Line

COUNTED = 1_000
"""More are not counted."""
_LEAST_ID = 4


class FoundRuns(Struct, frozen=True):
    """Runs, newest first, where the words stand in them, and how many there are."""

    lines: list[Line]
    hits: dict[int, Hit]
    count: int


def found(db: sqlite3.Connection, text: str, now: int, *, size: int) -> FoundRuns:
    """Return the newest runs that a short look finds; half a query finds nothing."""
    lines: dict[int, Line] = {}
    hits: dict[int, Hit] = {}
    count = 0
    for query in (_by_id(text), _by_words(text, now)):
        if query is None:
            continue
        try:
            wanted = run_filter.filter_of(db, query)
        except ProofroomError:  # half a name, while it is typed
            continue
        keys = run_list.some(db, wanted, before=NEWEST, size=size).keys
        lines.update({line.key: line for line in run_list.lines(db, keys)})
        hits.update(run_list.words_at(db, wanted, keys) if keys else {})
        counted = len(keys)
        if counted == size:
            counted = run_list.count(db, wanted, most=COUNTED)
        count += counted
    newest = sorted(lines.values(), key=lambda line: -line.key)[:size]
    return FoundRuns(newest, hits, count)


def _by_id(text: str) -> RunQuery | None:
    whole = text.strip()
    if len(whole) < _LEAST_ID or not whole.isalnum() or not whole.isascii():
        return None
    return RunQuery(tokens=(Token(name="id", sign=":", value=whole),))


def _by_words(text: str, now: int) -> RunQuery:
    try:
        return run_query.parse(text, now)
    except ProofroomError:  # no filter: it is looked for as it is
        return RunQuery(words=tuple(Word(text=one) for one in text.split()))
