"""The processor time of a direct call that is stored, on a core that works for it alone.

The engine has one processor, the server and the rest of the bench another. A round counts only if
a piece of work that is always the same took, on the engine's processor before and after it, no
longer than a tenth over its best: beside a neighbour on the same core it takes nearly twice as
long. That processor is kept awake: a virtual one that sleeps between the calls is given another
core by and by, and what is measured then is its place and no more the work (cores.py).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import cores
from tests.bench.calls import CASES, ROUNDS, WARM
from tests.bench.engine_face import EngineFace, provider, topics
from tests.bench.figure import Figure, figure
from tests.support.fault_server import FaultProcess

CALLS = 300
MOST_ROUNDS = 60
QUIET = 1.1
_TRIES = 50


def figures() -> Iterator[Figure]:
    """Yield a call's time for all latencies and concurrencies."""
    own, other = cores.two()
    best_s = min(_reference_s(own) for _ in range(_TRIES))
    with cores.awake(own), cores.pinned(other), FaultProcess() as server:
        for latency_ms, at_once in CASES:
            server.set("ok", latency_s=latency_ms / 1000)
            with tempfile.TemporaryDirectory() as folder:
                with cores.pinned(own):
                    face = EngineFace(Path(folder) / "direct")
                with face:
                    provider(face.lab, "direct", server.url("ok"), at_once)
                    face.run("direct/some-model", topics(WARM, "warm"))
                    spent = _quiet_rounds(face, own, best_s)
            yield figure(f"direct_cpu_a_call_{latency_ms}ms_{at_once}", spent, "ms", "<=", 1.0)


def _reference_s(processor: int) -> float:
    with cores.pinned(processor):
        return cores.loop_s()


def _quiet_rounds(face: EngineFace, processor: int, best_s: float) -> list[float]:
    """Measure until enough rounds (ms a call) had the core to themselves; else all count."""
    spent: list[tuple[float, float]] = []
    while len(spent) < MOST_ROUNDS:
        before_s = _reference_s(processor)
        took = face.run("direct/some-model", topics(CALLS, f"round {len(spent)}"))
        around_s = max(before_s, _reference_s(processor))
        spent.append((took.cpu_s * 1000 / CALLS, around_s))
        best_s = min(best_s, around_s)
        quiet = [call_ms for call_ms, reference_s in spent if reference_s <= QUIET * best_s]
        if len(quiet) >= ROUNDS:
            return quiet
    return [call_ms for call_ms, _ in spent]
