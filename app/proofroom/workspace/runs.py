"""Runs: begun before a request leaves, ended once.

The functions that begin and end take many runs at once and stand inside one transaction of the
engine's recorder; the ends are written with `and ended_at is null`, so that nothing ends twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, structs

from proofroom import clock
from proofroom.domain.budget import Refusal
from proofroom.domain.message import Message, Part, storable, storable_json
from proofroom.domain.run import Failure, FinishReason, Mark, Source, Status
from proofroom.domain.usage import INPUT, OUTPUT, UsageRow, tokens
from proofroom.workspace import (
    attempts,
    budget_ledger,
    database,
    many,
    providers,
    rollups,
    run_words,
    search,
    texts,
)

NEWEST = 2**63 - 1


class NewRun(Struct, frozen=True, kw_only=True):
    """A run as it begins, with its first attempt; without `reserve` no budget knows its cost."""

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
    reserve: budget_ledger.Reserve | None = None


class Begun(Struct, frozen=True, kw_only=True):
    """The keys of a run that has begun, and what is held for its first attempt."""

    run_key: int
    step_key: int
    attempt_key: int
    holds: tuple[budget_ledger.Hold, ...] = ()


class RunEnd(Struct, frozen=True, kw_only=True):
    """How a run ended; the last attempt's answer is the run's.

    `started_at` (UTC us) and `offset_s` are when its first request left, where that was later than
    it was begun.
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
    started_at: int | None = None
    offset_s: int | None = None


_ADD_RUN = """INSERT INTO runs (key, id, source, press_key, cell_key, sample, prompt_key,
    version_key, content_key, environment, model_key, adapter_key, call_hash, engine, input_key,
    started_at, offset_s)"""
# the key of a run that was taken back is never given again: windows may remember it
_WITHDRAWN = "withdrawn_run"
_FREE_KEY = f"""SELECT 1 + max(coalesce((SELECT max(key) FROM runs), 0),
    coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE name = '{_WITHDRAWN}'), 0)),
    {budget_ledger.EXISTS}"""
_KEEP_WITHDRAWN = f"""INSERT INTO settings (name, value, seq) VALUES ('{_WITHDRAWN}', ?, 0)
    ON CONFLICT (name) DO UPDATE SET
    value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))"""
_END_RUNS = """UPDATE runs SET ended_at = v.column2, status = v.column3, failure = v.column4,
    title = v.column5, detail = v.column6, latency_us = v.column7, first_token_us = v.column8,
    answering_key = v.column9, finish_reason = v.column10, finish_raw = v.column11,
    output_key = v.column12, choices_key = v.column13, tokens_in = v.column14,
    tokens_out = v.column15, cost_nano_usd = v.column16, retry_nano_usd = v.column17,
    warnings = v.column18, started_at = coalesce(v.column19, started_at),
    offset_s = coalesce(v.column20, offset_s)
    FROM (VALUES {}) AS v WHERE key = v.column1 AND ended_at IS NULL
    RETURNING key, started_at, offset_s, coalesce(answering_key, model_key),
    coalesce(version_key, 0), environment, source, input_key"""


def begin(db: sqlite3.Connection, new: Sequence[NewRun]) -> list[Begun]:
    """Write runs with their first attempts, whatever the budgets say; the caller is writing."""
    return _begun(db, new, database.value(db, _FREE_KEY))


def admit(db: sqlite3.Connection, new: Sequence[NewRun]) -> list[Begun | Refusal]:
    """Write runs with their first attempts, as far as the budgets have room, and hold the money.

    The caller is writing, and sends after its commit. Of a run that is refused nothing is written.
    """
    first, is_limited = db.execute(_FREE_KEY).fetchone()
    if not is_limited:
        return list(_begun(db, new, first))
    room = budget_ledger.checked(db, [run.reserve for run in new])
    fit = [run for run, claims in zip(new, room, strict=True) if not isinstance(claims, Refusal)]
    claims = [one for one in room if not isinstance(one, Refusal)]
    begun = _begun(db, fit, first)
    keys = [one.attempt_key for one in begun]
    holds = budget_ledger.held(db, list(zip(keys, claims, strict=True)))
    answers = iter(structs.replace(a, holds=b) for a, b in zip(begun, holds, strict=True))
    return [one if isinstance(one, Refusal) else next(answers) for one in room]


