"""Cells that are refused before anything is sent: each says why, and the others are asked."""

from __future__ import annotations

import pytest
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.domain.message import text_message
from proofroom.domain.version import Content, ProviderOptions, Settings, Tool
from proofroom.engine import protocol
from proofroom.workspace import cell_runs, comparisons

SAY = text_message("user", "Say {{ x }}")


async def run_of(lab: Lab, made: comparisons.ComparisonSummary) -> cell_runs.CellRun:
    await lab.run(made)
    return lab.cells(made)[0]


async def test_a_provider_that_a_workspace_forbids_is_not_asked(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("far", server.url("ok"), forbidden=True)
    lab.provider("near", server.url("ok"))
    made = lab.comparison(["far/a", "near/a"])
    ended = await lab.run(made)
    runs = lab.cells(made)
    assert [(run.status, run.failure) for run in runs] == [("failed", "local_only"), ("ok", None)]
    assert (runs[0].title, runs[0].cost_nano_usd) == ("Not allowed here", 0)
    assert (ended.done, ended.failed, ended.unknown_cost, server.count()) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("model", "content", "title"),
    [
        ("o3-mini", Content(messages=(SAY,), settings=Settings(temperature=1.0)), "does not take"),
        ("a", Content(messages=(SAY,), options=ProviderOptions(headers={"Host": "x"})), "header"),
    ],
    ids=["a setting", "a header"],
)
async def test_what_a_providers_form_cannot_hold_is_named_and_not_sent(
    lab: Lab, server: FaultServer, model: str, content: Content, title: str
) -> None:
    lab.provider("lab", server.url("ok"), dialect="openai")
    run = await run_of(lab, lab.comparison([f"lab/{model}"], content=content))
    assert (run.status, run.attempts, server.count()) == ("failed", 0, 0)
    assert title in (run.title or "")
    assert (run.detail or "").endswith("Nothing was sent.")


@pytest.mark.parametrize("url", ["http://a..example/v1", "nowhere", "http://127.0.0.1:99999/v1"])
async def test_an_address_that_is_none_ends_its_cell_and_leaves_no_run_open(
    lab: Lab, server: FaultServer, url: str
) -> None:
    lab.provider("odd", url)
    lab.provider("lab", server.url("ok"))
    made = lab.comparison(["odd/a", "lab/a"])
    await lab.run(made)
    assert [run.status for run in lab.cells(made)] == ["failed", "ok"]
    assert "is not the address of an API" in (lab.cells(made)[0].title or "")


@pytest.mark.parametrize("mode", ["ok", "cached"])
async def test_all_that_a_version_holds_goes_out(lab: Lab, server: FaultServer, mode: str) -> None:
    lab.provider("lab", server.url(mode))
    content = Content(
        messages=(SAY,),
        settings=Settings(temperature=0.25, max_tokens=77, tool_choice="required"),
        tools=(Tool(name="get_weather", parameters={"type": "object"}),),
        options=ProviderOptions(body={"top_k": 7}, headers={"X-Title": "Proofroom"}),
        response_schema={"type": "object", "title": "Only here"},
    )
    await lab.run(lab.comparison(["lab/a"], content=content))
    request = server.requests[0]
    sent = request.raw.decode()
    words = ("0.25", "77", "get_weather", "required", "top_k", "Only here", "Say one")
    assert [word for word in words if word not in sent] == []
    assert request.headers["x-title"] == "Proofroom"


async def test_what_ended_is_counted_once_with_its_money(lab: Lab, server: FaultServer) -> None:
    server.script("ok", ["ok", "400param", "rstmid", "ok"])
    lab.provider("lab", server.url("ok"), concurrency=1)
    made = lab.comparison(["lab/a"], ["one", "two", "three"])
    ended = await lab.run(made, retry_uncertain=False)
    assert (ended.reason, ended.done, ended.failed) == ("done", 1, 2)
    # an answer without a price and one that broke off are unknown, a refusal costs nothing
    assert (ended.cost_nano_usd, ended.unknown_cost, ended.problem) == (0, 2, None)
    again = await lab.run(made)
    assert (again.done, again.failed) == (3, 0)
    kept = [item for item in lab.news if isinstance(item, protocol.CellEnded) and item.cached]
    assert len(kept) == 1


async def test_samples_of_a_cell_are_asked_each_and_only_the_first_is_reused(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("ok"))
    await lab.run(lab.comparison(["lab/a"]))
    made = lab.comparison(["lab/a"], samples=3)
    ended = await lab.run(made, reuse=True)
    assert (ended.done, server.count()) == (3, 3)
    runs = lab.cells(made)
    assert [(run.sample, run.cached) for run in runs] == [(0, True), (1, False), (2, False)]
