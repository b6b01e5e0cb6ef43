"""The user's own prices are what later runs cost; runs before keep the rows they were billed by."""

from __future__ import annotations

import asyncio

from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom import clock
from proofroom.domain.usage import Bucket, PriceRow
from proofroom.workspace import prices, providers
from proofroom.workspace.providers import Offer


def bill(lab: Lab) -> list[tuple[int, str]]:
    """Run a comparison and return every run's cost and the source of its input price."""
    asyncio.run(lab.run(lab.comparison(["office/m"])))
    return lab.db.execute(
        """SELECT r.cost_nano_usd, p.source FROM runs r JOIN steps s ON s.run_key = r.key
        JOIN attempts a ON a.step_key = s.key JOIN usage u ON u.attempt_key = a.key
        JOIN prices p ON p.key = u.price_key WHERE u.bucket = 'input' ORDER BY r.key"""
    ).fetchall()


def test_later_runs_cost_the_own_price_and_earlier_ones_what_they_did(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("office", server.url("ok"))
    server.set("ok", prompt_tokens=1000, completion_tokens=100)
    both: tuple[Bucket, ...] = ("input", "output")
    rows = [PriceRow(bucket=one, nano_usd_per_million=10**9, source="litellm") for one in both]
    steep = PriceRow(
        bucket="input", nano_usd_per_million=9 * 10**9, threshold=500, source="litellm"
    )
    providers.offer(lab.db, "office", [Offer(name="m", prices=(*rows, steep))])
    key = providers.model(lab.db, "office/m").key
    # over 500 tokens: 1,000 x $9 + 100 x $1 a million
    listed = (9_100_000, "litellm")
    assert bill(lab) == [listed]
    prices.set_own(lab.db, key, {"input": 2 * 10**9}, valid_from=clock.now())
    own = (2_100_000, "own")  # 1,000 x $2 at any length + 100 x $1
    assert bill(lab) == [listed, own]
    prices.remove_own(lab.db, key, at=clock.now())
    assert bill(lab) == [listed, own, listed]
