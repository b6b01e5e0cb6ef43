"""One try: a request, three time-outs, and what came of it."""

from __future__ import annotations

import asyncio
import logging

from msgspec import Struct

from proofroom import clock
from proofroom.domain.run import Answer, Problem, Status, Timing
from proofroom.providers.adapter import Adapter, Call, Collector, Failed, PieceKind, Tell
from proofroom.redact import redacted

LOG = logging.getLogger(__name__)


class Outcome(Struct, frozen=True, kw_only=True):
    """How an attempt ended, with what had come by then; durations in us.

    `sent` is the body that left, where it is another one than the adapter was asked to send.
    """

    status: Status
    answer: Answer
    problem: Problem | None
    latency_us: int
    first_token_us: int | None
    sent: bytes | None = None


class _Watch:
    """Ends the attempt when no piece came for too long, or it took too long in all.

    A timer is set again at the first token and when it fires, not at every token.
    """

    def __init__(self, timing: Timing, left_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._timing, self._start = timing, self._loop.time()
        self._end = self._start + min(timing.total_s, left_s)
        self._last: float | None = None
        self._task = asyncio.current_task()
        self.ran_out: str = ""
        self._timer = self._loop.call_at(self._due(), self._look)

    def piece(self) -> None:
        first, self._last = self._last is None, self._loop.time()
        if first:  # the wait for the next token may be the shorter one
            self._timer.cancel()
            self._timer = self._loop.call_at(self._due(), self._look)

    def stop(self) -> None:
        self._timer.cancel()

    def _due(self) -> float:
        if self._last is None:
            return min(self._end, self._start + self._timing.first_token_s)
        return min(self._end, self._last + self._timing.between_tokens_s)

    def _look(self) -> None:
        due, now = self._due(), self._loop.time()
        if now < due:
            self._timer = self._loop.call_at(due, self._look)
            return
        if now >= self._end:
            # what was left of the run's time, which is a little less than what was set
            self.ran_out = f"No whole answer within {round(self._end - self._start, 1):g} s."
        elif self._last is None:
            self.ran_out = f"No token for {self._timing.first_token_s:g} s."
        else:
            self.ran_out = f"No token for {self._timing.between_tokens_s:g} s."
        if self._task is not None:
            self._task.cancel()


async def attempt(  # noqa: PLR0913 - one call with its limits
    adapter: Adapter,
    call: Call,
    body: bytes,
    api_key: str | None,
    *,
    timing: Timing,
    left_s: float,
    tell: Tell,
) -> Outcome:
    """Send a request once and return how it ended; a stop from outside is `cancelled`.

    A stop is asyncio's cancellation; the caller tells one meant for this attempt from one meant
    for its task.
    """
    start = clock.monotonic_us()
    first: list[int] = []
    watch = _Watch(timing, left_s)

    def heard(kind: PieceKind, text: str) -> None:
        if not first:
            first.append(clock.monotonic_us() - start)
        watch.piece()
        tell(kind, text)

    into = Collector(heard)
    status: Status = "ok"
    problem: Problem | None = None
    try:
        await adapter.ask(call, body, api_key, into)
    except Failed as failed:
        status, problem = "failed", failed.problem
    except asyncio.CancelledError:
        status = "cancelled"
        task = asyncio.current_task()
        # what is left after our own cancellation is a stop, which comes before a time-out
        if watch.ran_out and (task is None or task.uncancel() == 0):
            status, problem = "timeout", _timed_out(watch.ran_out)
    except Exception as error:  # a fault of ours; its run still ends, with what had come
        LOG.exception("an attempt")
        status, problem = "failed", _of_ours(error)
    finally:
        watch.stop()
    return Outcome(
        status=status,
        answer=into.answer(),
        problem=problem,
        latency_us=clock.monotonic_us() - start,
        first_token_us=first[0] if first else None,
        sent=into.sent,
    )


def _of_ours(error: Exception) -> Problem:
    if isinstance(error, MemoryError):
        return Problem(
            failure="internal",
            title="This laptop has no memory left",
            detail="What had come is kept. Close other programs, then run it again. "
            "It may have been billed.",
            billed="perhaps",
        )
    return Problem(
        failure="internal",
        title="A fault of ours",
        detail=redacted(f"{error!r}. See the log. It may have been billed."),
        billed="perhaps",
    )


def _timed_out(detail: str) -> Problem:
    return Problem(
        failure="no_answer",
        title="No answer in time",
        detail=f"{detail} The connection was closed. It may have been billed.",
        billed="perhaps",
    )
