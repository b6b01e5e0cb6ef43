"""How soon the window is painted and can be used, against a bare one in the same interpreter."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure, figure
from tests.bench.window import ROUNDS, measured
from tests.support.sessions import new_workspace
from tests.ui.support.prompts_rig import make, refund_reply


def figures() -> Iterator[Figure]:
    """Yield the ratios of alternated runs, from the start of the process, and the absolute time."""
    with tempfile.TemporaryDirectory() as folder:
        empty = new_workspace(Path(folder) / "empty.proofspace")
        full = make(Path(folder) / "full.proofspace", refund_reply)
        for what, file in (("bare", empty), ("window", full), ("usable", full)):
            measured(what, file)
        bare: list[float] = []
        window: list[float] = []
        usable: list[float] = []
        for _ in range(ROUNDS):
            bare.append(measured("bare", empty))
            window.append(measured("window", full))
            usable.append(measured("usable", full))
    painted = [ours / its for ours, its in zip(window, bare, strict=True)]
    listed = [ours / its for ours, its in zip(usable, bare, strict=True)]
    yield figure("first_paint_against_bare_window", painted, "times", "<=", 2.0)
    yield figure("usable_prompt_list_against_bare_window", listed, "times", "<=", 4.0)
    yield figure("start_to_window", [one / 1000 for one in window], "s", "<", 2.0)
