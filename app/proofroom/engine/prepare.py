"""Turns a sample of a cell into the call it is, before it waits for its turn to be sent."""

from __future__ import annotations

import hashlib

from msgspec import Struct, structs

from proofroom.domain.provider import Provider
from proofroom.domain.run import Problem
from proofroom.engine import protocol, refusals
from proofroom.engine.lanes import Square
from proofroom.providers import adapters
from proofroom.providers.adapter import Adapter, Call
from proofroom.providers.connection import Network


class Prepared(Struct, frozen=True, kw_only=True):
    """A call with the body of its request, and what tells it from every other call."""

    square: Square
    call: Call
    adapter: Adapter
    body: bytes
    digest: bytes


def refusal(square: Square, start: protocol.StartRun) -> Problem | None:
    """Return why a square cannot be asked, as far as that is known before its request is made."""
    provider = square.column.provider
    if square.error is not None:
        return refusals.template(square.error)
    if square.column.refused is not None:
        return square.column.refused
    api_key = start.api_keys.get(provider.name)
    if provider.needs_key and not api_key:
        return refusals.no_key(provider)
    if api_key and start.addresses.get(provider.name) != provider.url:
        return refusals.moved(provider)
    return None


def prepared(square: Square, start: protocol.StartRun) -> Prepared:
    """Make a square's request.

    Raises ProofroomError for a call that its provider's form cannot hold.
    """
    provider = square.column.provider
    adapter = adapters.adapter_for(provider, Network(ca_file=start.ca_file))
    call = _call(square, _addressed(provider))
    body = adapter.request(call)
    return Prepared(
        square=square, call=call, adapter=adapter, body=body, digest=call_hash(provider, body)
    )


def readdressed(one: Prepared, url: str) -> Call:
    """Return the call at another address: the embedded model's, whose port is known late."""
    return structs.replace(one.call, provider=structs.replace(one.call.provider, url=url))


def call_hash(provider: Provider, body: bytes) -> bytes:
    """Return what tells one call from another: where it goes, and the exact request."""
    where = f"{provider.name}\n{provider.url}\n".encode()
    return hashlib.sha256(where + body).digest()


def _addressed(provider: Provider) -> Provider:
    """Return the provider with an address; the embedded model's port is known once it runs."""
    if provider.adapter != "embedded":
        return provider
    return structs.replace(provider, url="http://127.0.0.1/v1", dialect="embedded")


def _call(square: Square, provider: Provider) -> Call:
    content = square.column.content
    return Call(
        provider=provider,
        model=square.column.model,
        messages=square.messages,
        tools=content.tools,
        response_schema=content.response_schema,
        settings=content.settings,
        options=content.options,
    )
