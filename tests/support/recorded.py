"""A provider on loopback that answers as real ones did: each answer names where it was read.

Where a provider was recorded, the file is one of pydantic/pydantic-ai's tests/models/cassettes (MIT
licence), written FOLDER/RECORDING; other answers are the examples of the providers' own pages.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec import Struct


class Seen(Struct, frozen=True):
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


class Answer(Struct, frozen=True):
    """What is answered: a status and JSON, or a text."""

    status: int
    body: Any
    headers: Mapping[str, str] = {}


class Recorded:
    """The server; `answers` maps 'METHOD PATH' (without the query) to what is answered there."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers, self.seen, self.url = dict(answers), list[Seen](), ""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request; what has no answer is 404 without JSON."""
        text = await request.text()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.method, request.raw_path, headers, text))
        found = self.answers.get(f"{request.method} {request.path}")
        if found is None:
            return web.Response(status=404, text="404 page not found")
        if isinstance(found.body, str):
            return web.Response(status=found.status, text=found.body, headers=found.headers)
        return web.json_response(found.body, status=found.status, headers=found.headers)


@asynccontextmanager
async def recorded(answers: Mapping[str, Answer]) -> AsyncGenerator[Recorded]:
    """Run the server for a test."""
    site = Recorded(answers)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", site.handle)
    async with TestServer(app) as server:
        site.url = str(server.make_url("")).rstrip("/")
        yield site
