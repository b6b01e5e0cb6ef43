"""The adapter for every other provider, and the only importer of litellm."""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import logging
import os
from functools import cache
from typing import Any

import httpx
import msgspec

from proofroom.providers import failures
from proofroom.providers.adapter import Call, Collector, Failed
from proofroom.providers.connection import Connection, Network
from proofroom.providers.headers import checked_headers, is_sendable
from proofroom.providers.litellm_chunks import read_answer
from proofroom.providers.litellm_request import arguments
from proofroom.providers.litellm_tap import (
    CURRENT,
    Exchange,
    Tap,
    litellm_name,
    refused_by_litellm,
)
from proofroom.redact import secret_fields

_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it asks the network at import
    "LITELLM_MODE": "PRODUCTION",  # else it reads .env files into the environment
    "REPEATED_STREAMING_CHUNK_LIMIT": "1000000",  # else 100 equal chunks end a stream
    "EXPERIMENTAL_OPENAI_BASE_LLM_HTTP_HANDLER": "True",  # one kind of client on every path
}
_LOOPBACK = "127.0.0.1,localhost,::1"


@cache
def library() -> Any:  # noqa: ANN401 - it has no types
    """Return litellm, imported when first asked for: it takes seconds and 160 MB.

    It is told never to print, log, ask the network or keep what passes through it.
    """
    os.environ.update(_ENVIRONMENT)
    bypassed = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    os.environ["NO_PROXY"] = f"{bypassed},{_LOOPBACK}" if bypassed else _LOOPBACK
    import litellm

    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    litellm.drop_params = False
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = False
        logger.addHandler(logging.NullHandler())
    return litellm


class ThroughLitellm:
    """Lets litellm write and sign the request, sends it ourselves and reads the answer ourselves.

    litellm takes a cut stream for a finished one, invents usage, melts tool calls and sends twice
    after some faults; so the shapes of OpenAI, Anthropic and Gemini are read from the wire, and
    only other shapes from litellm's chunks.
    """

    name = "litellm"
    version = importlib.metadata.version("litellm")

    def __init__(self, network: Network) -> None:
        self._connection = Connection(network)
        self._handler: Any = None

    def request(self, call: Call) -> bytes:
        """Return litellm's arguments as JSON, without the API key.

        Raises ProofroomError for a provider that we cannot carry, and for an option that is not
        for a version to set.
        """
        checked_headers(call.options.headers)
        return msgspec.json.encode(arguments(call))

    async def ask(self, call: Call, body: bytes, api_key: str | None, into: Collector) -> None:
        """Let litellm send once and gather the answer; raises Failed for every other end."""
        given: dict[str, Any] = msgspec.json.decode(body)
        given.update(self._secrets(call, api_key))
        into.hide(api_key)
        exchange = Exchange(call, into, api_key)
        token = CURRENT.set(exchange)
        try:
            await self._ask(given, exchange)
        finally:
            CURRENT.reset(token)
            exchange.close()

    async def close(self) -> None:
        """Close all connections; no call may be under way."""
        if self._handler is not None:
            library().aclient_session = None
            library().in_memory_llm_clients_cache.flush_cache()
            await self._handler.client.aclose()
            self._handler = None
        await self._connection.close()

    async def _ask(self, given: dict[str, Any], exchange: Exchange) -> None:
        litellm = await asyncio.to_thread(library)  # its first import takes seconds
        given["client"] = self._client()
        # with tools it would else import a server of its own, whose packages are not installed
        given["_skip_mcp_handler"] = True
        answer: Any = None
        try:
            answer = await litellm.acompletion(**given)
            if exchange.sent is None and hasattr(answer, "fetch_stream"):
                await answer.fetch_stream()  # Gemini's stream would be asked for at its first read
            if exchange.reader is None and exchange.failed is None:
                await read_answer(exchange, answer)
        except Failed:
            raise
        except Exception as error:  # noqa: BLE001 - litellm raises anything; the tap knows better
            self._judge(exchange, error)
            return
        if exchange.failed is not None:
            raise exchange.failed
        if exchange.reader is not None and not exchange.whole:
            await exchange.finish()

    def _judge(self, exchange: Exchange, error: Exception) -> None:
        """Say how a call ended that litellm ended with `error`; return if its answer is whole."""
        if exchange.failed is not None:
            raise exchange.failed from error
        if exchange.whole:
            return
        if exchange.sent is None:
            raise refused_by_litellm(exchange.call, error, exchange.key) from error
        why = f"litellm could not read it: {failures.clean(str(error), exchange.key)}"
        raise failures.unreadable(exchange.call, why, exchange.key) from error

    def _client(self) -> Any:  # noqa: ANN401 - a class of litellm's, which has no types
        if self._handler is None:
            litellm, tap = library(), Tap(self._connection)
            http = importlib.import_module("litellm.llms.custom_httpx.http_handler")
            self._handler = http.AsyncHTTPHandler(transport=tap, follow_redirects=False)
            # our tap takes no notice of httpx's limits of time, which are the engine's
            litellm.aclient_session = httpx.AsyncClient(
                transport=tap, follow_redirects=False, trust_env=False
            )
        return self._handler

    def _secrets(self, call: Call, key: str | None) -> dict[str, str]:
        """Return the API key as an argument: without one litellm takes one from the environment."""
        fields = secret_fields(key) if key else {}
        if fields and litellm_name(call.provider) == "bedrock":
            # without an api_key a variable of the environment would win over them
            parts = {f"aws_{name}": value for name, value in fields.items() if value}
            return {"api_key": "", **parts}
        if key:
            if fields or not is_sendable(key):
                raise failures.malformed_key(call)
            return {"api_key": key}
        if call.provider.needs_key:
            raise failures.no_key(call)
        return {"api_key": "none"}
