from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.spending import DOLLAR, at, day, spent
from tests.workspace.making import prompt

from proofroom.domain import period
from proofroom.domain.period import Per, Span
from proofroom.domain.provider import Provider
from proofroom.workspace import cost_sums, costs, database, dear_runs, providers, versions
from proofroom.workspace.cost_sums import By, Only

SAME_FILE = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def local_time(zone: str) -> Generator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


def test_a_months_cost_is_the_sum_of_its_days_and_the_unknown_stand_beside_it(
    db: sqlite3.Connection,
) -> None:
    for cost, when in (
        (3 * DOLLAR, "2026-10-31T12:00"),
        (1 * DOLLAR, "2026-11-01T00:00"),
        (2 * DOLLAR + 1, "2026-11-15T12:00"),
        (None, "2026-11-30T23:59"),
        (9 * DOLLAR, "2026-12-01T00:00"),
    ):
        spent(db, cost, when)
    november = Span(first=day("2026-11-01"), last=day("2026-11-30"))
    found = costs.of_span(db, november, "month", "source")
    # 1.000000000 + 2.000000001 = 3.000000001; October had 3.000000000
    assert (found.total.cost, found.total.runs, found.total.unknown) == (3_000_000_001, 3, 1)
    assert (
        found.total.known == found.total.cost
    )  # what is known of it; the unknown is said beside it
    assert found.before.cost == 3_000_000_000
    assert found.by_start() == {november.first: found.total}
    days = costs.of_span(db, november, "day", "source")
    assert len(days.starts) == 30
    costs_by_day = [one.cost for one in days.by_start().values()]
    assert costs_by_day[0] + costs_by_day[14] == sum(costs_by_day) == 3_000_000_001
    assert days.by_start()[november.last].known is None  # of its one run nobody knows the cost
    assert days.by_start()[november.first + 1].known == 0  # nothing was spent


def test_a_run_counts_on_its_own_local_day(db: sqlite3.Connection) -> None:
    spent(db, 5, "2026-11-30T23:30", offset_s=3600)  # half past midnight on 1 December
    december = Span(first=day("2026-12-01"), last=day("2026-12-01"))
    assert costs.of_span(db, december, "day", "model").total.cost == 5
    assert costs.of_span(db, period.before(december), "day", "model").total.runs == 0


def test_a_day_on_which_clocks_change_has_23_or_25_hours_and_loses_no_cost(
    db: sqlite3.Connection,
) -> None:
    # 29 March: 00:30 UTC is 01:30, 01:30 UTC is 03:30; there is no 02:30
    spent(db, 1, "2026-03-29T00:30", offset_s=3600)
    spent(db, 2, "2026-03-29T01:30", offset_s=7200)
    # 25 October: 00:30 UTC is 02:30 for the first time, 01:30 UTC for the second
    spent(db, 4, "2026-10-25T00:30", offset_s=7200)
    spent(db, 8, "2026-10-25T01:30", offset_s=3600)
    for text, hours, expected in (
        ("2026-03-29", 23, {"2026-03-29T00:00": 1, "2026-03-29T01:00": 2}),
        ("2026-10-25", 25, {"2026-10-25T00:00": 4, "2026-10-25T01:00": 8}),
    ):
        with local_time("Europe/Berlin"):
            found = costs.of_span(db, Span(first=day(text), last=day(text)), "hour", "model")
        assert len(found.starts) == hours
        by_hour = {start: one.cost for start, one in found.by_start().items() if one.cost}
        assert by_hour == {at(hour): cost for hour, cost in expected.items()}
        assert sum(by_hour.values()) == found.total.cost


