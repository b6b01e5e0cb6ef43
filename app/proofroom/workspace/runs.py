"""Runs with their steps, attempts and usage: begun before a request leaves, ended once.

The functions that begin and end take many runs at once and stand inside one transaction of the
engine's recorder; the ends are written with `and ended_at is null`, so that nothing ends twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from msgspec import Struct, structs

from proofroom import clock
from proofroom.domain.message import Message, Part, storable
from proofroom.domain.run import Billed, Failure, FinishReason, Mark, Source, Status
from proofroom.domain.usage import INPUT, OUTPUT, UsageRow, tokens
from proofroom.workspace import database, rollups, run_words, search, texts

NEWEST = 2**63 - 1
LEFT_TITLE = "Interrupted"
LEFT_DETAIL = "The engine stopped while this was under way. It may have been billed."


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
_ADD_ATTEMPT = """INSERT INTO attempts (step_key, number, reason, waited_us, sent_at, request_key)
    VALUES (?, ?, ?, ?, ?, ?)"""
_END_ATTEMPT = """UPDATE attempts SET ended_at = ?, latency_us = ?, first_token_us = ?, status = ?,
    failure = ?, detail = ?, http_status = ?, billed = ?, request_id = ?, response_key = ?,
    output_key = ?, usage_raw = ?, cost_nano_usd = ? WHERE key = ? AND ended_at IS NULL"""
_ADD_USAGE = """INSERT INTO usage (attempt_key, bucket, count, origin, price_key)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT (attempt_key, bucket) DO NOTHING"""
_END_RUN = """UPDATE runs SET ended_at = ?, status = ?, failure = ?, title = ?, detail = ?,
    latency_us = ?, first_token_us = ?, answering_key = ?, finish_reason = ?, finish_raw = ?,
    output_key = ?, choices_key = ?, tokens_in = ?, tokens_out = ?, cost_nano_usd = ?,
    retry_nano_usd = ?, warnings = ? WHERE key = ? AND ended_at IS NULL
    RETURNING started_at, offset_s, coalesce(answering_key, model_key), coalesce(version_key, 0),
    environment, source, input_key, model_key"""


def begin(db: sqlite3.Connection, new: Iterable[NewRun]) -> list[Begun]:
    """Write runs with their first attempts; the caller is writing, and sends after its commit."""
    return [_begin(db, run) for run in new]


def begin_attempt(db: sqlite3.Connection, new: NewAttempt) -> int:
    """Write a further attempt and return its key; the caller is writing."""
    request_key = texts.put(db, new.request, texts.JSON)
    row = (new.step_key, new.number, new.reason, new.waited_us, new.sent_at, request_key)
    return db.execute(_ADD_ATTEMPT, row).lastrowid or 0


def never_sent(db: sqlite3.Connection, new: NewRun, last: RunEnd) -> int:
    """Write a run that ended before any request left, and return its key; the caller is writing.

    `last` needs no run key.
    """
    run_key = _add_run(db, new)
    end(db, [structs.replace(last, run_key=run_key)])
    return run_key


def end_attempt(db: sqlite3.Connection, end: AttemptEnd) -> None:
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
            _parts_key(db, end.output),
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
    output_key = _parts_key(db, end.output)
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


def open_engines(db: sqlite3.Connection) -> frozenset[str]:
    """Return the engines whose runs have no end yet."""
    rows = db.execute("SELECT DISTINCT engine FROM runs WHERE ended_at IS NULL").fetchall()
    return frozenset(row[0] for row in rows)


def interrupt(
    db: sqlite3.Connection, live: frozenset[str], *, among: frozenset[str] | None = None
) -> list[int]:
    """End what engines that are gone left open, as interrupted, and return the runs' keys.

    An attempt that was under way may have been billed. `live` are the engines that still run;
    `among`, read before `live`, leaves one alone that starts in between (None: all are looked at).
    """
    left = [
        row
        for row in db.execute(
            "SELECT key, engine, started_at FROM runs WHERE ended_at IS NULL"
        ).fetchall()
        if row[1] not in live and (among is None or row[1] in among)
    ]
    if not left:
        return []
    now = clock.now()
    with database.writing(db):
        gone = [(key, started) for key, _, started in left if _close_attempts(db, key, now)]
        ends = [
            RunEnd(
                run_key=key,
                ended_at=now,
                status="interrupted",
                latency_us=max(0, now - started),
                first_token_us=None,
                title=LEFT_TITLE,
                detail=LEFT_DETAIL,
                usage=_usage_so_far(db, key),
                retry_nano_usd=_cost_so_far(db, key),
            )
            for key, started in gone
        ]
        end(db, ends)
    return [key for key, _ in gone]


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
    first = NewAttempt(
        step_key=step_key,
        number=1,
        reason="first",
        waited_us=0,
        sent_at=run.started_at,
        request=run.request,
    )
    return Begun(run_key=run_key, step_key=step_key, attempt_key=begin_attempt(db, first))


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
    # not ensure_model: this table sits above that module's
    found = database.value(
        db,
        "SELECT key FROM models WHERE provider_key = ? AND name = ?",
        (asked[0], end.answering_model),
    )
    if found is not None:
        return found
    sql = """INSERT INTO models (provider_key, name, path, source, listed, added_at, seq)
        VALUES (?, ?, '', '', 0, ?, ?)"""
    row = (asked[0], storable(end.answering_model), clock.now(), database.next_seq(db))
    return db.execute(sql, row).lastrowid


def _parts_key(db: sqlite3.Connection, parts: tuple[Part, ...]) -> int | None:
    if not parts:
        return None
    return texts.put_json(db, parts)


_OF_RUN = "a.step_key IN (SELECT key FROM steps WHERE run_key = ?)"


def _usage_so_far(db: sqlite3.Connection, run_key: int) -> tuple[UsageRow, ...]:
    sql = f"""SELECT u.bucket, u.count, u.origin FROM usage u
        JOIN attempts a ON a.key = u.attempt_key WHERE {_OF_RUN}"""
    return tuple(database.fetch(db, sql, (run_key,), UsageRow))


def _cost_so_far(db: sqlite3.Connection, run_key: int) -> int:
    sql = f"SELECT coalesce(sum(a.cost_nano_usd), 0) FROM attempts a WHERE {_OF_RUN}"
    return database.value(db, sql, (run_key,))


def _close_attempts(db: sqlite3.Connection, run_key: int, now: int) -> bool:
    """End what is open of a run's attempts; False if the run itself has ended meanwhile."""
    db.execute(
        """UPDATE attempts SET ended_at = ?, status = 'interrupted', billed = 'perhaps'
            WHERE ended_at IS NULL AND step_key IN (SELECT key FROM steps WHERE run_key = ?)""",
        (now, run_key),
    )
    sql = "SELECT 1 FROM runs WHERE key = ? AND ended_at IS NULL"
    return database.value(db, sql, (run_key,)) is not None
