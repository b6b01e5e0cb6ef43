"""Comparisons through the engine, a real file and a real server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import accumulate

import pytest
from tests.support.fault_server import FaultServer
from tests.support.lab import QUICK, Lab

from proofroom.domain.message import Text, text_message
from proofroom.domain.version import Content, Settings
from proofroom.engine import protocol
from proofroom.engine.core import Engine
from proofroom.workspace import changes, comparisons, provenance, providers, rollups, settings
from proofroom.workspace.providers import Offer


async def test_every_cell_gets_its_own_answer(lab: Lab, server: FaultServer) -> None:
    server.set("ok", echo=True)
    lab.provider("lab", server.url("ok"))
    values = [f"word {number}" for number in range(130)]
    comparison = lab.comparison(["lab/a", "lab/b"], values, samples=2)
    ended = await lab.run(comparison)
    texts = [lab.text(run) for run in lab.cells(comparison)]
    assert texts == [f"Say {value}" for value in values for _ in range(4)]
    assert (ended.done, ended.failed, server.count()) == (520, 0, 520)


async def test_a_run_is_stored_before_its_end_is_told(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("ok"))
    comparison = lab.comparison(["lab/a"], ["one", "two", "three"])
    open_when_told: list[object] = []

    def tell(item: protocol.News) -> None:
        if isinstance(item, protocol.CellEnded):
            sql = "SELECT ended_at FROM runs WHERE key = ?"
            open_when_told.append(lab.db.execute(sql, (item.run_key,)).fetchone()[0])

    engine = Engine(tell)
    started = await engine.start(lab.request(comparison))
    await engine.finished(started.job_id)
    await engine.close()
    assert len(open_when_told) == 3
    assert None not in open_when_told


@dataclass(frozen=True)
class End:
    mode: str
    status: str
    failure: str | None
    requests: int
    billed: str


ENDS = [
    End("429ra", "failed", "rate_limit", 3, "no"),
    End("429quota", "failed", "no_credit", 1, "no"),
    End("429long", "failed", "rate_limit", 1, "no"),
    End("500", "failed", "overloaded", 3, "no"),
    End("502html", "failed", "overloaded", 3, "no"),
    End("401", "failed", "bad_key", 1, "no"),
    End("403", "failed", "forbidden", 1, "no"),
    End("404", "failed", "unknown_model", 1, "no"),
    End("400ctx", "failed", "too_long", 1, "no"),
    End("400param", "failed", "refused_request", 1, "no"),
    End("400cf", "ok", None, 1, "perhaps"),
    End("200err", "failed", "not_an_api", 2, "perhaps"),
    End("204", "failed", "not_an_api", 2, "perhaps"),
    End("portal", "failed", "not_an_api", 2, "perhaps"),
    End("rst0", "failed", "connection_lost", 2, "perhaps"),
    End("rstmid", "failed", "cut_off", 2, "perhaps"),
    End("finmid", "failed", "cut_off", 2, "perhaps"),
    End("noend", "failed", "cut_off", 2, "perhaps"),
    End("badjson", "failed", "unreadable", 2, "perhaps"),
    End("errmid", "failed", "cut_off", 2, "perhaps"),
    End("redir", "failed", "redirected", 1, "no"),
    End("nodone", "ok", None, 1, "known"),
    End("length", "ok", None, 1, "known"),
    End("loop100", "ok", None, 1, "known"),
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.mode)
async def test_every_end_is_told_apart_and_retried_by_the_policy(
    lab: Lab, server: FaultServer, end: End
) -> None:
    server.set(end.mode, retry_after="0")
    lab.provider("lab", server.url(end.mode))
    comparison = lab.comparison(["lab/a"])
    await lab.run(comparison)
    run = lab.cells(comparison)[0]
    assert (run.status, run.failure, run.attempts) == (end.status, end.failure, end.requests)
    assert server.count() == end.requests
    assert lab.attempts()[-1][2] == end.billed


async def test_a_wait_is_kept_and_each_try_has_its_row(lab: Lab, server: FaultServer) -> None:
    server.script("ok", ["429ra", "500", "ok"])
    lab.provider("lab", server.url("ok"))
    comparison = lab.comparison(["lab/a"])
    await lab.run(comparison)
    rows = [(row[0], row[1], row[3]) for row in lab.attempts()]
    first = ("failed", "rate_limit", "first")
    assert rows == [first, ("failed", "overloaded", "rate_limit"), ("ok", None, "overloaded")]
    assert lab.attempts()[1][4] == 1_000_000
    waits = [item for item in lab.news if isinstance(item, protocol.CellWaiting)]
    assert waits[0].seconds == 1.0
    assert lab.cells(comparison)[0].status == "ok"


async def test_what_may_be_billed_is_not_asked_again_if_so_set(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("rstmid"))
    comparison = lab.comparison(["lab/a"])
    await lab.run(comparison, retry_uncertain=False)
    run = lab.cells(comparison)[0]
    assert (run.attempts, run.cost_nano_usd, server.count()) == (1, None, 1)
    assert lab.text(run).startswith("The quiet")


async def test_a_wrong_key_stops_the_cells_that_wait(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("401"), concurrency=1)
    comparison = lab.comparison(["lab/a"], ["one", "two", "three"])
    ended = await lab.run(comparison)
    told = [item.status for item in lab.news if isinstance(item, protocol.CellEnded)]
    assert (server.count(), sorted(told)) == (1, ["cancelled", "cancelled", "failed"])
    assert ended.failed == 1


async def test_a_model_that_is_not_there_names_its_neighbours(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("404"))
    providers.offer(lab.db, "lab", [Offer(name="gpt-4o-mini"), Offer(name="claude")])
    comparison = lab.comparison(["lab/gpt-4o-mimi"])
    await lab.run(comparison)
    detail = lab.cells(comparison)[0].detail or ""
    assert detail.endswith("Did you mean gpt-4o-mini?")


async def test_a_prompt_too_long_names_models_that_fit(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("400ctx"))
    offers = [Offer(name=name, window=window) for name, window in (("s", 8000), ("l", 64000))]
    providers.offer(lab.db, "lab", offers)
    comparison = lab.comparison(["lab/s"])
    await lab.run(comparison)
    assert (lab.cells(comparison)[0].detail or "").endswith("With a larger window: l.")


async def test_silence_ends_by_our_own_clock(lab: Lab, server: FaultServer) -> None:
    timing = protocol.Timing(first_token_s=3, between_tokens_s=1, total_s=20)
    for mode, text, limit in (
        ("silent0", "", "No token for 3 s."),
        ("silentmid", "The quiet", "No token for 1 s."),
        ("keepalive", "", "No token for 3 s."),
    ):
        lab.provider(mode, server.url(mode))
        comparison = lab.comparison([f"{mode}/a"])
        await lab.run(comparison, timing=timing, retry_uncertain=False)
        run = lab.cells(comparison)[0]
        assert (run.status, run.failure) == ("timeout", "no_answer")
        assert (run.detail or "").startswith(limit)
        assert lab.text(run).startswith(text)
    assert len(server.wait_closed(3)) == 3


async def test_a_stopped_cell_closes_its_socket_and_keeps_what_came(
    lab: Lab, server: FaultServer
) -> None:
    server.set("silentmid", tokens=4)
    lab.provider("lab", server.url("silentmid"))
    comparison = lab.comparison(["lab/a", "lab/b"])
    heard = asyncio.Event()
    engine = Engine(lambda item: heard.set() if isinstance(item, protocol.Deltas) else None)
    started = await engine.start(lab.request(comparison))
    await asyncio.wait_for(heard.wait(), 10)
    column = comparisons.columns(lab.db, comparison.key)[0]
    job = started.job_id
    await engine.cancel(protocol.CancelRun(job_id=job, column_key=column.key))
    await asyncio.to_thread(server.wait_closed, 1)
    await engine.cancel(protocol.CancelRun(job_id=job))
    await engine.finished(job)
    await engine.close()
    runs = lab.cells(comparison)
    assert [run.status for run in runs] == ["cancelled", "cancelled"]
    assert lab.text(runs[0]).startswith("The")
    assert comparisons.by_key(lab.db, comparison.key).end_reason == "stopped"


async def test_stop_reaches_cells_that_wait_for_a_retry(lab: Lab, server: FaultServer) -> None:
    server.set("429ra", retry_after="30")
    lab.provider("lab", server.url("429ra"))
    comparison = lab.comparison(["lab/a"])
    waits = asyncio.Event()
    engine = Engine(lambda item: waits.set() if isinstance(item, protocol.CellWaiting) else None)
    started = await engine.start(lab.request(comparison))
    await asyncio.wait_for(waits.wait(), 10)
    await engine.cancel(protocol.CancelRun(job_id=started.job_id))
    await asyncio.wait_for(engine.finished(started.job_id), 10)
    await engine.close()
    run = lab.cells(comparison)[0]
    assert (run.status, run.cost_nano_usd, server.count()) == ("cancelled", 0, 1)


async def test_the_same_press_runs_once(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("ok"))
    request = lab.request(lab.comparison(["lab/a"]))
    engine = Engine(lab.news.append)
    first, second = await asyncio.gather(engine.start(request), engine.start(request))
    await engine.close()
    assert {first.again, second.again} == {False, True}
    assert server.count() <= 1


async def test_only_what_changed_is_asked_again(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("ok"))
    comparison = lab.comparison(["lab/a", "lab/b"], ["one", "two"])
    await lab.run(comparison)
    column = comparisons.columns(lab.db, comparison.key)[1]
    changed = Content(messages=(text_message("user", "Shout {{ x }}"),), model="lab/b")
    comparisons.ask_with(lab.db, column.key, changed)
    await lab.run(comparison)
    assert server.count() == 6
    await lab.run(comparison, fresh=True)
    assert server.count() == 10


async def test_an_equal_answer_is_taken_from_elsewhere_when_asked_to(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("ok"))
    first, second = lab.comparison(["lab/a"]), lab.comparison(["lab/a"])
    await lab.run(first)
    await lab.run(second, reuse=True)
    run = lab.cells(second)[0]
    assert (server.count(), run.cached, run.status) == (1, True, "ok")
    await lab.run(second, fresh=True)
    assert (server.count(), lab.cells(second)[0].cached) == (2, False)


async def test_a_local_only_workspace_sends_nothing_away(lab: Lab, server: FaultServer) -> None:
    settings.put(lab.db, settings.LOCAL_ONLY, value=True)
    lab.provider("far", server.url("ok").replace("127.0.0.1", "far.example"))
    lab.provider("near", server.url("ok"))
    comparison = lab.comparison(["far/a", "near/a"])
    await lab.run(comparison)
    runs = lab.cells(comparison)
    assert [(run.status, run.failure) for run in runs] == [("failed", "local_only"), ("ok", None)]
    assert (runs[0].attempts, server.count()) == (0, 1)


async def test_without_its_key_nothing_is_sent(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("ok"), needs_key=True)
    comparison = lab.comparison(["lab/a"])
    await lab.run(comparison)
    assert (lab.cells(comparison)[0].failure, server.count()) == ("no_key", 0)
    await lab.run(comparison, api_keys={"lab": "sk-marked-key-0123456789"})
    assert lab.cells(comparison)[0].status == "ok"
    assert server.requests[0].key == "sk-marked-key-0123456789"


async def test_a_template_at_fault_fails_its_cell_alone(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("ok"))
    content = Content(messages=(text_message("user", "{{ 1 // x }}"),))
    comparison = lab.comparison(["lab/a"], ["one", "two"], content=content)
    row = comparisons.rows(lab.db, comparison.key)[0]
    lab.db.execute(
        "UPDATE comparison_rows SET values_key = (SELECT values_key FROM comparison_rows"
        " WHERE key = ?) WHERE key = ?",
        (row.key, row.key),
    )
    await lab.run(comparison)
    assert [run.failure for run in lab.cells(comparison)] == ["template", "template"]
    assert server.count() == 0


async def test_the_provenance_holds_the_exact_request_and_answer(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("ok"))
    content = Content(
        messages=(text_message("system", "Be brief."), text_message("user", "Say {{ x }}")),
        settings=Settings(temperature=0.2, max_tokens=50),
    )
    comparison = lab.comparison(["lab/a"], content=content)
    await lab.run(comparison)
    found = provenance.of_run(lab.db, lab.cells(comparison)[0].run_key)
    assert found.messages[1].parts == (Text(text="Say one"),)
    assert server.requests[0].raw.decode() == found.requests[0]
    assert '"temperature":0.2' in found.requests[0].replace(" ", "")
    assert "quiet" in found.responses[0]
    assert (found.run.tokens_in, found.run.tokens_out) == (12, 8)


async def test_sums_are_in_step_with_the_rows(lab: Lab, server: FaultServer) -> None:
    server.script("ok", ["ok", "429quota", "rstmid", "ok"])
    lab.provider("lab", server.url("ok"), concurrency=1)
    await lab.run(lab.comparison(["lab/a"], ["one", "two", "three", "four"]))
    assert not rollups.out_of_step(lab.db)


async def test_other_programs_hear_that_cells_changed(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("silentmid"))
    comparison = lab.comparison(["lab/a"], ["one", "two"])
    heard = asyncio.Event()
    engine = Engine(lambda item: heard.set() if isinstance(item, protocol.CellEnded) else None)
    started = await engine.start(lab.request(comparison))
    await asyncio.to_thread(server.wait_for, 2)
    before = changes.since(lab.db, 0).seq
    row = comparisons.rows(lab.db, comparison.key)[0]
    await engine.cancel(protocol.CancelRun(job_id=started.job_id, row_key=row.key))
    await asyncio.wait_for(heard.wait(), 10)
    assert "comparisons" in changes.since(lab.db, before).tables
    await engine.close()


async def test_no_request_leaves_without_its_row(lab: Lab, server: FaultServer) -> None:
    server.script("ok", ["ok", "500", "rst0", "429ra", "ok", "noend"])
    server.set("429ra", retry_after="0")
    lab.provider("lab", server.url("ok"))
    await lab.run(lab.comparison(["lab/a", "lab/b"], ["one", "two", "three"]))
    assert server.count() == len(lab.attempts())
    assert QUICK.total_s == 60


async def test_a_key_goes_to_the_address_it_was_given_for_alone(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("ok"), needs_key=True)
    comparison = lab.comparison(["lab/a"])
    key = {"lab": "sk-marked-key-0123456789"}
    for addresses in ({}, {"lab": server.url("429")}):
        await lab.run(comparison, api_keys=key, addresses=addresses)
        run = lab.cells(comparison)[0]
        assert (run.failure, run.title, server.count()) == (
            "no_key",
            "The address of lab has changed",
            0,
        )
    await lab.run(comparison, api_keys=key)
    assert (lab.cells(comparison)[0].status, server.count()) == ("ok", 1)


async def test_no_more_requests_are_open_than_the_provider_takes(
    lab: Lab, server: FaultServer
) -> None:
    server.set("ok", latency_s=0.02)
    lab.provider("lab", server.url("ok"), concurrency=3)
    await lab.run(lab.comparison(["lab/a"], [str(number) for number in range(40)]))
    came = [(one.at, 1) for one in server.requests]
    went = [(one.finished_at or 0, -1) for one in server.requests]
    assert max(accumulate(change for _, change in sorted(came + went))) == 3


async def test_a_missing_key_is_said_once(lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("ok"), needs_key=True, concurrency=1)
    await lab.run(lab.comparison(["lab/a"], ["one", "two", "three"]))
    told = [item.status for item in lab.news if isinstance(item, protocol.CellEnded)]
    assert (sorted(told), server.count()) == (["cancelled", "cancelled", "failed"], 0)
