"""What only the litellm adapter does: other shapes, its own errors, and its manners."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec.structs import replace
from tests.providers.conftest import KEY, TEXT
from tests.support.fault_server import FaultServer

from proofroom.domain.message import Text, text_message
from proofroom.domain.provider import Model, Provider
from proofroom.domain.version import ProviderOptions, Settings
from proofroom.providers.adapter import Call, Collector, Failed
from proofroom.providers.connection import Network
from proofroom.providers.through_litellm import ThroughLitellm, library


@pytest.fixture
async def litellm_adapter() -> AsyncIterator[ThroughLitellm]:
    adapter = ThroughLitellm(Network())
    yield adapter
    await adapter.close()


@pytest.fixture
async def bedrock() -> AsyncIterator[str]:
    """Serve Bedrock's Converse, which is none of the shapes that we read from the wire."""

    async def converse(_request: web.Request) -> web.Response:
        message = {"role": "assistant", "content": [{"text": TEXT}]}
        usage = {"inputTokens": 12, "outputTokens": 8, "totalTokens": 20}
        body = {"output": {"message": message}, "stopReason": "end_turn", "usage": usage}
        return web.json_response({**body, "metrics": {"latencyMs": 1}})

    app = web.Application()
    app.router.add_post("/{rest:.*}", converse)
    async with TestServer(app) as server:
        yield str(server.make_url(""))


def call(name: str, url: str, model: str, *, stream: bool = True) -> Call:
    provider = Provider(name=name, adapter="litellm", url=url, needs_key=True)
    named = Model(provider=name, name=model)
    return Call(
        provider=provider, model=named, messages=(text_message("user", "x"),), stream=stream
    )


async def run(adapter: ThroughLitellm, given: Call) -> Collector:
    into = Collector(lambda _kind, _text: None)
    await adapter.ask(given, adapter.request(given), KEY, into)
    return into


async def test_another_shape_is_read_from_litellms_answer(
    bedrock: str, litellm_adapter: ThroughLitellm
) -> None:
    name = "anthropic.claude-3-haiku-20240307-v1:0"
    answer = (await run(litellm_adapter, call("bedrock", bedrock, name, stream=False))).answer()
    assert answer.parts == (Text(text=TEXT),)
    assert [(row.bucket, row.count) for row in answer.usage] == [("input", 12), ("output", 8)]
    assert (answer.finish_reason, "inputTokens" in answer.raw) == ("stop", True)


async def test_the_very_body_that_left_is_kept(
    server: FaultServer, litellm_adapter: ThroughLitellm
) -> None:
    given = call("anthropic", server.anthropic_url("ok"), "claude-haiku-4-5")
    options = ProviderOptions(body={"top_k": 7}, headers={"X-Title": "Proofroom"})
    into = await run(litellm_adapter, replace(given, options=options))
    request = server.requests[0]
    assert into.sent == request.raw
    assert (json.loads(request.raw)["top_k"], request.headers["x-title"]) == (7, "Proofroom")


async def test_a_setting_that_litellm_refuses_is_named_and_nothing_is_sent(
    server: FaultServer, litellm_adapter: ThroughLitellm
) -> None:
    given = call("anthropic", server.anthropic_url("ok"), "claude-haiku-4-5")
    with pytest.raises(Failed) as ended:
        await run(litellm_adapter, replace(given, settings=Settings(seed=3)))
    problem = ended.value.problem
    assert (problem.failure, problem.billed, server.count()) == ("refused_request", "no", 0)
    assert "seed" in problem.detail


def test_litellm_is_told_to_be_quiet_before_it_is_imported() -> None:
    litellm = library()
    assert (litellm.suppress_debug_info, litellm.drop_params) == (True, False)
    assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    assert os.environ["LITELLM_MODE"] == "PRODUCTION"
    assert "127.0.0.1" in os.environ["NO_PROXY"]
