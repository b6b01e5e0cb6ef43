"""The longest stall of the window's event loop: streaming, the engine's start, 1,000 rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.bench.figure import Figure, figure
from tests.bench.window import rounds
from tests.support.fault_server import FaultProcess
from tests.support.lab import Lab
from tests.ui.support import compare_data
from tests.ui.support.prompts_rig import make, refund_reply

TOKENS, DELAY_S = 600, 0.01


def figures() -> Iterator[Figure]:
    """Yield medians of five runs, each in a window of its own."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        yield figure("stall_engine_start", _start(place), "ms", "<", 50)
        yield figure("stall_opening_1000_rows", _open(place), "ms", "<", 50)
        yield figure("stall_16_streams", _stream(place), "ms", "<", 25)


def _start(place: Path) -> list[float]:
    return rounds("engine_start", make(place / "start.proofspace", refund_reply))


def _open(place: Path) -> list[float]:
    path = place / "rows.proofspace"
    with closing(compare_data.workspace(path)) as db:
        key = compare_data.comparison(db, rows=1000)
        for row in range(1000):
            for column in range(4):
                compare_data.cell(db, key, row, column, compare_data.NEW[row % 4])
    return rounds("open_rows", path)


def _stream(place: Path) -> list[float]:
    found: list[float] = []
    with FaultProcess() as server:
        server.set("slowtok", tokens=TOKENS, delay_s=DELAY_S)
        for number in range(5):
            lab = Lab(place / f"stream-{number}.proofspace")
            lab.provider("lab", server.url("slowtok"), concurrency=16)
            lab.comparison([f"lab/model-{column}" for column in range(16)], ["one"])
            lab.close()
            found += rounds("stream", lab.path, 1)
    return found
