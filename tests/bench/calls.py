"""What a stored call costs and how many go through in a second, against bare litellm loops.

A loopback server in a process of its own streams eight tokens to each call. The product's calls
are counted from the press to the end of the job, every run and attempt stored, the processor time
with the renderer's. Bare litellm stores nothing; it is asked with and without streaming, for its
streams cost it three times as much.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec import json
from tests.bench.bare_litellm import Took, Wanted
from tests.bench.engine_face import EngineFace, provider, topics
from tests.bench.figure import Figure, figure
from tests.support.fault_server import FaultProcess

CALLS = 1000
BARE_CALLS = 300
ROUNDS = 5
WARM = 100
CASES = ((0, 10), (0, 50), (50, 10), (50, 50))
SHARES = {10: 0.9, 50: 0.75}
Way = Callable[[str], Took]


def figures() -> Iterator[Figure]:
    """Yield the figures of all latencies and concurrencies."""
    with FaultProcess() as server, tempfile.TemporaryDirectory() as folder:
        for latency_ms, at_once in CASES:
            server.set("ok", latency_s=latency_ms / 1000)
            place = Path(folder) / f"{latency_ms}-{at_once}"
            place.mkdir()
            with Bare(server.url("ok"), at_once) as bare:
                rounds = _rounds(place, server.url("ok"), at_once, bare)
            yield from _of_case(f"{latency_ms}ms_{at_once}", latency_ms, at_once, rounds)


class Bare:
    """The bare litellm loops."""

    def __init__(self, url: str, at_once: int) -> None:
        command = [sys.executable, "-m", "tests.bench.bare_litellm"]
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(command, stdin=pipe, stdout=pipe)
        self._url, self._at_once = url, at_once

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.communicate(timeout=60)

    def run(self, *, stream: bool) -> Took:
        """Return what one call took, as the mean of many."""
        assert self._child.stdin
        assert self._child.stdout
        wanted = Wanted(url=self._url, calls=BARE_CALLS, at_once=self._at_once, stream=stream)
        self._child.stdin.write(json.encode(wanted) + b"\n")
        self._child.stdin.flush()
        return _of_one(json.decode(self._child.stdout.readline(), type=Took), BARE_CALLS)


def _of_one(took: Took, calls: int) -> Took:
    return Took(wall_s=took.wall_s / calls, cpu_s=took.cpu_s / calls)


def _rounds(place: Path, url: str, at_once: int, bare: Bare) -> dict[str, list[Took]]:
    """Let the ways take turns, so that what else the machine does meets all of them."""
    with EngineFace(place / "direct") as direct, EngineFace(place / "litellm") as through:
        provider(direct.lab, "direct", url, at_once)
        provider(through.lab, "litellm", url, at_once)

        def own(face: EngineFace, model: str, seed: str, calls: int = CALLS) -> Took:
            return _of_one(face.run(model, topics(calls, seed)), calls)

        ways: dict[str, Way] = {
            "bare": lambda _: bare.run(stream=False),
            "direct": lambda seed: own(direct, "direct/some-model", seed),
            "bare_streamed": lambda _: bare.run(stream=True),
            "litellm": lambda seed: own(through, "litellm/some-model", seed),
        }
        own(direct, "direct/some-model", "warm", WARM)
        own(through, "litellm/some-model", "warm", WARM)
        bare.run(stream=True)
        took: dict[str, list[Took]] = {name: [] for name in ways}
        for number in range(ROUNDS):
            for name, way in ways.items():
                took[name].append(way(f"round {number}"))
    return took


def _of_case(
    case: str, latency_ms: int, at_once: int, took: dict[str, list[Took]]
) -> Iterator[Figure]:
    direct = took["direct"]
    for name in ("bare", "bare_streamed"):
        pairs = list(zip(took["litellm"], took[name], strict=True))
        cpu = [ours.cpu_s / its.cpu_s for ours, its in pairs]
        yield figure(f"litellm_cpu_against_{name}_{case}", cpu, "times", "<=", 1.1)
    if latency_ms == 0:
        for name in ("bare", "bare_streamed"):
            pairs = list(zip(direct, took[name], strict=True))
            speed = [its.wall_s / ours.wall_s for ours, its in pairs]
            yield figure(f"direct_speed_against_{name}_litellm_{case}", speed, "times", ">=", 6.0)
    else:
        bound_s = latency_ms / 1000 / at_once
        share = [bound_s / one.wall_s for one in direct]
        goal = SHARES[at_once]
        yield figure(f"direct_share_of_latency_bound_{case}", share, "of 1", ">=", goal)
