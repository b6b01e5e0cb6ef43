"""Makes prompts and runs in a real workspace, for tests of the store."""

from __future__ import annotations

import hashlib
import sqlite3

from msgspec import structs

from proofroom import clock, ids
from proofroom.domain.message import Text, text_message
from proofroom.domain.usage import UsageRow
from proofroom.domain.version import Content
from proofroom.workspace import (
    attempts,
    cell_runs,
    comparisons,
    database,
    prompts,
    providers,
    runs,
    versions,
)
from proofroom.workspace.comparisons import NewColumn, NewRow

INPUT = UsageRow(bucket="input", count=7)
OUTPUT = UsageRow(bucket="output", count=5)


def content(text: str = "Explain {{ topic }}.") -> Content:
    return Content(messages=(text_message("user", text),), model="local/smollm2")


def prompt(db: sqlite3.Connection, name: str = "explain", text: str = "Explain it.") -> int:
    return prompts.create(db, name, content(text)).key


def new_run(db: sqlite3.Connection, asked: str = "Why?", **over: object) -> runs.NewRun:
    """Return a run to be, of the embedded model; the caller is writing or will be."""
    plain = runs.NewRun(
        id=ids.new_id(),
        source="comparison",
        press_key=None,
        cell_key=None,
        sample=0,
        prompt_key=None,
        version_key=None,
        content_key=None,
        model_key=providers.model(db, "local/smollm2").key,
        adapter_key=adapter(db),
        call_hash=hashlib.sha256(asked.encode("utf-8", "replace")).digest(),
        engine="an engine that is gone",
        messages=(text_message("user", asked),),
        started_at=clock.now(),
        offset_s=3600,
        request=b'{"model":"smollm2"}',
    )
    return structs.replace(plain, **over)


def adapter(db: sqlite3.Connection) -> int:
    if db.in_transaction:
        return runs.adapter_key(db, "direct", "1")
    with database.writing(db):
        return runs.adapter_key(db, "direct", "1")


def attempt_end(begun: runs.Begun, answer: str = "Because.", **over: object) -> attempts.AttemptEnd:
    plain = attempts.AttemptEnd(
        attempt_key=begun.attempt_key,
        ended_at=clock.now(),
        status="ok",
        billed="known",
        latency_us=900_000,
        first_token_us=200_000,
        http_status=200,
        response=f"raw {answer}",
        output=(Text(text=answer),),
        usage=tuple(attempts.PricedUsage(row=row, price_key=None) for row in (INPUT, OUTPUT)),
        cost_nano_usd=12,
    )
    return structs.replace(plain, **over)


def run_end(begun: runs.Begun, answer: str = "Because.", **over: object) -> runs.RunEnd:
    plain = runs.RunEnd(
        run_key=begun.run_key,
        ended_at=clock.now(),
        status="ok",
        latency_us=900_000,
        first_token_us=200_000,
        output=(Text(text=answer),),
        usage=(INPUT, OUTPUT),
        cost_nano_usd=12,
    )
    return structs.replace(plain, **over)


def begun(db: sqlite3.Connection, asked: str = "Why?", **over: object) -> runs.Begun:
    new = new_run(db, asked, **over)
    with database.writing(db):
        return runs.begin(db, [new])[0]


def ended(
    db: sqlite3.Connection, asked: str = "Why?", answer: str = "Because.", **over: object
) -> runs.Begun:
    """Write a run with its end and return its keys."""
    one = begun(db, asked, **over)
    with database.writing(db):
        attempts.end(db, [attempt_end(one, answer)])
        runs.end(db, [run_end(one, answer)])
    return one


def matrix(db: sqlite3.Connection, rows: int = 2) -> comparisons.ComparisonSummary:
    key = prompt(db)
    saved = versions.save(db, key)
    sides = [
        NewColumn(
            prompt_key=key, version_key=version, content=content(), label="side\ud800", model_key=1
        )
        for version in (saved.key, None)
    ]
    given_ = [NewRow(name=f"row {n}", values={"topic": n}) for n in range(rows)]
    return comparisons.create(db, sides, given_, name="both\ud800", samples=2)


def cells(db: sqlite3.Connection, key: int) -> list[int]:
    return [cell for _, cell in sorted(cell_runs.cell_keys(db, key).items())]
