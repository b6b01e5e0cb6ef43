"""Answers that come in any pieces, end at any byte or hold anything: read alike, never by luck."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.providers.test_readers import block, call, delta, events, grown, read, reader

from proofroom.domain.message import Reasoning, Text, ToolCall
from proofroom.domain.run import Answer
from proofroom.domain.usage import INPUT
from proofroom.providers.adapter import Collector, Failed

DEEP = b"[" * 5000 + b"]" * 5000
ARGUMENTS = '{"ort": "Züri"}'
CHAT_CALL = {"index": 0, "id": "c1", "function": {"name": "f", "arguments": ARGUMENTS[:5]}}
CHAT_REST = {"index": 0, "function": {"arguments": ARGUMENTS[5:]}}
CHAT_USAGE = {"prompt_tokens": 12, "completion_tokens": 8}
GEMINI_CALL = {"functionCall": {"name": "f", "args": {"ort": "Züri"}}}
GEMINI_USAGE = {"promptTokenCount": 12, "candidatesTokenCount": 5, "thoughtsTokenCount": 3}
SPACE = st.sampled_from(["", " ", "\n", "\n\n ", "\t"])
WORDS = st.lists(st.sampled_from(["a", " b", "<", "<b>", "</", "</thin", "é", "\n"]), max_size=6)


def candidate(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"candidates": [{"content": {"parts": list(parts)}, **fields}]}


def started(usage: dict[str, int]) -> dict[str, Any]:
    return {"type": "message_start", "message": {"id": "m1", "model": "m", "usage": usage}}


def stopped(reason: str, usage: dict[str, int]) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


BODIES = {
    "openai": b": hello\n\n"
    + events(
        {**delta(reasoning="Hm é"), "usage": {**CHAT_USAGE, "completion_tokens": 1}},
        delta(content="né "),
        delta(content="日本 😀"),
        delta(tool_calls=[CHAT_CALL]),
        delta(tool_calls=[CHAT_REST], finish="tool_calls"),
        {"choices": [], "usage": CHAT_USAGE},
    ),
    "groq": events(
        delta(content="\n<thi"),
        delta(content="nk>\nHm é </"),
        delta(content="b>\n</think>"),
        delta(content="\n\n"),
        delta(content="OK 😀", finish="stop"),
        {"choices": [], "usage": CHAT_USAGE},
    ),
    "anthropic": events(
        started({"input_tokens": 12, "output_tokens": 1}),
        block(0, "thinking", thinking="", signature=""),
        grown(0, "thinking_delta", thinking="Hm é"),
        grown(0, "signature_delta", signature="c2ln"),
        block(1, "text", text=""),
        grown(1, "text_delta", text="né 😀"),
        block(2, "tool_use", id="t1", name="f", input={}),
        grown(2, "input_json_delta", partial_json=ARGUMENTS[:5]),
        grown(2, "input_json_delta", partial_json=ARGUMENTS[5:]),
        stopped("tool_use", {"output_tokens": 8}),
        {"type": "message_stop"},
        end=b"",
    ),
    "gemini": events(
        {**candidate({"text": "Hm é", "thought": True}), "usageMetadata": {"promptTokenCount": 12}},
        candidate({"text": "né 😀"}),
        candidate(GEMINI_CALL),
        {**candidate(finishReason="STOP"), "usageMetadata": GEMINI_USAGE},
        end=b"",
    ),
}
EACH_BODY = pytest.mark.parametrize("shape", list(BODIES))


def cut(shape: str, pieces: list[bytes]) -> tuple[Answer, str]:
    """Return the answer of a body in these pieces, and the failure it ended with."""
    into = Collector(lambda _kind, _text: None)
    made = reader(shape, call(), into)
    failure = ""
    try:
        for piece in pieces:
            made.feed(piece)
        made.end()
    except Failed as failed:
        failure = failed.problem.failure
    made.stop()
    return into.answer(), failure


def words(answer: Answer, kind: type[Text | Reasoning] = Text) -> str:
    return "".join(part.text for part in answer.parts if isinstance(part, kind))


@EACH_BODY
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_two_pieces_cut_at_any_byte_are_read_as_one(shape: str, ends: bytes) -> None:
    body = BODIES[shape].replace(b"\n", ends)
    whole, failure = cut(shape, [body])
    assert (failure, whole.marks) == ("", ())
    assert whole.finish_reason == ("stop" if shape == "groq" else "tool_calls")
    assert [row.count for row in whole.usage if row.bucket == "input"] == [12]
    for at in range(len(body)):
        assert cut(shape, [body[:at], body[at:]]) == (whole, ""), body[:at]
    assert cut(shape, [body[at : at + 1] for at in range(len(body))]) == (whole, "")


@EACH_BODY
def test_a_body_that_ends_at_any_byte_is_whole_or_a_failure_of_unknown_cost(shape: str) -> None:
    body = BODIES[shape]
    whole, _ = cut(shape, [body])
    ends: list[str] = []
    for at in range(len(body)):
        answer, failure = cut(shape, [body[:at]])
        ends.append(failure)
        half_a_tag = "<think>".startswith(words(answer).strip())
        assert words(whole).startswith(words(answer)) or half_a_tag
        assert failure or answer.finish_reason
        counts = {row.count for row in answer.usage if row.bucket not in INPUT}
        assert answer.finish_reason or counts <= {None}
    # nothing, half a line, half an answer; but never an end of our own making
    assert set(ends) == {"not_an_api", "cut_off", "unreadable", ""}
    assert "" not in ends[: len(body) // 2]


@EACH_BODY
def test_tool_calls_thoughts_and_text_are_told_apart_in_every_shape(shape: str) -> None:
    answer, _ = cut(shape, [BODIES[shape]])
    thought = "Hm é </b>" if shape == "groq" else "Hm é"
    assert words(answer, Reasoning) == thought
    assert words(answer) == {"openai": "né 日本 😀", "groq": "OK 😀"}.get(shape, "né 😀")
    calls = [part for part in answer.parts if isinstance(part, ToolCall)]
    assert [json.loads(one.arguments) for one in calls] == (
        [] if shape == "groq" else [{"ort": "Züri"}]
    )
    assert sum(row.count or 0 for row in answer.usage) == 20


@given(SPACE, SPACE, WORDS, SPACE, SPACE, WORDS, st.integers(1, 9))
@example("", "\n", [], "\n", "\n\n", ["a"], 1)  # a model that was told not to think
def test_thoughts_in_tags_are_the_same_in_any_pieces(  # noqa: PLR0913, PLR0917 - the parts of a text
    before: str, start: str, thought: list[str], end: str, gap: str, said: list[str], size: int
) -> None:
    inside, text = "".join(thought), "".join(said)
    body = f"{before}<think>{start}{inside}{end}</think>{gap}{text}"
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    streamed = read("groq", events(*(delta(content=one) for one in pieces), delta(finish="stop")))
    message = {"choices": [{"message": {"content": body}, "finish_reason": "stop"}]}
    whole = read("groq", json.dumps(message).encode())
    for answer in (streamed, whole):
        assert words(answer, Reasoning) == inside.strip()
        assert words(answer) == text.lstrip()


@pytest.mark.parametrize("text", ["  <thinker", "<think", "\n\n", " <thin</think>", "a <think>b"])
def test_text_that_only_looks_like_a_thought_stays_as_it_is(text: str) -> None:
    for pieces in ([text], list(text)):
        answer = read("groq", events(*(delta(content=one) for one in pieces), delta(finish="stop")))
        assert answer.parts == (Text(text=text),)


def test_a_thought_that_never_ends_is_all_thought() -> None:
    answer = read("groq", events(delta(content="<think>Hm </th"), delta(finish="length")))
    assert answer.parts == (Reasoning(text="Hm </th"),)


@pytest.mark.parametrize("shape", ["openai", "anthropic", "gemini"])
@pytest.mark.parametrize(
    "body",
    [b'data: {"x": %s}\n\n', b'data: {"x": "\\u0000", "error": %s}\n\n', b'{"usage": %s}'],
    ids=["a field", "mended", "a document"],
)
def test_what_is_nested_without_end_is_unreadable_and_no_fault_of_ours(
    shape: str, body: bytes
) -> None:
    answer, failure = cut(shape, [body % DEEP])
    assert (failure, answer.raw[:9]) == ("unreadable", body[:9].decode())


@given(st.sampled_from(["openai", "anthropic", "gemini"]), st.lists(st.binary(max_size=60)))
@example("openai", [b'{"choices": [{"message": {"content": {"a": 1}}}]}'])
@example("gemini", [b"[]"])
def test_no_bytes_are_a_fault_of_ours(shape: str, pieces: list[bytes]) -> None:
    for body in (pieces, [b"data: ", *pieces, b"\n\n"], [b'data: {"choices":', *pieces, b"}\n\n"]):
        answer, failure = cut(shape, body)
        assert failure
        answer.raw.encode()
