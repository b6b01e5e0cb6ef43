"""Runs a comparison on an engine in this process, with progress and an orderly stop."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from msgspec import Struct

from proofroom import ids, log
from proofroom.cli import signals
from proofroom.cli.asked_keys import Keys
from proofroom.cli.progress import Shown
from proofroom.domain import comparison, setting
from proofroom.engine import protocol
from proofroom.engine.compare import Tell
from proofroom.engine.core import Engine
from proofroom.errors import ProofroomError
from proofroom.workspace import cell_runs, comparisons, machine


class Press(Struct, frozen=True, kw_only=True):
    """What is asked of the engine: a kept comparison, with the keys for it."""

    path: Path
    comparison_key: int
    keys: Keys
    reuse: bool


class Ended(Struct, frozen=True, kw_only=True):
    """How a comparison ended, and why cells have no run, by their row's and column's keys."""

    job: protocol.JobEnded
    unsent: dict[tuple[int, int], str]


def estimated(path: Path, comparison_key: int) -> comparison.Estimate:
    """Return what a press would take, asked of an engine of its own."""

    async def estimate() -> comparison.Estimate:
        engine = Engine(lambda _: None)
        try:
            request = protocol.EstimateRun(workspace=str(path), comparison_key=comparison_key)
            return await engine.estimate(request)
        finally:
            await engine.close()

    return asyncio.run(estimate())


def run(
    db: sqlite3.Connection, press: Press, estimate: comparison.Estimate, settings: machine.Machine
) -> Ended:
    """Ask everything and return how it ended.

    Raises Stopped after a signal, when all ends are written, and ProofroomError if the comparison
    as a whole failed.
    """
    return asyncio.run(_run(db, press, estimate, settings))


async def _run(
    db: sqlite3.Connection, press: Press, estimate: comparison.Estimate, settings: machine.Machine
) -> Ended:
    ends: list[protocol.JobEnded] = []
    unsent: dict[tuple[int, int], str] = {}

    def tell(item: protocol.News) -> None:
        if isinstance(item, protocol.JobEnded):
            ends.append(item)
        elif isinstance(item, protocol.CellEnded) and not item.run_key:
            unsent[item.row_key, item.column_key] = item.detail or "Not asked"
        shown.hear(item)

    asyncio.get_running_loop().set_exception_handler(log.loop_handler)
    task = asyncio.create_task(_asked(press, settings, tell))
    shown = Shown(estimate.calls, estimate.seconds, lambda row: _costs(db, row))
    with signals.cancelling(task, shown.close) as came:
        shown.open()  # not before: what is seen can be stopped
        try:
            await task
        except asyncio.CancelledError:
            if not came:  # asyncio's own answer to a Ctrl+C that came before we listened
                raise
        finally:
            shown.close()
    if came:
        raise signals.Stopped(came[0], _kept(db, press.comparison_key, estimate.calls))
    if not ends:
        raise RuntimeError("a job has no end")
    if ends[-1].problem is not None:
        fault = ends[-1].problem
        raise ProofroomError(fault.what, where=fault.where, fix=fault.fix)
    return Ended(job=ends[-1], unsent=unsent)


async def _asked(press: Press, settings: machine.Machine, tell: Tell) -> None:
    engine = Engine(tell)
    try:
        request = protocol.StartRun(
            press_id=ids.new_id(),
            workspace=str(press.path),
            comparison_key=press.comparison_key,
            fresh=not press.reuse,
            reuse=press.reuse,
            api_keys=press.keys.values,
            addresses=press.keys.addresses,
            timing=setting.timing(settings.value),
            retry_uncertain=settings.value(setting.RETRY_UNCERTAIN),
            ca_file=settings.value(setting.CA_FILE) or "",
        )
        started = await engine.start(request)
        await engine.finished(started.job_id)
    finally:
        await engine.close()


def _costs(db: sqlite3.Connection, row_key: int) -> tuple[int, bool]:
    costs = [run.cost_nano_usd for run in cell_runs.of_row(db, row_key) if run.status]
    return sum(cost or 0 for cost in costs), None in costs


def _kept(db: sqlite3.Connection, comparison_key: int, calls: int) -> str:
    done = sum(
        run.status == "ok"
        for row in comparisons.rows(db, comparison_key)
        for run in cell_runs.of_row(db, row.key)
    )
    name = comparisons.by_key(db, comparison_key).name
    return f"Stopped. {done:,} of {calls:,} answers are done and kept in “{name}”."
