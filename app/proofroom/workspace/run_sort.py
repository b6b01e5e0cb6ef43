"""Runs sorted by a figure: pages by value and key, each looked up in short steps.

Cost and latency have an index, which is walked first. Where that does not fill the page (a figure
without an index, a filter that few on the way meet), the runs of the filter are looked at in
stretches and the best of them kept.
"""

from __future__ import annotations

import sqlite3
from heapq import nsmallest

from msgspec import Struct, structs

from proofroom.domain.run_order import By, Order
from proofroom.workspace import run_walk
from proofroom.workspace.run_filter import RunFilter
from proofroom.workspace.run_walk import NEWEST

WALKED = 5_000
"""Rows of an index that are tried before all runs of the filter are looked at."""
COMMON = 1_000
"""Places of a word from which on it is looked up for rows of an index, and how many of those."""
_UNKNOWN = 2**62
_TOTAL = """CASE WHEN coalesce(r.tokens_in, r.tokens_out) IS NOT NULL
    THEN coalesce(r.tokens_in, 0) + coalesce(r.tokens_out, 0) END"""
_FIGURES: dict[By, str] = {
    "time": "r.key",
    "cost": "r.cost_nano_usd",
    "latency": "r.latency_us",
    "first_token": "r.first_token_us",
    "tokens": _TOTAL,
    "tokens_in": "r.tokens_in",
    "tokens_out": "r.tokens_out",
}
_INDEXES: dict[By, tuple[str, str]] = {
    "cost": ("runs_by_cost", "cost_nano_usd > 0"),
    "latency": ("runs_by_latency", "latency_us IS NOT NULL"),
}


class Place(Struct, frozen=True, order=True):
    """Where a run stands: its figure, the greater the later, and its key likewise."""

    value: int
    key: int


