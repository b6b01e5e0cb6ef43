"""Answers without an end and a laptop without a folder: the engine goes on by its own means."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from tests.support.engine_process import EngineProcess
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab
from tests.workspace.making import new_run

from proofroom.engine import protocol
from proofroom.workspace import database, integrity, providers, runs
from proofroom.workspace.opening import open_workspace


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path / "lab.proofspace")
    yield lab
    lab.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process that runs")
def test_m2_an_engine_that_gets_no_more_memory_leaves_a_sound_workspace(
    lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    server.set("ok", text=("w" * 999 + " ") * 6000)  # 6 MB, 8 at once
    lab.provider("lab", server.url("ok"), concurrency=8)
    first, made = lab.comparison(["lab/a"]), lab.comparison(["lab/a"], [str(n) for n in range(8)])
    with EngineProcess(tmp_path / "errors") as engine:
        engine.ask(lab.request(first))
        engine.wait(protocol.JobEnded)
        most = psutil.Process(engine.pid).memory_info().vms + 60 * 1024 * 1024
        resource.prlimit(engine.pid, resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
        timing = protocol.Timing(first_token_s=5, between_tokens_s=5, total_s=15)
        engine.send(lab.request(made, timing=timing))
        # libraries in C end the process where Python raises MemoryError
        engine.wait_until(lambda: engine.over or len(engine.of(protocol.JobEnded)) > 1)
    lab.close()
    with closing(open_workspace(lab.path).connection) as db:
        found = db.execute("SELECT status, title FROM runs ORDER BY key").fetchall()
    assert found[0] == ("ok", None)
    assert {status for status, _ in found} - {"ok"} <= {"failed", "timeout", "interrupted"}
    assert [status for status, _ in found].count("ok") < 9
    assert all(title for status, title in found if status != "ok")
    assert integrity.verify(lab.path).findings == ()
    assert server.count() <= 9  # nothing was sent again


@pytest.mark.parametrize("mode", ["slowbody", "slowtok"])
async def test_s9_an_answer_that_drips_ends_at_the_limit_for_all_of_it(
    lab: Lab, server: FaultServer, mode: str
) -> None:
    server.set(mode, **({"byte_s": 0.05} if mode == "slowbody" else {"delay_s": 0.5}))
    lab.provider("lab", server.url(mode))
    made = lab.comparison(["lab/a"])
    # every gap between two bytes or tokens is well within its limit
    timing = protocol.Timing(first_token_s=30, between_tokens_s=30, total_s=1.5)
    ended = await lab.run(made, timing=timing)
    run = lab.cells(made)[0]
    assert (run.status, run.failure, ended.failed) == ("timeout", "no_answer", 1)
    assert "No whole answer within 1.5 s." in (run.detail or "")
    assert (run.attempts, server.count(), len(server.wait_closed(1))) == (1, 1, 1)


def test_m3_without_a_folder_for_temporary_files_an_engine_still_answers(
    lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    nowhere = {"TMPDIR": "/nonexistent", "TMP": "/nonexistent", "TEMP": "/nonexistent"}
    lab.provider("lab", server.url("ok"))
    made = lab.comparison(["lab/a"])
    with EngineProcess(tmp_path / "errors", environ=nowhere) as engine:
        engine.ask(lab.request(made))
        assert engine.wait(protocol.JobEnded).done == 1
    run = lab.cells(made)[0]
    assert (run.status, lab.text(run)) == ("ok", "The quiet harbour keeps nine small boats.")
    lab.close()
    assert integrity.verify(lab.path).findings == ()


def test_m4_an_engine_without_a_home_that_can_be_written_says_so_in_one_sentence(
    tmp_path: Path,
) -> None:
    home = tmp_path / "file"
    home.touch()  # a folder without rights stops nobody who is root
    with EngineProcess(tmp_path / "errors", environ={"XDG_STATE_HOME": str(home)}) as engine:
        assert engine.ended() == 1
    last = (tmp_path / "errors").read_text(encoding="utf-8").splitlines()[-1]
    assert last.startswith("The engine cannot keep its lock: ")
    assert last.endswith(f"Make {home / 'proofroom'} writable.")


def test_m6_eight_thousand_open_runs_are_ended_at_the_next_opening(lab: Lab) -> None:
    key = lab.provider("local", "", adapter="embedded").key
    with database.writing(lab.db):
        providers.ensure_model(lab.db, key, "smollm2", listed=True)
        runs.begin(lab.db, [new_run(lab.db, f"asked {number}") for number in range(8000)])
    lab.close()
    with closing(open_workspace(lab.path).connection) as db:
        found = db.execute("SELECT status, count(*) FROM runs GROUP BY status").fetchall()
    assert found == [("interrupted", 8000)]
    assert integrity.verify(lab.path).findings == ()
