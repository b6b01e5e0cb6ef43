from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path / "lab.proofspace")
    yield lab
    lab.close()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server
