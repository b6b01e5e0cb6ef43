"""What is stored adds up: buckets times prices to an attempt, attempts to a run, runs to a day."""

from __future__ import annotations

import pytest
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.domain.usage import PriceRow
from proofroom.workspace import prices, providers, rollups

# odd prices in nano-USD per million tokens, so that a sum that is rounded twice shows
PRICES = (
    PriceRow(bucket="input", nano_usd_per_million=2_500_333_333),
    PriceRow(bucket="cache_read", nano_usd_per_million=250_777_777),
    PriceRow(bucket="cache_write_5m", nano_usd_per_million=3_125_555_555),
    PriceRow(bucket="output", nano_usd_per_million=10_000_111_111),
)
LINES = """
    SELECT attempts.key, attempts.cost_nano_usd,
        sum(usage.count * prices.nano_usd_per_million) FROM attempts
    JOIN usage ON usage.attempt_key = attempts.key LEFT JOIN prices ON prices.key = usage.price_key
    GROUP BY attempts.key ORDER BY attempts.key"""
RUNS = "SELECT cost_nano_usd, retry_nano_usd, tokens_in, tokens_out FROM runs ORDER BY key"
ATTEMPTS = "SELECT status, cost_nano_usd FROM attempts ORDER BY key"


def priced(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("ok"), concurrency=1)
    offers = [providers.Offer(name="a", window=None, prices=PRICES, source="catalogue")]
    providers.offer(lab.db, "lab", offers)


async def test_a_bill_is_buckets_times_their_prices_rounded_once(
    lab: Lab, server: FaultServer
) -> None:
    server.script("ok", ["cached", "ok", "cached"])
    priced(lab, server)
    ended = await lab.run(lab.comparison(["lab/a"], ["one", "two", "three"]))
    rows = lab.db.execute(LINES).fetchall()
    assert [(millionths + 500_000) // 1_000_000 for _, _, millionths in rows] == [
        cost for _, cost, _ in rows
    ]
    # 10 x 2500.333333 + 80 x 250.777777 + 20 x 3125.555555 + 13 x 10000.111111
    # = 25003.33333 + 20062.22216 + 62511.1111 + 130001.444443 = 237578.111033 nano-USD
    # 12 x 2500.333333 + 8 x 10000.111111 = 30003.999996 + 80000.888888 = 110004.888884 nano-USD
    assert [cost for _, cost, _ in rows] == [237_578, 110_005, 237_578]
    runs = lab.db.execute(RUNS).fetchall()
    assert runs == [(237_578, None, 110, 13), (110_005, None, 12, 8), (237_578, None, 110, 13)]
    assert (ended.cost_nano_usd, ended.unknown_cost) == (585_161, 0)


@pytest.mark.parametrize(
    ("script", "costs", "cost"),
    [
        (["429ra", "cached"], [0, 237_578], 237_578),
        (["finmid", "ok"], [None, 110_005], None),
        (["500", "errmid", "ok"], [0, None, 110_005], None),
        (["401"], [0], 0),
    ],
)
async def test_a_run_costs_what_its_attempts_cost_and_is_unknown_with_one_of_them(
    lab: Lab, server: FaultServer, script: list[str], costs: list[int | None], cost: int | None
) -> None:
    server.set("429ra", retry_after="0")
    server.script("ok", script)
    priced(lab, server)
    ended = await lab.run(lab.comparison(["lab/a"]))
    assert [row[1] for row in lab.db.execute(ATTEMPTS).fetchall()] == costs
    assert lab.db.execute(RUNS).fetchone()[0] == cost
    assert (ended.cost_nano_usd, ended.unknown_cost) == (cost or 0, cost is None)
    assert not rollups.out_of_step(lab.db)


async def test_tokens_that_are_known_in_part_are_in_step_with_their_sums(
    lab: Lab, server: FaultServer
) -> None:
    server.script("ok", ["nofinish", "ok"])  # the first says 12 in, and its 8 out may be more
    priced(lab, server)
    await lab.run(lab.comparison(["lab/a"]))
    counts = lab.db.execute("SELECT bucket, count FROM usage ORDER BY attempt_key, bucket")
    assert counts.fetchall() == [("input", 12), ("output", None), ("input", 12), ("output", 8)]
    assert lab.db.execute(RUNS).fetchone() == (None, None, 24, None)
    sums = lab.db.execute("SELECT tokens_input, tokens_output FROM rollups").fetchall()
    assert sums == [(24, 8)]
    assert not rollups.out_of_step(lab.db)


async def test_a_new_price_changes_no_bill_that_was_written(lab: Lab, server: FaultServer) -> None:
    priced(lab, server)
    made = lab.comparison(["lab/a"])
    await lab.run(made)
    key = providers.ask_for(lab.db, "lab/a").key
    dearer = [PriceRow(bucket=row.bucket, nano_usd_per_million=10**12) for row in PRICES]
    prices.add(lab.db, key, dearer)
    await lab.run(made, fresh=True)
    rows = lab.db.execute(LINES).fetchall()
    # 12 and 8 tokens at a thousand dollars a million: 20 thousandths of a dollar
    assert [cost for _, cost, _ in rows] == [110_005, 20_000_000]
    assert [(millionths + 500_000) // 1_000_000 for _, _, millionths in rows] == [
        110_005,
        20_000_000,
    ]
    assert not rollups.out_of_step(lab.db)
