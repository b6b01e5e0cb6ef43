"""Carries litellm's requests over our own connections: one for each call, its bytes read by us."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextvars import ContextVar

import httpx
from yarl import URL

from proofroom.domain.provider import Provider
from proofroom.providers import failures
from proofroom.providers.adapter import Call, Collector, Failed
from proofroom.providers.anthropic_reader import AnthropicReader
from proofroom.providers.body_reader import BodyReader
from proofroom.providers.chat_reader import ChatReader
from proofroom.providers.connection import Connection, Outgoing, Reply
from proofroom.providers.dialects import dialect
from proofroom.providers.direct import answer_status
from proofroom.providers.event_stream import EventReader
from proofroom.providers.gemini_reader import GeminiReader

_OURS = frozenset(("host", "content-length", "accept-encoding", "connection", "transfer-encoding"))
_PASSED_ON = frozenset(("content-type", "x-request-id", "request-id"))
_OK = 200


class Exchange:
    """What one call sent and got, as the tap saw it.

    `failed` is how it ended if not with a whole answer, `whole` is set once an answer in a shape
    that we read ourselves has been read to its end.
    """

    def __init__(self, call: Call, into: Collector, key: str | None) -> None:
        self.call, self.into, self.key = call, into, key
        self.sent: bytes | None = None
        self.failed: Failed | None = None
        self.whole = False
        self.reader: BodyReader | None = None
        self._reply: Reply | None = None
        self._kept: EventReader | None = None

    def begin(self, reply: Reply, path: str) -> None:
        """Take the headers of the answer."""
        self._reply = reply
        self.reader = reader_for(path, self)
        if self.reader is None:
            self._kept = EventReader(self.call, self.into, self.key, _drop, _drop)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield what has not been read yet of the body; it passes through the reader."""
        reply, reader = self._reply, self.reader
        if reply is None:
            return
        while not (reader is not None and reader.done) and (piece := await reply.read()):
            self._feed(piece)
            yield piece

    async def finish(self) -> None:
        """Read the body to its end.

        Raises Failed if the answer is not whole.
        """
        async for _ in self.pieces():
            pass
        if self.reader is not None:
            self.reader.end()
            self.whole = True
        if self._reply is not None:
            await self._reply.finish()
            self._reply = None

    def close(self) -> None:
        """Keep what has come and close the socket if it is still open."""
        if self.reader is not None:
            self.reader.stop()
        elif self._kept is not None:
            self._kept.keep()
        if self._reply is not None:
            self._reply.close()

    def _feed(self, piece: bytes) -> None:
        if self.reader is not None:
            self.reader.feed(piece)
        elif self._kept is not None:
            self._kept.feed(piece)


CURRENT: ContextVar[Exchange] = ContextVar("exchange")
"""The exchange of the call that runs in this task; litellm hands no object of ours through."""


class Tap(httpx.AsyncBaseTransport):
    """A transport for httpx that sends through our own connections.

    Whatever goes wrong stands in the exchange; litellm only sees a read error, the one fault it
    never sends a request again for.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the one request of a call; a second one is refused."""
        exchange = CURRENT.get()
        if exchange.sent is not None:
            message = "a second request of one call was refused"
            raise httpx.ReadError(message, request=request)
        exchange.sent = exchange.into.sent = await request.aread()
        try:
            return await self._answered(request, exchange, exchange.sent)
        except Failed as failed:
            exchange.failed = failed
            raise httpx.ReadError(failed.problem.title, request=request) from failed

    async def _answered(
        self, request: httpx.Request, exchange: Exchange, body: bytes
    ) -> httpx.Response:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _OURS}
        headers["Accept-Encoding"] = "identity"
        url = URL(str(request.url), encoded=True)
        call, key, into = exchange.call, exchange.key, exchange.into
        out = Outgoing(url=url, headers=headers, body=body, method=request.method)
        reply = await self._connection.send(call, out, key)
        into.http_status = reply.status
        into.request_id = reply.headers.get("x-request-id") or reply.headers.get("request-id") or ""
        if reply.status != _OK:
            try:
                await answer_status(call, reply, key, into)
                exchange.whole = True
            finally:
                reply.close()
            message = "the provider's filter refused the prompt"
            raise httpx.ReadError(message, request=request)
        exchange.begin(reply, request.url.path)
        passed = {k: v for k, v in reply.headers.items() if k.lower() in _PASSED_ON}
        if exchange.reader is not None and not call.stream:
            await exchange.finish()
            content = exchange.reader.events.body()
            return httpx.Response(_OK, headers=passed, content=content, request=request)
        return httpx.Response(_OK, headers=passed, stream=_Body(exchange), request=request)


class _Body(httpx.AsyncByteStream):
    """What litellm reads of a stream: the same pieces, read once."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._exchange.pieces():
                yield piece
        except Failed as failed:
            self._exchange.failed = failed
            raise httpx.ReadError(failed.problem.title) from failed


def reader_for(path: str, exchange: Exchange) -> BodyReader | None:
    """Return the reader of the answer's shape, told by the request's path; None for others."""
    call, into, key = exchange.call, exchange.into, exchange.key
    if path.endswith("/chat/completions"):
        return ChatReader(call, dialect(""), into, key)
    if path.endswith(("/messages", ":rawPredict", ":streamRawPredict")):
        return AnthropicReader(call, into, key)
    if path.endswith((":generateContent", ":streamGenerateContent")):
        return GeminiReader(call, into, key)
    return None


def litellm_name(provider: Provider) -> str:
    """Return litellm's name of the provider, which the user's own name need not be."""
    return provider.dialect or provider.name


def refused_by_litellm(call: Call, error: Exception, key: str | None) -> Failed:
    """Return the failure for a request that litellm did not send."""
    why = failures.clean(f"{error}", key).removeprefix("litellm.")
    return failures.failed(
        "refused_request",
        f"The request for {call.provider.name} cannot be made",
        f"litellm: {why}\nChange the setting or message that it names.",
        key=key,
    )


def _drop(data: bytes) -> None:
    """Read nothing: litellm reads this shape, only the bytes are kept and bounded."""
