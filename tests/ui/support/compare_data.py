"""A workspace with a comparison like the one people look at: answers, a failure, a draft."""

# ruff: noqa: E501 - sample answers are as long as they are
from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from msgspec import structs

from proofroom import clock, ids
from proofroom.domain.message import (
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    storable_json,
    text_message,
)
from proofroom.domain.provider import Provider
from proofroom.domain.run import Failure, FinishReason, Mark, Status
from proofroom.domain.usage import Bucket, PriceRow, UsageRow
from proofroom.domain.version import Content, Settings
from proofroom.workspace import (
    attempts,
    cell_runs,
    comparisons,
    database,
    drafts,
    inputs,
    prompts,
    providers,
    runs,
    texts,
    versions,
)

ROWS = (
    ("Damaged parcel", "The mug arrived in three pieces. Can I get my money back?"),
    ("Late delivery", "It's been 11 days and the tracking has not moved since the 3rd."),
    ("Wrong size", "I ordered M and got S. I need it by Friday, it's a present."),
    ("Lost parcel", "Tracking says delivered but there is nothing at my door."),
)
OLD = (
    (
        "Hi there, I'm sorry your mug arrived broken. I've refunded $24.00 to your original payment "
        "method. It will show up in 5 to 7 business days. You don't need to send the pieces back."
    ),
    (
        "Hi there, I'm sorry your order is late. The parcel has not moved since 3 November. I've asked "
        "the carrier to trace it and will write again within two days."
    ),
    (
        "Hi there, I'm sorry we sent the wrong size. I've ordered a medium for you today. Please send "
        "the small one back with the label in your inbox."
    ),
    (
        "Hi there, I'm sorry your parcel is missing. The carrier marked it as delivered on 9 November "
        "at 14:12. I've opened a search with them; it takes up to five days."
    ),
)
NEW = (
    (
        "Hi there, I'm sorry your mug arrived in three pieces. I've refunded $24.00 to your card ending "
        "4421. It will show up in 3 to 5 business days. No need to send anything back."
    ),
    (
        "Hi there, I'm sorry your order is late. The parcel has not moved since 3 November, so I've "
        "opened a trace with the carrier. If there is no news by Thursday I'll refund you in full."
    ),
    (
        "Hi there, I'm sorry we sent a small instead of a medium. I've ordered a medium for you today "
        "with express shipping, so it reaches you by Friday. Please send the small one back with the "
        "label in your inbox."
    ),
    (
        "Hi there, I'm sorry your parcel is missing. The carrier marked it as delivered on 9 November "
        "at 14:12. If it's not found I'll send a new one or refund you, your choice."
    ),
)
THIRD = (
    (
        "Hi there, I'm so sorry your mug arrived in three pieces, that's not how we pack. I've refunded "
        "$24.00 to your card ending 4421; it takes 3 to 5 business days."
    ),
    "",
    "Hi there, I'm sorry we sent a small instead of the medium you ordered. A medium left our",
    (
        "Hi there, I'm so sorry, a parcel that isn't there is worrying. I've opened a search with the "
        "carrier; it takes up to five days."
    ),
)
JSON = tuple(
    '{{"reply": "{}", "action": "{}", "amount_usd": {}, "needs_return": false, "escalate": {}}}'.format(
        *row
    )
    for row in (
        ("I'm sorry the mug broke.", "refund", "24.0", "false"),
        ("The parcel has not moved.", "trace", "null", "true"),
        ("A medium is on its way.", "replace", "null", "false"),
        ("I've opened a search.", "trace", "null", "false"),
    )
)
SCHEMA = {"type": "object", "required": ["reply", "action"]}
DETAIL = "The provider refused 3 attempts in 14 s and asks to wait 20 s. Nothing was charged."


