"""Bedrock's binary streams, which litellm reads: whole, cut, with tools, thoughts and a cache."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tests.providers.conftest import KEY
from tests.providers.test_litellm_paths import call
from tests.providers.test_readers import PRICES

from proofroom.domain.message import Reasoning, Text, ToolCall
from proofroom.domain.run import Answer, Problem
from proofroom.domain.usage import cost
from proofroom.providers.adapter import Collector, Failed
from proofroom.providers.connection import Network
from proofroom.providers.through_litellm import ThroughLitellm

# litellm looks at every attribute of its own pydantic models, and pydantic complains of some
pytestmark = pytest.mark.filterwarnings("ignore:Accessing the 'model_:DeprecationWarning")
MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
Serve = Callable[[list[bytes]], None]


def frame(kind: str, payload: dict[str, Any], *, message: str = "event") -> bytes:
    """Return one message of AWS's event stream, in the form of recording bedrock/model_stream."""
    name = ":exception-type" if message == "exception" else ":event-type"
    fields = {name: kind, ":content-type": "application/json", ":message-type": message}
    headers = b"".join(
        bytes([len(key)]) + key.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        for key, value in fields.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack("!II", 16 + len(headers) + len(body), len(headers))
    prelude += struct.pack("!I", zlib.crc32(prelude))
    whole = prelude + headers + body
    return whole + struct.pack("!I", zlib.crc32(whole))


def grown(index: int, **delta: Any) -> bytes:  # noqa: ANN401 - JSON
    return frame("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})


def text(words: str, index: int = 0) -> bytes:
    return grown(index, text=words)


def usage(**counts: int) -> bytes:
    return frame("metadata", {"usage": counts, "metrics": {"latencyMs": 1}})


START = frame("messageStart", {"role": "assistant"})
STOP = frame("messageStop", {"stopReason": "end_turn"})
USAGE = usage(inputTokens=12, outputTokens=8, totalTokens=20)


@pytest.fixture
async def bedrock() -> AsyncIterator[tuple[str, Serve]]:
    """Serve a stream of these pieces at Bedrock's address; one that is empty breaks it off."""
    served: list[bytes] = []

    async def converse(request: web.Request) -> web.StreamResponse:
        assert request.path.endswith("/converse-stream")
        response = web.StreamResponse(
            headers={"Content-Type": "application/vnd.amazon.eventstream"}
        )
        await response.prepare(request)
        for piece in served:
            if not piece and request.transport is not None:
                request.transport.abort()
                return response
            await response.write(piece)
        return response

    app = web.Application()
    app.router.add_post("/{rest:.*}", converse)
    async with TestServer(app) as server:
        yield str(server.make_url("")), served.extend


@pytest.fixture
async def adapter() -> AsyncIterator[ThroughLitellm]:
    adapter = ThroughLitellm(Network())
    yield adapter
    await adapter.close()


async def ask(adapter: ThroughLitellm, url: str) -> tuple[Answer, Problem | None, list[str]]:
    told: list[str] = []
    into = Collector(lambda _kind, piece: told.append(piece))
    given = call("bedrock", url, MODEL)
    try:
        await adapter.ask(given, adapter.request(given), KEY, into)
    except Failed as failed:
        return into.answer(), failed.problem, told
    return into.answer(), None, told


async def test_a_stream_comes_piece_by_piece_with_its_usage(
    bedrock: tuple[str, Serve], adapter: ThroughLitellm
) -> None:
    url, serve = bedrock
    body = b"".join([START, text("né "), text("日本"), text(" 😀"), STOP, USAGE])
    serve([body[at : at + 7] for at in range(0, len(body), 7)])
    answer, problem, told = await ask(adapter, url)
    assert problem is None, problem.detail
    assert (answer.parts, told) == ((Text(text="né 日本 😀"),), ["né ", "日本", " 😀"])
    assert [(row.bucket, row.count) for row in answer.usage] == [("input", 12), ("output", 8)]
    assert (answer.finish_reason, answer.marks) == ("stop", ())


async def test_what_is_cached_is_counted_beside_what_is_new(
    bedrock: tuple[str, Serve], adapter: ThroughLitellm
) -> None:
    url, serve = bedrock
    counts = {"cacheReadInputTokens": 1503, "cacheWriteInputTokens": 20}
    serve(
        [START, text("OK"), STOP, usage(inputTokens=10, outputTokens=6, totalTokens=16, **counts)]
    )
    answer, problem, _ = await ask(adapter, url)
    assert problem is None, problem.detail
    found = {row.bucket: row.count for row in answer.usage}
    assert found == {"input": 10, "cache_read": 1503, "cache_write_5m": 20, "output": 6}
    # 10 x 3 + 1503 x 0.3 + 20 x 3.75 + 6 x 15 = 30 + 450.9 + 75 + 90 = 645.9 micro-USD
    assert cost(answer.usage, PRICES) == 645_900


async def test_tool_calls_and_thoughts_come_in_pieces(
    bedrock: tuple[str, Serve], adapter: ThroughLitellm
) -> None:
    url, serve = bedrock
    tool = {"toolUse": {"toolUseId": "t1", "name": "f"}}
    pieces = [
        START,
        grown(0, reasoningContent={"text": "Hm"}),
        grown(0, reasoningContent={"text": "."}),
        grown(0, reasoningContent={"signature": "c2ln"}),
        text("OK", 1),
        frame("contentBlockStart", {"contentBlockIndex": 2, "start": tool}),
        grown(2, toolUse={"input": '{"a":'}),
        grown(2, toolUse={"input": "1}"}),
        frame("messageStop", {"stopReason": "tool_use"}),
        USAGE,
    ]
    serve(pieces)
    answer, problem, _ = await ask(adapter, url)
    assert problem is None, problem.detail
    thought, said, asked = answer.parts
    assert (thought, said) == (Reasoning(text="Hm.", signature="c2ln"), Text(text="OK"))
    assert asked == ToolCall(id="t1", name="f", arguments='{"a":1}')
    assert answer.finish_reason == "tool_calls"


@pytest.mark.parametrize("kept", [1, 2, 3])
async def test_a_stream_without_its_end_is_cut_off_and_keeps_what_came(
    bedrock: tuple[str, Serve], adapter: ThroughLitellm, kept: int
) -> None:
    url, serve = bedrock
    serve([START, text("a"), text("b")][:kept])
    answer, problem, _ = await ask(adapter, url)
    assert problem is not None
    assert (problem.failure, problem.billed) == ("cut_off", "perhaps")
    assert "".join(getattr(part, "text", "") for part in answer.parts) == "ab"[: kept - 1]


async def test_a_lost_connection_in_mid_stream_is_cut_off(
    bedrock: tuple[str, Serve], adapter: ThroughLitellm
) -> None:
    url, serve = bedrock
    serve([START, text("a"), b""])
    answer, problem, _ = await ask(adapter, url)
    assert problem is not None
    assert (problem.failure, answer.parts) == ("cut_off", (Text(text="a"),))


async def test_an_exception_in_mid_stream_keeps_the_text_and_the_words(
    bedrock: tuple[str, Serve], adapter: ThroughLitellm
) -> None:
    url, serve = bedrock
    words = {"message": "Too many requests, wait."}
    serve([START, text("a"), frame("throttlingException", words, message="exception")])
    answer, problem, _ = await ask(adapter, url)
    assert problem is not None
    assert problem.billed == "perhaps"
    assert "Too many requests" in problem.detail
    assert answer.parts == (Text(text="a"),)
