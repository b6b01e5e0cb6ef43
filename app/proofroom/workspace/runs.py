"""Runs: begun before a request leaves, ended once.

The functions that begin and end take many runs at once and stand inside one transaction of the
engine's recorder; the ends are written with `and ended_at is null`, so that nothing ends twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from msgspec import Struct, structs

from proofroom import clock
from proofroom.domain.message import Message, Part, storable
from proofroom.domain.run import Failure, FinishReason, Mark, Source, Status
from proofroom.domain.usage import INPUT, OUTPUT, UsageRow, tokens
from proofroom.workspace import attempts, database, providers, rollups, run_words, search, texts

NEWEST = 2**63 - 1


class NewRun(Struct, frozen=True, kw_only=True):
    """A run as it begins, with its first attempt."""

    id: str
    source: Source
    press_key: int | None
    cell_key: int | None
    sample: int
    prompt_key: int | None
    version_key: int | None
    content_key: int | None
    model_key: int
    adapter_key: int
    call_hash: bytes
    engine: str
    messages: tuple[Message, ...]
    started_at: int
    offset_s: int
    request: bytes
    environment: str = ""


class Begun(Struct, frozen=True, kw_only=True):
    """The keys of a run that has begun."""

    run_key: int
    step_key: int
    attempt_key: int


class RunEnd(Struct, frozen=True, kw_only=True):
    """How a run ended; the last attempt's answer is the run's.

    `messages` are what was asked, where they are at hand; they are read from the run otherwise.
    """

    run_key: int
    ended_at: int
    status: Status
    latency_us: int
    first_token_us: int | None
    failure: Failure | None = None
    title: str = ""
    detail: str = ""
    answering_model: str = ""
    finish_reason: FinishReason = ""
    finish_raw: str = ""
    output: tuple[Part, ...] = ()
    choices: tuple[tuple[Part, ...], ...] = ()
    usage: tuple[UsageRow, ...] = ()
    cost_nano_usd: int | None = None
    retry_nano_usd: int = 0
    warnings: tuple[Mark, ...] = ()
    messages: tuple[Message, ...] | None = None


_ADD_RUN = """INSERT INTO runs (id, source, press_key, cell_key, sample, prompt_key, version_key,
    content_key, environment, model_key, adapter_key, call_hash, engine, input_key, started_at,
    offset_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_END_RUN = """UPDATE runs SET ended_at = ?, status = ?, failure = ?, title = ?, detail = ?,
    latency_us = ?, first_token_us = ?, answering_key = ?, finish_reason = ?, finish_raw = ?,
    output_key = ?, choices_key = ?, tokens_in = ?, tokens_out = ?, cost_nano_usd = ?,
    retry_nano_usd = ?, warnings = ? WHERE key = ? AND ended_at IS NULL
    RETURNING started_at, offset_s, coalesce(answering_key, model_key), coalesce(version_key, 0),
    environment, source, input_key, model_key"""


def begin(db: sqlite3.Connection, new: Iterable[NewRun]) -> list[Begun]:
    """Write runs with their first attempts; the caller is writing, and sends after its commit."""
    return [_begin(db, run) for run in new]


def never_sent(db: sqlite3.Connection, new: NewRun, last: RunEnd) -> int:
    """Write a run that ended before any request left, and return its key; the caller is writing.

    `last` needs no run key.
    """
    run_key = _add_run(db, new)
    end(db, [structs.replace(last, run_key=run_key)])
    return run_key


def end(db: sqlite3.Connection, ends: Sequence[RunEnd]) -> None:
    """Write the ends of runs, once, with their shares of the rollups and the search index.

    The caller is writing.
    """
    rollups.add(db, [end_one(db, one) for one in ends])


def end_one(db: sqlite3.Connection, end: RunEnd) -> rollups.Share:
    """Write the end of a run, once, and return its share of the rollups.

    The caller is writing, and adds the share before it commits.
    """
    answering = _answering_key(db, end)
    output_key = texts.put_json(db, end.output) if end.output else None
    row = db.execute(
        _END_RUN,
        (
            end.ended_at,
            end.status,
            end.failure,
            storable(end.title) or None,
            storable(end.detail) or None,
            end.latency_us,
            end.first_token_us,
            answering,
            end.finish_reason or None,
            storable(end.finish_raw) or None,
            output_key,
            texts.put_json(db, end.choices) if end.choices else None,
            tokens(end.usage, INPUT),
            tokens(end.usage, OUTPUT),
            end.cost_nano_usd,
            end.retry_nano_usd or None,
            ",".join(end.warnings) or None,
            end.run_key,
        ),
    ).fetchone()
    if row is None:
        raise RuntimeError(f"run {end.run_key} is not open")
    started_at, offset_s, model_key, version_key, environment, source, input_key, _ = row
    if end.messages is None:
        asked = run_words.of_stored(texts.get(db, input_key))
    else:
        asked = run_words.of_messages(end.messages)
    search.add_run(db, end.run_key, (asked, run_words.of_parts(end.output)))
    return rollups.Share(
        started_at=started_at,
        day=clock.local_day(started_at, offset_s),
        model_key=model_key,
        version_key=version_key,
        environment=environment,
        source=source,
        status=end.status,
        cost_nano_usd=end.cost_nano_usd,
        retry_nano_usd=end.retry_nano_usd,
        usage=end.usage,
        latency_us=end.latency_us,
    )


def adapter_key(db: sqlite3.Connection, name: str, version: str) -> int:
    """Return the key of an adapter at a version, made if it is new; the caller is writing."""
    found = database.value(
        db, "SELECT key FROM adapters WHERE name = ? AND version = ?", (name, version)
    )
    if found is not None:
        return found
    sql = "INSERT INTO adapters (name, version) VALUES (?, ?)"
    return db.execute(sql, (name, version)).lastrowid or 0


def press_in(db: sqlite3.Connection, press_id: str) -> int | None:
    """Return the key of a press of Run that is new; None for one that was served before.

    The caller is writing.
    """
    row = db.execute(
        "INSERT INTO presses (id, made_at) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING key",
        (press_id, clock.now()),
    ).fetchone()
    return None if row is None else row[0]


def usual_seconds(db: sqlite3.Connection, model_keys: Iterable[int]) -> dict[int, float]:
    """Return the mean time (s) of a model's answers in the rollups of all days, by model key."""
    found: dict[int, float] = {}
    for key in model_keys:
        runs_, total = db.execute(
            """SELECT sum(runs), sum(latency_us) FROM rollup_days
                WHERE dimension = 'model' AND value = ? AND status = 'ok'""",
            (str(key),),
        ).fetchone()
        if runs_:
            found[key] = total / runs_ / 1_000_000
    return found


def answered(db: sqlite3.Connection, call_hash: bytes) -> int | None:
    """Return the newest run that is done and asked exactly this."""
    sql = "SELECT max(key) FROM runs WHERE call_hash = ? AND status = 'ok'"
    return database.value(db, sql, (call_hash,))


def _add_run(db: sqlite3.Connection, run: NewRun) -> int:
    return (
        db.execute(
            _ADD_RUN,
            (
                run.id,
                run.source,
                run.press_key,
                run.cell_key,
                run.sample,
                run.prompt_key,
                run.version_key,
                run.content_key,
                run.environment,
                run.model_key,
                run.adapter_key,
                run.call_hash,
                run.engine,
                texts.put_json(db, run.messages),
                run.started_at,
                run.offset_s,
            ),
        ).lastrowid
        or 0
    )


def _begin(db: sqlite3.Connection, run: NewRun) -> Begun:
    run_key = _add_run(db, run)
    step = "INSERT INTO steps (run_key, number) VALUES (?, 1)"
    step_key = db.execute(step, (run_key,)).lastrowid or 0
    first = attempts.NewAttempt(
        step_key=step_key,
        number=1,
        reason="first",
        waited_us=0,
        sent_at=run.started_at,
        request=run.request,
    )
    return Begun(run_key=run_key, step_key=step_key, attempt_key=attempts.begin(db, first))


def _answering_key(db: sqlite3.Connection, end: RunEnd) -> int | None:
    """Return the key of the model that answered if it is another one than was asked."""
    if not end.answering_model:
        return None
    asked = db.execute(
        """SELECT m.provider_key, m.name FROM runs r JOIN models m ON m.key = r.model_key
            WHERE r.key = ?""",
        (end.run_key,),
    ).fetchone()
    if asked is None or asked[1] == end.answering_model:
        return None
    return providers.ensure_model(db, asked[0], end.answering_model, listed=False)
