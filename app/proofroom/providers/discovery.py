"""Finds the model servers that run on this laptop; nothing but loopback is ever asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from proofroom.domain.known_provider import KnownProvider
from proofroom.domain.provider import stays_here
from proofroom.providers.known import provider_of, table

LIMIT_S = 0.7
_MOST = 1024 * 1024
_OK = 200


class Found(Struct, frozen=True, kw_only=True):
    """A server that answered with a list of models, and which of the known ones it is."""

    row: KnownProvider
    url: str
    models: tuple[str, ...]


class _Model(Struct):
    id: str
    owned_by: str = ""


class _Models(Struct):
    data: list[_Model]
    object: str = ""


async def found(ports: Sequence[int] = ()) -> list[Found]:
    """Return the servers at the known addresses of this laptop and at `ports`, in that order.

    One that does not answer within 0.7 s is not there.
    """
    rows = [row for row in table().values() if stays_here(provider_of(row, url=row.url))]
    places = {row.url: row for row in rows}
    for port in ports:
        places.setdefault(f"http://127.0.0.1:{port}/v1", table()[""])
    timeout = aiohttp.ClientTimeout(total=LIMIT_S)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False, cookie_jar=jar) as session:
        asked = [_asked(session, row, url, rows) for url, row in places.items()]
        answers = await asyncio.gather(*asked)
    return [one for one in answers if one is not None]


async def _asked(
    session: aiohttp.ClientSession, row: KnownProvider, url: str, rows: Sequence[KnownProvider]
) -> Found | None:
    try:
        async with session.get(f"{url}/models", allow_redirects=False) as reply:
            if reply.status != _OK:
                return None
            body = b""
            while len(body) < _MOST and (piece := await reply.content.read(_MOST - len(body))):
                body += piece
            listed = msgspec.json.decode(body, type=_Models)
    except (aiohttp.ClientError, OSError, TimeoutError, msgspec.MsgspecError):
        return None  # nobody there, or no server of models: both are the usual case
    says: Any = {one.owned_by for one in listed.data}
    own = next((one for one in rows if one.owned_by in says), row)
    return Found(row=own, url=url, models=tuple(one.id for one in listed.data))