def test_hours_of_india_begin_at_half_past_in_utc(db: sqlite3.Connection) -> None:
    spent(db, 1, "2026-11-02T18:29", offset_s=19_800)  # 23:59 of the day before
    spent(db, 2, "2026-11-02T18:30", offset_s=19_800)  # midnight
    spent(db, 4, "2026-11-03T18:29", offset_s=19_800)  # 23:59
    spent(db, 8, "2026-11-03T18:30", offset_s=19_800)  # midnight again
    one = Span(first=day("2026-11-03"), last=day("2026-11-03"))
    with local_time("Asia/Kolkata"):
        found = costs.of_span(db, one, "hour", "source")
    by_hour = {start: one.cost for start, one in found.by_start().items() if one.runs}
    assert by_hour == {at("2026-11-02T18:30"): 2, at("2026-11-03T17:30"): 4}
    assert (len(found.starts), found.total.cost) == (24, 6)


def test_retries_failed_and_stopped_runs_are_waste_once(db: sqlite3.Connection) -> None:
    when = "2026-11-03T12:00"
    spent(db, 10, when, retry_nano_usd=3)
    spent(db, 20, when, status="failed", retry_nano_usd=7)  # its retries are a part of the 20
    spent(db, 40, when, status="timeout")
    spent(db, 80, when, status="interrupted")
    spent(db, 160, when, status="cancelled", retry_nano_usd=1)
    one = cost_sums.total(db, Span(first=day(when), last=day(when)))
    assert (one.retry, one.failed, one.cancelled) == (3, 20 + 40 + 80, 160)
    assert one.waste == 3 + 140 + 160 <= one.cost == 10 + 20 + 40 + 80 + 160
    assert (one.runs, one.done) == (5, 1)


def test_tokens_are_split_by_their_buckets(db: sqlite3.Connection) -> None:
    when = "2026-11-03T12:00"
    spent(db, 1, when, tokens={"input": 100, "cache_read": 40})
    spent(db, 1, when, tokens={"output": 7, "reasoning": 5, "input": 1})
    one = cost_sums.total(db, Span(first=day(when), last=day(when)))
    assert [one.of(name) for name in ("input", "cache_read", "output", "reasoning")] == [
        101,
        40,
        7,
        5,
    ]
    assert one.of() == 101 + 40 + 7 + 5


def test_prompts_and_providers_gather_their_versions_and_models(db: sqlite3.Connection) -> None:
    other = Provider(name="cloud", adapter="direct", url="http://127.0.0.1:9/v1", needs_key=False)
    provider = providers.put(db, other)
    with database.writing(db):
        models = [
            providers.ensure_model(db, provider.key, n, listed=True) for n in ("big", "small")
        ]
    key = prompt(db, "greet")
    first = versions.save(db, key)
    when = "2026-11-03T12:00"
    spent(db, 5, when, model_key=models[0], prompt_key=key, version_key=first.key)
    spent(db, 6, when, model_key=models[1], prompt_key=key, version_key=first.key)
    spent(db, 100, when, prompt_key=key)  # a draft: the sums do not know whose
    span = Span(first=day(when), last=day(when))

    def named(by: By) -> list[tuple[str, int]]:
        found = costs.of_span(db, span, "day", by)
        return [(found.names[group], one.cost) for group, one in found.by_group().items()]

    assert named("provider") == [("local", 100), ("cloud", 11)]
    assert named("model") == [("local/smollm2", 100), ("cloud/small", 6), ("cloud/big", 5)]
    assert named("prompt") == [("Drafts, no version", 100), ("greet", 11)]
    assert named("version") == [("Drafts, no version", 100), ("greet v1", 11)]
    assert named("source") == [("Comparisons", 111)]
    dear = dear_runs.whole(db, span)
    assert [(one.name, one.runs, one.cost) for one in dear.prompts] == [("greet", 3, 111)]


RUN = st.fixed_dictionaries(
    {
        "hour": st.integers(0, 24 * 70),
        "cost": st.none() | st.integers(0, 10**12),
        "retry_nano_usd": st.integers(0, 10**6),
        "status": st.sampled_from(["ok", "failed", "timeout", "interrupted", "cancelled"]),
        "source": st.sampled_from(["draft", "cli", "comparison"]),
        "version_key": st.sampled_from([None, 1]),
        "answering_model": st.sampled_from(["", "another"]),
        "tokens": st.integers(0, 10**6),
    }
)


