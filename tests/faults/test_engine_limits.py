"""Answers without an end and a laptop without a folder: the engine goes on by its own means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.engine_process import EngineProcess
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.engine import protocol
from proofroom.workspace import integrity


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path / "lab.proofspace")
    yield lab
    lab.close()


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
