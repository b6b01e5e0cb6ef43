"""A provider on loopback that misbehaves as its URL says, in three wire shapes.

`with FaultServer() as server:` runs it in a thread of its own, for tests and their children;
`FaultProcess` and `python -m tests.support.fault_server --port 0` run it in a process of its own.
The part of the path after the host is the mode: `/429once/v1/chat/completions`.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, cast
from urllib.request import ProxyHandler, build_opener
from urllib.request import Request as UrlRequest

from msgspec import json
from tests.support.fault_certificates import CERTIFICATES, Certificate, make_certificates
from tests.support.fault_request import Json, Request
from tests.support.fault_site import CaughtSite, FaultSite, wait_until
from tests.support.fault_wire import Connection

HOST = "127.0.0.1"
OTHER_HOST = "127.0.0.2"  # loopback too, on Linux without any set-up
ROOT = Path(__file__).parents[2]


class FaultServer:
    """The server, its listeners and what arrived; see the module's doc for the modes."""

    def __init__(self, *, port: int = 0, keep: int = 100_000) -> None:
        self._port, self._tls_ports = port, dict[Certificate, int]()
        self._site, self._other = FaultSite(keep), CaughtSite(keep)
        self._loop = asyncio.new_event_loop()
        self._listeners: list[asyncio.Server] = []
        self._folder = tempfile.TemporaryDirectory(prefix="fault-server-")
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault server")
        self.ca_file = Path()

    def __enter__(self) -> Self:
        self.ca_file, contexts = make_certificates(Path(self._folder.name))
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(contexts), self._loop).result(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._folder.cleanup()

    @property
    def base_url(self) -> str:
        """The address without a mode."""
        return f"http://{HOST}:{self._port}"

    @property
    def other_url(self) -> str:
        """The other host; also a proxy that must not be used."""
        return self._site.other_url

    @property
    def requests(self) -> list[Request]:
        """The requests so far, oldest first."""
        with self._site.changed:
            return list(self._site.requests)

    @property
    def caught(self) -> list[Request]:
        """The requests that arrived at the other host."""
        with self._other.changed:
            return list(self._other.requests)

    def url(self, mode: str) -> str:
        """Return the base URL of a mode for OpenAI's shape."""
        return f"{self.base_url}/{mode}/v1"

    def anthropic_url(self, mode: str) -> str:
        """Return the base URL of a mode for Anthropic's shape; `/v1/messages` follows."""
        return f"{self.base_url}/{mode}/anthropic"

    def gemini_url(self, mode: str) -> str:
        """Return the base URL of a mode for Gemini's shape; `/v1beta/models/...` follows."""
        return f"{self.base_url}/{mode}/gemini"

    def tls_url(self, certificate: Certificate, mode: str) -> str:
        """Return a mode's URL behind one of the certificates."""
        return f"https://{HOST}:{self._tls_ports[certificate]}/{mode}/v1"

    def https_to_http_url(self, mode: str) -> str:
        """Return an https address whose port speaks http."""
        return self.url(mode).replace("http:", "https:", 1)

    def http_to_https_url(self, mode: str) -> str:
        """Return an http address whose port speaks https."""
        return self.tls_url("trusted", mode).replace("https:", "http:", 1)

    def set(self, mode: str, **knobs: object) -> None:
        """Turn knobs of one mode, or of all with `*`; raise ValueError for unknown ones."""
        self._site.set(mode, knobs)

    def script(self, mode: str, modes: Sequence[str]) -> None:
        """Let the next requests to `mode` be answered as `modes`, the last one for good."""
        self._site.script(mode, modes)

    def forget(self) -> None:
        """Forget requests, knobs and scripts."""
        self._site.forget()
        self._other.forget()

    def count(self, mode: str | None = None) -> int:
        """Return how many requests came, to one mode or to all."""
        with self._site.changed:
            return self._site.counts.total() if mode is None else self._site.counts[mode]

    def wait_for(
        self, count: int, mode: str | None = None, *, guard_s: float = 10
    ) -> list[Request]:
        """Return the requests once so many came; raise TimeoutError after `guard_s`."""
        return self._wait(lambda one: mode in {None, one.mode}, count, guard_s)

    def wait_closed(self, count: int, *, guard_s: float = 10) -> list[Request]:
        """Return the requests whose client left early, once so many did; else TimeoutError."""
        return self._wait(lambda one: one.closed_at is not None, count, guard_s)

    def hear_out(self) -> None:
        """Hear all that clients which are gone had sent; to be asked once no other is there."""
        with socket.create_connection((HOST, self._port)):  # accepted after all before it
            pass
        asyncio.run_coroutine_threadsafe(self._heard_out(), self._loop).result(30)

    async def _heard_out(self) -> None:
        for _ in range(5):  # turns in which what waits is accepted and made a connection
            await asyncio.sleep(0)
        while self._site.connections:
            await asyncio.gather(*(one.closed for one in list(self._site.connections)))

    def _wait(self, wanted: Callable[[Request], bool], count: int, guard_s: float) -> list[Request]:
        site = self._site
        return wait_until(
            site.changed, lambda: [one for one in site.requests if wanted(one)], count, guard_s
        )

    async def _listen(self, contexts: dict[Certificate, ssl.SSLContext]) -> None:
        self._loop.set_exception_handler(_report)
        self._port = await self._open(self._site, HOST, self._port)
        for kind in CERTIFICATES:
            self._tls_ports[kind] = await self._open(self._site, HOST, 0, contexts[kind])
        try:
            port, host = await self._open(self._other, OTHER_HOST, 0), OTHER_HOST
        except OSError:  # macOS has one loopback address: another name for it will do
            port, host = await self._open(self._other, HOST, 0), "localhost"
        self._site.other_url = f"http://{host}:{port}"

    async def _open(
        self, site: FaultSite, host: str, port: int, context: ssl.SSLContext | None = None
    ) -> int:
        listener = await self._loop.create_server(
            lambda: Connection(site), host, port, ssl=context, backlog=1024
        )
        self._listeners.append(listener)
        return int(listener.sockets[0].getsockname()[1])

    async def _end(self) -> None:
        for listener in self._listeners:
            listener.close()
        left = [*self._site.connections, *self._other.connections]
        for connection in left:
            connection.abandon()
        await asyncio.gather(*(connection.closed for connection in left))
        await asyncio.sleep(0)  # the transports close their sockets one turn later


def _report(loop: asyncio.AbstractEventLoop, context: Json) -> None:
    """Keep quiet about clients that refuse our certificates, which is what they are for."""
    if not isinstance(context.get("exception"), (ssl.SSLError, ConnectionError)):
        loop.default_exception_handler(context)


class FaultProcess:
    """The server in a process of its own, so that a bench does not share its interpreter lock."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.support.fault_server", "--until-stdin-closes"]
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe)
        self._open = build_opener(ProxyHandler({})).open

    def __enter__(self) -> Self:
        assert self._child.stdout
        self.base_url = str(json.decode(self._child.stdout.readline())["url"])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.communicate(timeout=10)

    def url(self, mode: str) -> str:
        """Return the base URL of a mode for OpenAI's shape."""
        return f"{self.base_url}/{mode}/v1"

    def set(self, mode: str, **knobs: object) -> None:
        """Turn knobs of one mode, or of all with `*`."""
        self._call("/_control", {"mode": mode, "knobs": knobs})

    def script(self, mode: str, modes: Sequence[str]) -> None:
        """Let the next requests to `mode` be answered as `modes`, the last one for good."""
        self._call("/_control", {"mode": mode, "script": list(modes)})

    def counts(self) -> dict[str, int]:
        """Return how many requests came to each mode."""
        return cast("dict[str, int]", self._call("/_requests", None)["counts"])

    def _call(self, path: str, body: Json | None) -> Json:
        data = None if body is None else json.encode(body)
        with self._open(UrlRequest(self.base_url + path, data)) as response:  # noqa: S310
            return cast("Json", json.decode(response.read()))


def main() -> None:
    """Serve until stopped, having printed the addresses as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--keep", type=int, default=1000, help="requests kept to look at")
    parser.add_argument("--until-stdin-closes", action="store_true")
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave no folder behind
    with FaultServer(port=wanted.port, keep=wanted.keep) as server:
        line = {"url": server.base_url, "other_url": server.other_url, "ca": str(server.ca_file)}
        sys.stdout.write(json.encode(line).decode() + "\n")
        sys.stdout.flush()
        try:
            if wanted.until_stdin_closes:
                sys.stdin.read()
            else:
                threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
