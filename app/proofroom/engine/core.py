"""The engine as one thing: jobs, estimates and token counts, under a host or the command line."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from proofroom import log, redact
from proofroom.domain.comparison import Estimate
from proofroom.engine import catalogue, estimate, protocol, reaching, refreshing
from proofroom.engine.compare import Job, Tell, Tools
from proofroom.engine.pace import Pace
from proofroom.engine.plan import Plan, PlannedColumn, column_for, planned
from proofroom.engine.recorder import Recorder, settled
from proofroom.engine.render import Job as RenderJob
from proofroom.engine.render import Renderer
from proofroom.errors import ProofroomError
from proofroom.providers import adapters
from proofroom.providers.local import LocalModels
from proofroom.workspace import comparisons, database, engines, file_errors, left_runs, runs
from proofroom.workspace.sent import Sent

LOG = logging.getLogger(__name__)
# The window kills an engine that does not leave within 1.5 s.
PATIENCE_S = 1.0
T = TypeVar("T")


class Engine:
    """Carries out what a face asks for; news goes to `tell`, on the engine's own loop."""

    def __init__(self, tell: Tell) -> None:
        environ = redact.without_keys(os.environ)
        self._held = engines.hold()
        self.id = self._held.id
        self._tools = Tools(
            engine_id=self.id,
            sent=Sent(self.id),
            pace=Pace(),
            renderer=Renderer(environ=environ),
            local=LocalModels(environ=environ),
            tell=tell,
        )
        self._recorders: dict[Path, Recorder] = {}
        self._jobs: dict[str, tuple[Job, asyncio.Task[None]]] = {}

    @property
    def jobs(self) -> int:
        """How many jobs run."""
        return len(self._jobs)

    async def warm(self) -> None:
        """Start the renderer before it is first needed.

        Raises ProofroomError if it does not start; the first comparison would say so too.
        """
        await self._tools.renderer.warm()

    async def start(self, request: protocol.StartRun) -> protocol.Started:
        """Begin to ask what a comparison wants; a press that was served before begins nothing.

        Raises ProofroomError if the workspace cannot be read or written.
        """
        path = Path(request.workspace)
        recorder = self._recorder(path)

        def prepare(db: sqlite3.Connection) -> int | None:
            return runs.press_in(db, request.press_id)

        plan = await _read(
            path,
            lambda db: planned(
                db, request.comparison_key, cells=request.cells, samples=request.samples
            ),
        )
        press_key = await settled(recorder.write(prepare))
        if press_key is None:
            return protocol.Started(job_id="", again=True)
        key = request.comparison_key
        await settled(recorder.write(lambda db: comparisons.opened(db, key, press_key)))
        job = Job(request, plan, press_key, recorder, self._tools)
        keys = tuple(request.api_keys.values())
        task = asyncio.create_task(self._run(job, keys), name=f"job {job.id}")
        self._jobs[job.id] = (job, task)
        return protocol.Started(job_id=job.id, cells=sum(1 for _ in plan.places()) * plan.samples)

    async def cancel(self, request: protocol.CancelRun) -> None:
        """Stop a job or a part of it; a job that has ended already is no error."""
        found = self._jobs.get(request.job_id)
        if found is not None:
            found[0].stop(request.row_key, request.column_key)

    async def estimate(self, request: protocol.EstimateRun) -> Estimate:
        """Return what a start would take."""

        def read(db: sqlite3.Connection) -> tuple[Plan, dict[int, float]]:
            plan = planned(db, request.comparison_key, cells=request.cells, samples=request.samples)
            keys = tuple(column.model.key for column in plan.columns)
            return plan, runs.usual_seconds(db, keys)

        plan, seconds = await _read(Path(request.workspace), read)
        counts = not request.money_only or not all(column.free for column in plan.columns)
        return await estimate.estimated(plan, self._tools.renderer, seconds, counts=counts)

    async def count(self, request: protocol.CountTokens) -> protocol.Counted:
        """Return the size of a content and what a call of it costs."""
        column: PlannedColumn = await _read(
            Path(request.workspace), lambda db: column_for(db, request.content)
        )
        return await estimate.counted(request, column, self._tools.renderer)

    async def preview(self, request: protocol.Preview) -> protocol.Previewed:
        """Return the messages that a content becomes."""
        job = RenderJob(content=request.content, values=request.values)
        result = (await self._tools.renderer.render([job]))[0]
        if isinstance(result, ProofroomError):
            fault = protocol.Fault(what=result.what, where=result.where, fix=result.fix)
            return protocol.Previewed(error=fault)
        return protocol.Previewed(messages=result)

    async def add_provider(self, request: protocol.AddProvider) -> protocol.Added:
        """Add a provider with what the catalogue knows of it."""
        path = Path(request.workspace)

        def add() -> protocol.Added:
            with file_errors.translated(path), closing(database.connect(path)) as db:
                return catalogue.add(
                    db,
                    request.name,
                    url=request.url,
                    needs_key=request.needs_key,
                    fields=request.fields,
                    models=request.models,
                )

        return await asyncio.to_thread(add)

    async def known_providers(self, _: protocol.ListKnown) -> protocol.Known:
        """Return what is known of providers."""
        return protocol.Known(providers=catalogue.known())

    async def refresh_models(self, request: protocol.RefreshModels) -> protocol.Refreshed:
        """Take what the shipped price file and the providers' own lists say of their models."""
        return await refreshing.refreshed(request)

    async def test_provider(self, request: protocol.TestProvider) -> protocol.Tested:
        """Make the cheapest call of a provider; its API key is forgotten after."""
        redact.remember(request.api_key)
        try:
            path = Path(request.workspace)
            ready = await _read(path, lambda db: reaching.wanted(db, request))
            return await reaching.tested(ready, request)
        finally:
            redact.forget(request.api_key)

    async def discover(self, request: protocol.Discover) -> protocol.Found:
        """Return the model servers that run on this laptop."""
        return await reaching.found(request)

    async def finished(self, job_id: str) -> None:
        """Wait until a job has ended."""
        found = self._jobs.get(job_id)
        if found is not None:
            await asyncio.shield(found[1])

    async def close(self, *, abandoned: bool = False) -> None:
        """Stop all jobs, write their ends, and end every child.

        `abandoned` says that the face is gone and nobody asked for the stop: what was under way is
        interrupted then.
        Ends that cannot be written within `PATIENCE_S` are left to the next opening.
        """
        for job, _ in list(self._jobs.values()):
            job.abandon() if abandoned else job.stop()
        tasks = [task for _, task in self._jobs.values()]
        late: set[asyncio.Task[None]] = set()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=PATIENCE_S)
            for recorder in self._recorders.values() if late else ():
                recorder.give_up()
            await asyncio.wait(tasks)
        for recorder in self._recorders.values():
            await recorder.close()
        await self._tools.renderer.close()
        await self._tools.local.close()
        await adapters.close_all()
        if not await self._left_open():
            self._tools.sent.remove()
        self._held.release()

    async def _left_open(self) -> bool:
        """Tell whether runs of ours stay open, or nobody can say: the next opening needs the list.

        Their ends were perhaps not written, or those that only waited not taken back.
        """
        for path in self._recorders:
            try:
                opened = await _read(path, left_runs.open_engines)
            except (ProofroomError, sqlite3.Error) as error:
                LOG.warning("nobody can say what is left open: %s", error)
                return True
            if self.id in opened:
                return True
        return False

    async def _run(self, job: Job, api_keys: Sequence[str]) -> None:
        for key in api_keys:
            redact.remember(key)
        try:
            ended = await job.run()
        except Exception as error:  # noqa: BLE001 - a fault of ours in one job must not end the engine
            log.caught(error, "a comparison")
            ended = await job.broken(error)
        finally:
            self._jobs.pop(job.id, None)
            for key in api_keys:
                redact.forget(key)
        self._tools.tell(ended)

    def _recorder(self, path: Path) -> Recorder:
        if path not in self._recorders:
            self._recorders[path] = Recorder(path, self._trouble)
        return self._recorders[path]

    def _trouble(self, error: ProofroomError | None) -> None:
        text = "" if error is None else f"{error.what}: results are kept in memory. {error.fix}"
        kind = "workspace_busy" if isinstance(error, file_errors.BusyError) else "disk_full"
        self._tools.tell(protocol.Notice(kind=kind, text=text))


async def _read(path: Path, query: Callable[[sqlite3.Connection], T]) -> T:
    """Carry out a query in a thread, on a connection of its own."""

    def read() -> T:
        with file_errors.translated(path), closing(database.connect(path, read_only=True)) as db:
            return query(db)

    return await asyncio.to_thread(read)
