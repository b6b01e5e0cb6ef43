"""What the tests of both adapters share: the fault server, one call, and how it ended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Literal

import pytest
from msgspec import Struct
from msgspec.structs import replace
from tests.support.fault_server import FaultServer

from proofroom.domain.message import text_message
from proofroom.domain.provider import Model, Provider
from proofroom.domain.run import Answer, Problem
from proofroom.providers.adapter import Adapter, Call, Collector, Failed
from proofroom.providers.connection import Network
from proofroom.providers.direct import Direct
from proofroom.providers.through_litellm import ThroughLitellm

Kind = Literal["direct", "litellm"]
KEY = "sk-marked-0123456789abcdef"
TEXT = "The quiet harbour keeps nine small boats."
MODELS = {"anthropic": "claude-haiku-4-5", "gemini": "gemini-2.5-flash", "openai": "gpt-4o-mini"}


class End(Struct, frozen=True):
    """How one call ended: with an answer, and a problem unless it is whole."""

    answer: Answer
    problem: Problem | None
    told: tuple[tuple[str, str], ...]


Ask = Callable[..., Awaitable[End]]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture(params=["direct", "litellm"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture
async def adapter(kind: Kind, server: FaultServer) -> AsyncIterator[Adapter]:
    network = Network(ca_file=str(server.ca_file))
    made: Adapter = Direct(network) if kind == "direct" else ThroughLitellm(network)
    yield made
    await made.close()


@pytest.fixture
def make_call(kind: Kind) -> Callable[..., Call]:
    def make(url: str, shape: str = "openai", *, stream: bool = True, **fields: object) -> Call:
        provider = Provider(name=shape, adapter=kind, dialect=shape, url=url)
        model = Model(provider=shape, name=MODELS[shape])
        messages = (text_message("user", "Where are the boats?"),)
        call = Call(provider=provider, model=model, messages=messages, stream=stream)
        return replace(call, **fields)

    return make


@pytest.fixture
def ask(adapter: Adapter) -> Ask:
    async def run(call: Call, key: str | None = KEY) -> End:
        told: list[tuple[str, str]] = []
        into = Collector(lambda piece, text: told.append((piece, text)))
        problem = None
        try:
            await adapter.ask(call, adapter.request(call), key, into)
        except Failed as failed:
            problem = failed.problem
        return End(into.answer(), problem, tuple(told))

    return run
