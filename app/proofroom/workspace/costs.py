"""What the work cost: sums of the rollups by stretch of time and by model, prompt and the like.

Days are the runs' own local days, so that a run keeps its day wherever the laptop is carried;
hours are those of the laptop's local time now. Money is in integer nano-USD; a run whose cost
nobody knows is counted beside the sum and is nothing in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from msgspec import Struct

from proofroom import clock
from proofroom.domain import period
from proofroom.domain.period import Per, Span
from proofroom.domain.run import SOURCE_WORDS
from proofroom.domain.usage import BUCKETS, Bucket
from proofroom.workspace import rollups

By = Literal["model", "provider", "prompt", "version", "source"]
BYS: tuple[By, ...] = get_args(By)
_DIMENSION: dict[By, str] = {
    "model": "model",
    "provider": "model",
    "prompt": "version",
    "version": "version",
    "source": "source",
}
_FAILED = "('failed', 'timeout', 'interrupted')"
_MEASURES = (
    "sum(runs)",
    "sum(CASE WHEN status = 'ok' THEN runs ELSE 0 END)",
    "sum(unknown_cost)",
    "sum(cost_nano_usd)",
    # what failed runs paid for retries is a part of what they cost: it is counted once
    "sum(CASE WHEN status = 'ok' THEN retry_nano_usd ELSE 0 END)",
    f"sum(CASE WHEN status IN {_FAILED} THEN cost_nano_usd ELSE 0 END)",
    "sum(CASE WHEN status = 'cancelled' THEN cost_nano_usd ELSE 0 END)",
    *(f"sum(tokens_{bucket})" for bucket in BUCKETS),
)
_COLUMNS = ", ".join(_MEASURES)


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


class Part(Struct, frozen=True, kw_only=True):
    """The sum of one group in one stretch; `start` is a day, or for hours us since 1970, UTC."""

    start: int
    group: str
    sum: Sum


class Costs(Struct, frozen=True, kw_only=True):
    """Sums of a span by stretch and group; `starts` has no gaps, `names` the dearest group first.

    `before` is the sum of the span that `domain.period.before` names.
    """

    span: Span
    per: Per
    by: By
    starts: tuple[int, ...]
    names: dict[str, str]
    parts: tuple[Part, ...]
    total: Sum
    before: Sum

    def by_group(self) -> dict[str, Sum]:
        """Return the sum of each group, the dearest first."""
        found = {group: Sum() for group in self.names}
        for part in self.parts:
            found[part.group] = added(found[part.group], part.sum)
        return found

    def by_start(self) -> dict[int, Sum]:
        """Return the sum of each stretch, in order of time, those without a run too."""
        found = {start: Sum() for start in self.starts}
        for part in self.parts:
            found[part.start] = added(found[part.start], part.sum)
        return found


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


def of_span(db: sqlite3.Connection, span: Span, per: Per, by: By) -> Costs:
    """Return the sums of a span of local days, cut into stretches and grouped."""
    read = _hours if per == "hour" else _days
    groups = _groups(db, by)
    gathered: dict[tuple[int, str], Sum] = {}
    for start, value, one in read(db, span, per, _DIMENSION[by]):
        key = (start, groups.get(value, ("", ""))[0] if groups is not None else value)
        gathered[key] = added(gathered[key], one) if key in gathered else one
    spent: dict[str, tuple[int, int, int]] = {}
    for (_, group), one in gathered.items():
        cost, runs, tokens = spent.get(group, (0, 0, 0))
        spent[group] = (cost + one.cost, runs + one.runs, tokens + one.of())
    words = _words(groups, by)
    names = {
        group: words.get(group, group)
        for group in sorted(spent, key=lambda name: (*(-n for n in spent[name]), name))
    }
    starts = _hour_starts(span) if per == "hour" else period.starts(span, per)
    return Costs(
        span=span,
        per=per,
        by=by,
        starts=tuple(sorted({*starts, *(start for start, _ in gathered)})),
        names=names,
        parts=tuple(
            Part(start=start, group=group, sum=one)
            for (start, group), one in sorted(gathered.items())
        ),
        total=total(db, span),
        before=total(db, period.before(span)),
    )


def total(db: sqlite3.Connection, span: Span) -> Sum:
    """Return the sum of a span of local days."""
    sql = f"""SELECT {_COLUMNS} FROM rollup_days
        WHERE day BETWEEN ? AND ? AND dimension = 'source'"""
    row = db.execute(sql, (span.first, span.last)).fetchone()
    return _sum(row) if row[0] is not None else Sum()


def is_empty(db: sqlite3.Connection) -> bool:
    """Tell whether no run ever ended here."""
    return db.execute("SELECT 1 FROM rollup_days LIMIT 1").fetchone() is None


_Read = Iterable[tuple[int, str, Sum]]


def _days(db: sqlite3.Connection, span: Span, per: Per, dimension: str) -> _Read:
    sql = f"""SELECT day, value, {_COLUMNS} FROM rollup_days
        WHERE day BETWEEN ? AND ? AND dimension = ? GROUP BY day, value"""
    for day, value, *row in db.execute(sql, (span.first, span.last, dimension)).fetchall():
        yield period.start_of(day, per), value, _sum(row)


def _hours(db: sqlite3.Connection, span: Span, per: Per, dimension: str) -> _Read:
    del per
    column = {"model": "model_key", "version": "version_key"}.get(dimension, dimension)
    # a day that begins or ends inside a quarter hour is nowhere on earth
    first, end = (_midnight(day) // rollups.QUARTER_US for day in (span.first, span.last + 1))
    sql = f"""SELECT quarter, CAST({column} AS TEXT), {_COLUMNS} FROM rollups
        WHERE quarter >= ? AND quarter < ? GROUP BY quarter, {column}"""
    for quarter, value, *row in db.execute(sql, (first, end)).fetchall():
        at = quarter * rollups.QUARTER_US
        yield period.hour_of(at, clock.local_offset_s(at)), value, _sum(row)


def _midnight(day: int) -> int:
    """Return when a local day begins (us, UTC)."""
    one = period.date_of(day)
    return round(datetime(one.year, one.month, one.day).astimezone().timestamp()) * 1_000_000


def _hour_starts(span: Span) -> Iterator[int]:
    at, end = _midnight(span.first), _midnight(span.last + 1)
    while at < end:
        yield period.hour_of(at, clock.local_offset_s(at))
        at += period.HOUR_US


def _sum(row: Sequence[Any]) -> Sum:
    runs, done, unknown, cost, retry, failed, cancelled, *tokens = row
    return Sum(
        runs=runs, done=done, unknown=unknown, cost=cost, retry=retry, failed=failed,
        cancelled=cancelled, tokens=tuple(tokens),
    )  # fmt: skip


_MODELS = """SELECT CAST(m.key AS TEXT), p.name || '/' || m.name, CAST(p.key AS TEXT), p.name
    FROM models m JOIN providers p ON p.key = m.provider_key"""
_VERSIONS = """SELECT CAST(v.key AS TEXT), p.name || ' v' || v.number, CAST(p.key AS TEXT), p.name
    FROM versions v JOIN prompts p ON p.key = v.prompt_key"""
NO_VERSION = "0"
"""The group of runs of drafts and of requests without a prompt: the sums know no more of them."""


def _groups(db: sqlite3.Connection, by: By) -> dict[str, tuple[str, str]] | None:
    """Return by the sums' own value its group and that one's name; None where they are the same."""
    if by == "source":
        return None
    wide = by in {"provider", "prompt"}
    rows = db.execute(_MODELS if _DIMENSION[by] == "model" else _VERSIONS).fetchall()
    found = {row[0]: (row[2], row[3]) if wide else (row[0], row[1]) for row in rows}
    return {**found, NO_VERSION: (NO_VERSION, "Drafts, no version")}


def _words(groups: dict[str, tuple[str, str]] | None, by: By) -> dict[str, str]:
    named = dict(groups.values()) if groups is not None else SOURCE_WORDS
    return {**named, "": f"A {by} that is gone"}
