"""The adapter for every server that speaks OpenAI's chat completions."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from proofroom.domain.provider import Provider
from proofroom.errors import ProofroomError
from proofroom.providers import failures
from proofroom.providers.adapter import Call, Collector
from proofroom.providers.chat_reader import ChatReader
from proofroom.providers.chat_request import chat_body
from proofroom.providers.connection import Connection, Network, Outgoing, Reply
from proofroom.providers.credentials import Credentials
from proofroom.providers.dialects import dialect
from proofroom.providers.headers import checked_headers

_ENCODER = msgspec.json.Encoder()
_OK = 200
_UNAUTHORIZED = 401


class Direct:
    """Sends chat completions over connections of our own, one request for each call."""

    name = "direct"
    version = f"aiohttp {aiohttp.__version__}"

    def __init__(self, network: Network) -> None:
        self._connection = Connection(network)
        self._credentials = Credentials(self._connection)

    def request(self, call: Call) -> bytes:
        """Return the body of the request as JSON.

        Raises ProofroomError for what this provider's dialect or the model does not take.
        """
        checked_headers(call.options.headers)
        address(call.provider, call.model.name)
        return _ENCODER.encode(chat_body(call, dialect(call.provider.dialect)))

    async def ask(self, call: Call, body: bytes, api_key: str | None, into: Collector) -> None:
        """Send `body` once and gather the answer; raises Failed for every other end."""
        into.hide(api_key)
        auth = dialect(call.provider.dialect).auth
        headers = _headers(call) | await self._credentials.headers(call, auth, api_key)
        out = Outgoing(url=address(call.provider, call.model.name), headers=headers, body=body)
        reply = await self._connection.send(call, out, api_key)
        into.http_status = reply.status
        into.request_id = reply.headers.get("x-request-id", "")
        whole = False
        try:
            if reply.status == _UNAUTHORIZED:
                self._credentials.refused(api_key)
            if reply.status != _OK:
                await answer_status(call, reply, api_key, into)
            else:
                await _read(call, reply, api_key, into)
            await reply.finish()
            whole = True
        finally:
            if not whole:
                reply.close()

    async def close(self) -> None:
        """Close all connections; no call may be under way."""
        await self._connection.close()


async def _read(call: Call, reply: Reply, key: str | None, into: Collector) -> None:
    reader = ChatReader(call, dialect(call.provider.dialect), into, key)
    try:
        while not reader.done and (piece := await reply.read()):
            reader.feed(piece)
        reader.end()
    finally:
        reader.stop()


async def answer_status(call: Call, reply: Reply, key: str | None, into: Collector) -> None:
    """Take an answer whose status is not 200: filtered prompts are answers, all else fails."""
    body = await reply.words()
    into.raw(failures.clean(body.decode("utf-8", "replace"), key))
    words = failures.said(body)
    if failures.is_filtered(reply.status, words):
        into.finish_reason, into.finish_raw = "content_filter", words.code or words.type
        return
    if 200 < reply.status < 300:  # noqa: PLR2004 - a success without an answer
        raise failures.not_an_api(call, reply.status, body, key)
    raise failures.from_status(call, reply.status, reply.headers, body, key)


def _headers(call: Call) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Accept": "text/event-stream" if call.stream else "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "proofroom",
        **call.options.headers,
    }


@lru_cache(maxsize=256)
def address(provider: Provider, model: str = "") -> URL:
    """Return where chat completions of `model` are asked for.

    Azure's older form, which has a version, has an address for each deployment. Raises
    ProofroomError if the provider's address is none.
    """
    base, version = provider.url.strip().rstrip("/"), provider.field("api_version")
    try:
        if version and provider.dialect == "azure":
            base = f"{base.removesuffix('/v1')}/deployments/{quote(model, safe='')}"
            url = URL(f"{base}/chat/completions?api-version={version}", encoded=True)
        else:
            url = URL(base + "/chat/completions")
        (url.host or "").encode("idna")  # else found only when the name is looked up
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host or url.user or url.password:
        raise ProofroomError(
            f"“{provider.url}” is not the address of an API",
            where=f"the provider {provider.name}",
            fix="Write one like https://api.example.com/v1, without a user name.",
        )
    return url
