"""One connection of the fault server: reads requests, plays steps, sees the client go."""

# Our own reading of HTTP and not aiohttp's: half of the modes send what no server library
# would, and the test must learn at once that a client has gone.
from __future__ import annotations

import asyncio
import socket
import struct
import sys
import time
from collections.abc import Iterator
from typing import Protocol, cast

from tests.support.fault_request import Request, body_of, shape_of
from tests.support.fault_steps import End, Step, Wait, whole

TLS_HELLO = 0x16
NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
FLUSH_AT = 65_536
HEAD_LIMIT = 1_048_576


class Site(Protocol):
    """What answers the requests of a connection and is told of its end."""

    def reply(self, request: Request) -> Iterator[Step]:
        """Take a request and return the steps that answer it."""
        ...

    def ended(self, request: Request) -> None:
        """Hear that a request has ended, one way or the other."""
        ...

    @property
    def connections(self) -> set[Connection]:
        """The open connections, for the site to end them."""
        ...


class Connection(asyncio.Protocol):
    """A client's connection; one request at a time."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._loop = asyncio.get_running_loop()
        self._unread = b""
        self._request: Request | None = None
        self._steps: Iterator[Step] = iter(())
        self._timer: asyncio.TimerHandle | None = None
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._paused = False
        self._waits_for_room = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._site.connections.add(self)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if self._request is None:
            self._read()

    def eof_received(self) -> None:
        self._client_gone()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        self._site.connections.discard(self)
        self._client_gone()
        self.closed.set_result(None)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._waits_for_room:
            self._waits_for_room = False
            self._play()

    def abandon(self) -> None:
        """End the connection from our side; the request is not counted as closed by the client."""
        self._forget()
        self._transport.abort()

    def _read(self) -> None:
        if self._unread[:1] == bytes([TLS_HELLO]):
            self._transport.write(whole(400, b"This port speaks http.\n", "text/plain"))
            self._transport.close()
            return
        head, found, rest = self._unread.partition(b"\r\n\r\n")
        if not found:
            if len(head) > HEAD_LIMIT:
                self._transport.abort()
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = self._body(headers, rest)
        if body is None:
            return
        method, _, path = first.partition(" ")
        path = path.rpartition(" ")[0]
        mode = path.split("/", 2)[1].partition("?")[0] if path.startswith("/") else ""
        self._request = Request(mode, shape_of(path), method, path, headers, body, body_of(body))
        self._steps = self._site.reply(self._request)
        self._play()

    def _body(self, headers: dict[str, str], rest: bytes) -> bytes | None:
        """Return the request's body once all of it is there, and keep what follows it."""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunked(rest)
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return None
        self._unread = rest[length:]
        return rest[:length]

    def _chunked(self, rest: bytes) -> bytes | None:
        parts: list[bytes] = []
        while True:
            line, found, rest = rest.partition(b"\r\n")
            if not found:
                return None
            size = int(line.partition(b";")[0], 16)
            if len(rest) < size + 2:
                return None
            if size == 0:
                self._unread = rest[2:]
                return b"".join(parts)
            parts.append(rest[:size])
            rest = rest[size + 2 :]

    def _play(self) -> None:
        self._timer = None
        waiting: list[bytes] = []
        size = 0
        for step in self._steps:
            if isinstance(step, bytes):
                waiting.append(step)
                size += len(step)
                if size < FLUSH_AT:
                    continue
                self._write(waiting)
                size = 0
                if self._paused:
                    self._waits_for_room = True
                    return
                continue
            self._write(waiting)
            if isinstance(step, Wait):
                self._timer = self._loop.call_later(step.seconds, self._play)
            elif step is not End.HANG:
                self._end(reset=step is End.RESET)
            return
        self._write(waiting)
        self._finish()

    def _write(self, waiting: list[bytes]) -> None:
        if waiting:
            self._transport.write(waiting[0] if len(waiting) == 1 else b"".join(waiting))
            waiting.clear()

    def _end(self, *, reset: bool) -> None:
        request = self._forget()
        if request:
            request.finished_at = time.monotonic()
            self._site.ended(request)
        if not reset:
            self._transport.close()
            return
        plug = cast("socket.socket", self._transport.get_extra_info("socket"))
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self._transport.abort()

    def _finish(self) -> None:
        request = self._forget()
        if request is None:
            return
        request.finished_at = time.monotonic()
        self._site.ended(request)
        if request.headers.get("connection", "").lower() == "close":
            self._transport.close()
        elif self._unread:
            self._read()

    def _client_gone(self) -> None:
        request = self._forget()
        if request:
            request.closed_at = time.monotonic()
            self._site.ended(request)

    def _forget(self) -> Request | None:
        request, self._request = self._request, None
        self._steps = iter(())
        self._waits_for_room = False
        if self._timer:
            self._timer.cancel()
            self._timer = None
        return request