@SAME_FILE
@given(st.lists(RUN, min_size=1, max_size=6))
def test_sums_by_any_dimension_and_stretch_agree_with_the_rows(
    db: sqlite3.Connection, history: list[dict[str, Any]]
) -> None:
    if not versions.of_prompt(db, 1):
        versions.save(db, prompt(db))
    with database.writing(db):  # a history of its own
        for table in ("usage", "attempts", "steps", "runs", "rollups", "rollup_days"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - ours
        db.execute("INSERT INTO run_search (run_search) VALUES ('delete-all')")
    for one in history:
        rest = {k: v for k, v in one.items() if k not in {"hour", "cost", "tokens"}}
        when = datetime.fromtimestamp(1_790_000_000 + 3600 * one["hour"], UTC)
        spent(
            db,
            one["cost"],
            when.replace(tzinfo=None).isoformat(),
            tokens={"output": one["tokens"]},
            **rest,
        )
    span = Span(first=1_790_000_000 // 86_400, last=1_790_000_000 // 86_400 + 71)
    row = db.execute(
        "SELECT count(*), sum(cost_nano_usd IS NULL), coalesce(sum(cost_nano_usd), 0) FROM runs"
    ).fetchone()
    tokens = sum(one["tokens"] for one in history)
    pers: tuple[Per, ...] = period.PERS
    for by in cost_sums.BYS:
        for per in pers:
            found = costs.of_span(db, span, per, by)
            assert (found.total.runs, found.total.unknown, found.total.cost) == row
            whole = costs.Sum()
            for one in found.by_group().values():
                whole = costs.added(whole, one)
            assert whole == found.total
            assert whole.of() == tokens
            assert list(found.by_start()) == sorted(found.by_start())


def test_the_dearest_come_first_over_all_slabs_and_only_from_the_span(
    db: sqlite3.Connection,
) -> None:
    key, one = prompt(db), day("2026-11-03")
    for number in range(39):  # 39 and 7 have no divisor in common: each cost from 0 to 38, mixed
        spent(db, 7 * number % 39, "2026-11-03T12:00", prompt_key=key)
    spent(db, None, "2026-11-03T12:00", prompt_key=key)
    spent(db, 10**9, "2026-11-04T00:00", prompt_key=key)
    found = dear_runs.begin(db, Span(first=one, last=one), slab=7)
    assert found.steps == 6 + 16  # 41 runs in slabs of 7, and the calls in 16 parts
    while not found.is_whole:
        found = dear_runs.step(db, found)
    assert [run.cost for run in found.runs] == list(range(38, 18, -1))
    sums = [(one.runs, one.unknown, one.cost) for one in found.prompts]
    assert sums == [(40, 1, 741)]  # 38 * 39 / 2


def test_a_call_that_was_answered_before_is_told_with_what_it_cost_again(
    db: sqlite3.Connection,
) -> None:
    history: list[tuple[int | None, str, dict[str, Any]]] = [
        (5, "2026-11-02T12:00", {}),
        (7, "2026-11-03T12:00", {"retry_nano_usd": 2}),
        (11, "2026-11-03T13:00", {}),
        (None, "2026-11-03T14:00", {}),
        (99, "2026-11-03T12:00", {"sample": 1}),  # a sample is asked on purpose
        (50, "2026-11-03T12:00", {"status": "failed"}),  # and a failure gave no answer
    ]
    for cost, when, over in history:
        spent(db, cost, when, **over)
    spent(db, 1, "2026-11-03T12:00", asked="Something else?")
    one = day("2026-11-03")
    found = dear_runs.whole(db, Span(first=one, last=one))
    # asked again three times: 7 - 2 (its retry is waste already) + 11, and once nobody knows
    assert (found.again, found.again_unknown, found.again_cost) == (3, 1, 16)
    assert [(r.again, r.cost, r.model) for r in found.repeated] == [(3, 16, "local/smollm2")]


def test_identical_calls_are_found_in_the_index_and_not_in_all_rows(db: sqlite3.Connection) -> None:
    ask = {"low": b"\x00", "high": b"\x10", "first": 0, "last": 1}
    sql = f"explain query plan {dear_runs._REPEATED}"  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - ours
    plan = [row[-1] for row in db.execute(sql, ask).fetchall()]
    assert any("COVERING INDEX runs_by_call (call_hash>? AND call_hash<?)" in one for one in plan)
    assert not any(one.startswith("SCAN runs") or one == "SCAN r" for one in plan[:4]), plan


def test_only_the_runs_of_the_groups_that_are_named_are_counted(db: sqlite3.Connection) -> None:
    other = Provider(name="cloud", adapter="direct", url="http://127.0.0.1:9/v1", needs_key=False)
    provider = providers.put(db, other)
    with database.writing(db):
        big = providers.ensure_model(db, provider.key, "big", listed=True)
    key = prompt(db, "greet")
    first = versions.save(db, key)
    when = "2026-11-03T12:00"
    spent(db, 1, when, model_key=big, prompt_key=key, version_key=first.key, asked="a")
    spent(db, 2, when, model_key=big, source="cli", asked="b", tokens={"output": 7})
    spent(db, 4, when, prompt_key=key, version_key=first.key, source="cli", asked="c")
    spent(db, 8, when, asked="d")
    november = Span(first=day("2026-11-01"), last=day("2026-11-30"))
    cloud: tuple[By, str] = ("provider", str(provider.key))
    greet: tuple[By, str] = ("prompt", str(key))
    cli: tuple[By, str] = ("source", "cli")
    cases: list[tuple[Only, int]] = [
        ((), 15), ((cloud,), 3), ((greet,), 5), ((cli,), 6), ((("model", str(big)),), 3),
        ((cloud, cli), 2), ((cloud, greet), 1), ((cloud, greet, cli), 0),
        ((("version", str(first.key)), cli), 4),
    ]  # fmt: skip
    for only, expected in cases:
        for by in cost_sums.BYS:
            for per in period.PERS:
                found = costs.of_span(db, november, per, by, only)
                assert (found.total.cost, only) == (expected, only)
                assert sum(one.cost for one in found.by_group().values()) == expected
                assert sum(one.cost for one in found.by_start().values()) == expected
    assert costs.of_span(db, november, "day", "model", (cli,)).total.of("output") == 7


def test_days_are_looked_up_by_their_key_and_one_dimension_alone_is_read(
    db: sqlite3.Connection,
) -> None:
    said: list[str] = []
    db.set_trace_callback(said.append)
    costs.of_span(db, Span(first=20_000, last=20_364), "month", "version")
    db.set_trace_callback(None)
    asked = [one for one in said if "rollup_days" in one and one.startswith("SELECT start")]
    assert len(asked) == 3  # the parts, their total, and that of the days before
    for sql in asked:
        plan = [row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
        assert any("SEARCH r USING PRIMARY KEY (day=? AND dimension=?)" in one for one in plan)


def test_hours_are_looked_up_by_their_quarters(db: sqlite3.Connection) -> None:
    said: list[str] = []
    db.set_trace_callback(said.append)
    costs.of_span(db, Span(first=20_000, last=20_030), "hour", "model")
    db.set_trace_callback(None)
    asked = [one for one in said if "JOIN rollups r" in one]
    assert len(asked) == 1
    plan = [row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {asked[0]}").fetchall()]
    assert any("SEARCH r USING PRIMARY KEY (quarter=?)" in one for one in plan)
