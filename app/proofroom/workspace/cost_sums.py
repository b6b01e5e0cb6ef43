"""Sums of the rollups by stretch of time and value, counted in SQL; only some runs, if asked.

A sum over one dimension is read from the sums of local days; hours, and sums of one dimension of
the runs of another, from those of quarter hours, which are a hundred times as many.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from msgspec import Struct

from proofroom import clock
from proofroom.domain import period
from proofroom.domain.period import Per, Span
from proofroom.domain.usage import BUCKETS, Bucket
from proofroom.workspace import rollups

By = Literal["model", "provider", "prompt", "version", "source"]
BYS: tuple[By, ...] = get_args(By)
Dimension = Literal["model", "version", "source"]
DIMENSION: dict[By, Dimension] = {
    "model": "model",
    "provider": "model",
    "prompt": "version",
    "version": "version",
    "source": "source",
}
_COLUMN: dict[Dimension, str] = {
    "model": "model_key",
    "version": "version_key",
    "source": "source",
}
_VALUES: dict[By, str] = {
    "model": "SELECT ?",
    "version": "SELECT ?",
    "source": "SELECT ?",
    "provider": "SELECT CAST(key AS TEXT) FROM models WHERE provider_key = CAST(? AS INTEGER)",
    "prompt": "SELECT CAST(key AS TEXT) FROM versions WHERE prompt_key = CAST(? AS INTEGER)",
}
Only = tuple[tuple[By, str], ...]
"""Which runs count: those of every group that is named, by what it is a group of."""


class Sum(Struct, frozen=True, kw_only=True):
    """Ended runs, the `done` and those of unknown cost among them; nano-USD; tokens by bucket.

    `retry` is what earlier attempts of done runs cost, `failed` and `cancelled` all that such runs
    cost: three parts of `cost` that have nothing in common.
    """

    runs: int = 0
    done: int = 0
    unknown: int = 0
    cost: int = 0
    retry: int = 0
    failed: int = 0
    cancelled: int = 0
    tokens: tuple[int, ...] = (0,) * len(BUCKETS)

    def of(self, *buckets: Bucket) -> int:
        """Return the tokens of some buckets; of all if none is named."""
        chosen = buckets or BUCKETS
        return sum(self.tokens[BUCKETS.index(bucket)] for bucket in chosen)

    @property
    def known(self) -> int | None:
        """The cost; None if there are runs and of none it is known."""
        return None if self.unknown and self.unknown == self.runs else self.cost

    @property
    def waste(self) -> int:
        """What retries, failed and cancelled runs cost."""
        return self.retry + self.failed + self.cancelled


def added(one: Sum, other: Sum) -> Sum:
    """Return two sums as one."""
    return Sum(
        runs=one.runs + other.runs,
        done=one.done + other.done,
        unknown=one.unknown + other.unknown,
        cost=one.cost + other.cost,
        retry=one.retry + other.retry,
        failed=one.failed + other.failed,
        cancelled=one.cancelled + other.cancelled,
        tokens=tuple(a + b for a, b in zip(one.tokens, other.tokens, strict=True)),
    )


FAILED = ("failed", "timeout", "interrupted")
"""The statuses of runs that count as failed."""
# what failed runs paid for retries is a part of what they cost: it is counted once
_MEASURES = f"""runs, (status = 'ok') * runs AS done, unknown_cost, cost_nano_usd,
    (status = 'ok') * retry_nano_usd AS retry,
    (status IN {FAILED}) * cost_nano_usd AS failed,
    (status = 'cancelled') * cost_nano_usd AS cancelled"""
_NAMES = ("runs", "done", "unknown_cost", "cost_nano_usd", "retry", "failed", "cancelled")


class _Source(Struct, frozen=True):
    """A table of sums: its column of time, the first value of that, and the stretch of each."""

    table: str
    time: str
    first: int
    starts: Sequence[int]
    condition: str
    values: dict[str, object]
    value: str


def values_of(db: sqlite3.Connection, only: Only) -> dict[Dimension, tuple[str, ...]]:
    """Return by dimension the values whose runs count; a dimension without a rule is not in it."""
    found: dict[Dimension, tuple[str, ...]] = {}
    for by, group in only:
        own = [row[0] for row in db.execute(_VALUES[by], (group,)).fetchall()]
        there = found.get(DIMENSION[by])
        found[DIMENSION[by]] = tuple(v for v in own if there is None or v in there)
    return found


def total(db: sqlite3.Connection, span: Span, only: Only = ()) -> Sum:
    """Return the sum of a span of local days."""
    allowed = values_of(db, only)
    dimension: Dimension = next(iter(allowed)) if allowed else "source"
    if len(allowed) > 1:
        source = _of_quarters(span, None, dimension, allowed)
    else:
        source = _of_days(span, [0] * span.days, dimension, allowed)
    rows = list(_rows(db, source, BUCKETS))
    whole = Sum()
    for _, _, one in rows:
        whole = added(whole, one)
    return whole


def parts(  # noqa: PLR0913, PLR0917 - a question of the page
    db: sqlite3.Connection, span: Span, per: Per, dimension: Dimension, only: Only, used: Sum
) -> Iterator[tuple[int, str, Sum]]:
    """Yield stretch, value and sum; `used` is the sum of all, whose empty buckets are not read."""
    allowed = values_of(db, only)
    buckets: list[Bucket] = [bucket for bucket in BUCKETS if used.of(bucket)]
    if per == "hour" or allowed.keys() - {dimension}:
        source = _of_quarters(span, per, dimension, allowed)
    else:
        days = [period.start_of(day, per) for day in range(span.first, span.last + 1)]
        source = _of_days(span, days, dimension, allowed)
    yield from _rows(db, source, buckets)


def _of_days(
    span: Span, starts: Sequence[int], dimension: Dimension,
    allowed: dict[Dimension, tuple[str, ...]],
) -> _Source:  # fmt: skip
    condition, values = "AND r.dimension = :dimension", dict[str, object](dimension=dimension)
    if dimension in allowed:
        condition += " AND r.value IN (SELECT value FROM json_each(:value))"
        values["value"] = json.dumps(allowed[dimension])
    return _Source("rollup_days", "day", span.first, starts, condition, values, "r.value")


def _of_quarters(
    span: Span, per: Per | None, dimension: Dimension, allowed: dict[Dimension, tuple[str, ...]]
) -> _Source:
    condition, values = "", dict[str, object]()
    for name, own in allowed.items():
        column = f"CAST(r.{_COLUMN[name]} AS TEXT)" if name != "source" else "r.source"
        condition += f" AND {column} IN (SELECT value FROM json_each(:{name}))"
        values[name] = json.dumps(own)
    first = midnight(span.first) // rollups.QUARTER_US
    starts = list(_quarters(span, per))
    value = f"r.{_COLUMN[dimension]}"
    return _Source("rollups", "quarter", first, starts, condition, values, value)


def _quarters(span: Span, per: Per | None) -> Iterator[int]:
    """Yield for each quarter hour of a span of local days the stretch that it is in."""
    # a day that begins or ends inside a quarter hour is nowhere on earth
    for day in range(span.first, span.last + 1):
        at, end = midnight(day), midnight(day + 1)
        start = 0 if per is None else period.start_of(day, per)
        same = clock.local_offset_s(at) == clock.local_offset_s(end - 1)
        offset = clock.local_offset_s(at)
        while at < end:
            if per == "hour":
                start = period.hour_of(at, offset if same else clock.local_offset_s(at))
            yield start
            at += rollups.QUARTER_US


def _rows(
    db: sqlite3.Connection, source: _Source, buckets: Sequence[Bucket]
) -> Iterator[tuple[int, str, Sum]]:
    tokens = "".join(f", tokens_{bucket}" for bucket in buckets)
    sums = ", ".join(f"sum({name})" for name in _NAMES)
    sums += "".join(f", sum(tokens_{bucket})" for bucket in buckets)
    # the limit keeps what is sorted small: without it every column is carried along
    sql = f"""SELECT start, CAST(value AS TEXT), {sums} FROM (
        SELECT j.value AS start, {source.value} AS value, {_MEASURES}{tokens}
        FROM json_each(:starts) j CROSS JOIN {source.table} r
        ON r.{source.time} = :first + j.key {source.condition} LIMIT -1) GROUP BY start, value"""
    asked = {"starts": json.dumps(source.starts), "first": source.first, **source.values}
    places = [BUCKETS.index(bucket) for bucket in buckets]
    for start, value, *row in db.execute(sql, asked).fetchall():
        yield start, value, _sum(row, places)


def _sum(row: Sequence[Any], places: Sequence[int]) -> Sum:
    runs, done, unknown, cost, retry, failed, cancelled, *counts = row
    tokens = [0] * len(BUCKETS)
    for place, count in zip(places, counts, strict=True):
        tokens[place] = count
    return Sum(
        runs=runs, done=done, unknown=unknown, cost=cost, retry=retry, failed=failed,
        cancelled=cancelled, tokens=tuple(tokens),
    )  # fmt: skip


def midnight(day: int) -> int:
    """Return when a local day begins (us, UTC)."""
    one = period.date_of(day)
    return round(datetime(one.year, one.month, one.day).astimezone().timestamp()) * 1_000_000
