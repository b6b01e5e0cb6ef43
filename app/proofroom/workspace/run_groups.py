"""Runs of a filter gathered by prompt or comparison: how many, failed, their cost; in steps.

Prompts are few: all runs are looked at in stretches, and each prompt has its sums. Comparisons are
many: they are paged by key, the newest first, and their cells lead to their runs, unless an index
has the runs that are asked for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct, structs

from proofroom.workspace import run_walk
from proofroom.workspace.run_filter import RunFilter
from proofroom.workspace.run_totals import SUMS
from proofroom.workspace.run_walk import NEWEST

By = Literal["prompt", "comparison"]
AT_ONCE = 50
"""Comparisons of one step."""


class Group(Struct, frozen=True, kw_only=True):
    """Runs of one prompt or comparison; `key` is 0 of those that have none."""

    key: int
    name: str
    newest: int
    runs: int
    failed: int
    cost: int
    unknown: int


class Look(Struct, frozen=True, kw_only=True):
    """Groups that were found, in their order, and what is left to be looked at.

    Of comparisons those below the key `before` are left, at most `size` groups are looked for, and
    `loose` says that the runs of no comparison are left too, `of_none` that they are looked at.
    """

    by: By
    size: int = 0
    groups: tuple[Group, ...] = ()
    left: tuple[tuple[int, int], ...] = ()
    before: int = 0
    loose: bool = False
    of_none: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether the page is full, or nothing is left to be looked at."""
        if self.by == "comparison" and self.before:
            return len(self.groups) >= self.size
        return not self.left and not self.loose

    @property
    def has_more(self) -> bool:
        """Whether another page may follow."""
        return self.by == "comparison" and bool(self.before)


def within(wanted: RunFilter, by: By, key: int) -> RunFilter:
    """Return the filter for the runs of one group."""
    if not key:
        column = "r.prompt_key" if by == "prompt" else "r.cell_key"
        return structs.replace(wanted, conditions=(*wanted.conditions, (f"{column} IS NULL", ())))
    if by == "prompt":
        return structs.replace(wanted, prompt_keys=(key,))
    return structs.replace(wanted, comparison_keys=(key,))


def begin(  # noqa: PLR0913 - how a look begins
    db: sqlite3.Connection,
    wanted: RunFilter,
    by: By,
    *,
    before: int = NEWEST,
    size: int = 50,
    wide: int = run_walk.STRETCH,
) -> Look:
    """Begin to gather; `before` is the comparison's key below which a page of groups begins."""
    by_index = wanted.match or wanted.unmatched or run_walk.is_narrow(wanted)
    if by == "comparison" and not by_index:
        return Look(by=by, size=size, before=before, loose=True)
    return Look(by=by, left=run_walk.short_stretches(db, wanted, 0, NEWEST, wide=wide))


def step(db: sqlite3.Connection, wanted: RunFilter, look: Look) -> Look:
    """Look at the next part of the same filter; not for a look that is whole."""
    if look.by == "comparison" and look.before:
        return _next_comparisons(db, wanted, look)
    if look.loose:
        left = run_walk.short_stretches(db, within(wanted, look.by, 0), 0, NEWEST)
        return structs.replace(look, left=left, loose=False, of_none=True)
    asked = within(wanted, look.by, 0) if look.of_none else wanted
    groups = _merged(look.groups, _stretch(db, asked, look.by, look.left[0]))
    return structs.replace(look, groups=groups, left=look.left[1:])


def page(
    db: sqlite3.Connection, wanted: RunFilter, by: By, *, before: int = NEWEST, size: int = 50
) -> Look:
    """Gather a page at once; up to a second for a million runs."""
    look = begin(db, wanted, by, before=before, size=size)
    while not look.is_whole:
        look = step(db, wanted, look)
    return look


_COLUMNS = ", r.status, r.ended_at, r.cost_nano_usd, {} AS group_key"
_OF = {
    "prompt": "coalesce(r.prompt_key, 0)",
    "comparison": """coalesce((SELECT w.comparison_key FROM cells e
        JOIN comparison_rows w ON w.key = e.row_key WHERE e.key = r.cell_key), 0)""",
}


def _stretch(
    db: sqlite3.Connection, wanted: RunFilter, by: By, between: tuple[int, int]
) -> list[Group]:
    found: list[Group] = []
    low, high = between
    columns = _COLUMNS.format(_OF[by])
    for sql, values in run_walk.selected(wanted, columns, after=low, before=high):
        query = f"SELECT group_key, max(run_key), {SUMS} FROM ({sql}) r GROUP BY group_key"
        found += [_group(row) for row in db.execute(query, values).fetchall()]
    return _named(db, f"{by}s", found)


def _group(row: tuple[int, ...]) -> Group:
    key, newest, runs, failed, cost, unknown = row
    return Group(
        key=key, name="", newest=newest, runs=runs, failed=failed, cost=cost, unknown=unknown
    )


_NEXT = "SELECT key, name FROM comparisons WHERE key < ? ORDER BY key DESC LIMIT ?"


def _next_comparisons(db: sqlite3.Connection, wanted: RunFilter, look: Look) -> Look:
    rows = db.execute(_NEXT, (look.before, AT_ONCE)).fetchall()
    names = dict(rows)
    met = run_walk.conditions(wanted)
    where = "".join(f" AND {sql}" for sql, _ in met)
    sql = f"""SELECT w.comparison_key, max(r.key), {SUMS} FROM comparison_rows w
        CROSS JOIN cells e ON e.row_key = w.key
        CROSS JOIN runs r INDEXED BY runs_by_cell ON r.cell_key = e.key
        WHERE w.comparison_key IN ({",".join(map(str, names))}){where}
        GROUP BY w.comparison_key ORDER BY w.comparison_key DESC"""
    values = tuple(value for _, own in met for value in own)
    found = [_group(row) for row in db.execute(sql, values).fetchall()]
    found = [structs.replace(one, name=names[one.key]) for one in found]
    groups = (*look.groups, *found)
    before = rows[-1][0] if len(rows) == AT_ONCE else 0
    if len(groups) > look.size:
        groups = groups[: look.size]
        before = groups[-1].key
    return structs.replace(look, groups=groups, before=before)


def _named(db: sqlite3.Connection, table: str, groups: Iterable[Group]) -> list[Group]:
    held = list(groups)
    keys = ",".join(str(one.key) for one in held)
    sql = f"SELECT key, name FROM {table} WHERE key IN ({keys})"
    names = dict(db.execute(sql).fetchall())
    return [structs.replace(one, name=names.get(one.key, "")) for one in held]


def _merged(held: Iterable[Group], found: Iterable[Group]) -> tuple[Group, ...]:
    groups = {one.key: one for one in held}
    for one in found:
        old = groups.get(one.key)
        groups[one.key] = (
            one
            if old is None
            else structs.replace(
                old,
                newest=max(old.newest, one.newest),
                runs=old.runs + one.runs,
                failed=old.failed + one.failed,
                cost=old.cost + one.cost,
                unknown=old.unknown + one.unknown,
            )
        )
    return tuple(sorted(groups.values(), key=lambda one: -one.newest))
