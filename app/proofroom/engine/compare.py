"""Runs a comparison: its cells in lanes by provider, each run recorded before it is shown."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial

from msgspec import Struct, structs

from proofroom import clock, ids, redact
from proofroom.domain.provider import Provider
from proofroom.domain.run import Failure, Problem
from proofroom.engine import protocol, refusals, retry
from proofroom.engine.asking import Asked, Asker, Question, ask
from proofroom.engine.deltas import Gatherer, Place
from proofroom.engine.lanes import Lane, Square
from proofroom.engine.pace import Pace
from proofroom.engine.plan import Plan
from proofroom.engine.recorder import Recorder, settled
from proofroom.engine.render import Renderer
from proofroom.errors import ProofroomError
from proofroom.providers import adapters
from proofroom.providers.adapter import Adapter, Call
from proofroom.providers.connection import Network
from proofroom.providers.local import LocalModels
from proofroom.workspace import comparisons, runs

LOG = logging.getLogger(__name__)
Tell = Callable[[protocol.News], None]
# After these, every further call of the provider would fail the same way.
_POINTLESS: frozenset[Failure] = frozenset(("bad_key", "no_key", "no_credit"))


class Tools(Struct, frozen=True, kw_only=True):
    """What the jobs of one engine share."""

    engine_id: str
    pace: Pace
    renderer: Renderer
    local: LocalModels
    tell: Tell


class _Tally(Struct, kw_only=True):
    done: int = 0
    failed: int = 0
    cost: int = 0
    unknown: int = 0


class Job:
    """One press of Run, from its first cell to its last."""

    def __init__(
        self, start: protocol.StartRun, plan: Plan, press_key: int, recorder: Recorder, tools: Tools
    ) -> None:
        self.id = ids.new_id()
        self._start, self._plan, self._press, self._recorder = start, plan, press_key, recorder
        self._tools = tools
        self._tally, self._abandoned = _Tally(), False
        self._gatherer = Gatherer(self._send_deltas)
        self._workers: dict[asyncio.Task[None], tuple[int, int] | None] = {}
        self._stopped: set[tuple[int | None, int | None]] = set()
        self._pointless: dict[str, Problem] = {}
        self._adapter_keys: dict[str, int] = {}

    async def run(self) -> protocol.JobEnded:
        """Ask all cells; return when the last has ended and the comparison is closed."""
        problem: ProofroomError | None = None
        try:
            await self._run_lanes()
        except* ProofroomError as errors:
            problem = next(e for e in errors.exceptions if isinstance(e, ProofroomError))
        finally:
            self._gatherer.flush()
        if problem is not None:
            return await self._over("failed", fault(problem))
        if self._abandoned:
            return await self._over("interrupted", None)
        return await self._over("stopped" if (None, None) in self._stopped else "done", None)

    async def broken(self, error: Exception) -> protocol.JobEnded:
        """Close the comparison after a fault of ours ended the job, and return its end."""
        what = redact.redacted(f"A fault of ours: {error!r}")
        told = protocol.Fault(what=what, where="the engine", fix="See the log; run it again.")
        try:
            return await self._over("failed", told)
        except Exception:  # the disk that broke the job; who waits for its end must hear it
            LOG.exception("the end of a comparison was not written")
            return self._end("failed", told)

    async def _over(self, reason: str, problem: protocol.Fault | None) -> protocol.JobEnded:
        key = self._plan.key
        await settled(self._recorder.write(lambda db: comparisons.closed(db, key, reason)))
        return self._end(reason, problem)

    def _end(self, reason: str, problem: protocol.Fault | None) -> protocol.JobEnded:
        return protocol.JobEnded(
            job_id=self.id,
            comparison_key=self._plan.key,
            reason=reason,
            done=self._tally.done,
            failed=self._tally.failed,
            cost_nano_usd=self._tally.cost,
            unknown_cost=self._tally.unknown,
            problem=problem,
        )

    def stop(self, row_key: int | None = None, column_key: int | None = None) -> None:
        """Stop the whole job, or a row's, a column's or a cell's part of it."""
        self._stopped.add((row_key, column_key))
        for worker, place in self._workers.items():
            if place is not None and self._is_stopped(*place):
                worker.cancel()

    def abandon(self) -> None:
        """Stop the whole job because the face that asked for it is gone."""
        self._abandoned = True
        self.stop()

    async def _run_lanes(self) -> None:
        providers = {column.provider.name: column.provider for column in self._plan.columns}
        cells = sum(1 for _ in self._plan.places()) * self._plan.samples
        async with asyncio.TaskGroup() as group:
            for provider in providers.values():
                lane = Lane(self._plan, provider.name, self._tools.renderer)
                for number in range(min(provider.concurrency, cells)):
                    task = group.create_task(self._work(lane), name=f"{provider.name} {number}")
                    self._workers[task] = None

    async def _work(self, lane: Lane) -> None:
        own = asyncio.current_task()
        if own is None:
            raise RuntimeError("a worker is a task")
        while (square := await lane.next()) is not None:
            place = (square.row.key, square.column.key)
            if self._is_stopped(*place):
                self._not_sent(square, "cancelled")
                continue
            self._workers[own] = place
            try:
                await self._one(square)
            except asyncio.CancelledError:
                # a stop that came before the run had begun; anything else ends this worker
                if not self._is_stopped(*place):
                    raise
                self._not_sent(square, "cancelled")
            except ProofroomError:
                raise
            except Exception as error:  # a fault in one cell must not end the others
                LOG.exception("cell %s", place)
                detail = redact.redacted(f"A fault of ours: {error!r}. See the log.")
                self._not_sent(square, "failed", detail)
            finally:
                self._workers[own] = None
            if own.cancelling():
                await self._after_a_stop(own, place)

    async def _after_a_stop(self, own: asyncio.Task[None], place: tuple[int, int]) -> None:
        """Take back a cancellation that was meant for the cell alone; another one ends us."""
        if not self._is_stopped(*place):
            raise asyncio.CancelledError
        while own.uncancel() > 0:
            continue
        # one that met nobody, since the cell's last row was being written, meets this wait
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0)

    async def _one(self, square: Square) -> None:
        column, provider = square.column, square.column.provider
        pointless = self._pointless.get(provider.name)
        if pointless is not None:
            self._not_sent(square, "cancelled", pointless.title)
            return
        if square.error is not None:
            await self._refuse(square, refusals.template(square.error))
            return
        if column.refused is not None:
            await self._refuse(square, column.refused)
            return
        api_key = self._start.api_keys.get(provider.name)
        if provider.needs_key and not api_key:
            await self._refuse(square, refusals.no_key(provider))
            return
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(
                self._tools.pace.slot(provider.name, provider.concurrency)
            )
            # a key that another cell found wrong while this one waited for its slot
            if provider.name in self._pointless:
                self._not_sent(square, "cancelled", self._pointless[provider.name].title)
                return
            await self._ask(square, provider, api_key, stack)

    async def _ask(
        self, square: Square, provider: Provider, api_key: str | None, stack: AsyncExitStack
    ) -> None:
        call = _call(square, _addressed(provider))
        adapter = adapters.adapter_for(provider, Network(ca_file=self._start.ca_file))
        try:
            body = adapter.request(call)
        except ProofroomError as error:
            await self._refuse(square, refusals.unfit(error))
            return
        digest = call_hash(provider, body)
        if await self._stands(square, digest):
            return
        if provider.adapter == "embedded":
            self._say_waiting(square, "The model loads", 0.0)
            try:
                url, api_key = await stack.enter_async_context(
                    self._tools.local.use(square.column.model.path)
                )
            except ProofroomError as error:
                await self._refuse(square, refusals.no_model(error))
                return
            provider = structs.replace(provider, url=url)
            call = structs.replace(call, provider=provider)
        question = Question(
            column=square.column,
            call=call,
            adapter=adapter,
            body=body,
            run=self._new_run(square, body, digest, await self._adapter_key(adapter)),
            comparison_key=self._plan.key,
            api_key=api_key,
            timing=self._start.timing,
            policy=retry.Policy(uncertain=self._start.retry_uncertain),
        )
        asker = Asker(
            began=partial(self._say_started, square),
            tell=partial(self._gatherer.add, _place(square)),
            waiting=partial(self._waits, square),
            abandoned=lambda: self._abandoned,
        )
        asked = await ask(question, self._recorder, asker)
        self._ended(square, asked)

    async def _stands(self, square: Square, digest: bytes) -> bool:
        """Tell whether an answer to exactly this is kept, in the cell or (asked for) elsewhere."""
        cell = self._plan.cells[square.row.key, square.column.key]
        if self._start.fresh:
            return False
        found: int | None = 0
        if self._plan.standing.get((cell, square.sample)) != digest:
            if not self._start.reuse or square.sample:
                return False
            found = await settled(self._recorder.write(lambda db: _reused(db, cell, digest)))
            if found is None:
                return False
        self._tally.done += 1
        self._tools.tell(_cell_ended(self.id, square, found, "ok", cached=True))
        return True

    async def _refuse(self, square: Square, problem: Problem) -> None:
        """Record a run that failed before anything was sent."""
        adapter = adapters.adapter_for(square.column.provider, Network())
        new = self._new_run(square, b"", b"", await self._adapter_key(adapter))
        end = runs.RunEnd(
            run_key=0,
            ended_at=clock.now(),
            status="failed",
            latency_us=0,
            first_token_us=None,
            failure=problem.failure,
            title=problem.title,
            detail=problem.detail,
            cost_nano_usd=0,
        )
        run_key = await settled(
            self._recorder.write(lambda db: runs.never_sent(db, new, end), touches=self._plan.key)
        )
        asked = Asked(run_key=run_key, status="failed", cost_nano_usd=0, problem=problem)
        self._ended(square, asked)

    def _new_run(self, square: Square, body: bytes, digest: bytes, adapter_key: int) -> runs.NewRun:
        now, column = clock.now(), square.column
        return runs.NewRun(
            id=ids.new_id(),
            source=self._plan.source,
            press_key=self._press,
            cell_key=self._plan.cells[square.row.key, column.key],
            sample=square.sample,
            prompt_key=column.prompt_key,
            version_key=column.version_key,
            content_key=column.content_key,
            model_key=column.model.key,
            adapter_key=adapter_key,
            call_hash=digest,
            engine=self._tools.engine_id,
            messages=square.messages,
            started_at=now,
            offset_s=clock.local_offset_s(now),
            request=body,
        )

    async def _adapter_key(self, adapter: Adapter) -> int:
        known = self._adapter_keys.get(adapter.name)
        if known is None:
            known = await settled(
                self._recorder.write(lambda db: runs.adapter_key(db, adapter.name, adapter.version))
            )
            self._adapter_keys[adapter.name] = known
        return known

    def _waits(self, square: Square, why: str, seconds: float) -> None:
        if why:
            self._tools.pace.leave_alone(square.column.provider.name, seconds)
        self._say_waiting(square, why, seconds)

    def _say_waiting(self, square: Square, why: str, seconds: float) -> None:
        row, column, sample = _place(square)
        self._gatherer.flush()
        self._tools.tell(
            protocol.CellWaiting(
                job_id=self.id,
                row_key=row,
                column_key=column,
                sample=sample,
                why=why,
                seconds=seconds or None,
            )
        )

    def _say_started(self, square: Square, begun: runs.Begun, attempt: int) -> None:
        row, column, sample = _place(square)
        self._tools.tell(
            protocol.CellStarted(
                job_id=self.id,
                row_key=row,
                column_key=column,
                sample=sample,
                run_key=begun.run_key,
                run_id="",
                attempt=attempt,
            )
        )

    def _ended(self, square: Square, asked: Asked) -> None:
        if asked.status == "ok":
            self._tally.done += 1
        elif asked.status not in ("cancelled", "interrupted"):
            self._tally.failed += 1
        if asked.cost_nano_usd is None:
            self._tally.unknown += 1
        self._tally.cost += asked.cost_nano_usd or 0
        problem = asked.problem
        if problem is not None and problem.failure in _POINTLESS:
            self._pointless.setdefault(square.column.provider.name, problem)
        self._gatherer.flush()
        self._tools.tell(_cell_ended(self.id, square, asked.run_key, asked.status))

    def _not_sent(self, square: Square, status: str, detail: str = "") -> None:
        if status == "failed":
            self._tally.failed += 1
        self._tools.tell(_cell_ended(self.id, square, 0, status, detail=detail))

    def _is_stopped(self, row: int, column: int) -> bool:
        return any(
            part in self._stopped
            for part in ((None, None), (row, None), (None, column), (row, column))
        )

    def _send_deltas(self, items: tuple[protocol.Delta, ...]) -> None:
        self._tools.tell(protocol.Deltas(job_id=self.id, items=items))


