"""Why an answer is as it is: all that was stored of a run comes back as it was."""

from __future__ import annotations

import sqlite3

import pytest
from tests.workspace.making import attempt_end, begun, content, prompt, run_end

from proofroom.domain.message import Reasoning, Text, text_message
from proofroom.domain.usage import PriceRow, UsageRow
from proofroom.workspace import attempts, database, prices, provenance, providers, runs, versions

PRICE = PriceRow(
    bucket="input", nano_usd_per_million=3_000_000_000, threshold=0, tier="", valid_from=7,
    source="the price list",
)  # fmt: skip


def test_each_attempt_has_its_usage_with_the_price_it_was_reckoned_with(
    db: sqlite3.Connection,
) -> None:
    model = providers.model(db, "local/smollm2").key
    with database.writing(db):
        prices.add(db, model, [PRICE])
    # the newest row of the model: the embedded one has rows of its own
    price = database.value(db, "SELECT max(key) FROM prices")
    usage = (
        attempts.PricedUsage(row=UsageRow(bucket="input", count=7), price_key=price),
        attempts.PricedUsage(
            row=UsageRow(bucket="output", count=None, origin="unknown"), price_key=None
        ),
    )
    one = begun(db)
    with database.writing(db):
        attempts.end(db, [attempt_end(one, usage=usage)])
        runs.end(db, [run_end(one)])
    (found,) = provenance.of_run(db, one.run_key).usage
    assert [priced.usage for priced in found] == [use.row for use in usage]
    stored = found[0].price
    assert stored is not None
    assert (stored.key, stored.bucket, stored.nano_usd_per_million, stored.threshold) == (
        price, "input", 3_000_000_000, 0,
    )  # fmt: skip
    assert (stored.tier, stored.valid_from, stored.source) == ("", 7, "the price list")
    assert found[1].price is None


def test_a_run_of_two_attempts_keeps_both_in_their_order(db: sqlite3.Connection) -> None:
    one = begun(db, "Why?", request=b'{"first":1}')
    again = attempts.NewAttempt(
        step_key=one.step_key, number=2, reason="rate_limit", waited_us=5, sent_at=9,
        request=b'{"second":2}',
    )  # fmt: skip
    failed = attempt_end(
        one, "", status="failed", failure="rate_limit", detail="slow down", http_status=429,
        response="wait", output=(), usage=(), cost_nano_usd=0, billed="no",
    )  # fmt: skip
    with database.writing(db):
        attempts.end(db, [failed])
        (second,) = attempts.begin(db, [again])
        attempts.end(db, [attempt_end(one, attempt_key=second)])
        runs.end(db, [run_end(one)])
    found = provenance.of_run(db, one.run_key)
    assert [(a.number, a.reason, a.status, a.http_status) for a in found.attempts] == [
        (1, "first", "failed", 429), (2, "rate_limit", "ok", 200),
    ]  # fmt: skip
    assert found.requests == ('{"first":1}', '{"second":2}')
    assert found.responses == ("wait", "raw Because.")
    assert [len(usage) for usage in found.usage] == [0, 2]


def test_a_run_names_what_it_was_made_of(db: sqlite3.Connection) -> None:
    key = prompt(db, "explain", "Explain it.")
    saved = versions.save(db, key)
    content_key = database.value(db, "SELECT content_key FROM versions WHERE key = ?", (saved.key,))
    one = begun(db, prompt_key=key, version_key=saved.key, content_key=content_key, sample=3)
    with database.writing(db):
        attempts.end(db, [attempt_end(one)])
        output = (Reasoning(text="Hm."), Text(text="Because."))
        runs.end(db, [run_end(one, output=output, answering_model="smollm3", finish_raw="stop")])
    found = provenance.of_run(db, one.run_key)
    run = found.run
    assert (run.prompt, run.version, run.sample) == ("explain", 1, 3)
    assert (run.provider, run.model, run.answering_model) == ("local", "smollm2", "smollm3")
    assert (run.adapter, run.adapter_version, run.finish_raw) == ("direct", "1", "stop")
    assert (run.tokens_in, run.tokens_out, run.cost_nano_usd) == (7, 5, 12)
    assert found.content == content("Explain it.")
    assert found.messages == (text_message("user", "Why?"),)
    assert found.output == (Reasoning(text="Hm."), Text(text="Because."))


def test_a_run_under_way_has_no_end_yet(db: sqlite3.Connection) -> None:
    one = begun(db)
    found = provenance.of_run(db, one.run_key)
    assert (found.run.status, found.run.ended_at, found.output) == (None, None, ())
    assert (found.content, found.responses) == (None, ("",))
    with pytest.raises(RuntimeError, match="no run 99"):
        provenance.of_run(db, 99)
