from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import Struct
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.cli import main


class Said(Struct, frozen=True):
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


Proofroom = Callable[..., Said]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path / "lab.proofspace")
    yield lab
    lab.close()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def proofroom(
    lab: Lab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Proofroom:
    """Run a command line in this process on the lab's workspace."""

    def run(*arguments: str, given: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        code = main.carried_out(["--workspace", str(lab.path), *arguments])
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run
