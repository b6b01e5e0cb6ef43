"""How the runs of a filter are found between two keys: by the narrowest way there is.

That is the full-text index, marks, a comparison's cells, the open runs, a figure that few have, a
prompt's runs; else the keys are walked down.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from proofroom.workspace import database, run_days, run_span
from proofroom.workspace.run_filter import Condition, RunFilter, of_comparisons

NEWEST = 2**63 - 1
STRETCH = 15_000
"""Keys that one question looks through, about 10 ms."""
MATCHED = 10_000
"""The same where each place of a word is looked up in its row."""
REFUSED = 5_000
"""The same where a word must not stand: its places among them are read first."""
Statement = tuple[str, tuple[object, ...]]
Head = tuple[str, str, tuple[object, ...]]
_MARK = "k.target = 'run' AND k.kind = ? AND k.value = ? AND k.removed_at IS NULL"
_MARKED = f"EXISTS (SELECT 1 FROM marks k WHERE k.target_key = r.key AND {_MARK})"
_MATCHED = """EXISTS (SELECT 1 FROM run_search s
    WHERE s.run_search MATCH ? AND s.rowid = r.key)"""
_UNMATCHED = """r.key NOT IN (SELECT s.rowid FROM run_search s
    WHERE s.run_search MATCH ? AND s.rowid < ? AND s.rowid > ?)"""


def windows(db: sqlite3.Connection, wanted: RunFilter, after: int, before: int) -> run_days.Windows:
    """Yield pairs of keys, the newest first, between which all runs of a filter lie."""
    low = 0 if wanted.since is None else run_span.keys_since(db, wanted.since)
    high = NEWEST if wanted.until is None else run_span.keys_until(db, wanted.until)
    narrow = is_narrow(wanted)
    return run_days.windows(db, () if narrow else wanted.days, max(low, after), min(high, before))


def stretches(
    db: sqlite3.Connection, wanted: RunFilter, after: int, before: int, *, wide: int = STRETCH
) -> Iterator[tuple[int, int]]:
    """Yield the same in pairs that are not `wide` keys apart, each a short question."""
    newest = 1 + (database.value(db, "SELECT max(key) FROM runs") or 0)
    wide = min(wide, REFUSED) if wanted.unmatched else wide
    whole = is_narrow(wanted) or (wanted.match and not _heads(wanted)[1])
    for low, high in windows(db, wanted, after, min(before, newest)):
        if whole:
            yield low, high
            continue
        top = high
        while top > low + 1:
            end = max(low, top - wide - 1)
            yield end, top
            top = end + 1


def short_stretches(
    db: sqlite3.Connection, wanted: RunFilter, after: int, before: int, *, wide: int = STRETCH
) -> tuple[tuple[int, int], ...]:
    """Return the same for a look at every run; where words are looked for each is shorter."""
    newest = 1 + (database.value(db, "SELECT max(key) FROM runs") or 0)
    found = stretches(db, wanted, after, min(before, newest), wide=wide)
    if not wanted.match:
        return tuple(found)
    wide = min(wide, MATCHED)
    return tuple(
        (max(low, top - wide - 1), top)
        for low, high in found
        for top in range(high, low + 1, -wide)
    )


def is_narrow(wanted: RunFilter) -> bool:
    """Tell whether an index has few runs to look at, however wide the keys are apart."""
    by_index = wanted.marked or wanted.comparison_keys or wanted.open_only or wanted.few
    return bool(by_index) and not wanted.match


def selected(wanted: RunFilter, what: str, *, after: int, before: int) -> list[Statement]:
    """Return queries that select `what` of `runs r` between two keys, each run in one of them.

    The first column of each is the key by which it can be ordered and cut.
    """
    heads, left = _heads(wanted)
    if wanted.unmatched:
        left.append((_UNMATCHED, (wanted.unmatched, before, after)))
    where = "".join(f" AND {sql}" for sql, _ in left)
    values = tuple(value for _, own in left for value in own)
    return [
        (
            f"SELECT {column} AS run_key{what} {head} AND {column} < ? AND {column} > ?{where}",
            (*first, before, after, *values),
        )
        for head, column, first in heads
    ]


def conditions(wanted: RunFilter) -> list[Condition]:
    """Return all that a run of a filter meets, as conditions on `runs r`."""
    found = _plain(wanted)
    found += [(_MATCHED, (wanted.match,))] * bool(wanted.match)
    found += [(_MARKED, mark) for mark in wanted.marked]
    found += [(f"NOT {_MATCHED}", (wanted.unmatched,))] * bool(wanted.unmatched)
    found += [("r.ended_at IS NULL", ())] * wanted.open_only
    return found + _of_prompts(wanted) + _of_comparisons(wanted)


def _plain(wanted: RunFilter) -> list[Condition]:
    found = list(wanted.conditions)
    if wanted.since is not None:
        found.append(("r.started_at >= ?", (wanted.since,)))
    if wanted.until is not None:
        found.append(("r.started_at < ?", (wanted.until,)))
    return found


def _of_prompts(wanted: RunFilter) -> list[Condition]:
    sql = f"r.prompt_key IN ({','.join(map(str, wanted.prompt_keys))})"
    return [(sql, ())] * bool(wanted.prompt_keys)


def _of_comparisons(wanted: RunFilter) -> list[Condition]:
    return [(of_comparisons(wanted.comparison_keys), ())] * bool(wanted.comparison_keys)


def _heads(  # noqa: PLR0911 - one for each way
    wanted: RunFilter,
) -> tuple[list[Head], list[Condition]]:
    """Return where keys are found, the column they are cut by, and what is left to be met."""
    left, of_prompts, compared = _plain(wanted), _of_prompts(wanted), _of_comparisons(wanted)
    of_marks: Sequence[Condition] = [(_MARKED, mark) for mark in wanted.marked]
    if wanted.match:
        sql = "FROM run_search s CROSS JOIN runs r ON r.key = s.rowid WHERE s.run_search MATCH ?"
        return [(sql, "s.rowid", (wanted.match,))], [*left, *of_prompts, *compared, *of_marks]
    if wanted.marked:
        sql = f"FROM runs r WHERE r.key IN (SELECT k.target_key FROM marks k WHERE {_MARK})"
        return [(sql, "r.key", wanted.marked[0])], [*left, *of_prompts, *compared, *of_marks[1:]]
    if wanted.open_only:
        sql = "FROM runs r INDEXED BY runs_open WHERE r.ended_at IS NULL"
        return [(sql, "r.key", ())], [*left, *of_prompts, *compared]
    if wanted.comparison_keys:
        sql = f"FROM runs r INDEXED BY runs_by_cell WHERE {compared[0][0]}"
        return [(sql, "r.key", ())], [*left, *of_prompts]
    if wanted.few is not None:
        few = wanted.few
        sql = f"FROM runs r INDEXED BY {few.index} WHERE {few.sql}"
        return [(sql, "r.key", few.values)], [*left, *of_prompts]
    if wanted.prompt_keys:
        sql = "FROM runs r INDEXED BY runs_by_prompt WHERE r.prompt_key = ?"
        return [(sql, "r.key", (key,)) for key in wanted.prompt_keys], left
    return [("FROM runs r WHERE 1", "r.key", ())], left
