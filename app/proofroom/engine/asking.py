"""Asks for one run: its attempts, the waits between them, and its rows in the workspace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec import Struct, structs

from proofroom import clock
from proofroom.domain import budget
from proofroom.domain.budget import Refusal, Standing
from proofroom.domain.message import Message, Part
from proofroom.domain.run import Billed, Mark, Problem, Source, Status, Timing
from proofroom.engine import advice, conform, holds, reckoning, retry
from proofroom.engine.attempt import Outcome, attempt
from proofroom.engine.plan import PlannedColumn
from proofroom.engine.recorder import Recorder, settled
from proofroom.providers.adapter import Adapter, Call, Tell
from proofroom.redact import redacted
from proofroom.workspace import attempts, left_runs, runs
from proofroom.workspace.budget_ledger import Reserve

Waiting = Callable[[str, float | None], None]
Began = Callable[[runs.Begun, int], None]


class Question(Struct, frozen=True, kw_only=True):
    """One sample of one cell, ready to be asked."""

    column: PlannedColumn
    call: Call
    adapter: Adapter
    body: bytes
    messages: tuple[Message, ...]
    comparison_key: int
    api_key: str | None
    timing: Timing
    policy: retry.Policy
    source: Source


class Asker(Struct, frozen=True, kw_only=True):
    """Who asked: hears how it goes, and says whether the face is gone (`abandoned`).

    `answered` is told, with what went wrong, once no further request of this run follows and
    before its end is recorded; `warned` with the budgets whose warning is due.
    """

    began: Began
    answered: Callable[[Problem | None], None]
    tell: Tell
    waiting: Waiting
    warned: Callable[[Standing], None]
    abandoned: Callable[[], bool]


class Asked(Struct, frozen=True, kw_only=True):
    """How a run ended, as it stands in the workspace."""

    run_key: int
    status: Status
    cost_nano_usd: int | None
    problem: Problem | None


class _Made(Struct, frozen=True, kw_only=True):
    """An attempt that has ended, and what it cost."""

    outcome: Outcome
    reckoned: reckoning.Reckoned
    billed: Billed


class _Start(Struct, frozen=True, kw_only=True):
    """When a run's first request left: in UTC us with its local offset (s), and monotonic us."""

    at: int
    offset_s: int
    us: int


def _started() -> _Start:
    now = clock.now()
    return _Start(at=now, offset_s=clock.local_offset_s(now), us=clock.monotonic_us())


async def ask(question: Question, begun: runs.Begun, recorder: Recorder, asker: Asker) -> Asked:
    """Ask until an answer came, no further attempt is worth it, or the task is cancelled.

    The run `begun` was written before, perhaps a while ago: it starts here. A cancelled run is
    ended and returned like any other; the caller looks at its task. When the face is gone nobody
    stopped it: it is interrupted, as after a crash.
    """
    loop = asyncio.get_running_loop()
    start, end_of_time = _started(), loop.time() + question.timing.total_s
    now, made = attempts.Again(attempt_key=begun.attempt_key, holds=begun.holds), list[_Made]()
    while True:
        asker.began(begun, len(made) + 1)
        outcome = await _tried(question, end_of_time - loop.time(), asker.tell)
        outcome = await _with_advice(question, recorder, outcome)
        if outcome.status == "cancelled" and asker.abandoned():
            outcome = structs.replace(outcome, status="interrupted")
        made.append(await _reckoned(question, recorder, outcome))
        end = _attempt_end(made[-1], now, start.at if len(made) == 1 else None)
        wait = _wait(question, made, end_of_time - loop.time())
        if wait is None or outcome.problem is None:
            asker.answered(outcome.problem)
            last = _run_end(question, begun.run_key, made, start)
            if last.status == "interrupted":
                last = _cut_short(last, "interrupted")
            for due in await settled(recorder.end(end, last, touches=question.comparison_key)):
                asker.warned(due)
            return _asked(last, outcome.problem)
        for due in await settled(recorder.end(end, None)):
            asker.warned(due)
        asker.waiting(outcome.problem.title, wait)
        again = await _with_room(question, begun, made, wait, recorder, asker, end_of_time)
        if again is None:
            return await _stopped(question, begun, made, start, recorder, asker)
        if isinstance(again, Refusal):
            return await _out_of_money(question, begun, made, start, recorder, asker, again)
        now = again
        if was_stopped():
            await settled(recorder.end(_unsent(now), None))
            return await _stopped(question, begun, made, start, recorder, asker)