def call_hash(provider: Provider, body: bytes) -> bytes:
    """Return what tells one call from another: where it goes, and the exact request."""
    where = f"{provider.name}\n{provider.url}\n".encode()
    return hashlib.sha256(where + body).digest()


def fault(error: ProofroomError) -> protocol.Fault:
    """Return an error as the faces get it."""
    return protocol.Fault(what=error.what, where=error.where, fix=error.fix)


def _reused(db: sqlite3.Connection, cell: int, digest: bytes) -> int | None:
    found = runs.answered(db, digest)
    if found is not None:
        comparisons.reuse(db, cell, 0, found)
    return found


def _place(square: Square) -> Place:
    return (square.row.key, square.column.key, square.sample)


def _cell_ended(  # noqa: PLR0913 - the news as it is
    job_id: str,
    square: Square,
    run_key: int,
    status: str,
    *,
    cached: bool = False,
    detail: str = "",
) -> protocol.CellEnded:
    row, column, sample = _place(square)
    return protocol.CellEnded(
        job_id=job_id,
        row_key=row,
        column_key=column,
        sample=sample,
        run_key=run_key,
        status=status,
        cached=cached,
        detail=detail,
    )


def _addressed(provider: Provider) -> Provider:
    """Return the provider with an address; the embedded model's port is known once it runs."""
    embedded = provider.adapter == "embedded"
    return structs.replace(provider, url="http://127.0.0.1/v1") if embedded else provider


def _call(square: Square, provider: Provider) -> Call:
    content = square.column.content
    return Call(
        provider=provider,
        model=square.column.model,
        messages=square.messages,
        tools=content.tools,
        response_schema=content.response_schema,
        settings=content.settings,
        options=content.options,
    )