def cell(  # noqa: PLR0913 - one run, as it is kept
    db: sqlite3.Connection,
    comparison: int,
    row: int,
    column: int,
    text: str | Sequence[Part],
    *,
    sample: int = 0,
    status: Status = "ok",
    latency_ms: int = 1400,
    tokens: int | None = 48,
    cost: int | None = 200_000,
    failure: Failure | None = None,
    title: str = "",
    detail: str = "",
    marks: tuple[Mark, ...] = (),
    finish: FinishReason = "stop",
    open_: bool = False,
    engine: str = "e",
) -> int:
    """Keep a run in the cell at places `row` and `column`, and return its key."""
    now = clock.now()
    new = _new_run(db, comparison, (row, column, sample), engine, now)
    parts = (Text(text=text),) if isinstance(text, str) and text else tuple(text or ())
    usage = (
        UsageRow(bucket="input", count=128),
        UsageRow(bucket="cache_read", count=384),
        UsageRow(bucket="output", count=tokens),
    )
    first = None if not parts else latency_ms * 300
    with database.writing(db):
        begun = runs.begin(db, [new])[0]
        if open_:
            return begun.run_key
        attempts.end(
            db,
            [attempts.AttemptEnd(
                attempt_key=begun.attempt_key, ended_at=now + latency_ms * 1000, status=status,
                billed="known" if status == "ok" else "no", latency_us=latency_ms * 1000,
                first_token_us=first, failure=failure, detail=detail, request_id="req_8f31c2",
                http_status=429 if failure == "rate_limit" else 200,
                response='{"id": "req_8f31c2", "choices": []}', output=parts,
                usage=tuple(attempts.PricedUsage(row=use, price_key=None) for use in usage),
                cost_nano_usd=cost,
            )],
        )  # fmt: skip
        runs.end(
            db,
            [
                runs.RunEnd(
                    run_key=begun.run_key, ended_at=now + latency_ms * 1000, status=status,
                    latency_us=latency_ms * 1000, first_token_us=first, failure=failure,
                    title=title, detail=detail, finish_reason=finish if parts else "",
                    output=parts, usage=usage if parts else (), cost_nano_usd=cost,
                    warnings=marks,
                )
            ],
        )  # fmt: skip
    return begun.run_key


def _new_run(
    db: sqlite3.Connection, comparison: int, place: tuple[int, int, int], engine: str, now: int
) -> runs.NewRun:
    """Return a run for a row, a column and a sample, begun `now` (microseconds)."""
    row, column, sample = place
    one = comparisons.columns(db, comparison)[column]
    rows = comparisons.rows(db, comparison, after=row - 1, size=1)
    with database.writing(db):
        adapter = runs.adapter_key(db, "direct", "1")
    return runs.NewRun(
        id=ids.new_id(), source="comparison", press_key=None,
        cell_key=cell_runs.cell_keys(db, comparison)[rows[0].key, one.key],
        sample=sample, prompt_key=one.prompt_key, version_key=one.version_key,
        content_key=one.content_key, model_key=one.model_key, adapter_key=adapter,
        call_hash=ids.new_id().encode(), engine=engine,
        messages=(text_message("user", "Write a reply"),), started_at=now, offset_s=0,
        request=b'{"model": "m", "messages": [{"role": "user", "content": "Write a reply"}], '
        b'"temperature": 0.2, "max_tokens": 400, "seed": 7}',
    )  # fmt: skip


def content(text: str, **fields: object) -> Content:
    """Return a content of one user message."""
    made = Content(
        messages=(text_message("user", text),), model="local/smollm2",
        settings=Settings(temperature=0.2, max_tokens=400),
    )  # fmt: skip
    return structs.replace(made, **fields)


def prompt(db: sqlite3.Connection, name: str = "refund-reply") -> tuple[int, list[int]]:
    """Keep a prompt with two versions and an edited draft; return its key and its versions'."""
    key = prompts.create(db, name, content("Reply to {{ message }}")).key
    first = versions.save(db, key, note="Polite and short").key
    draft = drafts.of_prompt(db, key)
    drafts.save(db, key, content("Reply warmly to {{ message }}"), revision=draft.revision)
    second = versions.save(db, key, note="Names the refund window").key
    draft = drafts.of_prompt(db, key)
    wanted = content("Reply to {{ message }} as JSON", response_schema=SCHEMA)
    drafts.save(db, key, wanted, revision=draft.revision)
    inputs.add(db, key, [(name, {"message": words}) for name, words in ROWS], to="Inbox")
    return key, [first, second]


_PRICES: tuple[tuple[Bucket, int], ...] = (("input", 150_000_000), ("output", 600_000_000))


def _provider(db: sqlite3.Connection, name: str, model: str, url: str) -> None:
    providers.put(db, Provider(name=name, adapter="direct", dialect="compatible", url=url))
    prices = tuple(
        PriceRow(bucket=bucket, nano_usd_per_million=price, valid_from=1_761_955_200_000_000,
                 source="the provider's price list")
        for bucket, price in _PRICES
    )  # fmt: skip
    providers.offer(db, name, [providers.Offer(name=model, prices=prices)])


