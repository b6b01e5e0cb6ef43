"""The engine's process: takes requests from a face and tells it the news."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from proofroom import __version__, children, log, paths
from proofroom.domain import shape
from proofroom.domain.message import storable
from proofroom.engine import protocol
from proofroom.engine.core import Engine
from proofroom.engine.wire import Wire
from proofroom.errors import ProofroomError
from proofroom.redact import redacted

LOG = logging.getLogger(__name__)


def child_main(out: BinaryIO) -> None:
    """Serve one face until it leaves; `out` is where the wire's lines go."""
    children.watch_parent()
    log.setup("engine")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(out))


async def _serve(out: BinaryIO) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(log.loop_handler)
    wire = Wire(out)
    try:
        engine = Engine(lambda item: wire.send(protocol.news(item)))
    except OSError as error:  # no home, or one that cannot be written
        sys.exit(f"The engine cannot keep its lock: {error}. Make {paths.state()} writable.")
    leaving: asyncio.Queue[bool] = asyncio.Queue()
    with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers in a loop
        loop.add_signal_handler(signal.SIGTERM, leaving.put_nowait, False)
    listening = asyncio.create_task(wire.listen(), name="listen")
    serving = asyncio.create_task(_take(wire, engine, leaving), name="serve")
    warming = asyncio.create_task(_warm(engine), name="warm")
    abandoned = await leaving.get()
    serving.cancel()
    warming.cancel()
    await engine.close(abandoned=abandoned)
    listening.cancel()
    # a read of stdin cannot be cut short, and nothing may be left to wait for
    logging.shutdown()
    os._exit(0)


async def _warm(engine: Engine) -> None:
    try:
        await engine.warm()
    except ProofroomError as error:
        LOG.warning("%s", error)


async def _take(wire: Wire, engine: Engine, leaving: asyncio.Queue[bool]) -> None:
    """Take requests to the end, and say whether the face left without a word."""
    tasks: set[asyncio.Task[None]] = set()
    while (envelope := await wire.next()) is not None and envelope.method != "shutdown":
        task = asyncio.create_task(_answer(wire, engine, envelope))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    leaving.put_nowait(envelope is None)


async def _answer(wire: Wire, engine: Engine, envelope: protocol.Envelope) -> None:
    number = envelope.id
    if number is None:
        LOG.warning("a request without a number was skipped: %s", envelope.method)
        return
    kind = protocol.REQUESTS.get(envelope.method)
    if kind is None:
        wire.send(protocol.refusal(number, _unknown(envelope.method)))
        return
    try:
        params = shape.decoded(envelope.params or b"{}", kind)
        result = await _METHODS[kind](engine, params)
    except ProofroomError as error:
        fault = protocol.Fault(what=error.what, where=error.where, fix=error.fix)
        wire.send(protocol.refusal(number, fault))
    except msgspec.ValidationError as error:
        LOG.warning("%s: %s", envelope.method, error)
        wire.send(protocol.refusal(number, _unknown(envelope.method)))
    except Exception as error:  # a fault of ours in one request must not end the engine
        LOG.exception("%s", envelope.method)
        wire.send(protocol.refusal(number, _ours(error)))
    else:
        wire.send(protocol.answer(number, result))


async def _hello(engine: Engine, hello: protocol.Hello) -> protocol.Hello:
    if hello.protocol != protocol.PROTOCOL:
        raise ProofroomError(
            f"The window is of another version ({hello.version}) than the engine ({__version__})",
            where="Proofroom",
            fix="Restart the app.",
        )
    return protocol.Hello(
        protocol=protocol.PROTOCOL, version=__version__, pid=os.getpid(), engine_id=engine.id
    )


async def _ping(engine: Engine, _: protocol.Ping) -> protocol.Pong:
    return protocol.Pong(jobs=engine.jobs)


_METHODS: dict[type[Struct], Callable[[Engine, Any], Awaitable[Struct | None]]] = {
    protocol.Hello: _hello,
    protocol.Ping: _ping,
    protocol.StartRun: Engine.start,
    protocol.CancelRun: Engine.cancel,
    protocol.EstimateRun: Engine.estimate,
    protocol.CountTokens: Engine.count,
    protocol.Preview: Engine.preview,
    protocol.AddProvider: Engine.add_provider,
    protocol.ListKnown: Engine.known_providers,
    protocol.RefreshModels: Engine.refresh_models,
    protocol.TestProvider: Engine.test_provider,
    protocol.Discover: Engine.discover,
}


def _unknown(method: str) -> protocol.Fault:
    return protocol.Fault(
        what=f"The engine does not know “{storable(method)[:80]}”",
        where="Proofroom",
        fix="Restart the app; its parts are of different versions.",
    )


def _ours(error: Exception) -> protocol.Fault:
    return protocol.Fault(
        what=redacted(f"A fault of ours: {error!r}"),
        where="the engine",
        fix="See the log; the app goes on.",
    )
