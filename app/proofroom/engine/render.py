"""Renders templates in a child process that is killed when one takes too long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import msgspec
from msgspec import Struct

from proofroom import children
from proofroom.domain import template
from proofroom.domain.message import Message, storable
from proofroom.domain.template import TemplateError
from proofroom.domain.version import Content
from proofroom.engine.render_child import READY, Reply, framed, length_of
from proofroom.errors import ProofroomError

LOG = logging.getLogger(__name__)
LIMIT_S = 2.0
_START_S = 30.0
_BATCH_JOBS = 200  # the lock is free between batches, so that a small request need not wait long
_BATCH_BYTES = 4 * 1024 * 1024
_READ = 256 * 1024
_HEAD = 4
_REPLY_LIMIT = 16 * template.OUTPUT_LIMIT  # a character is at most 12 bytes of JSON


class Job(Struct, frozen=True):
    """One content to render with one input's values (JSON)."""

    content: Content
    values: Mapping[str, Any] = {}


Outcome = tuple[Message, ...] | TemplateError


class _Gone(Exception):  # noqa: N818 - an end of the child, not a fault of the program
    """The child ended, or was killed for `slow`ness, before its next answer."""

    def __init__(self, *, slow: bool) -> None:
        super().__init__()
        self.slow = slow


class Renderer:
    """The renderer child: begun when first needed, begun anew after a template had it killed."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        command: Sequence[str] | None = None,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._environ, self._limit_s = environ, limit_s
        self._command = command or children.own_command("--child", "renderer")
        self._lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._unread = bytearray()

    async def warm(self) -> None:
        """Start the child if it does not run; raises ProofroomError if it cannot start."""
        async with self._lock:
            await self._running()

    async def render(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Return the messages, or the fault, of each job in order; a fault harms no other job.

        Raises ProofroomError if the child cannot be started at all.
        """
        outcomes: list[Outcome | None] = [_without_child(job) for job in jobs]
        waiting = [number for number, outcome in enumerate(outcomes) if outcome is None]
        suspect = -1
        while waiting:
            frame, count = _batch(jobs, waiting)
            async with self._lock:
                replies, gone = await self._ask(frame, count)
            for number, reply in zip(waiting, replies, strict=False):
                outcomes[number] = reply
            waiting = waiting[len(replies) :]
            if gone and (gone.slow or suspect == waiting[0]):
                outcomes[waiting.pop(0)] = self._blame(gone)
            elif gone:  # perhaps it was killed from outside: the same job is tried once more
                suspect = waiting[0]
        return [outcome for outcome in outcomes if outcome is not None]

    async def close(self) -> None:
        """End the child, if there is one."""
        async with self._lock:
            await self._kill()

    def _blame(self, gone: _Gone) -> TemplateError:
        if gone.slow:
            what = f"The template took too long (over {self._limit_s:g} s)"
            return TemplateError(what, fix="Look for a loop that is too large or never ends.")
        what = "The template brought its renderer down"
        return TemplateError(what, fix="Look for deep nesting or huge values.")

    async def _ask(self, frame: bytes, count: int) -> tuple[list[Outcome], _Gone | None]:
        """Return the outcomes of a batch, and why there are fewer than `count`, if so."""
        outcomes: list[Outcome] = []
        try:
            process = await self._running()
            assert process.stdin  # noqa: S101 - a pipe was asked for
            with suppress(ConnectionError):  # a child that is gone shows when read from
                process.stdin.write(frame)
                await process.stdin.drain()
            while len(outcomes) < count:
                outcomes.append(_outcome(await self._frame(process)))
        except _Gone as gone:
            await self._kill()
            LOG.warning(
                "the renderer ended after %d of %d (slow: %s)", len(outcomes), count, gone.slow
            )
            return outcomes, gone
        except BaseException:  # cancelled: what it still answers would be taken for the next
            await self._kill()
            raise
        return outcomes, None

    async def _frame(self, process: asyncio.subprocess.Process) -> bytes:
        """Return the next body, which must come within the limit; raises _Gone."""
        assert process.stdout  # noqa: S101 - a pipe was asked for
        unread = self._unread
        while len(unread) < _HEAD or len(unread) < _HEAD + length_of(unread):
            if len(unread) >= _HEAD and length_of(unread) > _REPLY_LIMIT:
                raise _Gone(slow=False)
            try:
                async with asyncio.timeout(self._limit_s):
                    chunk = await process.stdout.read(_READ)
            except TimeoutError:
                raise _Gone(slow=True) from None
            if not chunk:
                raise _Gone(slow=False)
            unread += chunk
        end = _HEAD + length_of(unread)
        body = bytes(unread[_HEAD:end])
        del unread[:end]
        return body

    async def _running(self) -> asyncio.subprocess.Process:
        """Return the child, started if need be and ready."""
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self._kill()
        try:
            self._process = await children.start_async(self._command, environ=self._environ)
            assert self._process.stdout  # noqa: S101 - a pipe was asked for
            async with asyncio.timeout(_START_S):
                first = await self._process.stdout.readexactly(_HEAD + len(READY))
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            await self._kill()
            raise _not_started(error) from error
        if first != framed(READY):
            await self._kill()
            raise _not_started(first)
        return self._process

    async def _kill(self) -> None:
        process, self._process = self._process, None
        self._unread.clear()
        if process is None:
            return
        with suppress(ProcessLookupError):  # it has ended by itself
            process.kill()
        assert process.stdin  # noqa: S101 - a pipe was asked for
        assert process.stdout  # noqa: S101 - a pipe was asked for
        process.stdin.close()
        while await process.stdout.read(_READ):  # its end closes the pipe
            pass
        await process.wait()


def _not_started(why: object) -> ProofroomError:
    fix = "Restart the app; if that does not help, install it again. The log says more."
    return ProofroomError(
        f"The renderer of templates did not start ({why!r})", where="the engine", fix=fix
    )


def _without_child(job: Job) -> Outcome | None:
    return job.content.messages if template.is_plain(job.content) else None


def _batch(jobs: Sequence[Job], waiting: Sequence[int]) -> tuple[bytes, int]:
    """Return the frame of as many of the waiting jobs as fit into one batch, and their number."""
    indexes: dict[int, int] = {}
    contents: list[msgspec.Raw] = []
    pairs: list[tuple[int, msgspec.Raw]] = []
    size = 0
    for number in waiting[:_BATCH_JOBS]:
        job = jobs[number]
        values = _encoded(dict(job.values))
        size += len(values)
        if id(job.content) not in indexes:
            content = _encoded(job.content)
            size += len(content)
            indexes[id(job.content)] = len(contents)
            contents.append(msgspec.Raw(content))
        if pairs and size > _BATCH_BYTES:
            break
        pairs.append((indexes[id(job.content)], msgspec.Raw(values)))
    return framed(msgspec.json.encode((contents, pairs))), len(pairs)


def _encoded(value: object) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:  # lone surrogates, from a paste
        return msgspec.json.encode(_storable(msgspec.to_builtins(value)))


def _storable(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        return {_storable(key): _storable(one) for key, one in pairs}
    return value


_REPLIES = msgspec.json.Decoder(Reply)


def _outcome(body: bytes) -> Outcome:
    reply = _REPLIES.decode(body)
    if not reply.what:
        return reply.messages
    return TemplateError(
        reply.what, where=reply.where, fix=reply.fix, message=reply.message, line=reply.line
    )
