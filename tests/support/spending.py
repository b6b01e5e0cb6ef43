"""Writes runs that cost something at a given time."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

from tests.workspace.making import attempt_end, begun, run_end

from proofroom.domain.usage import Bucket, UsageRow
from proofroom.workspace import attempts, database, runs

_ENDS = frozenset(("status", "retry_nano_usd", "answering_model"))
DOLLAR = 1_000_000_000


def at(text: str) -> int:
    """Return a time in UTC as microseconds since 1970."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000_000)


def day(text: str) -> int:
    """Return the number of a day."""
    return at(text) // 86_400_000_000


def spent(  # noqa: PLR0913 - what a run is known by
    db: sqlite3.Connection, cost: int | None, when: str, *, asked: str = "Why?", offset_s: int = 0,
    tokens: dict[Bucket, int] | None = None, **over: object,
) -> runs.Begun:  # fmt: skip
    """Write an ended run; `over` is told apart into how it began and how it ended."""
    begins = {name: value for name, value in over.items() if name not in _ENDS}
    ends: dict[str, Any] = {name: value for name, value in over.items() if name in _ENDS}
    usage = tuple(UsageRow(bucket=name, count=count) for name, count in (tokens or {}).items())
    priced = tuple(attempts.PricedUsage(row=row, price_key=None) for row in usage)
    one = begun(db, asked, started_at=at(when), offset_s=offset_s, **begins)
    with database.writing(db):
        attempts.end(db, [attempt_end(one, usage=priced)])
        runs.end(db, [run_end(one, usage=usage, cost_nano_usd=cost, **ends)])
    return one
