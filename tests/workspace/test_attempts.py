from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from msgspec import structs
from tests.workspace.making import attempt_end, begun, run_end

from proofroom.domain.message import Text
from proofroom.domain.usage import UsageRow
from proofroom.workspace import attempts, database, prices, provenance, runs, texts
from proofroom.workspace.attempts import NewAttempt, PricedUsage


def another(step: int, number: int = 2) -> NewAttempt:
    return NewAttempt(
        step_key=step, number=number, reason="overloaded", waited_us=5, sent_at=9, request=b"{}"
    )


def ended(db: sqlite3.Connection, one: runs.Begun, **over: Any) -> None:  # noqa: ANN401 - fields
    with database.writing(db):
        attempts.end(db, [attempt_end(one, **over)])


def test_each_attempt_has_its_row_with_reason_wait_and_end(db: sqlite3.Connection) -> None:
    one = begun(db)
    ended(db, one, status="failed", failure="overloaded", detail="503", http_status=503)
    with database.writing(db):
        second = attempts.begin(db, [another(one.step_key)])[0]
        attempts.end(db, [structs.replace(attempt_end(one), attempt_key=second)])
        runs.end(db, [run_end(one)])
    found = provenance.of_run(db, one.run_key)
    assert [(a.number, a.reason, a.waited_us, a.status) for a in found.attempts] == [
        (1, "first", 0, "failed"),
        (2, "overloaded", 5, "ok"),
    ]
    assert (found.attempts[0].failure, found.attempts[0].http_status) == ("overloaded", 503)
    assert found.requests == ('{"model":"smollm2"}', "{}")
    assert found.responses == ("raw Because.",) * 2


def test_an_attempt_ends_once(db: sqlite3.Connection) -> None:
    one = begun(db)
    ended(db, one)
    with pytest.raises(RuntimeError, match="is not open"):
        ended(db, one, status="failed")
    assert provenance.of_run(db, one.run_key).attempts[0].status == "ok"
    with pytest.raises(RuntimeError, match="attempt 99 is not open"):
        ended(db, structs.replace(one, attempt_key=99))


def test_the_body_that_was_really_sent_takes_the_place_of_the_first(
    db: sqlite3.Connection,
) -> None:
    one, other = begun(db), begun(db)
    ended(db, one, sent=b'{"real":1}')
    ended(db, other)
    assert [provenance.of_run(db, run.run_key).requests for run in (one, other)] == [
        ('{"real":1}',),
        ('{"model":"smollm2"}',),
    ]


def test_usage_names_the_price_row_it_was_reckoned_with(db: sqlite3.Connection) -> None:
    row = prices.of_model(db, 1, 1)[0]
    one = begun(db)
    usage = (
        PricedUsage(row=UsageRow(bucket="input", count=7), price_key=row.key),
        PricedUsage(row=UsageRow(bucket="image", count=None, origin="unknown"), price_key=None),
    )
    ended(db, one, usage=usage)
    found = provenance.of_run(db, one.run_key).usage[0]
    assert [(each.usage, each.price) for each in found] == [
        (usage[1].row, None),
        (usage[0].row, row),
    ]


def test_what_is_empty_takes_no_text(db: sqlite3.Connection) -> None:
    one = begun(db)
    before = database.value(db, "SELECT count(*) FROM texts")
    ended(db, one, response="", output=(), status="failed")
    assert database.value(db, "SELECT count(*) FROM texts") == before
    key = database.value(db, "SELECT output_key FROM attempts")
    assert (key, texts.text(db, key)) == (None, "")


def test_the_same_answer_is_kept_once_however_often_it_came(db: sqlite3.Connection) -> None:
    for _ in range(3):
        ended(db, begun(db), output=(Text(text="Because."),))
    keys = db.execute("SELECT DISTINCT output_key, response_key FROM attempts").fetchall()
    assert len(keys) == 1
