"""What nobody knows is never free, whoever answered."""

from __future__ import annotations

import json

import pytest
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.domain.usage import PriceRow
from proofroom.workspace import prices, providers

PRICES = (
    PriceRow(bucket="input", nano_usd_per_million=1_000_000_000_000),
    PriceRow(bucket="output", nano_usd_per_million=2_000_000_000_000),
)


def priced(lab: Lab, server: FaultServer, mode: str, *names: str) -> None:
    lab.provider("lab", server.url(mode))
    offers = [
        providers.Offer(name=name, window=None, prices=PRICES, source="catalogue") for name in names
    ]
    providers.offer(lab.db, "lab", offers)


async def one(lab: Lab, model: str = "lab/a") -> tuple[int | None, tuple[str, ...]]:
    made = lab.comparison([model])
    await lab.run(made)
    run = lab.cells(made)[0]
    assert run.status == "ok"
    sql = "SELECT coalesce(warnings, '') FROM runs WHERE key = ?"
    marks = lab.db.execute(sql, (run.run_key,)).fetchone()[0]
    return run.cost_nano_usd, tuple(sorted(marks.split(","))) if marks else ()


async def test_p15_a_priced_model_that_reports_nothing_is_estimated(
    lab: Lab, server: FaultServer
) -> None:
    priced(lab, server, "nousage", "a")
    cost, marks = await one(lab)
    assert cost
    assert marks == ("usage_estimated",)
    origins = lab.db.execute("SELECT DISTINCT origin FROM usage").fetchall()
    assert origins == [("estimated",)]


async def test_p15_impossible_usage_is_of_unknown_cost(lab: Lab, server: FaultServer) -> None:
    priced(lab, server, "negusage", "a")
    cost, marks = await one(lab)
    assert (cost, marks) == (None, ("cost_unknown", "usage_inconsistent"))
    assert lab.db.execute("SELECT count(*) FROM attempts WHERE usage_raw <> ''").fetchone() == (1,)


@pytest.mark.parametrize("tokens", [10**9 + 1, 2**63, 10**40])
async def test_p15_a_count_that_no_row_can_hold_loses_no_answer(
    lab: Lab, server: FaultServer, tokens: int
) -> None:
    priced(lab, server, "ok", "a")
    server.set("ok", prompt_tokens=tokens)
    assert await one(lab) == (None, ("cost_unknown", "usage_inconsistent"))
    rows = lab.db.execute("SELECT bucket, count, origin FROM usage").fetchall()
    assert sorted(rows) == [("input", None, "unknown"), ("output", None, "unknown")]
    raw = lab.db.execute("SELECT usage_raw FROM attempts").fetchone()[0]
    assert json.loads(raw)["prompt_tokens"] == tokens


async def test_p15_a_model_without_a_price_is_of_unknown_cost(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("ok"))
    assert await one(lab) == (None, ("cost_unknown",))


@pytest.mark.parametrize(
    ("answering", "known"),
    [
        ("a", True),
        ("a-2026-01-31", True),
        ("a-20260131", True),
        ("a-0125", True),
        ("a-latest", True),
        ("a-mini", False),
        ("a.1", False),
        ("a-32k", False),
        ("another", False),
        ("b", True),
    ],
)
async def test_p16_the_price_is_that_of_the_model_that_answered(
    lab: Lab, server: FaultServer, answering: str, *, known: bool
) -> None:
    priced(lab, server, "ok", "a", "b")
    server.set("ok", model=answering)
    cost, marks = await one(lab)
    assert cost == (12_000_000 + 16_000_000 if known else None)
    assert ("other_model" in marks) == (not known or answering == "b")


async def test_p16_a_priced_model_in_place_of_a_free_one_is_not_free(
    lab: Lab, server: FaultServer
) -> None:
    priced(lab, server, "ok", "b")
    free = [PriceRow(bucket=row.bucket, nano_usd_per_million=0) for row in PRICES]
    key = providers.ask_for(lab.db, "lab/a").key
    prices.add(lab.db, key, free)
    assert (await one(lab))[0] == 0
    server.set("ok", model="b")
    assert (await one(lab))[0] == 28_000_000
    server.set("ok", model="nobody-knows")
    assert await one(lab) == (None, ("cost_unknown", "other_model"))
    server.script("ok", ["nousage"])
    server.set("ok", model=None)
    assert (await one(lab))[0] == 0  # what is free is free without a report
