"""Answers in the shapes that real providers send, with their usage and cost done by hand.

The shapes are those of the recordings of pydantic/pydantic-ai (MIT licence), with other contents.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain.message import Reasoning, Text, ToolCall, text_message
from proofroom.domain.provider import Model, Provider
from proofroom.domain.run import Answer
from proofroom.domain.usage import PriceRow, cost
from proofroom.providers.adapter import LINE_LIMIT, Call, Collector, Failed
from proofroom.providers.anthropic_reader import AnthropicReader
from proofroom.providers.body_reader import BodyReader
from proofroom.providers.chat_reader import ChatReader
from proofroom.providers.dialects import dialect
from proofroom.providers.gemini_reader import GeminiReader

PRICES = (  # nano-USD per million tokens: 3 USD in, 0.30 read, 3.75 and 6 written, 15 out
    PriceRow(bucket="input", nano_usd_per_million=3_000_000_000),
    PriceRow(bucket="cache_read", nano_usd_per_million=300_000_000),
    PriceRow(bucket="cache_write_5m", nano_usd_per_million=3_750_000_000),
    PriceRow(bucket="cache_write_1h", nano_usd_per_million=6_000_000_000),
    PriceRow(bucket="output", nano_usd_per_million=15_000_000_000),
)
PLAIN = {"prompt_tokens": 5, "completion_tokens": 10}
TAGGED = "<think>\nHm. <b>?\n</think>\n\nOK"


def call(*, stream: bool = True, model: str = "m", line_limit: int = LINE_LIMIT) -> Call:
    provider = Provider(name="acme", adapter="direct", url="http://127.0.0.1:1/v1")
    messages = (text_message("user", "x"),)
    named = Model(provider="acme", name=model)
    return Call(
        provider=provider, model=named, messages=messages, stream=stream, line_limit=line_limit
    )


def reader(shape: str, given: Call, into: Collector) -> BodyReader:
    if shape == "anthropic":
        return AnthropicReader(given, into, None)
    if shape == "gemini":
        return GeminiReader(given, into, None)
    return ChatReader(given, dialect(shape), into, None)


def read(shape: str, body: bytes, size: int = 0, *, model: str = "m") -> Answer:
    into = Collector(lambda _kind, _text: None)
    made = reader(shape, call(stream=not body.startswith(b"{"), model=model), into)
    step = size or len(body)
    for at in range(0, len(body), step):
        made.feed(body[at : at + step])
    try:
        made.end()
    finally:
        made.stop()
    return into.answer()


def events(*chunks: dict[str, Any], end: bytes = b"data: [DONE]\n\n") -> bytes:
    return b"".join(b"data: " + json.dumps(c).encode() + b"\n\n" for c in chunks) + end


def delta(index: int = 0, finish: str | None = None, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"choices": [{"index": index, "delta": fields, "finish_reason": finish}]}


def with_usage(usage: dict[str, Any]) -> bytes:
    return events(delta(content="OK", finish="stop"), {"choices": [], "usage": usage})


def buckets(answer: Answer) -> dict[str, int | None]:
    return {row.bucket: row.count for row in answer.usage}


def test_openai_counts_cached_written_and_reasoned_tokens_inside_their_sums() -> None:
    usage = {
        "prompt_tokens": 4020,
        "completion_tokens": 94,
        "total_tokens": 4114,
        "prompt_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 3000},
        "completion_tokens_details": {"reasoning_tokens": 64},
    }
    answer = read("openai", with_usage(usage))
    counts = {
        "input": 20,
        "cache_read": 1000,
        "cache_write_5m": 3000,
        "output": 30,
        "reasoning": 64,
    }
    assert buckets(answer) == counts
    # 20 x 3 + 1000 x 0.3 + 3000 x 3.75 + 94 x 15 = 60 + 300 + 11250 + 1410 = 13020 micro-USD
    assert cost(answer.usage, PRICES) == 13_020_000


def test_anthropic_counts_cache_reads_and_writes_beside_its_input() -> None:
    body = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
        "content": [{"type": "text", "text": "OK"}], "stop_reason": "end_turn",
        "usage": {
            "input_tokens": 3, "cache_read_input_tokens": 1111, "cache_creation_input_tokens": 418,
            "cache_creation": {"ephemeral_5m_input_tokens": 400, "ephemeral_1h_input_tokens": 18},
            "output_tokens": 33,
        },
    }  # fmt: skip
    answer = read("anthropic", json.dumps(body).encode())
    wanted = {
        "input": 3,
        "cache_read": 1111,
        "cache_write_5m": 400,
        "cache_write_1h": 18,
        "output": 33,
    }
    assert buckets(answer) == wanted
    # 3 x 3 + 1111 x 0.3 + 400 x 3.75 + 18 x 6 + 33 x 15 = 9 + 333.3 + 1500 + 108 + 495 = 2445.3
    assert cost(answer.usage, PRICES) == 2_445_300


def test_gemini_counts_thoughts_beside_its_candidates() -> None:
    usage = {
        "promptTokenCount": 110, "cachedContentTokenCount": 80,
        "candidatesTokenCount": 8, "thoughtsTokenCount": 5, "totalTokenCount": 123,
    }  # fmt: skip
    candidate = {"content": {"parts": [{"text": "OK"}]}, "finishReason": "STOP", "index": 0}
    answer = read("gemini", events({"candidates": [candidate], "usageMetadata": usage}, end=b""))
    assert buckets(answer) == {"input": 30, "cache_read": 80, "output": 8, "reasoning": 5}
    assert cost(answer.usage, PRICES) == 309_000  # 30 x 3 + 80 x 0.3 + 13 x 15 = 309 micro-USD


def test_xai_counts_reasoning_beside_its_completion() -> None:
    usage = {
        "prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 34,
        "completion_tokens_details": {"reasoning_tokens": 20},
    }  # fmt: skip
    answer = read("xai", with_usage(usage))
    assert (buckets(answer), answer.marks) == ({"input": 10, "output": 4, "reasoning": 20}, ())


@pytest.mark.parametrize(
    "usage",
    [
        {**PLAIN, "total_tokens": 12},
        {
            "prompt_tokens": 5,
            "completion_tokens": 10,
            "prompt_tokens_details": {"cached_tokens": 9},
        },
        {
            "prompt_tokens": 5,
            "completion_tokens": 10,
            "completion_tokens_details": {"reasoning_tokens": 11},
        },
        {"prompt_tokens": "many", "completion_tokens": 10},
        {"prompt_tokens": 5, "completion_tokens": 10, "total_tokens": 2**63},
        {
            "prompt_tokens": 5,
            "completion_tokens": 10,
            "prompt_tokens_details": {"cached_tokens": 10**40},
        },
    ],
)
def test_usage_unlike_its_parts_is_marked_and_never_less(usage: dict[str, Any]) -> None:
    answer = read("openai", with_usage(usage))
    assert answer.marks == ("usage_inconsistent",)
    assert json.loads(answer.usage_raw) == usage
    assert all((row.count or 0) < 2**40 for row in answer.usage)
    assert cost(answer.usage, PRICES) is None or (cost(answer.usage, PRICES) or 0) >= 165_000


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_thoughts_are_found_in_either_field(field: str) -> None:
    answer = read(
        "groq", events(delta(0, None, **{field: "Hm."}), delta(content="OK", finish="stop"))
    )
    assert answer.parts == (Reasoning(text="Hm."), Text(text="OK"))


def test_mistrals_thoughts_stand_in_a_list_of_parts() -> None:
    thought = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]
    answer = read("mistral", events(delta(content=thought), delta(content="OK", finish="stop")))
    assert answer.parts == (Reasoning(text="Hm."), Text(text="OK"))


@given(
    st.integers(1, 12),
    st.sampled_from([TAGGED, "<thin air> </think>"]),
)
def test_thoughts_in_tags_are_told_apart_however_they_are_cut(size: int, text: str) -> None:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    answer = read("groq", events(*(delta(content=piece) for piece in pieces), delta(finish="stop")))
    thoughts = "".join(part.text for part in answer.parts if isinstance(part, Reasoning))
    texts = "".join(part.text for part in answer.parts if isinstance(part, Text))
    begins = text.startswith("<think>")
    assert (thoughts.strip(), texts.strip()) == (("Hm. <b>?", "OK") if begins else ("", text))


@given(st.integers(1, 40), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_a_stream_reads_the_same_however_the_network_cuts_it(
    size: int, ends: bytes, closed: bool
) -> None:
    body = b": hello\n\n" + events(delta(content="né "), delta(content="日本 😀", finish="stop"))
    body = (body if closed else body.rstrip()).replace(b"\n", ends)
    answer = read("openai", body, size)
    assert (answer.parts, answer.marks) == ((Text(text="né 日本 😀"),), ())
    assert answer.raw == body.decode()


def block(index: int, kind: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    content = {"type": kind, **fields}
    return {"type": "content_block_start", "index": index, "content_block": content}


def grown(index: int, kind: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def test_anthropic_tool_calls_thoughts_and_signatures_come_in_pieces() -> None:
    usage, later = {"input_tokens": 9, "output_tokens": 1}, {"output_tokens": 7}
    body = events(
        {"type": "message_start", "message": {"id": "msg_1", "model": "m", "usage": usage}},
        block(0, "thinking", thinking="", signature=""),
        grown(0, "thinking_delta", thinking="Hm"),
        grown(0, "thinking_delta", thinking="."),
        grown(0, "signature_delta", signature="c2ln"),
        block(1, "redacted_thinking", data="aGlk"),
        block(2, "tool_use", id="t1", name="f", input={}),
        grown(2, "input_json_delta", partial_json='{"a":'),
        grown(2, "input_json_delta", partial_json="1}"),
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": later},
        {"type": "message_stop"},
        end=b"",
    )
    answer = read("anthropic", body)
    assert answer.parts == (
        Reasoning(text="Hm.", signature="c2ln"),
        Reasoning(signature="aGlk"),
        ToolCall(id="t1", name="f", arguments='{"a":1}'),
    )
    assert (buckets(answer), answer.finish_raw) == ({"input": 9, "output": 7}, "tool_use")


def test_a_prompt_that_gemini_blocks_is_filtered() -> None:
    answer = read("gemini", b'{"promptFeedback": {"blockReason": "SAFETY"}}')
    assert (answer.finish_reason, answer.finish_raw) == ("content_filter", "SAFETY")


def test_several_choices_are_all_kept() -> None:
    body = events(
        delta(0, content="a"), delta(1, content="b", finish="stop"), delta(0, finish="length")
    )
    answer = read("openai", body)
    assert answer.choices == ((Text(text="a"),), (Text(text="b"),))
    assert (answer.parts, answer.finish_reason) == ((Text(text="a"),), "length")


@pytest.mark.parametrize(
    ("asked", "answered", "other"),
    [
        ("gpt-4o-mini", "gpt-4o-mini-2024-07-18", False),
        ("claude-sonnet-4-0", "claude-sonnet-4-20250514", False),
        ("magistral-medium-latest", "magistral-medium-2509", False),
        ("meta-llama/Llama-3-8B", "llama-3-8b", False),
        ("gpt-4o", "gpt-4o-mini", True),
        ("claude-sonnet-4-5", "claude-haiku-4-5", True),
    ],
)
def test_a_dated_name_is_the_same_model(asked: str, answered: str, other: bool) -> None:
    body = events({**delta(content="OK", finish="stop"), "model": answered})
    assert ("other_model" in read("openai", body, model=asked).marks) == other


def test_a_line_over_its_limit_is_refused_before_it_ends() -> None:
    into = Collector(lambda _kind, _text: None)
    made = reader("openai", call(line_limit=1000), into)
    made.feed(b'data: {"choices": [')
    for _ in range(9):
        made.feed(b" " * 100)
    with pytest.raises(Failed) as ended:
        made.feed(b" " * 100)
    assert ended.value.problem.failure == "too_large"
