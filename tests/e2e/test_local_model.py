"""The embedded model through the real engine, from its first load to the end of its server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.support.engine_process import GUARD_S, EngineProcess
from tests.support.lab import Lab

from proofroom.domain.message import text_message
from proofroom.domain.version import Content, Settings
from proofroom.engine import protocol
from proofroom.workspace import comparisons, provenance, providers
from proofroom.workspace.comparisons import ComparisonSummary


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path / "lab.proofspace")
    providers.first_rows(lab.db)
    yield lab
    lab.close()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path / "errors") as engine:
        yield engine


def asked(lab: Lab, tokens: int | None, stop: tuple[str, ...] = ()) -> ComparisonSummary:
    content = Content(
        messages=(text_message("user", "Tell a long story of {{ x }}."),),
        settings=Settings(max_tokens=tokens, stop=stop),
    )
    return lab.comparison(["local/smollm2"], ["a harbour", "a mountain"], content=content)


def model_server(engine: EngineProcess) -> psutil.Process:
    return next(child for child in engine.children() if "model-server" in child.cmdline())


def test_two_inputs_stream_from_the_embedded_model(lab: Lab, engine: EngineProcess) -> None:
    made = asked(lab, 12)
    engine.ask(lab.request(made))
    assert engine.wait(protocol.JobEnded).done == 2
    runs = lab.cells(made)
    assert [(run.status, run.cost_nano_usd) for run in runs] == [("ok", 0), ("ok", 0)]
    assert all(lab.text(run) for run in runs)
    streamed = "".join(one.text for item in engine.of(protocol.Deltas) for one in item.items)
    assert len(streamed) == sum(len(lab.text(run)) for run in runs)


def test_the_kept_request_says_at_how_many_tokens_its_answer_ends(
    lab: Lab, engine: EngineProcess
) -> None:
    made = asked(lab, None, stop=("a",))
    engine.ask(lab.request(made))
    assert engine.wait(protocol.JobEnded).done == 2
    found = provenance.of_run(lab.db, lab.cells(made)[0].run_key)
    assert [json.loads(request)["max_tokens"] for request in found.requests] == [1024]


def test_a_model_server_that_dies_fails_its_cells_and_the_next_run_works(
    lab: Lab, engine: EngineProcess
) -> None:
    made = asked(lab, 2000)
    engine.ask(lab.request(made, retry_uncertain=False))
    engine.wait(protocol.Deltas)
    model_server(engine).kill()
    engine.wait(protocol.JobEnded)
    runs = lab.cells(made)
    assert {run.status for run in runs} == {"failed"}
    assert all(run.title for run in runs)
    again = asked(lab, 5)
    job = engine.ask(lab.request(again)).job_id
    assert engine.wait(protocol.JobEnded, lambda item: item.job_id == job).done == 2


def test_no_model_server_outlives_its_engine(lab: Lab, engine: EngineProcess) -> None:
    engine.ask(lab.request(asked(lab, 2000)))
    engine.wait(protocol.Deltas)
    server = model_server(engine)
    engine.kill()
    _, alive = psutil.wait_procs([server], GUARD_S)
    assert alive == []
    assert comparisons.listed(lab.db)
