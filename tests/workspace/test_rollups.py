from __future__ import annotations

import sqlite3
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.workspace.making import attempt_end, begun, ended, prompt, run_end

from proofroom.domain.usage import BUCKETS, UsageRow
from proofroom.workspace import attempts, database, providers, rollups, runs, versions

SAME_FILE = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
USAGE = st.lists(
    st.builds(UsageRow, bucket=st.sampled_from(BUCKETS), count=st.none() | st.integers(0, 10**9)),
    max_size=4,
    unique_by=lambda row: row.bucket,
)
RUN = st.fixed_dictionaries(
    {
        # a few quarters of an hour around midnight, so that runs share their rows
        "started_at": st.integers(0, 5).map(lambda n: 20_000 * 86_400_000_000 + n * 450_000_001),
        "offset_s": st.sampled_from([-39_600, 0, 19_800, 50_400]),
        "environment": st.sampled_from(["", "production"]),
        "source": st.sampled_from(["draft", "cli"]),
        "version_key": st.sampled_from([None, 1]),
        "status": st.sampled_from(["ok", "failed", "cancelled"]),
        "cost_nano_usd": st.none() | st.integers(0, 10**12),
        "retry_nano_usd": st.integers(0, 10**9),
        "latency_us": st.integers(0, 10**9),
        "answering_model": st.sampled_from(["", "another"]),
        "usage": USAGE,
    }
)
BEGINS = ("started_at", "offset_s", "environment", "source", "version_key")


def written(db: sqlite3.Connection, one: dict[str, Any]) -> None:
    new = begun(db, **{name: one[name] for name in BEGINS})
    usage = tuple(one["usage"])
    priced = tuple(attempts.PricedUsage(row=row, price_key=None) for row in usage)
    rest = {name: value for name, value in one.items() if name not in (*BEGINS, "usage")}
    with database.writing(db):
        attempts.end(db, [attempt_end(new, usage=priced)])
        runs.end(db, [run_end(new, usage=usage, **rest)])


def measures(one: dict[str, Any]) -> Counter[str]:
    tokens = {f"tokens_{row.bucket}": row.count or 0 for row in one["usage"]}
    cost = one["cost_nano_usd"]
    return Counter(
        runs=1,
        unknown_cost=int(cost is None),
        cost_nano_usd=cost or 0,
        retry_nano_usd=one["retry_nano_usd"],
        latency_us=one["latency_us"],
        **tokens,
    )


def counted(
    db: sqlite3.Connection, history: list[dict[str, Any]]
) -> tuple[dict[Any, Counter[str]], dict[Any, Counter[str]]]:
    """Count the sums of a history by hand: by quarter hour, and by local day and dimension."""
    fine: dict[Any, Counter[str]] = {}
    days: dict[Any, Counter[str]] = {}
    for one in history:
        model = providers.known_model(db, "local", one["answering_model"] or "smollm2")
        key, version = model.key if model else 0, one["version_key"] or 0
        place = (one["environment"], one["source"], one["status"])
        fine.setdefault((one["started_at"] // 900_000_000, key, version, *place), Counter())
        fine[(one["started_at"] // 900_000_000, key, version, *place)] += measures(one)
        day = (one["started_at"] // 1_000_000 + one["offset_s"]) // 86_400
        for dimension, value in (
            ("model", str(key)),
            ("version", str(version)),
            ("environment", one["environment"]),
            ("source", one["source"]),
        ):
            days.setdefault((day, dimension, value, one["status"]), Counter())
            days[(day, dimension, value, one["status"])] += measures(one)
    return fine, days


def kept(db: sqlite3.Connection, table: str, keys: int) -> dict[Any, Counter[str]]:
    cursor = db.execute(f"SELECT * FROM {table}")  # noqa: S608 - ours
    names = [column[0] for column in cursor.description]
    return {
        row[:keys]: +Counter(dict(zip(names[keys + 1 :], row[keys + 1 :], strict=True)))
        for row in cursor.fetchall()
    }


@SAME_FILE
@given(st.lists(RUN, min_size=1, max_size=6))
def test_sums_are_what_a_recount_by_hand_makes_them(
    db: sqlite3.Connection, history: list[dict[str, Any]]
) -> None:
    if not versions.of_prompt(db, 1):
        versions.save(db, prompt(db))
    with database.writing(db):  # a history of its own
        for table in ("usage", "attempts", "steps", "runs", "rollups", "rollup_days"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - ours
        db.execute("INSERT INTO run_search (run_search) VALUES ('delete-all')")
    for one in history:
        written(db, one)
    fine, days = counted(db, history)
    for _ in range(2):
        assert kept(db, "rollups", 6) == fine
        assert kept(db, "rollup_days", 4) == days
        assert rollups.out_of_step(db) == ()
        with database.writing(db):
            rollups.rebuild(db)
    total = [one for one in history if one["offset_s"] == 0]
    assert rollups.of_day(db, 20_000).runs >= len(total)


def test_a_days_sum_counts_each_run_once_and_names_the_unknown(db: sqlite3.Connection) -> None:
    at = 20_000 * 86_400_000_000
    for cost in (5, 7, None):
        one = begun(db, started_at=at, offset_s=0)
        with database.writing(db):
            attempts.end(db, [attempt_end(one)])
            runs.end(db, [run_end(one, cost_nano_usd=cost)])
    assert rollups.of_day(db, 20_000) == rollups.Total(runs=3, unknown_cost=1, cost_nano_usd=12)
    assert rollups.of_day(db, 20_001) == rollups.Total(runs=0, unknown_cost=0, cost_nano_usd=0)


WRONG = {
    "UPDATE rollups SET runs = 9": ("1 sums by quarter hours",),
    "UPDATE rollups SET cost_nano_usd = 9": ("1 sums by quarter hours",),
    "UPDATE rollups SET latency_us = 9": ("1 sums by quarter hours",),
    "DELETE FROM rollups": ("1 sums by quarter hours", "2 sums by kinds of tokens"),
    "UPDATE rollups SET tokens_input = 9": ("1 sums by kinds of tokens",),
    "UPDATE rollup_days SET retry_nano_usd = 9": ("4 sums by days",),
    "DELETE FROM rollup_days WHERE dimension = 'model'": ("1 sums by days",),
    "UPDATE rollup_days SET day = day + 1 WHERE dimension = 'source'": ("2 sums by days",),
}


@pytest.mark.parametrize("sql", WRONG)
def test_a_sum_that_is_off_is_told_by_its_kind_and_counted_anew(
    db: sqlite3.Connection, sql: str
) -> None:
    ended(db)
    db.execute(sql)
    assert rollups.out_of_step(db) == WRONG[sql]
    with database.writing(db):
        rollups.rebuild(db)
    assert rollups.out_of_step(db) == ()


def test_what_a_purge_carried_over_stays_in_the_sums(db: sqlite3.Connection) -> None:
    ended(db)
    for sql in (
        "UPDATE rollups SET carried = 1, latency_us = 1",
        "UPDATE rollup_days SET carried = 1, latency_us = 1",
        *(f"DELETE FROM {table}" for table in ("usage", "attempts", "steps", "runs")),  # noqa: S608 - ours
    ):
        db.execute(sql)
    ended(db)
    before = rollups.of_day(db, database.value(db, "SELECT max(day) FROM rollup_days"))
    with database.writing(db):
        rollups.rebuild(db)
    assert database.value(db, "SELECT count(*) FROM rollups WHERE carried = 1") == 1
    assert rollups.of_day(db, database.value(db, "SELECT max(day) FROM rollup_days")) == before
    assert rollups.out_of_step(db) == ()
