"""K8: a key typed into Settings goes through a session of the window and stays nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import psutil
import pytest
from tests.support.fault_server import FaultServer
from tests.support.key_search import find_key
from tests.support.keyring_service import KeyringService, unlocked

from proofroom.domain.message import text_message
from proofroom.domain.provider import Provider
from proofroom.domain.version import Content
from proofroom.workspace import comparisons, database, prompts, providers

# of no known shape: only what is remembered can be found and taken out
MARK = "zq7Marked4Key9x2wTn58LbcD31"
PLANTED = "zq7Planted4Word9x2wTn58LbcD"
MODES = {"fine": "ok", "no": "401", "slow": "slowtok"}
GUARD_S = 60


@pytest.fixture
def keychain(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyringService]:
    with unlocked() as service:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        yield service


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything that a session can write to: data, settings, logs, temporary files, exports."""
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("tmp", "exports"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    return tmp_path


def workspace(home: Path, server: FaultServer) -> Path:
    """Make a workspace with two comparisons, whose inputs hold the planted word."""
    path = home / "keys.proofspace"
    database.create(path)
    content = Content(messages=(text_message("user", "Say {{ word }}."),))
    with closing(database.connect(path)) as db:
        for name, mode in MODES.items():
            url = server.url(mode)
            providers.put(db, Provider(name=name, adapter="direct", dialect="compatible", url=url))
        made = prompts.create(db, "say", content)
        for names in (("fine", "no"), ("slow",)):
            columns = [
                comparisons.NewColumn(
                    prompt_key=made.key, version_key=None, content=content, label="Draft",
                    model_key=providers.ask_for(db, f"{name}/tester").key,
                )
                for name in names
            ]  # fmt: skip
            row = comparisons.NewRow(name="row", values={"word": PLANTED})
            comparisons.create(db, columns, [row], name=names[0])
    return path


class Session:
    """The app with hands, its words kept in a file as a terminal would show them."""

    def __init__(self, path: Path, home: Path) -> None:
        said: IO[bytes]
        with (home / "said").open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.key_child", str(path), ",".join(MODES),
                 str(home / "exports")],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
                env={**os.environ, "ODD_NAME": PLANTED},
            )  # fmt: skip
        assert self.process.stdin is not None
        self.process.stdin.write(f"{MARK}\n".encode())
        self.process.stdin.flush()
        self._said = home / "said"

    def until(self, word: str) -> None:
        """Read what the app says until a step is done."""
        assert self.process.stdout is not None
        with self._said.open("ab") as said:
            for line in self.process.stdout:
                said.write(line)
                if line.decode().strip() == word:
                    return
        pytest.fail(f"the app ended before {word!r}: {self._said.read_text()[-3000:]}")

    def kill(self) -> None:
        """Crash it, at once and whatever it does."""
        self.process.kill()
        self.process.communicate(timeout=GUARD_S)

    def pids(self) -> list[int]:
        family = psutil.Process(self.process.pid)
        return [family.pid, *(child.pid for child in family.children(recursive=True))]


@pytest.mark.timeout(120)
@pytest.mark.usefixtures("keychain")
def test_k8_a_session_in_the_window_and_the_terminal_leaves_no_trace_of_a_key(
    home: Path, server: FaultServer
) -> None:
    server.set("slowtok", delay_s=0.2, tokens=2000)
    path = workspace(home, server)
    session = Session(path, home)
    try:
        session.until("running")
        pids = session.pids()
        places = [f"/proc/{pid}/environ" for pid in pids]
        assert set(find_key(PLANTED, [], pids)) >= {*places[:2]}  # a planted word is found
        assert find_key(MARK, [], pids) == []
    finally:
        session.kill()
    assert {request.key for request in server.requests} == {MARK}
    assert {request.played for request in server.requests} == {*MODES.values()}
    found = " ".join(find_key(PLANTED, [home]))
    for place in ("keys.proofspace", "backup", *(f"answers.{form}" for form in FORMS)):
        assert place in found, place
    assert "terms of" in found
    assert "a fault that tells" in (home / "said").read_text(encoding="utf-8")
    assert find_key(MARK, [home]) == []
    again(path, home)
    assert find_key(MARK, [home]) == []


FORMS = ("html", "csv", "json", "md")


def again(path: Path, home: Path) -> None:
    """Use the same keys from the command line."""
    for words in (
        ("compare", "say@draft", "--model", "fine/tester", "--model", "no/tester",
         "--input", f"word={PLANTED}", "--report", str(home / "exports" / "cli.html")),
        ("keys", "list"),
        ("workspace", "backup"),
        ("workspace", "verify"),
    ):  # fmt: skip
        command = [sys.executable, "-P", "-m", "proofroom", "--workspace", str(path), *words]
        with (home / "said").open("ab") as said:
            code = subprocess.run(
                command, stdout=said, stderr=said, check=False, timeout=GUARD_S
            ).returncode
        assert code == (1 if words[0] == "compare" else 0), words