async def _with_room(  # noqa: PLR0913, PLR0917 - what `ask` knows
    question: Question,
    begun: runs.Begun,
    made: list[_Made],
    wait: float,
    recorder: Recorder,
    asker: Asker,
    end_of_time: float,
) -> attempts.Again | Refusal | None:
    """Begin a further attempt after `wait` s, once others hold no money for it any more.

    None after a stop.
    """
    if await _slept(wait):
        return None
    loop, waits, waited = asyncio.get_running_loop(), holds.Waits(recorder.path), wait
    since = loop.time()
    while True:
        found = await _again(question, begun, made, waited, recorder)
        if not isinstance(found, Refusal) or found.why != "held":
            return found
        if loop.time() + holds.LOOK_S >= end_of_time:
            return found
        asker.waiting(holds.why(found), None)
        try:
            await waits.wait()
        except asyncio.CancelledError:
            return None
        waited = wait + loop.time() - since


async def _again(
    question: Question, begun: runs.Begun, made: list[_Made], wait: float, recorder: Recorder
) -> attempts.Again | Refusal:
    """Begin a further attempt, unless a budget has no room for it."""
    problem = made[-1].outcome.problem
    new = attempts.NewAttempt(
        step_key=begun.step_key,
        number=len(made) + 1,
        reason="" if problem is None else problem.failure,
        waited_us=round(wait * 1_000_000),
        sent_at=clock.now(),
        request=question.body,
    )
    if begun.holds:
        new = structs.replace(new, reserve=await _reserve(question))
    found = await settled(recorder.begin_attempt(new))
    if isinstance(found, Refusal) and found.why == "unreckoned":
        new = structs.replace(new, reserve=await _reserve(question))
        found = await settled(recorder.begin_attempt(new))
    return found


async def _reserve(question: Question) -> Reserve:
    return await holds.reserve(question.call, question.column, question.source)


def was_stopped() -> bool:
    """Tell whether a stop came while rows were written: the request must not leave.

    It meets the task's next wait, and on an open connection that comes after the request.
    """
    own = asyncio.current_task()
    return own is not None and own.cancelling() > 0


async def _stopped(  # noqa: PLR0913, PLR0917 - what `ask` knows
    question: Question,
    begun: runs.Begun,
    made: list[_Made],
    start: _Start,
    recorder: Recorder,
    asker: Asker,
) -> Asked:
    """End a run between two attempts."""
    last = _run_end(question, begun.run_key, made, start)
    last = _cut_short(last, "interrupted" if asker.abandoned() else "cancelled")
    await settled(recorder.write(lambda db: runs.end(db, [last])))
    return _asked(last, None)


async def _out_of_money(  # noqa: PLR0913, PLR0917 - what `ask` knows
    question: Question,
    begun: runs.Begun,
    made: list[_Made],
    start: _Start,
    recorder: Recorder,
    asker: Asker,
    refusal: Refusal,
) -> Asked:
    """End a run that failed as its last attempt did: no budget has room for a further one."""
    problem = made[-1].outcome.problem
    asker.answered(problem)
    last = _run_end(question, begun.run_key, made, start)
    why = budget.problem(refusal, question.column.model.full_name)
    detail = f"{last.detail} Not asked again. {why.title}. {why.detail}".strip()
    last = structs.replace(last, detail=detail)
    await settled(recorder.write(lambda db: runs.end(db, [last]), touches=question.comparison_key))
    return _asked(last, problem)


def _unsent(now: attempts.Again) -> attempts.AttemptEnd:
    return attempts.AttemptEnd(
        attempt_key=now.attempt_key,
        holds=now.holds,
        ended_at=clock.now(),
        status="cancelled",
        billed="no",
        latency_us=0,
        first_token_us=None,
        detail="Stopped before it was sent.",
        cost_nano_usd=0,
    )


def _asked(end: runs.RunEnd, problem: Problem | None) -> Asked:
    return Asked(
        run_key=end.run_key, status=end.status, cost_nano_usd=end.cost_nano_usd, problem=problem
    )


def _cut_short(end: runs.RunEnd, status: Status) -> runs.RunEnd:
    title, detail = (
        (left_runs.LEFT_TITLE, left_runs.LEFT_DETAIL) if status == "interrupted" else ("", "")
    )
    return structs.replace(end, status=status, failure=None, title=title, detail=detail)


async def _tried(question: Question, left_s: float, tell: Tell) -> Outcome:
    return await attempt(
        question.adapter,
        question.call,
        question.body,
        question.api_key,
        timing=question.timing,
        left_s=left_s,
        tell=tell,
    )


