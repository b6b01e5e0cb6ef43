"""Why an answer is as it is: one run with its content, steps, attempts and prices."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import Struct

from proofroom.domain.message import Message, Part
from proofroom.domain.usage import PriceRow, UsageRow
from proofroom.domain.version import Content
from proofroom.workspace import database, texts


class Step(Struct, frozen=True, kw_only=True):
    """A step of a run; `results` of tools were sent back with it."""

    number: int
    results: tuple[Part, ...]


class Attempt(Struct, frozen=True, kw_only=True):
    """One request that left; durations in us, cost in nano-USD."""

    key: int
    step: int
    number: int
    reason: str
    waited_us: int
    sent_at: int
    ended_at: int | None
    latency_us: int | None
    first_token_us: int | None
    status: str | None
    failure: str | None
    detail: str | None
    http_status: int | None
    billed: str | None
    request_id: str | None
    request_key: int | None
    response_key: int | None
    output_key: int | None
    usage_raw: str | None
    cost_nano_usd: int | None


class Run(Struct, frozen=True, kw_only=True):
    """A run as it is stored; `status` None while it is under way."""

    key: int
    id: str
    source: str
    prompt: str | None
    version: int | None
    content_key: int | None
    provider: str
    model: str
    answering_model: str | None
    adapter: str
    adapter_version: str
    environment: str
    sample: int
    started_at: int
    offset_s: int
    ended_at: int | None
    status: str | None
    failure: str | None
    title: str | None
    detail: str | None
    latency_us: int | None
    first_token_us: int | None
    finish_reason: str | None
    finish_raw: str | None
    tokens_in: int | None
    tokens_out: int | None
    cost_nano_usd: int | None
    retry_nano_usd: int | None
    warnings: str | None
    input_key: int | None
    output_key: int | None


class Priced(Struct, frozen=True, kw_only=True):
    """What an attempt took from a bucket, and the price row it was reckoned with."""

    usage: UsageRow
    price: PriceRow | None


class Provenance(Struct, frozen=True, kw_only=True):
    """All that is known of a run; requests and responses by their attempts' order."""

    run: Run
    content: Content | None
    messages: tuple[Message, ...]
    output: tuple[Part, ...]
    steps: tuple[Step, ...]
    attempts: tuple[Attempt, ...]
    requests: tuple[str, ...]
    responses: tuple[str, ...]
    usage: tuple[tuple[Priced, ...], ...]


_RUN = """SELECT r.key, r.id, r.source, p.name AS prompt, v.number AS version, r.content_key,
    o.name AS provider, m.name AS model, n.name AS answering_model, a.name AS adapter,
    a.version AS adapter_version, r.environment, r.sample, r.started_at, r.offset_s, r.ended_at,
    r.status, r.failure, r.title, r.detail, r.latency_us, r.first_token_us, r.finish_reason,
    r.finish_raw, r.tokens_in, r.tokens_out, r.cost_nano_usd, r.retry_nano_usd, r.warnings,
    r.input_key, r.output_key FROM runs r JOIN models m ON m.key = r.model_key
    JOIN providers o ON o.key = m.provider_key JOIN adapters a ON a.key = r.adapter_key
    LEFT JOIN models n ON n.key = r.answering_key LEFT JOIN prompts p ON p.key = r.prompt_key
    LEFT JOIN versions v ON v.key = r.version_key WHERE r.key = ?"""
_STEPS = "SELECT number, results_key FROM steps WHERE run_key = ? ORDER BY number"
_ATTEMPTS = """SELECT a.key, s.number AS step, a.number, a.reason, a.waited_us, a.sent_at,
    a.ended_at, a.latency_us, a.first_token_us, a.status, a.failure, a.detail, a.http_status,
    a.billed, a.request_id, a.request_key, a.response_key, a.output_key, a.usage_raw,
    a.cost_nano_usd FROM attempts a JOIN steps s ON s.key = a.step_key
    WHERE s.run_key = ? ORDER BY s.number, a.number"""
_USAGE = """SELECT u.bucket, u.count, u.origin, p.key, p.bucket, p.nano_usd_per_million,
    p.threshold, p.tier, p.valid_from, p.source FROM usage u
    LEFT JOIN prices p ON p.key = u.price_key WHERE u.attempt_key = ? ORDER BY u.bucket"""


def of_run(db: sqlite3.Connection, run_key: int) -> Provenance:
    """Return all that is known of a run; it must be there.

    Raises DamagedError if a text of it is damaged.
    """
    run = database.first(db, _RUN, (run_key,), Run)
    if run is None:
        raise RuntimeError(f"no run {run_key}")
    attempts = attempts_of(db, run_key)
    return Provenance(
        run=run,
        content=_stored(db, run.content_key, Content, None),
        messages=_stored(db, run.input_key, tuple[Message, ...], ()),
        output=_stored(db, run.output_key, tuple[Part, ...], ()),
        steps=tuple(
            Step(number=number, results=_stored(db, results_key, tuple[Part, ...], ()))
            for number, results_key in db.execute(_STEPS, (run_key,)).fetchall()
        ),
        attempts=attempts,
        requests=tuple(texts.text(db, attempt.request_key) for attempt in attempts),
        responses=tuple(texts.text(db, attempt.response_key) for attempt in attempts),
        usage=tuple(_usage(db, attempt.key) for attempt in attempts),
    )


def _stored(db: sqlite3.Connection, key: int | None, kind: Any, default: Any) -> Any:  # noqa: ANN401 - as `kind` says
    return default if key is None else texts.value(db, key, kind)


def attempts_of(db: sqlite3.Connection, run_key: int) -> tuple[Attempt, ...]:
    """Return the attempts of a run in their order."""
    return tuple(database.fetch(db, _ATTEMPTS, (run_key,), Attempt))


def _usage(db: sqlite3.Connection, attempt_key: int) -> tuple[Priced, ...]:
    return tuple(
        Priced(
            usage=UsageRow(bucket=row[0], count=row[1], origin=row[2]),
            price=None
            if row[3] is None
            else PriceRow(
                key=row[3],
                bucket=row[4],
                nano_usd_per_million=row[5],
                threshold=row[6],
                tier=row[7],
                valid_from=row[8],
                source=row[9],
            ),
        )
        for row in db.execute(_USAGE, (attempt_key,)).fetchall()
    )
