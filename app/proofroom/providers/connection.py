"""How a request leaves this laptop: one session, trusted certificates, proxies, no redirects."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import urllib.request
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
from aiohttp import ClientResponse, ClientSession
from msgspec import Struct
from yarl import URL

from proofroom.domain import remedy
from proofroom.domain.provider import is_loopback
from proofroom.errors import ProofroomError
from proofroom.providers import failures, unreached
from proofroom.providers.adapter import Call, Failed

_PIECE = 64 * 1024
_PROBE_S = 2.0
_LINGER_S = 0.2
_ZLIB_OR_GZIP = zlib.MAX_WBITS | 32
_UNPACKED = frozenset(("", "identity"))
_PACKED = frozenset(("gzip", "x-gzip", "deflate"))


class Network(Struct, frozen=True, kw_only=True):
    """What this laptop's settings say about connections; `connect_s` in seconds."""

    ca_file: str = ""
    connect_s: float = 10.0


class Outgoing(Struct, frozen=True, kw_only=True):
    """One request as it leaves."""

    url: URL
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"


class Proxy(Struct, frozen=True, kw_only=True):
    """A proxy from the environment: which variable names it, and its address."""

    variable: str
    url: str


def proxies() -> tuple[Proxy, ...]:
    """Return the proxies that the environment or the system sets, to be shown with their source."""
    found: list[Proxy] = []
    for scheme, url in sorted(urllib.request.getproxies().items()):
        if scheme in ("http", "https", "all"):
            names = (f"{scheme}_proxy", f"{scheme}_proxy".upper())
            variable = next((name for name in names if os.environ.get(name)), "")
            found.append(Proxy(variable=variable or "the system's settings", url=url))
    return tuple(found)


