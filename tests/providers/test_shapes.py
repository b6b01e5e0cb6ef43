"""Where things stand in the answers of each shape, and what an event stream may look like."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.providers.test_cuts import candidate, cut, started, stopped, words
from tests.providers.test_readers import block, call, delta, events, grown, read, reader

from proofroom.domain.message import Reasoning, Text, ToolCall
from proofroom.domain.run import FinishReason
from proofroom.providers.adapter import Collector, Failed
from proofroom.providers.chat_reader import ChatReader
from proofroom.providers.dialects import dialect

KEY = "sk-marked-0123456789abcdef"

OK = delta(content="OK", finish="stop")
GEMINI_OK = candidate({"text": "OK"}, finishReason="STOP")
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "model": "m",
    "content": [{"type": "text", "text": "OK"}],
    "stop_reason": "end_turn",
}


def whole(**fields: Any) -> bytes:  # noqa: ANN401 - JSON
    return json.dumps({"choices": [{"message": fields, "finish_reason": "stop"}]}).encode()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("eos", "stop"),
        ("end_turn", "stop"),
        ("MAX_TOKENS", "length"),
        ("model_length", "length"),
        ("content_filter", "content_filter"),
        ("content_filtered", "content_filter"),
        ("safety", "content_filter"),
        ("function_call", "tool_calls"),
        ("tool_calls", "tool_calls"),
        ("insufficient_system_resource", "other"),
    ],
)
def test_a_chats_finish_reasons_are_few(raw: str, reason: FinishReason) -> None:
    answer = read("openai", events(delta(content="OK", finish=raw)))
    assert (answer.finish_reason, answer.finish_raw) == (reason, raw)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("MAX_TOKENS", "length"),
        *((raw, "content_filter") for raw in ("SAFETY", "RECITATION", "BLOCKLIST")),
        *((raw, "content_filter") for raw in ("PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY")),
        ("MODEL_ARMOR", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "other"),
    ],
)
def test_geminis_finish_reasons_are_few(raw: str, reason: FinishReason) -> None:
    answer = read("gemini", events(candidate({"text": "OK"}, finishReason=raw), end=b""))
    assert (answer.finish_reason, answer.finish_raw) == (reason, raw)
    blocked = {"promptFeedback": {"blockReason": raw}}
    assert read("gemini", json.dumps(blocked).encode()).finish_reason == "content_filter"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("pause_turn", "other"),
    ],
)
def test_anthropics_finish_reasons_are_few(raw: str, reason: FinishReason) -> None:
    answer = read("anthropic", json.dumps({**MESSAGE, "stop_reason": raw}).encode())
    assert (answer.finish_reason, answer.finish_raw) == (reason, raw)
    assert answer.marks == (("refusal",) if raw == "refusal" else ())


def test_who_answered_and_its_number_are_the_first_that_were_said() -> None:
    chat = [{**OK, "id": 7, "model": "m"}, {**delta(), "id": "b", "model": "n"}]
    found = read("openai", events(*chat))
    assert (found.request_id, found.model) == ("7", "m")
    gemini = {**GEMINI_OK, "modelVersion": "m", "responseId": "r1"}
    found = read("gemini", events({**candidate(), "responseId": "r0"}, gemini, end=b""))
    assert (found.request_id, found.model) == ("r0", "m")
    message = read("anthropic", json.dumps(MESSAGE).encode())
    assert (message.request_id, message.model) == ("msg_1", "m")


def test_a_refusal_is_text_with_a_mark() -> None:
    answer = read("openai", whole(content=None, refusal="I cannot."))
    assert (answer.parts, answer.marks) == ((Text(text="I cannot."),), ("refusal",))


def test_a_list_of_parts_holds_thoughts_and_texts() -> None:
    thinking = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    parts = [
        {"type": "thinking", "thinking": thinking},
        {"type": "thinking", "thinking": "c"},
        {"type": "text", "text": "OK"},
        {"type": "image"},
        7,
    ]
    for body in (whole(content=parts), events(delta(content=parts, finish="stop"))):
        answer = read("mistral", body)
        assert answer.parts == (Reasoning(text="abc"), Text(text="OK"))
    second = events(delta(1, content=parts), delta(content="x"), delta(0, "stop"))
    answer = read("mistral", second)
    assert answer.choices == ((Text(text="x"),), (Reasoning(text="abc"), Text(text="OK")))


def test_a_whole_answers_tool_calls_are_numbered_by_their_place() -> None:
    calls = [
        {"id": f"c{n}", "function": {"name": "f", "arguments": {"n": n}}}  # an object, as Ollama
        for n in (1, 2)
    ]
    answer = read("openai", whole(tool_calls=calls))
    assert answer.parts == tuple(
        ToolCall(id=f"c{n}", name="f", arguments=f'{{"n": {n}}}') for n in (1, 2)
    )
    assert answer.marks == ()


def test_streamed_calls_without_an_index_begin_with_an_id_or_a_name() -> None:
    def one(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        return delta(tool_calls=[fields])

    body = events(
        one(id="c1", function={"name": "f", "arguments": '{"a"'}),
        one(function={"arguments": ": 1}"}),
        one(function={"name": "g"}),
        one(function={"arguments": "{}"}),
        delta(finish="tool_calls"),
    )
    answer = read("openai", body)
    calls = [part for part in answer.parts if isinstance(part, ToolCall)]
    assert [(one.name, one.arguments) for one in calls] == [("f", '{"a": 1}'), ("g", "{}")]
    assert answer.marks == ("tool_calls_without_index",)


def test_calls_of_another_choice_stay_there() -> None:
    tool = {"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{}"}}
    body = events(delta(content="OK"), delta(1, tool_calls=[tool]), delta(0, "stop"))
    assert read("openai", body).choices == (
        (Text(text="OK"),),
        (ToolCall(id="c1", name="f", arguments="{}"),),
    )


def test_an_error_beside_choices_is_not_the_end_of_a_document() -> None:
    ok = {"choices": [{"message": {"content": "OK"}, "finish_reason": "stop"}]}
    body: dict[str, Any] = {**ok, "error": {}}
    assert words(read("openai", json.dumps(body).encode())) == "OK"
    error = {"error": {"message": "No."}}
    assert cut("openai", [json.dumps({**error, "choices": []}).encode()])[1] == "not_an_api"
    assert cut("openai", [events({**error, **OK})])[1] == "not_an_api"
    assert words(read("openai", events({"error": None, **OK}))) == "OK"


def test_a_server_that_answers_with_a_name_of_its_own_is_no_other_model() -> None:
    body = events({**OK, "model": "weights.gguf"})
    assert read("llamacpp", body).marks == ()
    assert read("openai", body).marks == ("other_model",)


def test_geminis_signature_stands_before_its_call_and_with_its_thought() -> None:
    one = {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "c2ln"}
    two = {"functionCall": {"name": "g", "id": "own"}}
    thought = {"text": "Hm.", "thought": True, "thoughtSignature": "aGlk"}
    answer = read("gemini", events(candidate(thought, one, two, finishReason="STOP"), end=b""))
    assert answer.parts == (
        Reasoning(text="Hm.", signature="aGlk"),
        Reasoning(signature="c2ln"),
        ToolCall(id="call_1", name="f", arguments='{"a": 1}'),
        ToolCall(id="own", name="g", arguments="{}"),
    )
    assert answer.finish_reason == "tool_calls"


def test_geminis_candidates_are_choices() -> None:
    first, second = ({"parts": [{"text": text}]} for text in "ab")
    body = {
        "candidates": [
            {"content": first, "finishReason": "STOP"},
            {"content": second, "index": 1, "finishReason": "MAX_TOKENS"},
        ]
    }
    answer = read("gemini", json.dumps(body).encode())
    assert answer.choices == ((Text(text="a"),), (Text(text="b"),))
    assert answer.finish_reason == "stop"


def test_anthropics_blocks_without_an_index_are_numbered() -> None:
    opens = [{**block(0, "tool_use", id=f"t{n}", name="f", input={}), "index": None} for n in "12"]
    grows = [{**grown(0, "input_json_delta", partial_json=f"{n}"), "index": None} for n in "12"]
    body = events(
        started({"input_tokens": 1, "output_tokens": 1}),
        *(event for pair in zip(opens, grows, strict=True) for event in pair),
        stopped("tool_use", {"output_tokens": 5}),
        {"type": "message_stop"},
        end=b"",
    )
    answer = read("anthropic", body)
    calls = [part for part in answer.parts if isinstance(part, ToolCall)]
    assert [(one.id, one.arguments) for one in calls] == [("t1", "1"), ("t2", "2")]
    assert answer.marks == ("tool_calls_without_index",)


def test_each_block_of_thoughts_keeps_its_own_signature() -> None:
    thoughts = [{"type": "thinking", "thinking": text, "signature": f"s{text}"} for text in "ab"]
    content: list[dict[str, Any]] = [
        *thoughts,
        {"type": "tool_use", "id": "t", "name": "f", "input": {}},
    ]
    answer = read("anthropic", json.dumps({**MESSAGE, "content": content}).encode())
    assert answer.parts == (
        Reasoning(text="a", signature="sa"),
        Reasoning(text="b", signature="sb"),
        ToolCall(id="t", name="f", arguments="{}"),
    )


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n\n ", b": hi\n\n", b"retry: 5\n"])
@pytest.mark.parametrize("field", [b"", b"id: 7\n", b"event: x\n", b"event:\n"])
def test_an_event_stream_may_begin_with_any_of_its_fields(before: bytes, field: bytes) -> None:
    body = before + field + events(OK)
    for size in (0, 1, 5):
        assert words(read("openai", body, size)) == "OK"


def test_an_event_may_have_several_lines_of_data() -> None:
    text = json.dumps(OK, indent=1).encode().replace(b"\n", b"\ndata:")
    body = b"data:" + text + b"\n\ndata:[DONE]\n\ndata: not read\n\n"
    assert words(read("openai", body)) == "OK"


def test_a_whole_answer_may_have_space_before_it() -> None:
    for before in (b"\n \r\n", b"\xef\xbb\xbf"):
        answer, failure = cut("openai", [before, whole(content="OK")])
        assert (words(answer), failure, answer.marks) == ("OK", "", ("unstreamed",))


def test_what_is_neither_is_read_no_further_and_kept() -> None:
    answer, failure = cut("openai", [b"upstream ", b"data: gone\n\n"])
    assert (failure, answer.raw) == ("not_an_api", "upstream data: gone\n\n")


def test_nothing_that_is_kept_holds_the_key_or_what_a_file_cannot_hold() -> None:
    into = Collector(lambda _kind, _text: None)
    made = ChatReader(call(), dialect("openai"), into, KEY)
    made.feed(events(delta(content=f"is {KEY}", finish="stop"), end=b"") + b": \0\xff\n\n")
    made.end()
    made.stop()
    raw = into.answer().raw
    assert "is [redacted]" in raw
    assert KEY not in raw
    assert raw.endswith(": \ufffd\ufffd\n\n")


def test_the_lines_of_one_event_are_bounded_together() -> None:
    made = reader("openai", call(line_limit=1000), Collector(lambda _kind, _text: None))
    line = b"data: " + b" " * 30 + b"\n"
    made.feed(events(OK, end=b""))
    with pytest.raises(Failed, match="line is over the limit"):
        made.feed(line * 60 + b"\n")
