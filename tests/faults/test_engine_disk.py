"""A full disk, a held file and few descriptors under an engine that is at work."""

from __future__ import annotations

import asyncio
import os
import resource
import selectors
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from tests.faults.conftest import Disk
from tests.support.engine_process import EngineProcess
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.engine import protocol
from proofroom.engine.core import Engine
from proofroom.engine.recorder import Recorder, settled
from proofroom.workspace import integrity
from proofroom.workspace.opening import open_workspace


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path / "errors") as engine:
        yield engine


def filled(disk: Disk, engine: EngineProcess, server: FaultServer) -> Lab:
    """Run a comparison until its disk is full, or (not root) its files may not grow."""
    disk.mount(1500)
    lab = Lab(disk.folder / "lab.proofspace")
    server.set("slowtok", delay_s=0.02)
    lab.provider("lab", server.url("slowtok"), concurrency=4)
    values = [os.urandom(6000).hex() for _ in range(150)]
    made = lab.comparison(["lab/a"], values[:12])
    fill_up(disk, engine, lab, but=60_000)
    engine.ask(lab.request(made))
    engine.wait(protocol.Notice, lambda item: item.kind == "disk_full" and bool(item.text))
    return lab


def fill_up(disk: Disk, engine: EngineProcess, lab: Lab, *, but: int = 0) -> None:
    """Leave so many bytes of the disk, or (not root) for the engine's files to grow."""
    if disk.folder.is_mount():
        (disk.folder / "ballast").write_bytes(bytes(free(disk) - but))
    else:
        most = lab.path.with_name(lab.path.name + "-wal").stat().st_size + but
        resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def make_space(disk: Disk, engine: EngineProcess) -> None:
    if disk.folder.is_mount():
        disk.change("size=16m")
    else:
        anything = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, anything)


def free(disk: Disk) -> int:
    found = os.statvfs(disk.folder)
    return found.f_bavail * found.f_frsize


def statuses(path: Path) -> list[str | None]:
    with closing(sqlite3.connect(path)) as db:
        return [row[0] for row in db.execute("SELECT status FROM runs ORDER BY key")]


def test_d1_results_wait_in_memory_until_there_is_space(
    disk: Disk, engine: EngineProcess, server: FaultServer
) -> None:
    lab = filled(disk, engine, server)
    notice = engine.of(protocol.Notice)[0]
    assert "results are kept in memory" in notice.text
    sent = server.count()
    assert sent < 12
    assert engine.ask(protocol.Ping()).jobs == 1
    make_space(disk, engine)
    engine.wait(protocol.Notice, lambda item: not item.text)
    assert (engine.wait(protocol.JobEnded).done, server.count()) == (12, 12)
    assert statuses(lab.path) == ["ok"] * 12
    lab.close()
    assert [one for one in integrity.verify(lab.path).findings if one.kind != "missing"] == []


def test_d1_a_kill_on_a_full_disk_leaves_no_half(
    disk: Disk, engine: EngineProcess, server: FaultServer
) -> None:
    lab = filled(disk, engine, server)
    engine.kill()
    if disk.folder.is_mount():
        disk.change("size=16m")
    lab.close()
    opened = open_workspace(lab.path)
    half = "SELECT count(*) FROM runs WHERE ended_at IS NULL OR status NOT IN ('ok', 'interrupted')"
    assert opened.connection.execute(half).fetchone() == (0,)
    opened.connection.close()
    assert [one for one in integrity.verify(lab.path).findings if one.kind != "missing"] == []


def test_d1_an_engine_leaves_although_the_disk_is_full(
    disk: Disk, engine: EngineProcess, server: FaultServer
) -> None:
    lab = filled(disk, engine, server)
    assert engine.kill(signal.SIGTERM) == 0
    assert None in statuses(lab.path) or server.count() < 12
    lab.close()


def test_d5_a_held_file_is_waited_for_and_all_is_written(
    lab: Lab, engine: EngineProcess, server: FaultServer
) -> None:
    lab.provider("lab", server.url("ok"), concurrency=2)
    made = lab.comparison(["lab/a"], ["one", "two", "three", "four"])
    with closing(sqlite3.connect(lab.path, isolation_level=None)) as other:
        server.set("ok", latency_s=0.2)
        engine.ask(lab.request(made))
        server.wait_for(2)
        other.execute("BEGIN IMMEDIATE")
        notice = engine.wait(protocol.Notice)  # after 5 s
        assert notice.kind == "workspace_busy"
        assert "in use by" in notice.text
        assert engine.ask(protocol.Ping()).jobs == 1
        other.execute("COMMIT")
    engine.wait(protocol.Notice, lambda item: not item.text)
    assert engine.wait(protocol.JobEnded).done == 4
    assert (statuses(lab.path), server.count()) == (["ok"] * 4, 4)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path / "lab.proofspace")
    yield lab
    lab.close()


def test_m1_too_few_descriptors_fail_cells_and_not_the_engine(
    lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))

    server.set("slowtok", delay_s=0.05)
    lab.provider("lab", server.url("slowtok"), concurrency=64)
    made = lab.comparison(["lab/a"], [str(number) for number in range(64)])
    with EngineProcess(tmp_path / "errors", limit=few) as engine:
        engine.ask(lab.request(made))
        ended = engine.wait(protocol.JobEnded)
        assert ended.done + ended.failed == 64
        assert engine.ask(protocol.Ping()).jobs == 0
    found = statuses(lab.path)
    assert set(found) <= {"ok", "failed"}
    assert len(found) == 64
    lab.close()
    assert integrity.verify(lab.path).findings == ()


