"""The engine's own process, over its real pipes."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from tests.support.engine_process import GUARD_S, EngineProcess, RefusedError
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom import __version__
from proofroom.domain.message import Text, text_message
from proofroom.domain.version import Content
from proofroom.engine import protocol
from proofroom.workspace import comparisons, engines
from proofroom.workspace.opening import open_workspace


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path / "errors") as engine:
        yield engine


def rendered(text: str) -> protocol.Preview:
    content = Content(messages=(text_message("user", text),))
    return protocol.Preview(content=content, values={"x": "one"})


def statuses(path: Path) -> list[str | None]:
    with closing(sqlite3.connect(path)) as db:
        return [row[0] for row in db.execute("SELECT status FROM runs ORDER BY key")]


def test_the_engine_says_who_it_is(engine: EngineProcess) -> None:
    hello = engine.hello()
    assert (hello.protocol, hello.version) == (protocol.PROTOCOL, __version__)
    assert hello.pid == engine.pid
    assert hello.engine_id in engines.live()
    assert engines.pid(hello.engine_id) == engine.pid


@pytest.mark.parametrize("version", [protocol.PROTOCOL - 1, protocol.PROTOCOL + 1])
def test_r6_a_window_of_another_version_is_told_to_restart(
    engine: EngineProcess, version: int
) -> None:
    with pytest.raises(RefusedError, match=r"another version \(0\.0\.9\)") as refused:
        engine.ask(protocol.Hello(protocol=version, version="0.0.9"))
    assert refused.value.fault.fix == "Restart the app."
    assert engine.ask(protocol.Ping()).jobs == 0


BAD_LINES = [
    b"\n",
    b"this is no JSON\n",
    b'{"id": 900}\n',
    b'{"id": "900", "method": "ping"}\n',
    b'{"id": 900, "method": "ping", "params": [}\n',
    b'{"id": 900, "method": "\xff\xfe"}\n',
    b'{"id": 900, "method": "\\ud800"}\n',
    b'{"method": "ping"}\n',
    b"[" * 200_000 + b"\n",
    b'{"id": 900, "method": "ping", "params": ' + b"[" * 200_000 + b"]" * 200_000 + b"}\n",
    b"\0" * 300_000 + b"\n",
]


@pytest.mark.parametrize("line", BAD_LINES, ids=range(len(BAD_LINES)))
def test_r6_a_line_that_is_no_request_harms_nobody(engine: EngineProcess, line: bytes) -> None:
    engine.write(line)
    assert engine.ask(protocol.Ping()).jobs == 0


def test_r6_an_unknown_method_or_an_unknown_form_is_answered(engine: EngineProcess) -> None:
    engine.write(b'{"id": 901, "method": "run.fly", "params": {}}\n')
    engine.write(b'{"id": 902, "method": "run.start", "params": {"press_id": 1}}\n')
    engine.write(b'{"id": 903, "method": "run.start"}\n')
    for number, method in ((901, "run.fly"), (902, "run.start"), (903, "run.start")):
        fault = engine.envelope(number).error
        assert fault is not None
        assert fault.what == f"The engine does not know “{method}”"
        assert "Restart the app" in fault.fix


def test_r6_half_a_message_waits_for_its_other_half(engine: EngineProcess) -> None:
    line = protocol.request(950, protocol.Ping())
    engine.write(line[:9])
    engine.write(line[9:])
    assert engine.envelope(950).error is None


def test_r6_messages_of_megabytes_go_both_ways(engine: EngineProcess) -> None:
    long = "ab\n😀" * 500_000
    previewed = engine.ask(rendered(long + "{{ x }}"))
    assert previewed.messages[0].parts[0].text == long + "one"
    assert max(len(line) for line in engine.lines) > 2_000_000


def test_r5_what_others_print_never_meets_the_wire(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "class Noise:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        os.write(1, b'noise of ' + name.encode())\n"
        "        print('printed', end='', flush=True)\n"
        "if 'engine' in sys.orig_argv:\n"
        "    sys.meta_path.insert(0, Noise())\n",
        encoding="utf-8",
    )
    with EngineProcess(tmp_path / "errors", environ={"PYTHONPATH": str(tmp_path)}) as engine:
        assert engine.hello().pid == engine.pid
        assert engine.ask(rendered("{{ x }}")).messages[0].parts == (Text(text="one"),)
        assert "noise of proofroom.engine.host" in engine.errors.read_text(encoding="utf-8")
        ours = [line for line in engine.lines if b"proofroom.engine.host" in line]
        assert ours == []


def test_pings_are_answered_while_a_thousand_calls_run(
    engine: EngineProcess, lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("ok"), concurrency=16)
    made = lab.comparison(["lab/a", "lab/b"], [str(number) for number in range(500)])
    started = engine.ask(lab.request(made))
    jobs: list[int] = []
    while not engine.of(protocol.JobEnded):
        jobs.append(engine.ask(protocol.Ping()).jobs)
    ended = engine.of(protocol.JobEnded)[0]
    assert (started.cells, ended.done, ended.failed, server.count()) == (1000, 1000, 0, 1000)
    assert len(jobs) > 20
    assert set(jobs[:-1]) <= {0, 1}


def test_two_jobs_run_at_once_and_each_tells_its_own(
    engine: EngineProcess, lab: Lab, server: FaultServer
) -> None:
    server.set("ok", echo=True)
    lab.provider("lab", server.url("ok"))
    made = [lab.comparison(["lab/a"], [word] * 20) for word in ("red", "blue")]
    jobs = [engine.ask(lab.request(one)).job_id for one in made]
    for job in jobs:
        engine.wait(protocol.JobEnded, lambda item, job=job: item.job_id == job)
    for one, job, word in zip(made, jobs, ("red", "blue"), strict=True):
        assert {lab.text(run) for run in lab.cells(one)} == {f"Say {word}"}
        told = [item for item in engine.of(protocol.CellEnded) if item.job_id == job]
        assert [item.status for item in told] == ["ok"] * 20


def test_i6_a_press_that_comes_twice_begins_one_job(
    engine: EngineProcess, lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("ok"))
    request = lab.request(lab.comparison(["lab/a"]))
    numbers = [engine.send(request) for _ in range(5)]
    for number in numbers:
        assert engine.envelope(number).error is None
    engine.wait(protocol.JobEnded)
    again = [json.loads(bytes(engine.answers[number].result))["again"] for number in numbers]
    assert (sorted(again), server.count()) == ([False, True, True, True, True], 1)


def test_a_cell_a_column_and_all_can_be_stopped(
    engine: EngineProcess, lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("silentmid"), concurrency=8)
    made = lab.comparison(["lab/a", "lab/b"], ["one", "two", "three"])
    rows = [row.key for row in comparisons.rows(lab.db, made.key)]
    first, second = [column.key for column in comparisons.columns(lab.db, made.key)]
    job = engine.ask(lab.request(made)).job_id
    server.wait_for(6)

    def stopped() -> set[tuple[int, int]]:
        return {(item.row_key, item.column_key) for item in engine.of(protocol.CellEnded)}

    engine.ask(protocol.CancelRun(job_id=job, row_key=rows[0], column_key=second))
    engine.wait_until(lambda: stopped() == {(rows[0], second)})
    engine.ask(protocol.CancelRun(job_id=job, column_key=first))
    engine.wait_until(lambda: stopped() == {(rows[0], second), *((row, first) for row in rows)})
    engine.ask(protocol.CancelRun(job_id=job))
    assert engine.wait(protocol.JobEnded).reason == "stopped"
    assert statuses(lab.path) == ["cancelled"] * 6
    assert len(server.wait_closed(6)) == 6
    engine.ask(protocol.CancelRun(job_id=job))


def test_two_engines_work_in_one_workspace(
    engine: EngineProcess, lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    lab.provider("lab", server.url("ok"))
    made = [lab.comparison(["lab/a"], ["one"] * 100) for _ in range(2)]
    with EngineProcess(tmp_path / "errors of the other") as other:
        for process, one in zip((engine, other), made, strict=True):
            process.ask(lab.request(one))
        ends = [process.wait(protocol.JobEnded) for process in (engine, other)]
        open_workspace(lab.path).connection.close()  # ends nothing of engines that live
    assert [(end.done, end.failed) for end in ends] == [(100, 0), (100, 0)]
    assert statuses(lab.path) == ["ok"] * 200


def test_r3_nobody_is_left_when_the_window_is_gone(
    engine: EngineProcess, lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("silentmid"))
    engine.ask(rendered("{{ x }}"))
    engine.ask(lab.request(lab.comparison(["lab/a"])))
    server.wait_for(1)
    children = engine.children()
    assert len(children) == 1
    engine.close_stdin()
    assert engine.ended() == 0
    _, alive = psutil.wait_procs(children, GUARD_S)
    assert (alive, statuses(lab.path)) == ([], ["interrupted"])


def test_r11_a_signal_writes_the_ends(engine: EngineProcess, lab: Lab, server: FaultServer) -> None:
    lab.provider("lab", server.url("silentmid"), concurrency=2)
    made = lab.comparison(["lab/a"], ["one", "two", "three"])
    engine.ask(lab.request(made))
    server.wait_for(2)
    engine.wait(protocol.Deltas)
    assert engine.kill(signal.SIGTERM) == 0
    assert statuses(lab.path) == ["cancelled", "cancelled"]
    assert engine.of(protocol.JobEnded)[0].reason == "stopped"
    assert comparisons.by_key(lab.db, made.key).end_reason == "stopped"
    assert engines.live() == frozenset()


def test_a_request_to_shut_down_ends_the_engine(engine: EngineProcess) -> None:
    engine.hello()
    engine.write(protocol.request(990, protocol.Shutdown()))
    assert engine.ended() == 0
    assert engine.process.returncode == 0
