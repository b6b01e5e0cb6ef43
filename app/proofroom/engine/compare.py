"""Runs a comparison: its cells in lanes by provider, each run recorded before it is shown."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial

from msgspec import Struct

from proofroom import clock, ids, redact
from proofroom.domain import budget
from proofroom.domain.budget import Refusal
from proofroom.domain.run import Failure, Problem
from proofroom.engine import cell_news, holds, prepare, protocol, refusals, retry
from proofroom.engine.asking import Asked, Asker, Question, ask, was_stopped
from proofroom.engine.beginning import Ahead, Beginner
from proofroom.engine.deltas import Gatherer
from proofroom.engine.lanes import Lane, Square
from proofroom.engine.pace import Pace, Slot
from proofroom.engine.plan import Plan
from proofroom.engine.prepare import Prepared
from proofroom.engine.recorder import Recorder, settled
from proofroom.engine.render import Renderer
from proofroom.errors import ProofroomError
from proofroom.providers import adapters
from proofroom.providers.adapter import Call
from proofroom.providers.connection import Network
from proofroom.providers.local import LocalModels
from proofroom.workspace import cell_runs, comparisons, left_runs, provider_keys, runs
from proofroom.workspace.sent import Sent

LOG = logging.getLogger(__name__)
Tell = Callable[[protocol.News], None]
# After these, every further call of the provider would fail the same way.
_POINTLESS: frozenset[Failure] = frozenset(("bad_key", "no_key", "no_credit"))


class Tools(Struct, frozen=True, kw_only=True):
    """What the jobs of one engine share."""

    engine_id: str
    sent: Sent
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
        self._start, self._plan, self._recorder = start, plan, recorder
        self._tools = tools
        self._tally, self._abandoned = _Tally(), False
        self._gatherer = Gatherer(self._send_deltas)
        self._workers: dict[asyncio.Task[None], tuple[int, int] | None] = {}
        self._stopped: set[tuple[int | None, int | None]] = set()
        self._pointless: dict[str, Problem] = {}
        self._used: dict[int, int] = {}  # when an API key last went out, by its provider
        self._beginner = Beginner(plan, press_key, recorder, tools.engine_id)
        self._waits_for_money = holds.Waits(recorder.path)

    async def run(self) -> protocol.JobEnded:
        """Ask all cells; return when the last has ended and the comparison is closed."""
        problem: ProofroomError | None = None
        loading = [asyncio.create_task(self._load(path)) for path in self._models_to_load()]
        try:
            await self._run_lanes()
        except* ProofroomError as errors:
            problem = next(e for e in errors.exceptions if isinstance(e, ProofroomError))
        finally:
            self._gatherer.flush()
            for task in loading:
                task.cancel()
        if problem is not None:
            return await self._over("failed", fault(problem))
        if self._abandoned:
            return await self._over("interrupted", None)
        return await self._over("stopped" if (None, None) in self._stopped else "done", None)

    def _models_to_load(self) -> set[str]:
        """Return the local models that will be asked: they load while the cells are rendered."""
        if self._plan.standing:  # it may be that nothing is asked
            return set()
        return {
            column.model.path
            for _, column in self._plan.places()
            if column.provider.adapter == "embedded" and column.refused is None
        }

    async def _load(self, path: str) -> None:
        with suppress(ProofroomError):  # the first cell that asks says what is wrong
            async with self._tools.local.use(path):
                pass

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
        def write(db: sqlite3.Connection) -> None:
            comparisons.closed(db, self._plan.key, reason)
            for provider_key, at in self._used.items():
                provider_keys.used(db, provider_key, at)

        await settled(self._recorder.write(write))
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
                # as many as may ask at once, and thrice as many that begin ahead or record
                for number in range(min(4 * provider.concurrency, cells)):
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
        provider = square.column.provider
        pointless = self._pointless.get(provider.name)
        if pointless is not None:
            self._not_sent(square, "cancelled", pointless.title)
            return
        problem = prepare.refusal(square, self._start)
        if problem is not None:
            await self._refuse(square, problem)
            return
        try:
            ready = prepare.prepared(square, self._start)
        except ProofroomError as error:
            await self._refuse(square, refusals.unfit(error))
            return
        if await self._stands(square, ready.digest):
            return
        patience = holds.Patience(self._start.timing.total_s)
        while (refused := await self._in_turn(ready)) is not None:
            if refused.why in {"limit", "unpriced"} or patience.is_over(refused):
                await self._refuse(square, budget.problem(refused, square.column.model.full_name))
                return
            if refused.why == "held":
                self._say_waiting(square, holds.why(refused), None)
                await self._waits_for_money.wait()

    async def _in_turn(self, ready: Prepared) -> Refusal | None:
        """Ask when the turn has come; return why a budget lets nothing leave."""
        square, provider = ready.square, ready.square.column.provider
        ahead = await self._begun_ahead(ready)
        try:
            slot = await self._tools.pace.slot(provider.name, provider.concurrency)
        except asyncio.CancelledError:
            await self._withdraw(square, ahead, "")
            return None
        try:
            # a key that another cell found wrong while this one waited for its slot
            if provider.name in self._pointless:
                await self._withdraw(square, ahead, self._pointless[provider.name].title)
            elif provider.adapter == "embedded":
                return await self._send_to_own(ready, slot)
            else:
                key = self._start.api_keys.get(provider.name)
                return await self._send(ready, ready.call, key, ahead, slot)
        finally:
            slot.give_back()
        return None

    async def _begun_ahead(self, ready: Prepared) -> Ahead | None:
        """Begin a run before its turn; the embedded model's begin once it is loaded."""
        provider = ready.square.column.provider
        if provider.adapter == "embedded":
            return None
        free = self._tools.pace.is_free(provider.name, provider.concurrency)
        return await self._beginner.begin(ready, haste=free)

    async def _withdraw(self, square: Square, ahead: Ahead | None, why: str) -> None:
        if ahead is not None:
            await self._beginner.withdraw(ahead)
        self._not_sent(square, "cancelled", why)

    async def _send_to_own(self, ready: Prepared, slot: Slot) -> Refusal | None:
        """Ask the embedded model, which is loaded first."""
        square = ready.square
        self._say_waiting(square, "The model loads", 0.0)
        async with AsyncExitStack() as stack:
            try:
                url, token = await stack.enter_async_context(
                    self._tools.local.use(square.column.model.path)
                )
            except ProofroomError as error:
                await self._refuse(square, refusals.no_model(error))
                return None
            return await self._send(ready, prepare.readdressed(ready, url), token, None, slot)

    async def _send(
        self, ready: Prepared, call: Call, api_key: str | None, ahead: Ahead | None, slot: Slot
    ) -> Refusal | None:
        square = ready.square
        question = Question(
            column=square.column,
            call=call,
            adapter=ready.adapter,
            body=ready.body,
            messages=square.messages,
            comparison_key=self._plan.key,
            api_key=api_key,
            timing=self._start.timing,
            policy=retry.Policy(uncertain=self._start.retry_uncertain),
            source=self._plan.source,
        )
        ahead = ahead or await self._beginner.begin(ready, haste=True)
        asker = Asker(
            began=partial(self._say_started, square),
            answered=partial(self._answered, square, slot),
            tell=partial(self._gatherer.add, cell_news.place(square)),
            waiting=partial(self._waits, square),
            warned=lambda due: self._tools.tell(holds.warned(due)),
            abandoned=lambda: self._abandoned,
        )
        begun = await self._beginner.begun(ahead)
        if was_stopped():
            await self._withdraw(square, ahead, "")
            return None
        if isinstance(begun, Refusal):
            return begun
        try:
            self._tools.sent.leaves(ahead.run_id)
        except OSError as error:
            await self._beginner.withdraw(ahead)
            self._not_sent(square, "failed", f"Nobody could note that it leaves: {error}")
            return None
        if api_key and square.column.provider.adapter != "embedded":
            self._used[square.column.provider.key] = clock.now()
        try:
            asked = await ask(question, begun, self._recorder, asker)
        except Exception:
            await self._cut_short(begun.run_key)
            raise
        self._ended(square, asked)
        return None

    async def _cut_short(self, run_key: int) -> None:
        """End a run whose own end failed, so that it holds no money while this engine lives."""
        try:
            await settled(self._recorder.write(lambda db: left_runs.end_one(db, run_key)))
        except Exception:  # the next engine ends it; what failed first is told
            LOG.exception("a run was not ended")

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
        self._tools.tell(cell_news.ended(self.id, square, found, "ok", cached=True))
        return True

    async def _refuse(self, square: Square, problem: Problem) -> None:
        """Record a run that failed before anything was sent."""
        self._note_pointless(square, problem)
        adapter = adapters.adapter_for(square.column.provider, Network())
        new = await self._beginner.new_run(square, adapter)
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

    def _waits(self, square: Square, why: str, seconds: float | None) -> None:
        if why and seconds is not None:
            self._tools.pace.leave_alone(square.column.provider.name, seconds)
        self._say_waiting(square, why, seconds)

    def _say_waiting(self, square: Square, why: str, seconds: float | None) -> None:
        self._gatherer.flush()
        self._tools.tell(cell_news.waiting(self.id, square, why, seconds))

    def _say_started(self, square: Square, begun: runs.Begun, attempt: int) -> None:
        self._tools.tell(cell_news.started(self.id, square, begun, attempt))

    def _answered(self, square: Square, slot: Slot, problem: Problem | None) -> None:
        if problem is not None:
            self._note_pointless(square, problem)
        slot.give_back()

    def _note_pointless(self, square: Square, problem: Problem) -> None:
        if problem.failure in _POINTLESS:
            self._pointless.setdefault(square.column.provider.name, problem)

    def _ended(self, square: Square, asked: Asked) -> None:
        if asked.status == "ok":
            self._tally.done += 1
        elif asked.status not in ("cancelled", "interrupted"):
            self._tally.failed += 1
        if asked.cost_nano_usd is None:
            self._tally.unknown += 1
        self._tally.cost += asked.cost_nano_usd or 0
        self._gatherer.flush()
        self._tools.tell(cell_news.ended(self.id, square, asked.run_key, asked.status))

    def _not_sent(self, square: Square, status: str, detail: str = "") -> None:
        if status == "failed":
            self._tally.failed += 1
        self._tools.tell(cell_news.ended(self.id, square, 0, status, detail=detail))

    def _is_stopped(self, row: int, column: int) -> bool:
        return any(
            part in self._stopped
            for part in ((None, None), (row, None), (None, column), (row, column))
        )

    def _send_deltas(self, items: tuple[protocol.Delta, ...]) -> None:
        self._tools.tell(protocol.Deltas(job_id=self.id, items=items))


def fault(error: ProofroomError) -> protocol.Fault:
    """Return an error as the faces get it."""
    return protocol.Fault(what=error.what, where=error.where, fix=error.fix)


def _reused(db: sqlite3.Connection, cell: int, digest: bytes) -> int | None:
    found = runs.answered(db, digest)
    if found is not None:
        cell_runs.reuse(db, cell, 0, found)
    return found
