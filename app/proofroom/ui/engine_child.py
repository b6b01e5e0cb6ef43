"""The engine's process as the window holds it: lines in and out on threads of their own."""

from __future__ import annotations

import collections
import contextlib
import logging
import os
import queue
import subprocess
import threading
from collections.abc import Callable
from typing import IO, Any

import msgspec
from msgspec import Struct

from proofroom import children, redact
from proofroom.domain import shape
from proofroom.engine import protocol
from proofroom.ui.engine_events import Answered, Died

LOG = logging.getLogger(__name__)
_CHUNK = 256 * 1024
_LINES_KEPT = 200
_LONGEST_LINE = 4000


class EngineChild:
    """Starts the engine and tells `hear` what it says, from threads: News, Answered, then Died.

    Raises OSError if it cannot be started. Started on the main thread: its death ends the engine.
    """

    def __init__(self, hear: Callable[[Any], None]) -> None:
        self._hear = hear
        self._kinds: dict[int, type[Struct] | None] = {}
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.said: collections.deque[str] = collections.deque(maxlen=_LINES_KEPT)
        self._process = children.start(
            children.own_command("--child", "engine"),
            environ=redact.without_keys(os.environ),
            stderr=subprocess.PIPE,
        )
        self.pid = self._process.pid
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for work, name in (
                (self._listen, "engine out"),
                (self._send, "engine in"),
                (self._note, "engine log"),
            )
        ]
        for thread in self._threads:
            thread.start()

    def ask(self, number: int, params: Struct) -> None:
        """Send a request; its answer is heard as `Answered` with this number."""
        line = protocol.request(number, params)
        envelope = protocol.parsed(line)
        self._kinds[number] = protocol.ANSWERS.get(envelope.method)
        self._out.put(line)

    def leave(self) -> None:
        """Let the engine stop its jobs, write their ends and go."""
        self.ask(0, protocol.Shutdown())
        self._out.put(None)

    def wait(self, timeout_s: float) -> bool:
        """Wait until the process is gone; False if it is still there."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
        if self._process.poll() is None:
            return False
        self._out.put(None)
        for thread in self._threads:  # each ends with its pipe
            thread.join(timeout_s)
        return True

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()

    def _listen(self) -> None:
        lines = protocol.Lines()
        with _pipe(self._process.stdout) as pipe:
            while data := os.read(pipe.fileno(), _CHUNK):
                for line in lines.feed(data):
                    self.take(line)
        self._hear(Died(self._process.wait()))

    def take(self, line: bytes) -> None:
        """Hear what a line says; one that is no message is logged and skipped."""
        try:
            envelope = protocol.parsed(line)
            self._hear(self._answered(envelope) if envelope.id is not None else _news(envelope))
        except (msgspec.DecodeError, msgspec.ValidationError, KeyError) as error:
            LOG.warning("a line of the engine that is no message was skipped: %s", error)

    def _answered(self, envelope: protocol.Envelope) -> Answered:
        number = envelope.id or 0
        kind = self._kinds.pop(number)
        if envelope.error is not None:
            return Answered(number, fault=envelope.error)
        if kind is None:
            return Answered(number)
        return Answered(number, result=shape.decoded(envelope.result, kind))

    def _send(self) -> None:
        pipe = _pipe(self._process.stdin)
        with contextlib.suppress(OSError, ValueError):  # a dead engine is heard of elsewhere
            while (line := self._out.get()) is not None:
                pipe.write(line)
                if self._out.empty():
                    pipe.flush()
        with contextlib.suppress(OSError):
            pipe.close()

    def _note(self) -> None:
        """Keep what the engine prints beside its log; the log's own filter redacts it."""
        with _pipe(self._process.stderr) as pipe:
            for line in pipe:
                text = redact.redacted(line.decode("utf-8", "replace").rstrip())[:_LONGEST_LINE]
                self.said.append(text)
                LOG.warning("engine: %s", text)


def _news(envelope: protocol.Envelope) -> Struct:
    return shape.decoded(envelope.params, protocol.NEWS[envelope.method])


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the engine has pipes")
    return pipe
