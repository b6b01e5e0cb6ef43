"""Asks a provider for its own list of models: one GET for each page, as the user asked for it."""

from __future__ import annotations

import asyncio
import json
from typing import NamedTuple

from msgspec import Struct
from yarl import URL

from proofroom import clock
from proofroom.domain.provider import Model, Provider
from proofroom.errors import ProofroomError
from proofroom.providers import failures, list_shapes
from proofroom.providers.adapter import Call, Failed
from proofroom.providers.connection import Connection, Network, Outgoing
from proofroom.providers.dialects import dialect
from proofroom.providers.direct import address
from proofroom.providers.headers import is_sendable
from proofroom.redact import secret_fields
from proofroom.workspace.providers import Offer

LIMIT_S = 30.0
"""How long all pages of a list may take, in seconds."""
_LIMIT = 32 * 1024 * 1024
_MOST_PAGES = 20
_OK, _NO_LIST = 200, frozenset((404, 405))


class _Way(NamedTuple):
    """How a provider of litellm's own addresses is asked: where, with which key, by which page."""

    base: str
    path: str
    key: str
    page: str
    query: dict[str, str]
    headers: dict[str, str]


_WAYS = {
    "anthropic": _Way(
        base="https://api.anthropic.com",
        path="/v1/models",
        key="x-api-key",
        page="after_id",
        query={"limit": "1000"},
        headers={"anthropic-version": "2023-06-01"},
    ),
    "gemini": _Way(
        base="https://generativelanguage.googleapis.com",
        path="/v1beta/models",
        key="x-goog-api-key",
        page="pageToken",
        query={"pageSize": "1000"},
        headers={},
    ),
}


class _Asking(Struct, frozen=True):
    """Where the first page is and what goes with it."""

    url: URL
    headers: dict[str, str]
    page: str = ""


def can_be_asked(provider: Provider) -> bool:
    """Tell whether a provider has a list that can be asked for."""
    if provider.adapter == "direct":  # Azure lists what could be deployed, Vertex AI nothing
        return dialect(provider.dialect).auth == "bearer"
    return provider.adapter == "litellm" and (provider.dialect or provider.name) in _WAYS


async def asked(
    provider: Provider, api_key: str | None, network: Network, *, limit_s: float = LIMIT_S
) -> tuple[Offer, ...]:
    """Return the models that a provider lists, with what it says of them.

    Raises ProofroomError if it cannot be asked or answers something else, in words for a person.
    """
    call = Call(provider=provider, model=Model(provider=provider.name, name=""), messages=())
    connection = Connection(network)
    try:
        async with asyncio.timeout(limit_s):
            return await _pages(call, api_key, connection)
    except Failed as error:
        problem = error.problem
        raise ProofroomError(
            problem.title, where=f"the list of {provider.name}", fix=problem.detail
        ) from error
    except TimeoutError as error:
        raise ProofroomError(
            f"No list came within {limit_s:g} s",
            where=f"the list of {provider.name}",
            fix="Try again later; what is known of its models stays.",
        ) from error
    finally:
        await connection.close()


async def _pages(call: Call, key: str | None, connection: Connection) -> tuple[Offer, ...]:
    asking = _asking(call, key)
    source = f"{call.provider.name}'s list of {clock.local(clock.now()).date()}"
    found: dict[str, Offer] = {}
    url = asking.url
    for _ in range(_MOST_PAGES):
        body = await _body(call, Outgoing(url=url, headers=asking.headers, body=b"", method="GET"),
                           connection, key)  # fmt: skip
        try:
            decoded: object = json.loads(body)
            page = list_shapes.offers(decoded, source=source, at=clock.now())
        except (ValueError, RecursionError) as error:  # a JSONDecodeError is a ValueError
            raise failures.not_an_api(call, _OK, body, key) from error
        found |= {one.name: one for one in page}
        after = list_shapes.next_page(decoded) if asking.page else ""
        if not after:
            break
        url = asking.url.update_query({asking.page: after})
    return tuple(found.values())


async def _body(call: Call, out: Outgoing, connection: Connection, key: str | None) -> bytes:
    big = Call(
        provider=call.provider, model=call.model, messages=(), stream=False, answer_limit=_LIMIT
    )
    reply = await connection.send(big, out, key)
    try:
        if reply.status != _OK:
            body = await reply.words()
            if 200 < reply.status < 300 or reply.status in _NO_LIST:  # noqa: PLR2004 - no list
                raise failures.not_an_api(call, reply.status, body, key)
            raise failures.from_status(call, reply.status, reply.headers, body, key)
        parts: list[bytes] = []
        while piece := await reply.read():
            parts.append(piece)
        return b"".join(parts)
    finally:
        reply.close()


def _asking(call: Call, key: str | None) -> _Asking:
    provider = call.provider
    if provider.needs_key and not key:
        raise failures.no_key(call)
    if key and (secret_fields(key) or not is_sendable(key)):
        raise failures.malformed_key(call)
    headers = {"Accept": "application/json", "Accept-Encoding": "identity",
               "User-Agent": "proofroom"}  # fmt: skip
    if provider.adapter == "direct":
        url = address(provider).parent.parent / "models"
        return _Asking(url, headers | ({"Authorization": f"Bearer {key}"} if key else {}))
    way = _WAYS.get(provider.dialect or provider.name)
    if way is None:
        raise ProofroomError(
            f"{provider.name} has no list of models that Proofroom can ask for",
            where="its own interface",
            fix="Its models come from litellm's price file, and any other can be added by name.",
        )
    version = way.path.rpartition("/")[0]
    base = URL((provider.url or way.base).rstrip("/").removesuffix(version))
    url = base.with_path(base.path.rstrip("/") + way.path).with_query(way.query)
    return _Asking(url, headers | way.headers | ({way.key: key} if key else {}), way.page)
