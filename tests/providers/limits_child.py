"""Asks in a process of its own and prints what that took: `KIND JSON`, a JSON line for each."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.providers.conftest import KEY, MODELS

from proofroom.domain.message import text_message
from proofroom.domain.provider import Model, Provider
from proofroom.providers.adapter import Adapter, Call, Collector, Failed
from proofroom.providers.connection import Network
from proofroom.providers.direct import Direct
from proofroom.providers.through_litellm import ThroughLitellm


class Ticks:
    """Measures for how long the loop did nothing else (s)."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(0.002)
            now = loop.time()
            self.longest, last = max(self.longest, now - last), now


def memory(field: str) -> int:
    """Return a figure of this process in KiB."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


def forget_peak() -> None:
    """Let the peak of this process's memory begin anew."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def call(kind: str, shape: str, url: str, *, stream: bool) -> Call:
    adapter = "direct" if kind == "direct" else "litellm"
    provider = Provider(name=shape, adapter=adapter, dialect=shape, url=url)
    model = Model(provider=shape, name=MODELS[shape])
    messages = (text_message("user", "Where are the boats?"),)
    return Call(provider=provider, model=model, messages=messages, stream=stream)


async def asked(adapter: Adapter, given: Call) -> tuple[str, int]:
    """Return how a call failed, and how much of its answer was kept."""
    into = Collector(lambda _kind, _text: None)
    try:
        await adapter.ask(given, adapter.request(given), KEY, into)
    except Failed as failed:
        return failed.problem.failure, len(into.answer().raw)
    return "", len(into.answer().raw)


async def measured(adapter: Adapter, given: Call) -> dict[str, object]:
    ticks = Ticks()
    ticking = asyncio.create_task(ticks.run())
    forget_peak()
    before = memory("VmRSS")
    failure, kept = await asked(adapter, given)
    rise = memory("VmHWM") - before
    await asyncio.sleep(0)
    ticking.cancel()
    return {"failure": failure, "kept": kept, "rise_kib": rise, "stall_s": ticks.longest}


async def main(kind: str, wanted: list[list[str]]) -> None:
    adapter: Adapter = Direct(Network()) if kind == "direct" else ThroughLitellm(Network())
    for shape, warm, url in wanted:
        for stream in (True, False):
            await asked(adapter, call(kind, shape, warm, stream=stream))
            found = await measured(adapter, call(kind, shape, url, stream=stream))
            sys.stdout.write(json.dumps({"shape": shape, "stream": stream, **found}) + "\n")
    await adapter.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
