"""K8: a key goes through a whole session with faults and stays nowhere but in the keychain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.engine_process import EngineProcess
from tests.support.fault_server import FaultServer
from tests.support.key_search import find_key
from tests.support.keyring_service import KeyringService, unlocked
from tests.support.lab import Lab

from proofroom.engine import protocol

# of no known shape: only what is remembered can be found and taken out
MARK = "zq7Marked4Key9x2wTn58LbcD31"
COMMAND = (sys.executable, "-P", "-m", "proofroom")
MODES = ("ok", "401", "500", "403", "errmid", "400param", "redir", "rstmid", "garbage")


@pytest.fixture
def keychain(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyringService]:
    with unlocked() as service:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        yield service


@pytest.fixture
def lab(laptop: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    (laptop / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(laptop / "tmp"))
    lab = Lab(laptop / "lab.proofspace")
    yield lab
    lab.close()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


def proofroom(lab: Lab, folder: Path, *arguments: str, given: str = "") -> subprocess.Popen[str]:
    """Carry out a command; all it printed is kept in `folder`."""
    child = subprocess.Popen(
        [*COMMAND, "--workspace", str(lab.path), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said, _ = child.communicate(given)
    with (folder / "said").open("a", encoding="utf-8") as file:
        file.write(said)
    return child


@pytest.mark.usefixtures("keychain")
def test_k8_the_command_line_leaves_no_trace_of_a_key(
    lab: Lab, server: FaultServer, laptop: Path
) -> None:
    for mode in MODES:
        lab.provider(mode, server.url(mode), needs_key=True)
        assert proofroom(lab, laptop, "keys", "set", mode, given=MARK).returncode == 0
    for mode in MODES:
        report = str(laptop / f"{mode}.html")
        arguments = ("compare", "-", "--model", f"{mode}/a", "--input", "word=boat")
        arguments = (*arguments, "--yes", "--report", report)
        child = proofroom(lab, laptop, *arguments, given="Say a {{ word }}")
        assert child.returncode == (0 if mode == "ok" else 1)
    for command in (("backup",), ("verify",), ("info",)):
        assert proofroom(lab, laptop, "workspace", *command).returncode == 0
    proofroom(lab, laptop, "keys", "list")
    assert {request.key for request in server.requests} == {MARK}
    assert server.count() >= len(MODES)
    assert "The quiet harbour" in (laptop / "said").read_text(encoding="utf-8")
    assert find_key(MARK, [laptop]) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_k8_an_engine_that_crashes_leaves_no_trace_of_a_key(
    lab: Lab, server: FaultServer, laptop: Path, number: int
) -> None:
    server.script("ok", ["401", "500", "errmid", "silentmid"])
    lab.provider("lab", server.url("ok"), needs_key=True, concurrency=1)
    lab.provider("slow", server.url("silentmid"), needs_key=True)
    with EngineProcess(laptop / "errors") as engine:
        made = lab.comparison(["lab/a", "slow/a"], ["one", "two", "three"])
        engine.ask(lab.request(made, api_keys={"lab": MARK, "slow": MARK}))
        engine.wait(protocol.Deltas)
        engine.wait(protocol.CellEnded)
        pids = [engine.pid, *(child.pid for child in engine.children())]
        assert len(pids) == 2
        assert find_key(MARK, [], pids) == []
        (laptop / "lines").write_bytes(b"".join(engine.lines))
        assert engine.kill(number) == -number
    assert MARK in {request.key for request in server.requests}
    crash = [path for path in laptop.rglob("engine.crash") if path.stat().st_size]
    assert bool(crash) == (number != signal.SIGKILL)
    assert find_key(MARK, [laptop]) == []


def test_k8_a_key_that_was_left_somewhere_is_found(lab: Lab, laptop: Path) -> None:
    with EngineProcess(laptop / "errors", environ={"ODD_NAME": MARK}) as engine:
        engine.hello()
        assert find_key(MARK, [], [engine.pid]) == [f"/proc/{engine.pid}/environ"]
    lab.provider("lab", "http://127.0.0.1:9/v1")
    made = lab.comparison(["lab/a"], [f"a text with {MARK} in it"])
    assert made.key
    found = find_key(MARK, [laptop])
    assert any("lab.proofspace" in place for place in found)
    assert os.environ.get("ODD_NAME") is None
