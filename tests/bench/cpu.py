"""The processor time of a direct call that is stored, on a core that works for it alone.

Engine and server share one processor, so that neither works on the other thread of the same core,
and a round counts only if a piece of work that is always the same took no longer before and after
it than a tenth over its best (cores.py).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from tests.bench import cores
from tests.bench.calls import CASES, ROUNDS, WARM
from tests.bench.engine_face import EngineFace, provider, topics
from tests.bench.figure import Figure, figure
from tests.support.fault_server import FaultProcess

CALLS = 500
MOST_ROUNDS = 40
QUIET = 1.1


class _Round(Struct, frozen=True):
    """The processor time of a call (ms), and of the reference work around its round (s)."""

    call_ms: float
    reference_s: float


def figures() -> Iterator[Figure]:
    """Yield a call's time for all latencies and concurrencies."""
    best_s = min(cores.loop_s() for _ in range(50))
    for latency_ms, at_once in CASES:
        with cores.pinned(), tempfile.TemporaryDirectory() as folder, FaultProcess() as server:
            server.set("ok", latency_s=latency_ms / 1000)
            with EngineFace(Path(folder) / "direct") as face:
                provider(face.lab, "direct", server.url("ok"), at_once)
                face.run("direct/some-model", topics(WARM, "warm"))
                quiet = _quiet_rounds(face, best_s)
        yield figure(f"direct_cpu_a_call_{latency_ms}ms_{at_once}", quiet, "ms", "<=", 1.0)


def _quiet_rounds(face: EngineFace, best_s: float) -> list[float]:
    """Measure until enough rounds had a core for themselves; with too few of them all count."""
    rounds: list[_Round] = []
    quiet: list[float] = []
    while len(quiet) < ROUNDS and len(rounds) < MOST_ROUNDS:
        before_s = cores.loop_s()
        took = face.run("direct/some-model", topics(CALLS, f"round {len(rounds)}"))
        around_s = max(before_s, cores.loop_s())
        rounds.append(_Round(took.cpu_s * 1000 / CALLS, around_s))
        best_s = min(best_s, before_s, around_s)
        quiet = [one.call_ms for one in rounds if one.reference_s <= QUIET * best_s]
    return quiet if len(quiet) >= ROUNDS else [one.call_ms for one in rounds]
