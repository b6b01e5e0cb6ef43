"""One fault server for this folder's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.fault_server import FaultServer


@pytest.fixture(scope="module")
def running() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def server(running: FaultServer) -> FaultServer:
    running.forget()
    return running
