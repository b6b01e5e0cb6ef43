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

WORDS = TEXT.split(" ")


@pytest.fixture
async def litellm_adapter() -> AsyncIterator[ThroughLitellm]:
    adapter = ThroughLitellm(Network())
    yield adapter
    await adapter.close()


@pytest.fixture
async def ollama() -> AsyncIterator[TestServer]:
    """Serve Ollama's own chat form, which is none of the shapes that we read from the wire."""

    async def chat(request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        for word in WORDS:
            message = {"role": "assistant", "content": word + " "}
            await response.write(
                json.dumps({"model": "m", "message": message, "done": False}).encode() + b"\n"
            )
        counts = {"prompt_eval_count": 12, "eval_count": 8, "done_reason": "stop", "done": True}
        message = {"role": "assistant", "content": ""}
        if asked["model"] != "cut":
            last = {"model": "m", "message": message, **counts}
            await response.write(json.dumps(last).encode() + b"\n")
        return response

    app = web.Application()
    app.router.add_post("/api/chat", chat)
    async with TestServer(app) as server:
        yield server


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


async def test_another_shape_is_read_from_litellms_chunks(
    ollama: TestServer, litellm_adapter: ThroughLitellm
) -> None:
    into = await run(litellm_adapter, call("ollama_chat", str(ollama.make_url("")), "m"))
    answer = into.answer()
    assert answer.parts == (Text(text=TEXT + " "),)
    assert [(row.bucket, row.count) for row in answer.usage] == [("input", 12), ("output", 8)]
    assert (answer.finish_reason, '"eval_count": 8' in answer.raw) == ("stop", True)


async def test_a_cut_stream_in_another_shape_is_a_failure_too(
    ollama: TestServer, litellm_adapter: ThroughLitellm
) -> None:
    with pytest.raises(Failed) as ended:
        await run(litellm_adapter, call("ollama_chat", str(ollama.make_url("")), "cut"))
    assert ended.value.problem.failure in ("cut_off", "unreadable")


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
