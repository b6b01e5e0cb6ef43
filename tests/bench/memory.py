"""The engine's resident memory after 10,000 calls against after 1,000."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.engine_face import EngineFace, provider, topics
from tests.bench.figure import Figure, figure
from tests.support.fault_server import FaultProcess

ROUNDS = 5


def figures() -> Iterator[Figure]:
    """Yield the growth in MiB; every run is stored."""
    with FaultProcess() as server, tempfile.TemporaryDirectory() as folder:
        grown: list[float] = []
        for number in range(ROUNDS):
            with EngineFace(Path(folder) / str(number)) as face:
                provider(face.lab, "direct", server.url("ok"), 10)
                face.run("direct/some-model", topics(1000, "first"))
                after_first = face.resident()
                for seed in range(9):
                    face.run("direct/some-model", topics(1000, str(seed)))
                grown.append((face.resident() - after_first) / 2**20)
    yield figure("memory_10000_calls_against_1000", grown, "MiB", "<=", 10)
