"""Recorded usage of each provider, read from the wire and priced: the sums are worked out by hand.

The counts are those of the recordings named (pydantic/pydantic-ai's tests/models/cassettes, MIT
licence, written FOLDER/RECORDING); the bodies around them have their shapes and contents of our
own. A price is in nano-USD a token, so 150 is $0.15 a million, and stands in the test: the amounts
must not move when the shipped prices do. xAI, Together, Fireworks, vLLM, LM Studio and llama.cpp
are not recorded; their counts are made up in the form of their own pages.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec import Struct
from tests.providers.conftest import KEY
from tests.providers.test_bedrock import START, STOP, frame, text

from proofroom.domain.message import text_message
from proofroom.domain.provider import Model
from proofroom.domain.usage import Bucket, PriceRow, cost
from proofroom.providers import adapters
from proofroom.providers.adapter import Call, Collector
from proofroom.providers.connection import Network
from proofroom.providers.known import provider_of, table

# litellm looks at every attribute of its own pydantic models, and pydantic complains of some
pytestmark = pytest.mark.filterwarnings("ignore:Accessing the 'model_:DeprecationWarning")


class Case(Struct, frozen=True):
    """A recorded usage, the prices, and the amount in nano-USD as worked out by hand."""

    source: str
    provider: str
    model: str
    stream: bool
    usage: dict[str, Any]
    prices: dict[Bucket, int]
    amount: int


def chat(
    prompt: int, completion: int, cached: int | None = None, thought: int | None = None
) -> dict[str, Any]:
    usage: dict[str, Any] = {"prompt_tokens": prompt, "completion_tokens": completion}
    usage["total_tokens"] = prompt + completion
    if cached is not None:
        usage["prompt_tokens_details"] = {"cached_tokens": cached}
    if thought is not None:
        usage["completion_tokens_details"] = {"reasoning_tokens": thought}
    return usage


WRITTEN = chat(4020, 4, 0, 0)
WRITTEN["prompt_tokens_details"]["cache_write_tokens"] = 4012
SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
CASES = [
    # 53 x 150 + 15 x 600 = 7,950 + 9,000
    Case("openai/run_stream_sync_streams_real_model", "openai", "gpt-4o-mini", True,
         chat(53, 15, 0, 0), {"input": 150, "output": 600}, 16_950),
    # 7 x 1,100 + (87 - 64) x 4,400 + 64 x 4,400 = 7,700 + 101,200 + 281,600
    Case("openai/max_completion_tokens_o3-mini_", "openai", "o3-mini", False,
         chat(7, 87, 0, 64), {"input": 1100, "output": 4400}, 390_500),
    # 8 x 5,000 + 4,012 written x 6,250 + 4 x 30,000 = 40,000 + 25,075,000 + 120,000
    Case("openai_prompt_cache/chat_prompt_cache_e2e, first", "openai", "gpt-5.6-sol", False,
         WRITTEN, {"input": 5000, "cache_write_5m": 6250, "cache_read": 500, "output": 30000},
         25_235_000),
    # 8 x 5,000 + 4,012 read x 500 + 4 x 30,000 = 40,000 + 2,006,000 + 120,000
    Case("openai_prompt_cache/chat_prompt_cache_e2e, second", "openai", "gpt-5.6-sol", False,
         chat(4020, 4, 4012, 0), {"input": 5000, "cache_read": 500, "output": 30000}, 2_166_000),
    # (336 - 256) x 150 + 256 x 75 + 96 x 600 = 12,000 + 19,200 + 57,600
    Case("groq/tool_use_failed_error", "groq", "openai/gpt-oss-120b", False,
         chat(336, 96, 256, 59), {"input": 150, "cache_read": 75, "output": 600}, 88_800),
    # (268 - 224) x 2,000 + 224 x 200 + 5 x 6,000 = 88,000 + 44,800 + 30,000
    Case("mistral/history_uses_prompt_cache", "mistral", "mistral-large-latest", False,
         chat(268, 5, 224), {"input": 2000, "cache_read": 200, "output": 6000}, 162_800),
    # 10 x 2,000 + 232 x 5,000 = 20,000 + 1,160,000
    Case("mistral/model_thinking_part_iter", "mistral", "magistral-medium-latest", True,
         chat(10, 232), {"input": 2000, "output": 5000}, 1_180_000),
    # 6 x 550 + (212 - 198) x 2,190 + 198 x 2,190 = 3,300 + 30,660 + 433,620
    Case("deepseek/model_thinking_stream", "deepseek", "deepseek-reasoner", True,
         {**chat(6, 212, 0, 198), "prompt_cache_hit_tokens": 0, "prompt_cache_miss_tokens": 6},
         {"input": 550, "output": 2190}, 467_580),
    # 12 x 550 + 789 x 2,190 = 6,600 + 1,727,910
    Case("deepseek/model_thinking_part", "deepseek", "deepseek-reasoner", False,
         chat(12, 789, 0, 415), {"input": 550, "output": 2190}, 1_734_510),
    # 17 x 250 + 2,177 x 2,000 = 4,250 + 4,354,000: what OpenRouter itself says, $0.00435825
    Case("openrouter/usage", "openrouter", "openai/gpt-5-mini", False,
         {**chat(17, 2177, 0, 960), "cost": 0.00435825}, {"input": 250, "output": 2000}, 4_358_250),
    # 9 x 2,000 + 104 x 8,000 = 18,000 + 832,000: OpenRouter says $0.00085
    Case("openrouter/stream_with_reasoning", "openrouter", "openai/o3", True,
         {**chat(9, 104, 0, 0), "cost": 0.00085}, {"input": 2000, "output": 8000}, 850_000),
    # 17 x 2,250 + 415 x 2,750 = 38,250 + 1,141,250
    Case("cerebras/zai_reasoning_replayed_as_think_tags", "cerebras", "zai-glm-4.7", False,
         chat(17, 415, 0, 406), {"input": 2250, "output": 2750}, 1_179_500),
    # on this laptop nothing is billed
    Case("ollama/local_native_output_uses_json_schema", "ollama", "qwen3:0.6b", False,
         chat(136, 15), {"input": 0, "output": 0}, 0),
    # docs.x.ai: the completion leaves the thoughts out: 32 x 300 + (9 + 94) x 500 = 9,600 + 51,500
    Case("https://docs.x.ai/docs/guides/reasoning", "xai", "grok-3-mini", True,
         {**chat(32, 9, 0, 94), "total_tokens": 135}, {"input": 300, "output": 500}, 61_100),
    # 20 x 880 + 5 x 880 = 17,600 + 4,400
    Case("https://docs.together.ai/reference/chat-completions-1", "together", "llama", True,
         chat(20, 5), {"input": 880, "output": 880}, 22_000),
    # (1,000 - 900) x 900 + 900 x 450 + 10 x 900 = 90,000 + 405,000 + 9,000
    Case("https://docs.fireworks.ai/guides/prompt-caching", "fireworks", "llama", False,
         chat(1000, 10, 900), {"input": 900, "cache_read": 450, "output": 900}, 504_000),
    # 46 x 2,500 + 11 x 10,000 = 115,000 + 110,000; OpenAI's form, recorded at OpenAI
    Case("openai/image_url_tool_response", "azure", "gpt-4o", False,
         chat(46, 11, 0, 0), {"input": 2500, "output": 10000}, 225_000),
    # the total says 62 thoughts more than the completion: 35 x 1,250 + (12 + 62) x 10,000
    Case("openai/compatible_api_with_tool_calls_without_id", "vertex_ai", "gemini-2.5-pro", False,
         {"prompt_tokens": 35, "completion_tokens": 12, "total_tokens": 109},
         {"input": 1250, "output": 10000}, 783_750),
    # 3 x 3,000 + 1,111 read x 300 + 418 written x 3,750 + 33 x 15,000
    #   = 9,000 + 333,300 + 1,567,500 + 495,000
    Case("anthropic/cache_real_api, second", "anthropic", "claude-sonnet-4-5", False,
         {"input_tokens": 3, "cache_creation_input_tokens": 418, "cache_read_input_tokens": 1111,
          "cache_creation": {"ephemeral_5m_input_tokens": 418, "ephemeral_1h_input_tokens": 0},
          "output_tokens": 33},
         {"input": 3000, "cache_read": 300, "cache_write_5m": 3750, "output": 15000}, 2_404_800),
    # 43 x 3,000 + 282 x 15,000 = 129,000 + 4,230,000; the first event says 1, the last one counts
    Case("anthropic/model_thinking_part_stream", "anthropic", "claude-sonnet-4-20250514", True,
         {"input_tokens": 43, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
          "output_tokens": 282}, {"input": 3000, "output": 15000}, 4_359_000),
    # 34 x 1,250 + (469 + 787) x 10,000 = 42,500 + 12,560,000
    Case("google/model_thinking_part_iter", "gemini", "gemini-2.5-pro", True,
         {"promptTokenCount": 34, "candidatesTokenCount": 469, "totalTokenCount": 1290,
          "thoughtsTokenCount": 787}, {"input": 1250, "output": 10000}, 12_602_500),
    # 2,589 x 100 + 33 x 400 = 258,900 + 13,200
    Case("google/url_input_ImageUrl_", "gemini", "gemini-2.0-flash", False,
         {"promptTokenCount": 2589, "candidatesTokenCount": 33, "totalTokenCount": 2622},
         {"input": 100, "output": 400}, 272_100),
    # 2 x 3,000 + 1,322 written x 3,750 + 5 x 15,000 = 6,000 + 4,957,500 + 75,000
    Case("bedrock/cache_write_and_read, first", "bedrock", SONNET,
         False, {"cacheReadInputTokens": 0, "cacheWriteInputTokens": 1322, "inputTokens": 2,
                 "outputTokens": 5, "totalTokens": 1329},
         {"input": 3000, "cache_read": 300, "cache_write_5m": 3750, "output": 15000}, 5_038_500),
    # 2 x 3,000 + 1,322 read x 300 + 5 x 15,000 = 6,000 + 396,600 + 75,000
    Case("bedrock/cache_write_and_read, second", "bedrock", SONNET,
         False, {"cacheReadInputTokens": 1322, "cacheWriteInputTokens": 0, "inputTokens": 2,
                 "outputTokens": 5, "totalTokens": 1329},
         {"input": 3000, "cache_read": 300, "cache_write_5m": 3750, "output": 15000}, 477_600),
    # 13 x 35 + 82 x 140 = 455 + 11,480
    Case("bedrock/model_stream", "bedrock", "us.amazon.nova-micro-v1:0", True,
         {"inputTokens": 13, "outputTokens": 82, "totalTokens": 95},
         {"input": 35, "output": 140}, 11_935),
]  # fmt: skip


Body = dict[str, Any]


def events(*data: object) -> bytes:
    return b"".join(b"data: %s\n\n" % json.dumps(one).encode() for one in data)


def anthropic_events(usage: dict[str, Any]) -> bytes:
    first = {**usage, "output_tokens": 1}
    delta = {"type": "text_delta", "text": "OK"}
    block = {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "text", "text": ""},
    }
    ended = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}
    message: Body = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "content": [],
        "usage": first,
    }
    found: list[Body] = [
        {"type": "message_start", "message": message},
        block,
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        ended,
        {"type": "message_stop"},
    ]
    return b"".join(b"event: %s\n" % str(one["type"]).encode() + events(one) for one in found)


def anthropic_body(case: Case) -> bytes:
    if case.stream:
        return anthropic_events(case.usage)
    whole = {"id": "m", "type": "message", "role": "assistant", "stop_reason": "end_turn"}
    return json.dumps(
        {**whole, "content": [{"type": "text", "text": "OK"}], "usage": case.usage}
    ).encode()


def gemini_body(case: Case) -> bytes:
    part = {"content": {"parts": [{"text": "OK"}], "role": "model"}, "finishReason": "STOP"}
    answer = {"candidates": [{**part, "index": 0}], "usageMetadata": case.usage}
    return events(answer) if case.stream else json.dumps(answer).encode()


def bedrock_body(case: Case) -> bytes:
    told = {"usage": case.usage, "metrics": {"latencyMs": 1}}
    if case.stream:
        return b"".join([START, text("OK"), STOP, frame("metadata", told)])
    message = {"role": "assistant", "content": [{"text": "OK"}]}
    return json.dumps({"output": {"message": message}, "stopReason": "end_turn", **told}).encode()


def chat_body(case: Case) -> bytes:
    said = {"role": "assistant", "content": "OK"}
    if not case.stream:
        choice = {"index": 0, "message": said, "finish_reason": "stop"}
        return json.dumps({"choices": [choice], "usage": case.usage}).encode()
    ended: Body = {"index": 0, "delta": {}, "finish_reason": "stop"}
    first = {"choices": [{"index": 0, "delta": said}]}
    return events(first, {"choices": [ended], "usage": case.usage}) + b"data: [DONE]\n\n"


OWN = {"anthropic": anthropic_body, "gemini": gemini_body, "bedrock": bedrock_body}
EVENTS = {"bedrock": "application/vnd.amazon.eventstream"}


@pytest.fixture(autouse=True)
async def own_adapters() -> AsyncIterator[None]:
    """Close what a test shared with nobody: the next one has another loop."""
    yield
    await adapters.close_all()


@pytest.mark.parametrize("case", CASES, ids=[f"{one.provider}: {one.source}" for one in CASES])
async def test_a_recorded_usage_costs_what_was_worked_out_by_hand(case: Case) -> None:
    body = OWN.get(case.provider, chat_body)(case)
    streamed = EVENTS.get(case.provider, "text/event-stream")
    kind = streamed if case.stream else "application/json"

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type=kind)

    app = web.Application()
    app.router.add_post("/{rest:.*}", answer)
    async with TestServer(app) as server:
        url = str(server.make_url("/v1"))
        fields = json.dumps({"region": "us-east-1"})
        provider = provider_of(table()[case.provider], url=url, fields=fields)
        if case.provider == "vertex_ai":  # its tokens have tests of their own
            provider = provider_of(table()[""], url=url)
        call = Call(
            provider=provider,
            model=Model(provider=case.provider, name=case.model),
            messages=(text_message("user", "x"),),
            stream=case.stream,
        )
        into, adapter = (
            Collector(lambda _kind, _text: None),
            adapters.adapter_for(provider, Network()),
        )
        await adapter.ask(call, adapter.request(call), KEY, into)
    prices = [
        PriceRow(bucket=bucket, nano_usd_per_million=nano * 1_000_000)
        for bucket, nano in case.prices.items()
    ]
    assert cost(into.answer().usage, prices) == case.amount


def test_every_provider_that_bills_has_a_case() -> None:
    billed = {name for name, row in table().items() if row.needs_key}
    assert billed <= {case.provider for case in CASES}
    both = {case.provider for case in CASES if case.stream} & {
        case.provider for case in CASES if not case.stream
    }
    recorded = {"openai", "anthropic", "gemini", "mistral", "deepseek", "openrouter", "bedrock"}
    assert recorded <= both
