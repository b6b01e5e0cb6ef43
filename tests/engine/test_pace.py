"""How many calls a provider gets at once, and how long it is left alone."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.engine.pace import Pace


async def held(pace: Pace, provider: str, at_once: int, wanted: int) -> int:
    """Return how many of `wanted` calls hold a slot at the same time."""
    holding, full = 0, asyncio.Event()

    async def call() -> None:
        nonlocal holding
        slot = await pace.slot(provider, at_once)
        holding += 1
        await full.wait()
        slot.give_back()
        slot.give_back()  # changes nothing: no further call may leave for it

    tasks = [asyncio.create_task(call()) for _ in range(wanted)]
    for _ in range(10):
        await asyncio.sleep(0)
    found = holding
    full.set()
    await asyncio.gather(*tasks)
    return found


async def test_a_provider_gets_as_many_calls_as_are_set_now() -> None:
    pace = Pace()
    assert await held(pace, "a", 2, 5) == 2
    assert await held(pace, "a", 2, 5) == 2
    assert await held(pace, "a", 4, 5) == 4
    assert await held(pace, "b", 1, 5) == 1


async def test_a_shorter_wait_never_ends_a_longer_one() -> None:
    pace = Pace()
    pace.leave_alone("a", 60)
    pace.leave_alone("a", 1)
    assert 50 < pace.quiet_for("a") <= 60
    assert pace.quiet_for("b") == 0
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await pace.slot("a", 1)
    assert pace.is_free("a", 1)


async def test_p1_other_cells_of_a_provider_wait_with_the_one_that_was_refused(
    lab: Lab, server: FaultServer
) -> None:
    server.script("ok", ["429ra", "ok"])
    server.set("429ra", retry_after="1")
    lab.provider("lab", server.url("ok"), concurrency=1)
    ended = await lab.run(lab.comparison(["lab/a"], ["one", "two"]))
    first, again, *others = [request.at for request in server.requests]
    assert (ended.done, len(others)) == (2, 1)
    assert again - first >= 1
    assert others[0] >= again
