"""Runs begin before their turn: what stands meanwhile, and what becomes of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.engine_process import EngineProcess
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.engine import protocol
from proofroom.engine.core import Engine
from proofroom.workspace.opening import open_workspace


class Row(NamedTuple):
    """A run with its one attempt."""

    status: str | None
    started_at: int
    latency_us: int
    attempt: str | None
    sent_at: int
    took_us: int
    billed: str | None


def rows(path: Path) -> list[Row]:
    with closing(sqlite3.connect(path)) as db:
        sql = """SELECT r.status, r.started_at, r.latency_us, a.status, a.sent_at, a.latency_us,
            a.billed FROM runs r JOIN steps s ON s.run_key = r.key
            JOIN attempts a ON a.step_key = s.key ORDER BY r.key"""
        return [Row(*row) for row in db.execute(sql)]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path / "errors") as engine:
        yield engine


@pytest.fixture
def waiting(engine: EngineProcess, lab: Lab, server: FaultServer) -> str:
    """One call is under way, two have begun and wait for their turn; returns the job."""
    lab.provider("lab", server.url("silentmid"), concurrency=1)
    job = engine.ask(lab.request(lab.comparison(["lab/a"], ["one", "two", "three"]))).job_id
    server.wait_for(1)
    engine.wait(protocol.Deltas)
    engine.wait_until(lambda: len(rows(lab.path)) == 3)
    return job


def test_the_rows_of_a_call_stand_before_its_turn(
    waiting: str, lab: Lab, server: FaultServer
) -> None:
    assert waiting
    assert [(row.status, row.attempt) for row in rows(lab.path)] == [(None, None)] * 3
    assert server.count() == 1


def test_a_stop_takes_back_what_only_waited(
    waiting: str, engine: EngineProcess, lab: Lab, server: FaultServer
) -> None:
    engine.ask(protocol.CancelRun(job_id=waiting))
    assert engine.wait(protocol.JobEnded).reason == "stopped"
    assert [(row.status, row.attempt) for row in rows(lab.path)] == [("cancelled", "cancelled")]
    assert sorted(item.run_key > 0 for item in engine.of(protocol.CellEnded)) == [
        False,
        False,
        True,
    ]
    assert server.count() == 1


def test_after_a_kill_only_what_left_may_have_been_billed(
    waiting: str, engine: EngineProcess, lab: Lab, server: FaultServer
) -> None:
    assert waiting
    engine.kill()
    lab.close()
    open_workspace(lab.path).connection.close()
    assert [(row.status, row.billed) for row in rows(lab.path)] == [("interrupted", "perhaps")]
    assert server.count() == 1


def test_a_run_starts_when_its_request_leaves(
    engine: EngineProcess, lab: Lab, server: FaultServer
) -> None:
    server.set("ok", latency_s=0.2)
    lab.provider("lab", server.url("ok"), concurrency=1)
    engine.ask(lab.request(lab.comparison(["lab/a"], ["one", "two", "three"])))
    engine.wait(protocol.JobEnded)
    found = rows(lab.path)
    for one, after in pairwise(found):
        assert after.started_at >= one.sent_at + one.took_us
    assert [row.sent_at for row in found] == [row.started_at for row in found]


async def test_a_stop_while_the_rows_are_written_lets_nothing_leave(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("ok"))
    first, second = lab.comparison(["lab/a"]), lab.comparison(["lab/a"], ["two"])
    waits, engine = asyncio.Event(), Engine(lambda _: None)
    await engine.finished((await engine.start(lab.request(first))).job_id)  # a connection is open
    job = (await engine.start(lab.request(second))).job_id
    with closing(sqlite3.connect(lab.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # no row can be written
        asyncio.get_running_loop().call_later(0.1, waits.set)  # the worker is there by then
        await waits.wait()
        await engine.cancel(protocol.CancelRun(job_id=job))
        other.execute("ROLLBACK")
    await engine.finished(job)
    await engine.close()
    assert (server.count(), lab.cells(second)) == (1, [])
