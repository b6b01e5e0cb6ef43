"""Calls under a budget, against a real server: what leaves, what is held, what cells say."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs
from tests.support.fault_server import FaultServer
from tests.support.lab import QUICK, Lab

from proofroom.domain.budget import Standing
from proofroom.domain.message import text_message
from proofroom.domain.usage import NANO, PriceRow
from proofroom.domain.version import Content, ProviderOptions, Settings
from proofroom.engine import protocol
from proofroom.engine.core import Engine
from proofroom.workspace import budget_state, budgets, providers
from proofroom.workspace.budgets import NewBudget

# the server's answers have 8 tokens: a dollar each, and as much is held with as many max tokens
PRICES = (
    PriceRow(bucket="input", nano_usd_per_million=0),
    PriceRow(bucket="output", nano_usd_per_million=NANO // 8 * 1_000_000),
)
EIGHT = Content(
    messages=(text_message("user", "Say {{ x }}"),), settings=Settings(max_tokens=8)
)  # fmt: skip


def priced(lab: Lab, server: FaultServer, mode: str = "ok", *, at_once: int = 50) -> None:
    lab.provider("lab", server.url(mode), concurrency=at_once)
    offers = [providers.Offer(name="a", window=None, prices=PRICES, source="catalogue")]
    providers.offer(lab.db, "lab", offers)


def limited(lab: Lab, dollars: int, **over: object) -> int:
    plain = {"scope": "all", "name": "", "every": "day", "limit_nano_usd": dollars * NANO}
    new = NewBudget(**{**plain, **over})  # pyright: ignore[reportArgumentType] - as the struct's
    return budgets.add(lab.db, new).key


def standing(lab: Lab) -> Standing:
    return budget_state.standings(lab.db, budget_state.today())[0]


def values(count: int) -> list[str]:
    return [f"{number}" for number in range(count)]


async def test_of_fifty_calls_at_once_as_many_leave_as_the_budget_pays(
    lab: Lab, server: FaultServer
) -> None:
    server.set("ok", latency_s=0.05)
    priced(lab, server)
    limited(lab, 10)
    made = lab.comparison(["lab/a"], values(50), content=EIGHT)
    ended = await lab.run(made)
    assert (server.count(), ended.done, ended.failed) == (10, 10, 40)
    assert (standing(lab).spent, standing(lab).held) == (10 * NANO, 0)
    refused = [run for run in lab.cells(made) if run.status == "failed"]
    assert {(run.failure, run.attempts, run.title) for run in refused} == {
        ("budget", 0, "Stopped at the budget")
    }
    assert "$10.00 of $10.00 today; this call may cost $1.00" in (refused[0].detail or "")


async def test_two_engines_share_a_budget(lab: Lab, server: FaultServer) -> None:
    server.set("ok", latency_s=0.05)
    priced(lab, server)
    limited(lab, 10)
    engines = [Engine(lab.news.append) for _ in range(2)]
    started: list[protocol.Started] = []
    for engine in engines:
        made = lab.comparison(["lab/a"], values(20), content=EIGHT)
        started.append(await engine.start(lab.request(made)))
    for engine, one in zip(engines, started, strict=True):
        await engine.finished(one.job_id)
        await engine.close()
    assert (server.count(), standing(lab).spent) == (10, 10 * NANO)


async def test_what_a_call_did_not_cost_is_free_for_those_that_wait(
    lab: Lab, server: FaultServer
) -> None:
    server.set("ok", latency_s=0.02)
    priced(lab, server)
    limited(lab, 10)
    most = Content(messages=EIGHT.messages, settings=Settings(max_tokens=40))  # $5 held, $1 spent
    made = lab.comparison(["lab/a"], values(8), content=most)
    ended = await lab.run(made)
    assert (ended.done, ended.failed, server.count()) == (6, 2, 6)  # with $6 spent, $5 do not fit
    waits = [item.why for item in lab.news if isinstance(item, protocol.CellWaiting)]
    assert any(why.startswith("Waits for calls under way") for why in waits)


async def test_a_retry_holds_money_too_and_without_room_the_run_ends_as_it_failed(
    lab: Lab, server: FaultServer
) -> None:
    server.script("ok", ["finmid", "ok"])  # cut off with nothing reported: perhaps billed
    priced(lab, server)
    limited(lab, 1)
    made = lab.comparison(["lab/a"], content=EIGHT)
    await lab.run(made)
    run = lab.cells(made)[0]
    assert (run.failure, run.attempts, server.count()) == ("cut_off", 1, 1)
    assert "Not asked again. Stopped at the budget" in (run.detail or "")
    assert (standing(lab).spent, standing(lab).held) == (NANO, 0)  # kept at what was held


async def test_a_refusal_that_was_not_billed_gives_its_money_to_the_retry(
    lab: Lab, server: FaultServer
) -> None:
    server.set("429ra", retry_after="0")
    server.script("ok", ["429ra", "ok"])
    priced(lab, server)
    limited(lab, 1)
    ended = await lab.run(lab.comparison(["lab/a"], content=EIGHT))
    assert (ended.done, server.count(), standing(lab).spent) == (1, 2, NANO)


async def test_a_model_without_a_price_is_not_asked_under_a_budget(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("ok"))
    limited(lab, 10)
    made = lab.comparison(["lab/a"])
    await lab.run(made)
    run = lab.cells(made)[0]
    assert (run.failure, run.title, server.count()) == ("budget", "A budget needs its price", 0)
    assert "lab/a has no price" in (run.detail or "")


async def test_an_own_model_server_is_asked_though_the_budget_is_spent(
    lab: Lab, server: FaultServer
) -> None:
    priced(lab, server)
    limited(lab, 1)
    await lab.run(lab.comparison(["lab/a"], content=EIGHT))
    lab.provider("ollama", server.url("ok"), dialect="ollama")
    ended = await lab.run(lab.comparison(["ollama/b"]))
    assert (standing(lab).state, ended.done, server.count()) == ("over", 1, 2)


async def test_a_budget_warns_once_when_its_share_is_passed(lab: Lab, server: FaultServer) -> None:
    priced(lab, server, at_once=1)
    limited(lab, 5)
    await lab.run(lab.comparison(["lab/a"], values(5), content=EIGHT))
    warned = [item.text for item in lab.news if isinstance(item, protocol.BudgetWarned)]
    assert len(warned) == 1
    assert "80\u00a0% used, $4.00 of $5.00 today" in warned[0]


async def test_a_budget_that_is_added_while_calls_wait_stops_those_that_did_not_leave(
    lab: Lab, server: FaultServer
) -> None:
    server.set("ok", latency_s=0.05)
    priced(lab, server, at_once=1)
    engine = Engine(lab.news.append)
    made = lab.comparison(["lab/a"], values(30), content=EIGHT)
    started = await engine.start(lab.request(made))
    await asyncio.to_thread(server.wait_for, 1)
    limited(lab, 8)
    await engine.finished(started.job_id)
    await engine.close()
    # up to seven had begun before: one under way and those begun ahead of their turn
    assert server.count() <= 8 + 7
    assert any(run.failure == "budget" for run in lab.cells(made))


async def test_a_stop_gives_back_what_is_held_for_calls_that_did_not_leave(
    lab: Lab, server: FaultServer
) -> None:
    server.set("ok", latency_s=30)
    priced(lab, server, at_once=2)
    limited(lab, 50)
    engine = Engine(lab.news.append)
    made = lab.comparison(["lab/a"], values(8), content=EIGHT)
    started = await engine.start(lab.request(made))
    await asyncio.to_thread(server.wait_for, 2)
    assert standing(lab).held >= 2 * NANO
    await engine.cancel(protocol.CancelRun(job_id=started.job_id))
    await engine.finished(started.job_id)
    await engine.close()
    assert (standing(lab).held, standing(lab).spent) == (0, 2 * NANO)  # perhaps billed


async def test_a_budget_of_a_prompt_leaves_other_prompts_alone(
    lab: Lab, server: FaultServer
) -> None:
    priced(lab, server)
    first = lab.comparison(["lab/a"], values(3), content=EIGHT)
    other = lab.comparison(["lab/a"], values(3), content=EIGHT)
    limited(lab, 1, scope="prompt", name=first.name)
    ends = [await lab.run(one) for one in (first, other)]
    assert [(one.done, one.failed) for one in ends] == [(1, 2), (3, 0)]


@pytest.mark.parametrize(
    ("settings", "body", "longest", "held"),
    [
        (8, {"max_completion_tokens": 24}, None, 3),
        (None, {"max_output_tokens": 16}, 80, 2),
        (None, {}, 80, 10),
    ],
)
async def test_the_longest_answer_that_can_come_is_held(  # noqa: PLR0913, PLR0917 - a table's
    lab: Lab, server: FaultServer, settings: int | None, body: dict[str, int],
    longest: int | None, held: int,
) -> None:  # fmt: skip
    server.set("ok", latency_s=30)
    lab.provider("lab", server.url("ok"))
    offer = providers.Offer(name="a", max_output=longest, prices=PRICES, source="catalogue")
    providers.offer(lab.db, "lab", [offer])
    limited(lab, 100)
    content = Content(
        messages=EIGHT.messages,
        settings=Settings(max_tokens=settings),
        options=ProviderOptions(body=body),
    )
    engine = Engine(lab.news.append)
    await engine.start(lab.request(lab.comparison(["lab/a"], content=content)))
    await asyncio.to_thread(server.wait_for, 1)
    found = standing(lab).held
    await engine.close()
    assert found == held * NANO


async def test_a_call_whose_end_cannot_be_written_gives_its_money_back(
    lab: Lab, server: FaultServer
) -> None:
    lab.db.execute(
        """CREATE TRIGGER refuse BEFORE UPDATE ON attempts WHEN NEW.status = 'ok'
            BEGIN SELECT RAISE(ABORT, 'no end here'); END"""
    )
    priced(lab, server)
    limited(lab, 1)
    made = lab.comparison(["lab/a"], ["one", "two"], content=EIGHT)
    ended = await lab.run(made)
    assert (ended.failed, server.count()) == (2, 1)
    assert (standing(lab).held, standing(lab).spent) == (0, NANO)  # it may have been billed
    assert {run.status for run in lab.cells(made)} == {"interrupted", "failed"}


async def test_a_call_waits_for_money_no_longer_than_a_run_may_take(
    lab: Lab, server: FaultServer
) -> None:
    server.set("ok", latency_s=30)
    priced(lab, server)
    limited(lab, 1)
    engine = Engine(lab.news.append)
    await engine.start(lab.request(lab.comparison(["lab/a"], content=EIGHT)))
    await asyncio.to_thread(server.wait_for, 1)
    made = lab.comparison(["lab/a"], content=EIGHT)
    await lab.run(made, timing=structs.replace(QUICK, total_s=1))
    await engine.close()
    (run,) = lab.cells(made)
    assert (run.failure, server.count()) == ("budget", 1)
    assert "Calls under way hold the rest" in (run.detail or "")


async def test_a_retry_waits_for_money_that_another_call_holds(
    lab: Lab, server: FaultServer
) -> None:
    server.set("ok", latency_s=1.5)
    server.set("429ra", retry_after="1")
    server.script("429ra", ["429ra", "ok"])
    priced(lab, server, "429ra")
    lab.provider("slow", server.url("ok"))
    offers = [providers.Offer(name="a", window=None, prices=PRICES, source="catalogue")]
    providers.offer(lab.db, "slow", offers)
    limited(lab, 2)
    most = Content(messages=EIGHT.messages, settings=Settings(max_tokens=16))  # $2 held, $1 spent
    engine, made = Engine(lab.news.append), lab.comparison(["lab/a"], content=EIGHT)
    first = await engine.start(lab.request(made))
    await asyncio.to_thread(server.wait_for, 1)
    other = await engine.start(lab.request(lab.comparison(["slow/a"], content=most)))
    for started in (first, other):
        await engine.finished(started.job_id)
    await engine.close()
    (run,) = lab.cells(made)
    assert (run.status, run.attempts, standing(lab).spent) == ("ok", 2, 2 * NANO)
    waits = [item.why for item in lab.news if isinstance(item, protocol.CellWaiting)]
    assert any(why.startswith("Waits for calls under way") for why in waits)
