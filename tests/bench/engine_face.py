"""The engine's own process as a face holds it, its work timed from outside."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec import Struct
from tests.bench.bare_litellm import Took
from tests.support.lab import Lab

from proofroom import children, redact
from proofroom.domain.message import text_message
from proofroom.domain.provider import Provider
from proofroom.domain.version import Content
from proofroom.engine import protocol

CONTENT = Content(
    messages=(
        text_message("system", "You explain things to a ten-year-old, in two short sentences."),
        text_message("user", "Explain {{ x }}."),
    )
)


class EngineFace:
    """An engine, a workspace of its own, and jobs run to their end one after the other."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.lab = Lab(folder / "bench.proofspace")
        self._number = 0
        self._process = children.start(
            children.own_command("--child", "engine"), environ=redact.without_keys(os.environ)
        )
        assert self._process.stdin
        assert self._process.stdout
        self._in, self._out = self._process.stdin, self._process.stdout
        self.ask(protocol.Hello(protocol=protocol.PROTOCOL, version="bench"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._in.write(protocol.request(0, protocol.Shutdown()))
        self._in.close()
        self._process.wait(60)
        self._out.close()
        self.lab.close()

    @property
    def pid(self) -> int:
        """The engine's process."""
        return self._process.pid

    def ask(self, params: Struct) -> bytes:
        """Send a request and return its result, news being passed over."""
        self._number += 1
        self._in.write(protocol.request(self._number, params))
        self._in.flush()
        for line in self._out:
            if line.startswith(b'{"id":'):
                answer = protocol.parsed(line)
                assert answer.error is None, answer.error
                return bytes(answer.result)
        raise EOFError

    def run(self, model: str, values: Sequence[str], *, samples: int = 1) -> Took:
        """Make a comparison of these rows, run it to its end and return what that took."""
        comparison = self.lab.comparison([model], values, samples=samples, content=CONTENT)
        request = self.lab.request(comparison)
        start, cpu = time.perf_counter(), self.cpu_s()
        self.ask(request)
        line = b""
        for line in self._out:
            if b'"method":"job.ended"' in line:
                break
        took = Took(wall_s=time.perf_counter() - start, cpu_s=self.cpu_s() - cpu)
        ended = msgspec.json.decode(protocol.parsed(line).params, type=protocol.JobEnded)
        assert (ended.done, ended.failed) == (len(values) * samples, 0), ended
        return took

    def cpu_s(self) -> float:
        """Return the processor time of the engine and of its children so far."""
        path = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        own = [self.pid, *map(int, path.read_text(encoding="ascii").split())]
        return sum(_cpu_s(pid) for pid in own)

    def resident(self) -> int:
        """Return the engine's resident memory in bytes."""
        pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


def provider(lab: Lab, kind: str, url: str, at_once: int) -> Provider:
    """Add the provider that `kind` (direct, litellm) goes through, with so many calls at once."""
    if kind == "direct":
        return lab.provider("direct", url, concurrency=at_once)
    return lab.provider("litellm", url, adapter="litellm", dialect="openai", concurrency=at_once)


def topics(count: int, seed: str) -> list[str]:
    """Return that many rows, each a text of its own."""
    return [f"why the sky is blue, for reader {number} of {seed}" for number in range(count)]


def _cpu_s(pid: int) -> float:
    # the clock of another process: clock_getcpuclockid(3), the kernel's MAKE_PROCESS_CPUCLOCK
    return time.clock_gettime(((~pid) << 3) | 2)
