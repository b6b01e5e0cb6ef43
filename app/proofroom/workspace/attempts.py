"""Attempts of runs with their usage: begun before a request leaves, ended once."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from proofroom.domain.message import Part, storable
from proofroom.domain.run import Billed, Failure, Status
from proofroom.domain.usage import UsageRow
from proofroom.workspace import texts


class NewAttempt(Struct, frozen=True, kw_only=True):
    """A further attempt: its number, why it is made and how long was waited for it (us)."""

    step_key: int
    number: int
    reason: str
    waited_us: int
    sent_at: int
    request: bytes


class PricedUsage(Struct, frozen=True, kw_only=True):
    """A usage row and the key of the price row it was reckoned with."""

    row: UsageRow
    price_key: int | None


class AttemptEnd(Struct, frozen=True, kw_only=True):
    """How an attempt ended; durations in us, cost in nano-USD.

    `sent` is the request's real body where it is another one than was written at the beginning.
    """

    attempt_key: int
    ended_at: int
    status: Status
    billed: Billed
    latency_us: int
    first_token_us: int | None
    failure: Failure | None = None
    detail: str = ""
    http_status: int | None = None
    request_id: str = ""
    response: str = ""
    output: tuple[Part, ...] = ()
    usage: tuple[PricedUsage, ...] = ()
    usage_raw: str = ""
    cost_nano_usd: int | None = None
    sent: bytes = b""


_ADD_ATTEMPT = """INSERT INTO attempts (step_key, number, reason, waited_us, sent_at, request_key)
    VALUES (?, ?, ?, ?, ?, ?)"""
_END_ATTEMPT = """UPDATE attempts SET ended_at = ?, latency_us = ?, first_token_us = ?, status = ?,
    failure = ?, detail = ?, http_status = ?, billed = ?, request_id = ?, response_key = ?,
    output_key = ?, usage_raw = ?, cost_nano_usd = ? WHERE key = ? AND ended_at IS NULL"""
_ADD_USAGE = """INSERT INTO usage (attempt_key, bucket, count, origin, price_key)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT (attempt_key, bucket) DO NOTHING"""


def begin(db: sqlite3.Connection, new: NewAttempt) -> int:
    """Write a further attempt and return its key; the caller is writing."""
    request_key = texts.put(db, new.request, texts.JSON)
    row = (new.step_key, new.number, new.reason, new.waited_us, new.sent_at, request_key)
    return db.execute(_ADD_ATTEMPT, row).lastrowid or 0


def end(db: sqlite3.Connection, end: AttemptEnd) -> None:
    """Write an attempt's end and its usage, once; the caller is writing."""
    changed = db.execute(
        _END_ATTEMPT,
        (
            end.ended_at,
            end.latency_us,
            end.first_token_us,
            end.status,
            end.failure,
            storable(end.detail) or None,
            end.http_status,
            end.billed,
            storable(end.request_id) or None,
            texts.put(db, end.response) if end.response else None,
            texts.put_json(db, end.output) if end.output else None,
            storable(end.usage_raw) or None,
            end.cost_nano_usd,
            end.attempt_key,
        ),
    ).rowcount
    if changed != 1:
        raise RuntimeError(f"attempt {end.attempt_key} is not open")
    if end.sent:
        request_key = texts.put(db, end.sent, texts.JSON)
        db.execute(
            "UPDATE attempts SET request_key = ? WHERE key = ?", (request_key, end.attempt_key)
        )
    db.executemany(
        _ADD_USAGE,
        [
            (end.attempt_key, use.row.bucket, use.row.count, use.row.origin, use.price_key)
            for use in end.usage
        ],
    )
