"""The real engine in a process of its own, spoken to over its pipes as the window does."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
import psutil

from proofroom import __version__
from proofroom.engine import protocol

COMMAND = (sys.executable, "-P", "-m", "proofroom", "--child", "engine")
GUARD_S = 60.0
N = TypeVar("N", bound=protocol.News)


class RefusedError(Exception):
    """The engine refused a request; `fault` says why."""

    def __init__(self, fault: protocol.Fault) -> None:
        super().__init__(fault.what)
        self.fault = fault


class EngineProcess:
    """An engine with what it has said; every wait ends with its condition or fails in `GUARD_S`."""

    def __init__(
        self,
        errors: Path,
        *,
        environ: Mapping[str, str] | None = None,
        limit: Callable[[], None] | None = None,
    ) -> None:
        self.errors = errors
        self.news: list[protocol.News] = []
        self.lines: list[bytes] = []
        self.answers: dict[int, protocol.Envelope] = {}
        self._heard = threading.Condition()
        self._over = False
        self._numbers = itertools.count(1)
        with errors.open("ab") as file:
            self.process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                env={**os.environ, **(environ or {})},
                preexec_fn=limit,  # noqa: PLW1509 - a limit of the kernel, nothing of Python
                start_new_session=True,
            )
        self._listener = threading.Thread(target=self._listen, name="engine's lines")
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.kill()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def over(self) -> bool:
        """Whether the engine says nothing more: it has ended."""
        return self._over

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, params: msgspec.Struct) -> int:
        """Send a request and return its number."""
        number = next(self._numbers)
        self.write(protocol.request(number, params))
        return number

    def envelope(self, number: int) -> protocol.Envelope:
        """Wait for the answer to a request."""
        self.wait_until(lambda: number in self.answers, f"the answer to request {number}")
        return self.answers[number]

    def ask(self, params: msgspec.Struct) -> Any:  # noqa: ANN401 - as the request says
        """Send a request and return the struct that answers it; raises RefusedError."""
        answer = self.envelope(self.send(params))
        if answer.error is not None:
            raise RefusedError(answer.error)
        name = next(name for name, kind in protocol.REQUESTS.items() if kind is type(params))
        kind = protocol.ANSWERS.get(name)
        return None if kind is None else msgspec.json.decode(answer.result, type=kind)

    def hello(self) -> protocol.Hello:
        return self.ask(protocol.Hello(protocol=protocol.PROTOCOL, version=__version__))

    def of(self, kind: type[N]) -> list[N]:
        """Return the news of a kind that have come so far."""
        return [item for item in list(self.news) if isinstance(item, kind)]

    def wait(self, kind: type[N], fits: Callable[[N], bool] = lambda _: True) -> N:
        """Wait for the first piece of news of a kind that fits."""

        def found() -> list[N]:
            return [item for item in self.of(kind) if fits(item)]

        self.wait_until(lambda: bool(found()), kind.__name__)
        return found()[0]

    def wait_until(self, true: Callable[[], bool], what: str = "a condition") -> None:
        """Wait until `true`, looked at whenever a line came; fails if the engine ends first."""
        with self._heard:
            self._heard.wait_for(lambda: true() or self._over, GUARD_S)
            words = self.errors.read_text(encoding="utf-8", errors="replace")[-4000:]
            assert true(), f"{what} did not come; the engine said: {words}"

    def children(self) -> list[psutil.Process]:
        """Return the processes that the engine has started."""
        return psutil.Process(self.pid).children(recursive=True)

    def close_stdin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def kill(self, number: int = signal.SIGKILL) -> int:
        """Send a signal and return the exit code once the process is gone."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait for the end of the process and of its pipes; return the exit code."""
        code = self.process.wait(GUARD_S)
        self._listener.join(GUARD_S)
        assert not self._listener.is_alive()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:  # what was still to be written has no reader
                    continue
        return code

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._heard:
                self._take(line)
                self._heard.notify_all()
        with self._heard:
            self._over = True
            self._heard.notify_all()

    def _take(self, line: bytes) -> None:
        self.lines.append(line)
        try:
            envelope = protocol.parsed(line)
        except msgspec.DecodeError:  # not the engine's own; the tests look at `lines`
            return
        if envelope.id is not None:
            self.answers[envelope.id] = envelope
        else:
            kind = protocol.NEWS[envelope.method]
            self.news.append(msgspec.json.decode(envelope.params, type=kind))