def proxy_for(url: str) -> str | None:
    """Return the proxy for `url`; none for this laptop, whatever the environment says."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    known = urllib.request.getproxies()
    proxy = known.get(parts.scheme) or known.get("all")
    if not proxy or urllib.request.proxy_bypass(f"{host}:{parts.port}" if parts.port else host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def tls_context(ca_file: str = "") -> ssl.SSLContext:
    """Return a context that trusts the system's authorities, and those in `ca_file`.

    Raises ProofroomError if `ca_file` cannot be read. Nothing turns the checks off.
    """
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not context.get_ca_certs() and not _holds_files(paths.capath) and os.name == "posix":
        _trust_shipped(context)
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ProofroomError(
                f"The CA file {ca_file} cannot be used ({error})",
                where=remedy.RUNNING,
                fix="Choose a file of certificates in PEM form.",
            ) from error
    return context


def _holds_files(folder: str | None) -> bool:
    return bool(folder) and Path(folder or "").is_dir() and any(Path(folder or "").iterdir())


def _trust_shipped(context: ssl.SSLContext) -> None:
    # a minimal Debian has no ca-certificates; certifi comes with the litellm adapter's libraries
    with contextlib.suppress(ImportError):
        import certifi  # noqa: PLC0415 - only where the system has no authorities of its own

        context.load_verify_locations(cafile=certifi.where())


class _Unpack(Protocol):
    """What zlib.decompressobj returns, whose own type has no public name."""

    @property
    def unconsumed_tail(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes: ...


class Reply:
    """A response whose headers have come; its body is read once, within limits."""

    def __init__(self, call: Call, response: ClientResponse, key: str | None) -> None:
        self._call, self._response, self._key = call, response, key
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self._unpack: _Unpack | None = None
        self._packed = "Content-Encoding" in self.headers
        self._total = 0

    async def read(self) -> bytes:
        """Return what came next of the body, unpacked; nothing at its end.

        Raises Failed if the body breaks off, is larger than `answer_limit` bytes or packed in a way
        we did not ask for.
        """
        if self._packed and self._total == 0 and self._unpack is None:
            self._unpack = self._unpacker()
        limit, unpack, content = self._call.answer_limit, self._unpack, self._response.content
        while True:
            if self._total > limit:  # what still fitted was given the last time
                raise failures.too_large(self._call, "answer", limit)
            try:
                piece = await content.readany()
            except (aiohttp.ClientError, OSError) as error:
                why = "The connection was lost before the end came."
                raise failures.cut_off(self._call, why, self._key, self.status) from error
            if not piece:
                return b""
            if unpack is not None:
                piece = self._unpacked(unpack, piece)
            room = limit - self._total
            self._total += len(piece)
            if piece and room > 0:
                return piece[:room]
            if piece:
                raise failures.too_large(self._call, "answer", limit)

    async def words(self) -> bytes:
        """Return what can be read of a short body, for an error message; it may be cut."""
        gathered = b""
        with contextlib.suppress(Failed, TimeoutError):  # the status has said it already
            async with asyncio.timeout(_PROBE_S):
                while len(gathered) <= _PIECE and (piece := await self.read()):
                    gathered += piece
        return gathered

    async def finish(self) -> None:
        """Let the connection be used again if the body ends at once, else close it."""
        content = self._response.content
        if not content.at_eof():
            with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):  # answer is whole
                async with asyncio.timeout(_LINGER_S):
                    await content.readany()
        if not content.at_eof():
            self._response.close()

    def close(self) -> None:
        """Close the socket at once, unless the whole body has come."""
        self._response.close()

    def _unpacker(self) -> _Unpack | None:
        encoding = self.headers.get("Content-Encoding", "").strip().lower()
        if encoding in _UNPACKED:
            return None
        if encoding in _PACKED:
            return zlib.decompressobj(_ZLIB_OR_GZIP)
        why = f"It came packed as {encoding[:40]}, which was not asked for."
        raise failures.unreadable(self._call, why, self._key, self.status)

    def _unpacked(self, unpack: _Unpack, piece: bytes) -> bytes:
        """Unpack within a little more than the limit: a small piece can hold gigabytes."""
        parts: list[bytes] = []
        room = self._call.answer_limit + 1
        try:
            while piece and room > 0:
                part = unpack.decompress(piece, min(_PIECE, room))
                parts.append(part)
                room -= len(part)
                piece = unpack.unconsumed_tail
        except zlib.error as error:
            why = "It came packed with gzip and cannot be unpacked."
            raise failures.unreadable(self._call, why, self._key, self.status) from error
        return b"".join(parts)


class Connection:
    """One session with its pool of open connections; made when first used, in the running loop."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._session: ClientSession | None = None
        self._proxies: dict[tuple[str, str | None], str | None] = {}
        self._answered: set[str] = set()
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=network.connect_s)

    async def send(self, call: Call, out: Outgoing, key: str | None) -> Reply:
        """Send one request and return once its headers have come.

        Raises Failed if none come, for a redirect, and for a CA file that cannot be used.
        """
        url = out.url
        try:
            session = self._opened()
        except ProofroomError as error:
            raise failures.failed("tls", error.what, f"{error.fix} Nothing was sent.") from error
        try:
            response = await session.request(
                out.method,
                url,
                data=out.body,
                headers=out.headers,
                allow_redirects=False,
                proxy=self._proxy(url),
            )
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise await self._lost(call, url, key, error) from error
        self._answered.add(url.authority)
        if 300 <= response.status < 400 and response.status != 304:  # noqa: PLR2004
            target = response.headers.get("Location", "")
            response.close()
            host = urlsplit(target).hostname or url.host or "another place"
            raise failures.redirected(call, response.status, host, key)
        return Reply(call, response, key)

    async def close(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=0, ssl=tls_context(self._network.ca_file))
            self._session = ClientSession(
                connector=connector,
                timeout=self._timeout,
                auto_decompress=False,
                trust_env=False,  # it would also send what ~/.netrc holds
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _proxy(self, url: URL) -> str | None:
        place = (url.scheme, url.authority)
        if place not in self._proxies:
            self._proxies[place] = proxy_for(str(url.origin()))
        return self._proxies[place]

    async def _lost(self, call: Call, url: URL, key: str | None, error: Exception) -> Failed:
        if unreached.before_sending(error):
            return unreached.unconnected(call, url, key, error, self._network.connect_s)
        new = url.authority not in self._answered
        if (
            new
            and url.scheme == "http"
            and not self._proxy(url)
            and await unreached.speaks_tls(url)
        ):
            return unreached.wrong_scheme(call, url, "https", key)
        name = call.provider.name
        if isinstance(error, aiohttp.ClientResponseError):
            why = f"What {url.host} sent is not HTTP as we understand it ({error.message})."
            return failures.unreadable(call, why, key, None)
        return failures.failed(
            "connection_lost",
            f"The connection to {name} was lost",
            f"{url.host} closed the connection after the request was sent, before any answer. "
            "Run it again.",
            key=key,
            billed="perhaps",
        )
