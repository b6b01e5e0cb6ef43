"""The engine killed at any point: what had ended is there, the rest is interrupted, once."""

from __future__ import annotations

import random
import selectors
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.engine_process import EngineProcess
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.engine import protocol
from proofroom.workspace import comparisons, integrity
from proofroom.workspace.opening import open_workspace


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "lab.proofspace")


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


def reopened(lab: Lab) -> list[tuple[str, str | None]]:
    """Open the workspace as a window does; return the status of each attempt and what it cost."""
    lab.close()
    with closing(open_workspace(lab.path).connection) as db:
        assert db.execute("SELECT count(*) FROM runs WHERE ended_at IS NULL").fetchone() == (0,)
        open_left = "SELECT count(*) FROM attempts WHERE ended_at IS NULL"
        assert db.execute(open_left).fetchone() == (0,)
        found = db.execute("SELECT status, billed FROM attempts ORDER BY key").fetchall()
    assert integrity.verify(lab.path).findings == ()
    return found


def said(engine: EngineProcess) -> str:
    return "".join(one.text for item in engine.of(protocol.Deltas) for one in item.items)


def statuses(path: Path) -> list[str | None]:
    with closing(sqlite3.connect(path)) as db:
        return [row[0] for row in db.execute("SELECT status FROM runs ORDER BY key")]


POINTS = ["silent0", "silentmid", "429ra"]


@pytest.mark.parametrize("mode", POINTS)
def test_r1_what_was_under_way_is_interrupted_and_never_sent_again(
    lab: Lab, server: FaultServer, tmp_path: Path, mode: str
) -> None:
    server.script("ok", ["ok", "ok", mode])
    server.set("429ra", retry_after="50")
    lab.provider("lab", server.url("ok"), concurrency=1)
    made = lab.comparison(["lab/a"], ["one", "two", "three", "four"])
    waiting = {"429ra": protocol.CellWaiting, "silentmid": protocol.Deltas}.get(mode)
    with EngineProcess(tmp_path / "errors") as engine:
        engine.ask(lab.request(made))
        server.wait_for(3)
        engine.wait_until(lambda: len(engine.of(protocol.CellEnded)) == 2)  # as finished
        if waiting is not None:
            third = comparisons.rows(lab.db, made.key)[2].key
            engine.wait_until(lambda: third in [row for n in engine.of(waiting) for row in of(n)])
        engine.kill()
    found = reopened(lab)
    sent = server.count()
    assert found[:2] == [("ok", "known"), ("ok", "known")]
    assert statuses(lab.path)[:2] == ["ok", "ok"]
    assert len(found) == sent
    assert statuses(lab.path)[2] == "interrupted"
    assert found[2] == (("failed", "no") if mode == "429ra" else ("interrupted", "perhaps"))
    with EngineProcess(tmp_path / "errors") as engine:
        engine.hello()
        assert engine.ask(protocol.Ping()).jobs == 0
    assert (server.count(), sent) == (3, 3)


def test_r1_between_the_last_token_and_the_end_is_interrupted(
    lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    server.set("slowtok", delay_s=0.05)
    lab.provider("lab", server.url("slowtok"))
    with EngineProcess(tmp_path / "errors") as engine:
        engine.ask(lab.request(lab.comparison(["lab/a"])))
        engine.wait(protocol.Deltas)
        with closing(sqlite3.connect(lab.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # the end cannot be written
            engine.wait_until(lambda: said(engine).endswith("boats."))
            engine.kill()
            other.execute("ROLLBACK")
    assert reopened(lab) == [("interrupted", "perhaps")]
    assert (statuses(lab.path), server.count()) == (["interrupted"], 1)


def test_r1_a_row_whose_request_never_left_is_there_all_the_same(
    lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    lab.provider("lab", server.url("silent0"), concurrency=1)
    lab.comparison(["lab/a"])
    with EngineProcess(tmp_path / "errors") as engine:
        made = lab.comparison(["lab/a"], ["one", "two"])
        engine.ask(lab.request(made))
        engine.wait(protocol.CellStarted)
        engine.kill()
    assert reopened(lab) == [("interrupted", "perhaps")]
    assert server.count() <= 1


def of(item: protocol.News) -> list[int]:
    """Return the rows that a piece of news is about."""
    if isinstance(item, protocol.Deltas):
        return [delta.row_key for delta in item.items]
    return [item.row_key] if isinstance(item, protocol.CellWaiting) else []


def kill_loop(lab: Lab, server: FaultServer, folder: Path, times: int) -> None:
    """Kill an engine at random moments of a comparison that fails and retries at will."""
    chance = random.Random(times)  # noqa: S311 - places to kill at, no secret
    modes = ["ok", "ok", "ok", "500", "429ra", "rst0", "rstmid", "nousage", "ok", "finmid", "ok"]
    server.set("*", retry_after="0")
    ended = 0
    for number in range(times):
        server.forget()
        server.set("429ra", retry_after="0")
        server.script("ok", [chance.choice(modes) for _ in range(200)])
        before = lab.db.execute("SELECT count(*) FROM attempts").fetchone()[0]
        made = lab.comparison(["lab/a"], [str(n) for n in range(60)])
        with EngineProcess(folder / "errors") as engine:
            engine.ask(lab.request(made))
            if number % 2:  # on a slow machine too, some kills meet work under way
                engine.wait(protocol.CellEnded)
            with selectors.DefaultSelector() as nothing:
                nothing.select(chance.uniform(0, 0.6))  # nothing is registered: time passes
            engine.kill()
            told = [item for item in engine.of(protocol.CellEnded) if item.status == "ok"]
        server.hear_out()  # a request may have left that is not heard yet
        sent = server.count()
        attempts = lab.db.execute("SELECT count(*) FROM attempts").fetchone()[0] - before
        assert attempts >= sent, f"kill {number}: {sent} requests, {attempts} rows"
        for item in told:
            sql = "SELECT status FROM runs WHERE key = ?"
            assert lab.db.execute(sql, (item.run_key,)).fetchone() == ("ok",)
        reopened(lab)
        lab.db = sqlite3.connect(lab.path, isolation_level=None)
        ended += len(told)
        assert server.count() == sent
    assert ended > times / 2
    lab.close()


def test_r1_no_kill_loses_an_answer_that_was_told(
    lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    lab.provider("lab", server.url("ok"), concurrency=4)
    kill_loop(lab, server, tmp_path, 5)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_r1_a_hundred_kills_lose_no_answer(lab: Lab, server: FaultServer, tmp_path: Path) -> None:
    lab.provider("lab", server.url("ok"), concurrency=4)
    kill_loop(lab, server, tmp_path, 100)
