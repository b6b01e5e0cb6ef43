"""Attempts of runs with their usage: begun before a request leaves, ended once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from msgspec import Struct

from proofroom.domain.budget import Refusal, Standing
from proofroom.domain.message import Part, storable
from proofroom.domain.run import Billed, Failure, Status
from proofroom.domain.usage import UsageRow
from proofroom.workspace import budget_ledger, many, texts


class NewAttempt(Struct, frozen=True, kw_only=True):
    """A further attempt: its number, why it is made and how long was waited for it (us)."""

    step_key: int
    number: int
    reason: str
    waited_us: int
    sent_at: int
    request: bytes
    reserve: budget_ledger.Reserve | None = None


class Again(Struct, frozen=True, kw_only=True):
    """A further attempt that has begun, and what is held for it."""

    attempt_key: int
    holds: tuple[budget_ledger.Hold, ...] = ()


class PricedUsage(Struct, frozen=True, kw_only=True):
    """A usage row and the key of the price row it was reckoned with."""

    row: UsageRow
    price_key: int | None


class AttemptEnd(Struct, frozen=True, kw_only=True):
    """How an attempt ended; durations in us, cost in nano-USD.

    `sent` is the request's real body where it is another one than was written at the beginning,
    `sent_at` (UTC us) when it left if that was later. `holds` are given back for its cost.
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
    sent_at: int | None = None
    holds: tuple[budget_ledger.Hold, ...] = ()


_ADD_ATTEMPT = "INSERT INTO attempts (step_key, number, reason, waited_us, sent_at, request_key)"
_END_ATTEMPTS = """UPDATE attempts SET ended_at = v.column2, latency_us = v.column3,
    first_token_us = v.column4, status = v.column5, failure = v.column6, detail = v.column7,
    http_status = v.column8, billed = v.column9, request_id = v.column10,
    response_key = v.column11, output_key = v.column12, usage_raw = v.column13,
    cost_nano_usd = v.column14, request_key = coalesce(v.column15, request_key),
    sent_at = coalesce(v.column16, sent_at)
    FROM (VALUES {}) AS v WHERE key = v.column1 AND ended_at IS NULL RETURNING key"""
_ADD_USAGE = "INSERT INTO usage (attempt_key, bucket, count, origin, price_key)"


def begin(db: sqlite3.Connection, new: Sequence[NewAttempt]) -> list[int]:
    """Write further attempts and return their keys; the caller is writing."""
    requests = texts.put_all(db, [(one.request, texts.JSON) for one in new])
    rows = [
        (one.step_key, one.number, one.reason, one.waited_us, one.sent_at, request_key)
        for one, request_key in zip(new, requests, strict=True)
    ]
    return many.insert(db, _ADD_ATTEMPT, rows)


def admit(db: sqlite3.Connection, new: Sequence[NewAttempt]) -> list[Again | Refusal]:
    """Write further attempts as far as the budgets have room, and hold the money.

    The caller is writing. Nothing is written of an attempt that is refused.
    """
    if not budget_ledger.exists(db):
        return [Again(attempt_key=key) for key in begin(db, new)]
    found: list[Again | Refusal] = []
    for one in new:
        claims = budget_ledger.checked(db, [one.reserve])[0]
        if isinstance(claims, Refusal):
            found.append(claims)
            continue
        key = begin(db, [one])[0]
        holds = budget_ledger.held(db, [(key, claims)])[0]
        found.append(Again(attempt_key=key, holds=holds))
    return found


def end(db: sqlite3.Connection, ends: Sequence[AttemptEnd]) -> tuple[Standing, ...]:
    """Write the ends of attempts with their usage, once, and give back what was held for them.

    Returns the budgets that are to warn now. The caller is writing.
    """
    kept = texts.Gathered()
    rows = [(one, *_places(one, kept)) for one in ends]
    kept.put(db)
    ended = many.update(
        db,
        _END_ATTEMPTS,
        [
            _end_row(one, kept.key(response), kept.key(output), kept.key(sent))
            for one, response, output, sent in rows
        ],
    )
    if len(ended) != len(ends):
        left = {one.attempt_key for one in ends} - {row[0] for row in ended}
        raise RuntimeError(f"attempt {min(left, default=0)} is not open, or one ends twice")
    usage = [
        (one.attempt_key, use.row.bucket, use.row.count, use.row.origin, use.price_key)
        for one in ends
        for use in one.usage
    ]
    many.insert(db, _ADD_USAGE, usage, "ON CONFLICT (attempt_key, bucket) DO NOTHING")
    held = [(hold, one.cost_nano_usd) for one in ends for hold in one.holds]
    return budget_ledger.settle(db, held) if held else ()


def _places(one: AttemptEnd, kept: texts.Gathered) -> tuple[int | None, int | None, int | None]:
    return kept.add(one.response), kept.add_json(one.output), kept.add(one.sent, texts.JSON)


def _end_row(
    one: AttemptEnd, response_key: int | None, output_key: int | None, request_key: int | None
) -> tuple[object, ...]:
    return (
        one.attempt_key,
        one.ended_at,
        one.latency_us,
        one.first_token_us,
        one.status,
        one.failure,
        storable(one.detail) or None,
        one.http_status,
        one.billed,
        storable(one.request_id) or None,
        response_key,
        output_key,
        storable(one.usage_raw) or None,
        one.cost_nano_usd,
        request_key,
        one.sent_at,
    )