def test_n10_a_laptop_that_slept_past_the_limits_ends_its_calls(
    lab: Lab, engine: EngineProcess, server: FaultServer
) -> None:
    lab.provider("lab", server.url("silentmid"))
    made = lab.comparison(["lab/a", "lab/b"])
    timing = protocol.Timing(first_token_s=1, between_tokens_s=1, total_s=1.5)
    engine.ask(lab.request(made, timing=timing))
    server.wait_for(2)
    engine.process.send_signal(signal.SIGSTOP)
    with selectors.DefaultSelector() as nothing:
        nothing.select(2)  # nothing is registered: it sleeps past its limits
    engine.process.send_signal(signal.SIGCONT)
    assert engine.wait(protocol.JobEnded).failed == 2
    assert statuses(lab.path) == ["timeout", "timeout"]
    latencies = "SELECT count(*) FROM runs WHERE latency_us < 0 OR latency_us IS NULL"
    assert lab.db.execute(latencies).fetchone() == (0,)
    assert server.count() == 2


def owed(path: Path) -> list[tuple[str, str]]:
    """Return what a later opening makes of the runs: their states, and whether they were billed."""
    open_workspace(path).connection.close()
    with closing(sqlite3.connect(path)) as db:
        sql = """SELECT r.status, a.billed FROM runs r JOIN steps s ON s.run_key = r.key
            JOIN attempts a ON a.step_key = s.key ORDER BY r.key"""
        return db.execute(sql).fetchall()


def test_d1_what_only_waited_on_a_full_disk_is_taken_back_when_there_is_space(
    disk: Disk, engine: EngineProcess, server: FaultServer
) -> None:
    disk.mount(1500)
    lab = Lab(disk.folder / "lab.proofspace")
    lab.provider("lab", server.url("silentmid"), concurrency=2)
    made = lab.comparison(["lab/a"], [str(number) for number in range(6)])
    job = engine.ask(lab.request(made)).job_id
    server.wait_for(2)
    engine.wait_until(lambda: len(statuses(lab.path)) == 6)
    fill_up(disk, engine, lab)
    engine.ask(protocol.CancelRun(job_id=job))  # two are to be ended, four to be taken back
    engine.wait(protocol.Notice, lambda item: item.kind == "disk_full" and bool(item.text))
    assert engine.kill(signal.SIGTERM) == 0
    lab.close()
    assert statuses(lab.path) == [None] * 6
    if disk.folder.is_mount():
        disk.change("size=16m")
    assert owed(lab.path) == [("interrupted", "perhaps")] * 2


async def test_d1_rows_that_could_not_be_taken_back_never_count_as_billed(
    lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("silentmid"), concurrency=1)
    engine = Engine(lab.news.append)
    made = lab.comparison(["lab/a"], ["one", "two", "three"])
    job = (await engine.start(lab.request(made))).job_id
    await asyncio.to_thread(server.wait_for, 1)
    async with asyncio.timeout(60):
        while len(statuses(lab.path)) < 3:  # noqa: ASYNC110 - rows of another thread
            await asyncio.sleep(0)
    refuse = "CREATE TRIGGER no BEFORE DELETE ON runs BEGIN SELECT raise(ABORT, 'no'); END"
    lab.db.execute(refuse)
    await engine.cancel(protocol.CancelRun(job_id=job))
    await engine.finished(job)
    await engine.close()
    assert statuses(lab.path) == ["cancelled", None, None]
    lab.db.execute("DROP TRIGGER no")
    lab.close()
    assert [status for status, _ in owed(lab.path)] == ["cancelled"]


async def test_d1_writes_that_go_one_by_one_wait_for_space_as_well(disk: Disk) -> None:
    disk.mount(700)
    lab = Lab(disk.folder / "lab.proofspace")
    lab.db.execute("CREATE TABLE seen (n INTEGER PRIMARY KEY, words BLOB)")
    full, most = asyncio.Event(), resource.getrlimit(resource.RLIMIT_FSIZE)
    recorder = Recorder(lab.path, lambda error: full.set() if error else None)
    if not disk.folder.is_mount():
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, most[1]))
    wrong = recorder.write(lambda db: db.execute("SELECT no_such"))
    kept = [recorder.write(partial(add, number)) for number in range(6)]
    async with asyncio.timeout(60):
        await full.wait()
    resource.setrlimit(resource.RLIMIT_FSIZE, most)
    if disk.folder.is_mount():
        disk.change("size=16m")
    assert [await settled(one) for one in kept] == list(range(6))
    with pytest.raises(sqlite3.OperationalError, match="no_such"):
        await settled(wrong)
    await recorder.close()
    assert lab.db.execute("SELECT count(*) FROM seen").fetchone() == (6,)
    lab.close()


def add(number: int, db: sqlite3.Connection) -> int:
    db.execute("INSERT INTO seen VALUES (?, ?)", (number, os.urandom(90_000)))
    return number