def _begun(db: sqlite3.Connection, new: Sequence[NewRun], first_key: int) -> list[Begun]:
    run_keys = _add_runs(db, new, first_key)
    step = "INSERT INTO steps (run_key, number)"
    step_keys = many.insert(db, step, [(run_key, 1) for run_key in run_keys])
    first = [
        attempts.NewAttempt(
            step_key=step_key,
            number=1,
            reason="first",
            waited_us=0,
            sent_at=run.started_at,
            request=run.request,
        )
        for step_key, run in zip(step_keys, new, strict=True)
    ]
    return [
        Begun(run_key=run_key, step_key=step_key, attempt_key=attempt_key)
        for run_key, step_key, attempt_key in zip(
            run_keys, step_keys, attempts.begin(db, first), strict=True
        )
    ]


def never_sent(db: sqlite3.Connection, new: NewRun, last: RunEnd) -> int:
    """Write a run that ended before any request left, and return its key; the caller is writing.

    `last` needs no run key.
    """
    run_key = _add_runs(db, [new], database.value(db, _FREE_KEY))[0]
    end(db, [structs.replace(last, run_key=run_key)])
    return run_key


def withdraw(db: sqlite3.Connection, run_keys: Sequence[int]) -> None:
    """Take back runs that were begun and whose request never left; the caller is writing.

    Raises RuntimeError for one of which anything has ended.
    """
    of_run = "step_key IN (SELECT key FROM steps WHERE run_key = ?)"
    budget_ledger.release(db, run_keys)
    for key in run_keys:
        ended = f"""SELECT 1 FROM attempts WHERE ended_at IS NOT NULL AND {of_run}
            UNION SELECT 1 FROM runs WHERE ended_at IS NOT NULL AND key = ?"""
        if database.value(db, ended, (key, key)) is not None:
            raise RuntimeError(f"run {key} has ended, or an attempt of it")
        db.execute(f"DELETE FROM attempts WHERE {of_run}", (key,))
        db.execute("DELETE FROM steps WHERE run_key = ?", (key,))
        db.execute("DELETE FROM runs WHERE key = ?", (key,))
        never_again(db, key)


def never_again(db: sqlite3.Connection, key: int) -> None:
    """Let no run get this key or a smaller one: the run that had it went. The caller is writing."""
    db.execute(_KEEP_WITHDRAWN, (str(key),))


def end(db: sqlite3.Connection, ends: Sequence[RunEnd]) -> None:
    """Write the ends of runs, once, with their shares of the rollups and the search index.

    The caller is writing.
    """
    kept = texts.Gathered()
    places = [(kept.add_json(one.output), kept.add_json(one.choices)) for one in ends]
    kept.put(db)
    rows = [
        _end_row(one, _answering_key(db, one), kept.key(output), kept.key(choices))
        for one, (output, choices) in zip(ends, places, strict=True)
    ]
    ended = {row[0]: row[1:] for row in many.update(db, _END_RUNS, rows)}
    if len(ended) != len(ends):
        left = {one.run_key for one in ends} - set(ended)
        raise RuntimeError(f"run {min(left, default=0)} is not open, or one ends twice")
    rollups.add(db, [_share(one, ended[one.run_key]) for one in ends])
    # last: a statement of many rows behind it would have the index written to the file at once
    search.add_runs(db, [(one.run_key, *_words(db, one, ended[one.run_key])) for one in ends])


def _end_row(
    end: RunEnd, answering_key: int | None, output_key: int | None, choices_key: int | None
) -> tuple[object, ...]:
    return (
        end.run_key,
        end.ended_at,
        end.status,
        end.failure,
        storable(end.title) or None,
        storable(end.detail) or None,
        end.latency_us,
        end.first_token_us,
        answering_key,
        end.finish_reason or None,
        storable(end.finish_raw) or None,
        output_key,
        choices_key,
        tokens(end.usage, INPUT),
        tokens(end.usage, OUTPUT),
        end.cost_nano_usd,
        end.retry_nano_usd or None,
        ",".join(end.warnings) or None,
        end.started_at,
        end.offset_s,
    )


def _words(db: sqlite3.Connection, end: RunEnd, row: Sequence[Any]) -> tuple[str, str]:
    """Return the run's input and output as the search finds them."""
    if end.messages is None:
        asked = run_words.of_stored(texts.get(db, row[-1]))
    else:
        asked = run_words.of_messages(end.messages)
    return asked, run_words.of_parts(end.output)


def _share(end: RunEnd, row: Sequence[Any]) -> rollups.Share:
    started_at, offset_s, model_key, version_key, environment, source, _ = row
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


def _add_runs(db: sqlite3.Connection, new: Sequence[NewRun], first: int) -> list[int]:
    inputs = texts.put_all(db, [(storable_json(run.messages), texts.JSON) for run in new])
    rows = [
        (
            first + number,
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
            input_key,
            run.started_at,
            run.offset_s,
        )
        for number, (run, input_key) in enumerate(zip(new, inputs, strict=True))
    ]
    return many.insert(db, _ADD_RUN, rows)


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
