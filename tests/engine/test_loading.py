"""Which models of this laptop are loaded while a press is prepared, before any cell asks."""

from __future__ import annotations

import asyncio

import psutil
import pytest
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.domain.message import text_message
from proofroom.domain.version import Content, Settings
from proofroom.engine import protocol
from proofroom.engine.core import Engine
from proofroom.workspace import comparisons, providers

LOCAL = "local/smollm2"
SHORT = Content(messages=(text_message("user", "Say {{ x }}"),), settings=Settings(max_tokens=2))
# stopped at the renderer's limit: nothing of it is ever asked
ENDLESS = Content(
    messages=(text_message("user", "{% for n in range(10**12) %}{% endfor %}{{ x }}"),)
)


def model_servers() -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [one for one in found if "model-server" in " ".join(one.cmdline())]


def embedded(lab: Lab, *, forbidden: bool = False) -> None:
    lab.provider("local", "", adapter="embedded", forbidden=forbidden)
    providers.offer(lab.db, "local", [providers.Offer(name="smollm2")])


async def loaded_at_its_end(lab: Lab, made: comparisons.ComparisonSummary, **fields: object) -> int:
    """Run a comparison and return how many models' servers stand when it has ended."""
    engine = Engine(lab.news.append)
    try:
        await engine.finished((await engine.start(lab.request(made, **fields))).job_id)
        return len(model_servers())
    finally:
        await engine.close()


async def test_a_model_loads_while_its_cells_are_still_filled_in(lab: Lab) -> None:
    embedded(lab)
    engine = Engine(lab.news.append)
    job = (await engine.start(lab.request(lab.comparison([LOCAL], content=ENDLESS)))).job_id
    ended = asyncio.create_task(engine.finished(job))
    async with asyncio.timeout(60):
        while not (servers := model_servers()) and not ended.done():  # noqa: ASYNC110 - another's process
            await asyncio.sleep(0.01)
    await engine.cancel(protocol.CancelRun(job_id=job))
    await ended
    await engine.close()
    assert len(servers) == 1


@pytest.mark.parametrize("why", ["forbidden", "not asked for"])
async def test_a_model_that_will_not_be_asked_is_not_loaded(
    lab: Lab, server: FaultServer, why: str
) -> None:
    embedded(lab, forbidden=why == "forbidden")
    server.set("ok", latency_s=1)  # longer than a server takes to appear
    lab.provider("lab", server.url("ok"))
    made = lab.comparison([LOCAL, "lab/a"])
    row, columns = comparisons.rows(lab.db, made.key)[0], comparisons.columns(lab.db, made.key)
    cells = ((row.key, columns[1].key),) if why == "not asked for" else None
    assert await loaded_at_its_end(lab, made, cells=cells) == 0
    assert server.count() == 1


async def test_a_model_whose_answers_are_kept_is_not_loaded(lab: Lab, server: FaultServer) -> None:
    embedded(lab)
    server.set("ok", latency_s=1)
    lab.provider("lab", server.url("ok"))
    made = lab.comparison([LOCAL, "lab/a"], content=SHORT)
    assert await loaded_at_its_end(lab, made) == 1
    columns = comparisons.columns(lab.db, made.key)
    lab.db.execute("UPDATE runs SET call_hash = x'00' WHERE model_key = ?", (columns[1].model_key,))
    assert await loaded_at_its_end(lab, made) == 0
    assert server.count() == 2