async def _with_advice(question: Question, recorder: Recorder, outcome: Outcome) -> Outcome:
    problem = outcome.problem
    if problem is None or problem.failure not in advice.ADVISED:
        return outcome
    told = await settled(recorder.write(lambda db: advice.advised(db, problem, question.column)))
    return structs.replace(outcome, problem=told)


async def _slept(seconds: float) -> bool:
    """Wait; True if that was cut short by a stop."""
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        return True
    return False


async def _reckoned(question: Question, recorder: Recorder, outcome: Outcome) -> _Made:
    answering, rows = outcome.answer.model, question.column.prices
    if answering not in ("", question.column.model.name):
        rows = await settled(
            recorder.write(lambda db: reckoning.rows_of_answering(db, question.column, answering))
        )
    reckoned = await reckoning.reckoned(outcome, question.call, question.column, rows)
    return _Made(outcome=outcome, reckoned=reckoned, billed=_billed(outcome))


def _attempt_end(made: _Made, now: attempts.Again, sent_at: int | None) -> attempts.AttemptEnd:
    outcome = made.outcome
    problem, answer = outcome.problem, outcome.answer
    done = outcome.status == "ok"
    return attempts.AttemptEnd(
        attempt_key=now.attempt_key,
        holds=now.holds,
        sent_at=sent_at,
        ended_at=clock.now(),
        status=outcome.status,
        billed=made.billed,
        latency_us=outcome.latency_us,
        first_token_us=outcome.first_token_us,
        failure=None if problem is None else problem.failure,
        detail="" if problem is None else redacted(f"{problem.title}. {problem.detail}"),
        http_status=problem.http_status if problem else answer.http_status,
        request_id=answer.request_id,
        response=answer.raw if done else redacted(answer.raw),
        sent=outcome.sent or b"",
        output=() if done else answer.parts,
        usage=made.reckoned.usage,
        usage_raw=answer.usage_raw,
        cost_nano_usd=made.reckoned.cost_nano_usd,
    )


def _billed(outcome: Outcome) -> Billed:
    if outcome.answer.usage:
        return "known"
    if outcome.problem is not None:
        return outcome.problem.billed
    return "perhaps"


def _wait(question: Question, made: list[_Made], left_s: float) -> float | None:
    problem = made[-1].outcome.problem
    if problem is None:
        return None
    return retry.wait_before(
        problem,
        attempts=len(made),
        uncertain=sum(one.billed != "no" for one in made),
        left_s=left_s,
        policy=question.policy,
        began=made[-1].outcome.first_token_us is not None,
    )


def _run_end(question: Question, run_key: int, made: list[_Made], start: _Start) -> runs.RunEnd:
    last, answer = made[-1], made[-1].outcome.answer
    problem = last.outcome.problem
    costs = [one.reckoned.cost_nano_usd for one in made]
    known = [part for part in costs if part is not None]
    return runs.RunEnd(
        run_key=run_key,
        ended_at=clock.now(),
        status=last.outcome.status,
        started_at=start.at,
        offset_s=start.offset_s,
        latency_us=clock.monotonic_us() - start.us,
        first_token_us=last.outcome.first_token_us,
        failure=problem.failure if problem else None,
        title=problem.title if problem else "",
        detail=redacted(problem.detail) if problem else "",
        answering_model=_other_model(question, answer.model),
        finish_reason=answer.finish_reason,
        finish_raw=answer.finish_raw,
        output=answer.parts,
        choices=answer.choices,
        usage=tuple(use.row for one in made for use in one.reckoned.usage),
        cost_nano_usd=sum(known) if len(known) == len(costs) else None,
        retry_nano_usd=sum(part or 0 for part in costs[:-1]),
        warnings=_warnings(question, made, answer.parts),
        messages=question.messages,
    )


def _other_model(question: Question, answering: str) -> str:
    """Return who answered if it is another one than was asked."""
    column = question.column
    asked = column.provider.adapter == "embedded" or answering == column.model.name
    return "" if asked else answering


def _warnings(question: Question, made: list[_Made], parts: tuple[Part, ...]) -> tuple[Mark, ...]:
    found: list[Mark] = list(made[-1].outcome.answer.marks)
    for one in made:
        found.extend(one.reckoned.marks)
    if made[-1].outcome.status == "ok":
        found += conform.marks(parts, question.call.response_schema, question.call.tools)
    # the model's server answers with the name of its file
    if question.column.provider.adapter == "embedded" and "other_model" in found:
        found.remove("other_model")
    return tuple(dict.fromkeys(found))
