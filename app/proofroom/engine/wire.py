"""JSON lines in and out of the engine's process; what others print to stdout goes to stderr."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import BinaryIO

import msgspec

from proofroom.engine import protocol

LOG = logging.getLogger(__name__)
_CHUNK = 256 * 1024


def taken_over() -> BinaryIO:
    """Return a writer to what was stdout, and let file descriptor 1 point at stderr from now on.

    Called before anything else is imported that might print.
    """
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    out.write(b"\n")  # what was printed before is a line of its own
    return out


class Wire:
    """Envelopes from stdin, lines to what was stdout."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lines = protocol.Lines()
        self._received: asyncio.Queue[protocol.Envelope | None] = asyncio.Queue()
        self._waiting: list[bytes] = []
        self._sending = False

    async def listen(self) -> None:
        """Read stdin to its end; a line that is no message is logged and skipped."""
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.run_in_executor(None, os.read, 0, _CHUNK):
                for line in self._lines.feed(data):
                    self._take(line)
        finally:  # an engine that cannot hear has no face
            self._received.put_nowait(None)

    async def next(self) -> protocol.Envelope | None:
        """Return the next message; None when the face is gone."""
        return await self._received.get()

    def send(self, line: bytes) -> None:
        """Write a line; all that is sent within one turn of the loop leaves in one piece."""
        self._waiting.append(line)
        if not self._sending:
            self._sending = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        data, self._waiting, self._sending = b"".join(self._waiting), [], False
        view = memoryview(data)
        try:
            while view:
                view = view[self._out.write(view) :]
        except BrokenPipeError:
            LOG.info("the face is gone")
            self._received.put_nowait(None)

    def _take(self, line: bytes) -> None:
        try:
            self._received.put_nowait(protocol.parsed(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            LOG.warning("a line that is no message was skipped: %s", error)