class Look(Struct, frozen=True, kw_only=True):
    """A look for a page: what is found so far, and the stretches of keys that are left."""

    order: Order
    size: int
    after: Place | None
    found: tuple[Place, ...] = ()
    left: tuple[tuple[int, int], ...] = ()
    steps: int = 1

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to be looked at."""
        return not self.left

    @property
    def keys(self) -> list[int]:
        """The runs found, in their order."""
        return [_key(self.order, place) for place in self.found]


def begin(  # noqa: PLR0913 - how a look begins
    db: sqlite3.Connection,
    wanted: RunFilter,
    order: Order,
    *,
    after: Place | None = None,
    size: int = 100,
    wide: int = run_walk.STRETCH,
) -> Look:
    """Begin to look for the `size` runs that come behind a place; an index may have them all."""
    look = Look(order=order, size=size, after=after)
    found = _walked(db, wanted, look)
    if len(found) == size:
        return structs.replace(look, found=tuple(found))
    left = _cut(db, wanted, look, wide)
    return structs.replace(look, left=left, steps=max(1, len(left)))


def step(db: sqlite3.Connection, wanted: RunFilter, look: Look) -> Look:
    """Look at the next stretch of the same filter; not for a look that is whole."""
    low, high = look.left[0]
    value = _value(look.order)
    behind, values = _behind(look, value, "r.key")
    places = list(look.found)
    for sql, own in run_walk.selected(wanted, f", {value} AS value", after=low, before=high):
        query = f"{sql}{behind} ORDER BY value, {_tie(look.order)}run_key LIMIT ?"
        places += _places(look.order, db.execute(query, (*own, *values, look.size)).fetchall())
    found = tuple(nsmallest(look.size, places))
    left = () if _is_settled(look, found) else look.left[1:]
    return structs.replace(look, found=found, left=left)


def _is_settled(look: Look, found: tuple[Place, ...]) -> bool:
    """Tell whether nothing in the stretches that are left can come before what was found.

    They follow each other as runs of one value do.
    """
    if len(found) < look.size:
        return False
    last, order = found[-1].value, look.order
    if order.by == "time":
        return True
    least = order.rising and last == 0
    return least or (look.after is not None and last == look.after.value)


def page(
    db: sqlite3.Connection,
    wanted: RunFilter,
    order: Order,
    *,
    after: Place | None = None,
    size: int = 100,
) -> Look:
    """Look for a page at once; up to a second for a million runs."""
    look = begin(db, wanted, order, after=after, size=size)
    while not look.is_whole:
        look = step(db, wanted, look)
    return look


def _cut(
    db: sqlite3.Connection, wanted: RunFilter, look: Look, wide: int
) -> tuple[tuple[int, int], ...]:
    low, high = 0, NEWEST
    if look.order.by == "time" and look.after is not None:
        low, high = (look.after.value, NEWEST) if look.order.rising else (0, -look.after.value)
    found = run_walk.short_stretches(db, wanted, low, high, wide=wide)
    return found[::-1] if look.order.rising else found


def _value(order: Order) -> str:
    """Return SQL for the figure, the greater the later."""
    figure = _FIGURES[order.by]
    sign = "" if order.rising else "-"
    return f"coalesce({sign}({figure}), {_UNKNOWN})"


def _tie(order: Order) -> str:
    return "" if order.rising else "-"


def _key(order: Order, place: Place) -> int:
    return place.key if order.rising else -place.key


def _places(order: Order, rows: list[tuple[int, int]]) -> list[Place]:
    return [Place(value, key if order.rising else -key) for key, value in rows]


def _behind(look: Look, value: str, key: str) -> tuple[str, tuple[int, ...]]:
    if look.after is None:
        return "", ()
    sql = f" AND ({value}, {_tie(look.order)}{key}) > (?, ?)"
    return sql, (look.after.value, look.after.key)


def _walked(db: sqlite3.Connection, wanted: RunFilter, look: Look) -> list[Place]:
    """Return what the first rows of an index behind a place have, in its order."""
    order, after = look.order, look.after
    if order.by not in _INDEXES or run_walk.is_narrow(wanted) or _is_past(order, after):
        return []
    if wanted.unmatched or (wanted.match and not _is_common(db, wanted)):
        return []  # to look each row up in the search index takes too long
    index, has = _INDEXES[order.by]
    column = _FIGURES[order.by].removeprefix("r.")
    way, sign = ("", ">") if order.rising else (" DESC", "<")
    met = run_walk.conditions(wanted)
    behind, values = "", ()
    if after is not None:
        behind = f" AND ({column}, key) {sign} (?, ?)"
        values = (abs(after.value), _key(order, after))
    elif order.rising and order.by == "cost":
        return []  # those that cost nothing come first, which the index has not
    where = "".join(f" AND {sql}" for sql, _ in met)
    sql = f"""SELECT w.key, {"" if order.rising else "-"}w.value FROM (
        SELECT key, {column} AS value FROM runs INDEXED BY {index} WHERE {has}{behind}
        ORDER BY {column}{way}, key{way} LIMIT ?) w"""
    if met:
        sql += f" CROSS JOIN runs r ON r.key = w.key WHERE 1{where}"
    own = tuple(value for _, part in met for value in part)
    most = (COMMON if wanted.match else WALKED) if met else look.size
    rows = db.execute(f"{sql} LIMIT ?", (*values, most, *own, look.size)).fetchall()
    return sorted(_places(order, rows))


def _is_common(db: sqlite3.Connection, wanted: RunFilter) -> bool:
    """Tell whether the words of a filter are few and stand in many runs."""
    if " OR " in wanted.match or " NOT " in wanted.match:
        return False
    sql = """SELECT count(*) FROM (SELECT 1 FROM run_search s WHERE s.run_search MATCH ? LIMIT ?)"""
    return db.execute(sql, (wanted.match, COMMON)).fetchone()[0] == COMMON


def _is_past(order: Order, after: Place | None) -> bool:
    """Tell whether what comes behind a place has no row in the index."""
    if after is None:
        return False
    return after.value == _UNKNOWN or (order.by == "cost" and after.value == 0)