def comparison(db: sqlite3.Connection, *, rows: int = len(ROWS), samples: int = 1) -> int:
    """Keep a comparison of four columns without any run, and return its key."""
    _provider(db, "openai", "gpt-4o-mini", "https://api.openai.com/v1")
    _provider(db, "anthropic", "claude-haiku-4.5", "https://api.anthropic.com/v1")
    _provider(db, "gemini", "gemini-2.5-flash", "https://generativelanguage.googleapis.com/v1")
    key, saved = prompt(db)
    places = (
        ("v1", saved[0], "openai/gpt-4o-mini"), ("v2", saved[1], "openai/gpt-4o-mini"),
        ("v2", saved[1], "anthropic/claude-haiku-4.5"), ("Draft", None, "gemini/gemini-2.5-flash"),
    )  # fmt: skip
    columns = [
        comparisons.NewColumn(
            prompt_key=key, version_key=version, label=label,
            content=content("Reply to {{ message }}", model=model,
                            response_schema=None if version else SCHEMA),
            model_key=providers.ask_for(db, model).key,
        )
        for label, version, model in places
    ]  # fmt: skip
    new = [
        comparisons.NewRow(
            name=ROWS[n % 4][0] if n < 4 else f"{ROWS[n % 4][0]} {n}",
            values={"message": ROWS[n % 4][1]},
        )
        for n in range(rows)
    ]
    name = "Refund reply: v2 against v1"
    return comparisons.create(db, columns, new, name=name, samples=samples).key


def filled(db: sqlite3.Connection) -> int:
    """Keep the comparison with its answers: one failed, one not asked yet, one cut off."""
    key = comparison(db)
    for row in range(4):
        cell(db, key, row, 0, OLD[row], latency_ms=1380 + 30 * row, tokens=48 - row)
        cell(db, key, row, 1, NEW[row], latency_ms=1460 + 90 * row, tokens=46 + row)
        if row != 2:
            cell(db, key, row, 3, JSON[row], latency_ms=1070 + 50 * row, tokens=71, cost=1_500_000)
    cell(db, key, 0, 2, THIRD[0], latency_ms=1920, tokens=44, cost=1_600_000)
    cell(db, key, 1, 2, "", status="failed", failure="rate_limit", title="Rate limit reached",
         detail=DETAIL, latency_ms=14200, tokens=None, cost=0)  # fmt: skip
    cell(db, key, 2, 2, THIRD[2], status="failed", failure="cut_off", title="Stream ended early",
         detail="The stream ended before its end. What came is kept.", tokens=31, cost=None,
         marks=("cost_unknown",))  # fmt: skip
    cell(db, key, 3, 2, [Reasoning(text="The customer is worried, so start with that. " * 4),
         ToolCall(id="c1", name="open_search", arguments='{"parcel": "JX-4421", "days": 5}')],
         latency_ms=2040, tokens=47, cost=1_700_000, finish="tool_calls")  # fmt: skip
    return key


def newest(db: sqlite3.Connection) -> int:
    """Return the key of the newest run: `filled` ends with one that calls a tool."""
    return database.value(db, "SELECT max(key) FROM runs")


def tool_step(db: sqlite3.Connection, run_key: int) -> None:
    """Add a step to a run that has ended: a tool's result was sent back, at the second attempt."""
    results = storable_json([ToolResult(call_id="c1", parts=(Text(text="on its way"),))])
    sent_at = (
        database.value(db, "SELECT started_at FROM runs WHERE key = ?", (run_key,)) + 2_100_000
    )
    with database.writing(db):
        step = "INSERT INTO steps (run_key, number, results_key) VALUES (?, 2, ?)"
        step_key = db.execute(step, (run_key, texts.put(db, results, texts.JSON))).lastrowid or 0
        tries: tuple[tuple[int, Status, str], ...] = (
            (1, "failed", "first"),
            (2, "ok", "rate_limit"),
        )
        for number, status, reason in tries:
            new = attempts.NewAttempt(
                step_key=step_key, number=number, reason=reason, waited_us=400_000 * (number - 1),
                sent_at=sent_at + 600_000 * number, request=b'{"model": "m"}',
            )  # fmt: skip
            end = attempts.AttemptEnd(
                attempt_key=attempts.begin(db, [new])[0], ended_at=sent_at + 900_000 * number,
                status=status, billed="no" if status == "failed" else "known", latency_us=300_000,
                first_token_us=None, http_status=429 if status == "failed" else 200,
                detail="Slow down." if status == "failed" else "",
            )  # fmt: skip
            attempts.end(db, [end])


def workspace(path: Path) -> sqlite3.Connection:
    """Make a workspace file and return a connection to it."""
    database.create(path, fill=providers.first_rows)
    return database.connect(path)
