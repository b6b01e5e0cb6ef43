"""A loop that calls litellm and keeps nothing, in a process of its own: what ours is held against.

For each line {"url", "calls", "at_once", "stream"} on stdin it prints what those calls took.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from types import ModuleType

from msgspec import Struct, json


class Wanted(Struct, kw_only=True):
    """So many calls of a server, so many of them at once."""

    url: str
    calls: int
    at_once: int
    stream: bool


class Took(Struct, kw_only=True):
    """Seconds on the clock and of the processor."""

    wall_s: float
    cpu_s: float


async def _call(litellm: ModuleType, url: str, number: int, *, stream: bool) -> None:
    more = {"stream_options": {"include_usage": True}} if stream else {}
    answer = await litellm.acompletion(
        model="openai/some-model",
        api_base=url,
        api_key="none",
        messages=[
            {
                "role": "system",
                "content": "You explain things to a ten-year-old, in two short sentences.",
            },
            {
                "role": "user",
                "content": f"Explain why the sky is blue, for reader {number} of bare.",
            },
        ],
        stream=stream,
        **more,
    )
    if stream:
        said = [chunk.choices[0].delta.content or "" async for chunk in answer if chunk.choices]
    else:
        said = [answer.choices[0].message.content]
    assert "".join(said)


async def _run(litellm: ModuleType, wanted: Wanted) -> Took:
    numbers = iter(range(wanted.calls))

    async def work() -> None:
        for number in numbers:
            await _call(litellm, wanted.url, number, stream=wanted.stream)

    start, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(wanted.at_once)))
    return Took(wall_s=time.perf_counter() - start, cpu_s=time.process_time() - cpu)


def main() -> None:
    """Serve lines until stdin ends."""
    # as in the product: no price list from the network, no .env
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["LITELLM_MODE"] = "PRODUCTION"
    import litellm

    with asyncio.Runner() as runner:
        for line in sys.stdin:
            took = runner.run(_run(litellm, json.decode(line, type=Wanted)))
            sys.stdout.write(json.encode(took).decode() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
