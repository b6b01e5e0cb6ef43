"""Stops that come at the worst moment: whatever was begun is ended, and the others go on."""

from __future__ import annotations

import asyncio
import selectors
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.domain.message import text_message, text_of
from proofroom.domain.provider import Model, Provider
from proofroom.domain.run import Timing
from proofroom.engine import protocol
from proofroom.engine.attempt import Outcome, attempt
from proofroom.engine.core import Engine
from proofroom.providers.adapter import Call
from proofroom.providers.connection import Network
from proofroom.providers.direct import Direct
from proofroom.workspace import comparisons

GUARD_S = 30
KEY = "sk-marked-0123456789abcdef"


class Watched:
    """An engine whose news can be waited for."""

    def __init__(self) -> None:
        self.news: list[protocol.News] = []
        self._heard = asyncio.Event()
        self.engine = Engine(self._hear)

    def _hear(self, item: protocol.News) -> None:
        self.news.append(item)
        self._heard.set()

    async def until(self, kind: type[protocol.News]) -> None:
        async with asyncio.timeout(GUARD_S):
            while not any(isinstance(item, kind) for item in self.news):
                self._heard.clear()
                await self._heard.wait()


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    watched = Watched()
    yield watched
    await watched.engine.close()


def _nothing(_kind: str, _text: str) -> None:
    """Hear nothing."""


def rows(path: Path) -> list[tuple[str | None, int | None]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT status, tokens_out FROM runs ORDER BY key").fetchall()


async def test_s14_a_stop_after_the_last_token_ends_the_run(
    lab: Lab, server: FaultServer, watched: Watched
) -> None:
    lab.provider("lab", server.url("nousage"))
    made = lab.comparison(["lab/a"], ["word " * 100_000])  # takes long to count
    started = await watched.engine.start(lab.request(made))
    await watched.until(protocol.Deltas)
    await watched.engine.cancel(protocol.CancelRun(job_id=started.job_id))
    await asyncio.wait_for(watched.engine.finished(started.job_id), GUARD_S)
    run = lab.cells(made)[0]
    assert (run.status, lab.text(run)) == ("ok", "The quiet harbour keeps nine small boats.")
    ends = [item for item in watched.news if isinstance(item, protocol.CellEnded)]
    assert [(item.run_key, item.status) for item in ends] == [(run.run_key, "ok")]


async def test_a_fault_of_ours_ends_its_attempt_with_what_had_come(server: FaultServer) -> None:
    provider = Provider(name="lab", adapter="direct", url=server.url("ok"), needs_key=False)
    call = Call(
        provider=provider,
        model=Model(provider="lab", name="a"),
        messages=(text_message("user", "Where?"),),
    )
    adapter, timing = Direct(Network()), Timing(total_s=GUARD_S)

    def tell(_: str, text: str) -> None:
        if "boats" in text:
            raise KeyError(KEY)

    outcome = await attempt(
        adapter, call, adapter.request(call), KEY, timing=timing, left_s=GUARD_S, tell=tell
    )
    await adapter.close()
    assert (outcome.status, text_of(outcome.answer.parts).split()[0]) == ("failed", "The")
    assert outcome.problem is not None
    assert (outcome.problem.failure, outcome.problem.billed) == ("internal", "perhaps")
    assert "KeyError" in outcome.problem.detail
    assert KEY not in outcome.problem.detail


@pytest.mark.parametrize("stopped", [True, False])
async def test_s14_a_stop_in_the_moment_of_a_time_out_is_a_stop(
    server: FaultServer, *, stopped: bool
) -> None:
    provider = Provider(name="lab", adapter="direct", url=server.url("silent0"), needs_key=False)
    messages = (text_message("user", "Where?"),)
    call = Call(provider=provider, model=Model(provider="lab", name="a"), messages=messages)
    adapter, timing = Direct(Network()), Timing(total_s=0.05)

    async def asked() -> Outcome:
        return await attempt(
            adapter, call, adapter.request(call), None, timing=timing, left_s=9, tell=_nothing
        )

    task = asyncio.create_task(asked())
    await asyncio.sleep(0)  # its limit is set
    if stopped:
        asyncio.get_running_loop().call_later(timing.total_s, task.cancel)
    with selectors.DefaultSelector() as nothing:
        nothing.select(4 * timing.total_s)  # both are due before the task can move
    outcome = await task
    await adapter.close()
    assert outcome.status == ("cancelled" if stopped else "timeout")
    assert (outcome.problem is None) == stopped


async def test_a_ca_file_that_cannot_be_used_fails_its_cells_and_leaves_no_run_open(
    lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    lab.provider("lab", server.url("ok"))
    made = lab.comparison(["lab/a"], ["one", "two"])
    ended = await lab.run(made, ca_file=str(tmp_path / "none.pem"))
    assert [(run.status, run.failure) for run in lab.cells(made)] == [("failed", "tls")] * 2
    assert "none.pem cannot be used" in (lab.cells(made)[0].title or "")
    assert "PEM form. Nothing was sent." in (lab.cells(made)[0].detail or "")
    assert (ended.reason, ended.failed, ended.cost_nano_usd, server.count()) == ("done", 2, 0, 0)


@pytest.mark.parametrize("column", [True, False], ids=["its cell", "its row"])
async def test_s14_a_stop_while_the_end_is_written_leaves_the_others_alone(
    lab: Lab, server: FaultServer, watched: Watched, *, column: bool
) -> None:
    lab.provider("lab", server.url("silentmid"), concurrency=1)
    made = lab.comparison(["lab/a"], ["one", "two", "three"])
    row = comparisons.rows(lab.db, made.key)[0].key
    only = comparisons.columns(lab.db, made.key)[0].key if column else None
    started = await watched.engine.start(lab.request(made))
    await watched.until(protocol.Deltas)
    server.script("silentmid", ["ok"])
    with closing(sqlite3.connect(lab.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # the end of the first cell waits for this
        stop = protocol.CancelRun(job_id=started.job_id, row_key=row, column_key=only)
        await watched.engine.cancel(stop)
        await asyncio.to_thread(server.wait_closed, 1)
        await watched.engine.cancel(stop)
        other.execute("COMMIT")
    await asyncio.wait_for(watched.engine.finished(started.job_id), GUARD_S)
    assert [status for status, _ in rows(lab.path)] == ["cancelled", "ok", "ok"]
    told = [item for item in watched.news if isinstance(item, protocol.CellEnded)]
    assert [item.status for item in told] == ["cancelled", "ok", "ok"]
