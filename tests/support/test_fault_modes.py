"""Each mode of the fault server does on the wire what its name says."""

from __future__ import annotations

import asyncio
import json
import re

import pytest
from tests.support.fault_client import SHAPES, Ending, connect, hear
from tests.support.fault_modes import MODES
from tests.support.fault_server import FaultServer

BOTH = (False, True)
TEXT = "The quiet harbour keeps nine small boats."
STATUSES = {  # the same in each shape, but for those in OTHER_STATUSES
    "429ra": 429, "429once": 429, "429date": 429, "429long": 429, "429": 429, "429quota": 429,
    "500": 500, "503": 503, "529": 529, "502html": 502, "401": 401, "403": 403, "404": 404,
    "400ctx": 400, "400cf": 400, "400param": 400, "408": 408, "409": 409, "413": 413, "422": 422,
    "204": 204, "200err": 200, "portal": 200, "redir": 307, "redirloop": 307, "bighdr": 200,
}  # fmt: skip
OTHER_STATUSES = {("429quota", "anthropic"): 400, ("400cf", "gemini"): 200}
ENDINGS: dict[str, Ending] = {
    "rst0": "reset", "rstmid": "reset", "fin0": "short", "finmid": "short", "garbage": "short",
}  # fmt: skip
HANGING = ("silent0", "silentmid", "keepalive")
TIMED = {
    "slow": {"slow_s": 0.001}, "slowtok": {"slow_s": 0.001}, "slowbody": {"byte_s": 0},
    "big": {"big_bytes": 1_000_000}, "bigline": {"line_bytes": 1_000_000},
}  # fmt: skip
# What the whole answer must hold in the three shapes; one text stands for all of them.
MARKS: dict[str, tuple[str, ...]] = {
    "ok": ('"stop"', '"end_turn"', '"STOP"'),
    "usage": ('"prompt_tokens":12', '"input_tokens":12', '"promptTokenCount":12'),
    "negusage": ('"model":"m"', '"input_tokens":-3', '"promptTokenCount":-3'),
    "othermodel": ("another-model-2026-10-01",),
    "reasoning": ("reasoning_content", '"signature":"', '"thought":true'),
    "length": ('"length"', '"max_tokens"', '"MAX_TOKENS"'),
    "cfmid": ('"content_filter"', '"stop_reason":"refusal"', '"SAFETY"'),
    "refusal": ('"refusal":"I cannot', '"stop_reason":"refusal"', "PROHIBITED_CONTENT"),
    "errmid": ('"error":{"message"', '"overloaded_error"', '"UNAVAILABLE"'),
    "tools": ('"tool_calls"', '"tool_use"', '"functionCall"'),
    "toolsdup": ('"call_1"',),
    "toolsnoindex": ('"id":"call_2","type":"function"', '"call_2"', '"functionCall"'),
    "toolsbadargs": ("Oslo", "Oslo", "MALFORMED_FUNCTION_CALL"),
    "loop100": (" again",),
    "schema": ("{}",),
    "null": ('"content":null', '"end_turn"', '"content":{"role":"model"}'),
    "nochoices": ('"choices":[]', '"content":[]', "usageMetadata"),
    "surrogate": (r" \ud83d",),
    "nul": (r"\u0000",),
    "slow": (" boats",), "slowtok": (" boats",), "slowbody": (" boats",), "gzip": (" boats",),
}  # fmt: skip
OWN_TEST = {
    "nousage", "cached", "nofinish", "nodone", "noend", "badjson", "badjsonfull", "gzipbomb",
    "big", "bigline", "badutf8", "splitutf8", "sseinjson", "jsoninstream",
}  # fmt: skip


def test_every_mode_has_a_test() -> None:
    tested = {*STATUSES, *ENDINGS, *HANGING, *MARKS, *OWN_TEST}
    assert tested == set(MODES)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mode", STATUSES)
async def test_an_error_mode_answers_with_its_status(
    server: FaultServer, mode: str, shape: str
) -> None:
    for stream in BOTH:
        server.forget()
        heard = await hear(server, mode, shape, stream=stream)
        assert heard.status == OTHER_STATUSES.get((mode, shape), STATUSES[mode])
        assert heard.ending == "whole"
        if mode[0] in "45" and mode != "502html":
            wanted = "promptFeedback" if heard.status == 200 else "error"
            assert wanted in json.loads(heard.body)


@pytest.mark.parametrize("stream", BOTH)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mode", ENDINGS)
async def test_a_broken_answer_ends_as_named(
    server: FaultServer, mode: str, shape: str, stream: bool
) -> None:
    heard = await hear(server, mode, shape, stream=stream)
    assert heard.ending == ENDINGS[mode]
    assert heard.status == (200 if mode.endswith("mid") else 0)
    assert bool(heard.body) == mode.endswith("mid") or mode == "garbage"
    assert b"[DONE]" not in heard.body
    assert b"message_stop" not in heard.body
    assert server.requests[0].closed_at is None


@pytest.mark.parametrize("stream", BOTH)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mode", MARKS)
async def test_an_answer_carries_the_mark_of_its_mode(
    server: FaultServer, mode: str, shape: str, stream: bool
) -> None:
    server.set(mode, **TIMED.get(mode, {}))
    options = {"include_usage": True}
    heard = await hear(server, mode, shape, stream=stream, stream_options=options)
    marks = MARKS[mode]
    assert (heard.status, heard.ending) == (200, "whole")
    assert marks[SHAPES.index(shape) % len(marks)] in heard.body.decode()
    assert (b"text/event-stream" in heard.head) == stream
    if not stream:
        assert isinstance(json.loads(heard.body), dict)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mode", HANGING)
async def test_a_hanging_answer_lasts_until_the_client_goes(
    server: FaultServer, mode: str, shape: str
) -> None:
    for number, stream in enumerate(BOTH, 1):
        reader, writer = await connect(server, mode, shape, stream=stream)
        if mode != "silent0":
            await reader.readuntil(b"\r\n\r\n")
        await asyncio.to_thread(server.wait_for, number)
        writer.close()
        (*_, left) = await asyncio.to_thread(server.wait_closed, number)
        assert left.finished_at is None
        assert left.closed_at is not None
        assert left.closed_at > left.at


async def test_keep_alives_are_comments_and_pings(server: FaultServer) -> None:
    server.set("keepalive", byte_s=0)
    for shape, comment in zip(SHAPES, (b": keep", b"event: ping", b": keep"), strict=True):
        reader, writer = await connect(server, "keepalive", shape, stream=True)
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(3):
            await reader.readuntil(comment)
        writer.close()
    assert len(await asyncio.to_thread(server.wait_closed, 3)) == 3


@pytest.mark.parametrize("shape", SHAPES)
async def test_an_end_lacks_what_its_mode_leaves_out(server: FaultServer, shape: str) -> None:
    finish = {"openai": b'"finish_reason":"', "anthropic": b"stop_reason", "gemini": b"finishReas"}
    mark = {"openai": b"[DONE]", "anthropic": b"message_stop", "gemini": b"data"}[shape]
    for mode, finished, marked in (("nodone", 1, 0), ("nofinish", 0, 1), ("noend", 0, 0)):
        heard = await hear(server, mode, shape, stream=True)
        body = heard.body.replace(b'"stop_reason":null', b"")
        assert (heard.ending, b" boats" in body) == ("whole", True)
        assert (finish[shape] in body) == bool(finished)
        assert (mark in body) == bool(marked) or shape == "gemini"
    heard = await hear(server, "noend", shape, stream=False)
    assert (heard.ending, heard.body[-1:] == b"}") == ("short", False)


@pytest.mark.parametrize("shape", SHAPES)
async def test_bad_json_is_one_line_or_the_whole_body(server: FaultServer, shape: str) -> None:
    heard = await hear(server, "badjson", shape, stream=True)
    good = bad = 0
    for line in re.findall(rb"data: (\{.*)", heard.body):
        try:
            json.loads(line)
            good += 1
        except ValueError:
            bad += 1
    assert (bad, good > 5, b" boats" in heard.body) == (1, True, True)
    for mode, stream in (("badjson", False), ("badjsonfull", False), ("badjsonfull", True)):
        heard = await hear(server, mode, shape, stream=stream)
        assert heard.ending == "whole"
        with pytest.raises(ValueError, match=r"line 1 column"):
            json.loads(heard.body)


@pytest.mark.parametrize("stream", BOTH)
@pytest.mark.parametrize("shape", SHAPES)
async def test_bytes_that_are_not_utf8_stay_so(
    server: FaultServer, shape: str, stream: bool
) -> None:
    heard = await hear(server, "badutf8", shape, stream=stream)
    with pytest.raises(UnicodeDecodeError):
        heard.body.decode()
    heard = await hear(server, "splitutf8", shape, stream=stream)
    assert "😀" in heard.body.decode()
    assert [part for part in heard.chunks if part[0] >= 0x80] != []


@pytest.mark.parametrize("stream", BOTH)
@pytest.mark.parametrize("shape", SHAPES)
async def test_big_answers_are_as_big_as_asked(
    server: FaultServer, shape: str, stream: bool
) -> None:
    size = 1_500_000
    server.set("*", big_bytes=size, line_bytes=size)
    for mode in ("big", "bigline", "gzipbomb"):
        heard = await hear(server, mode, shape, stream=stream)
        assert (heard.status, heard.ending) == (200, "whole")
        assert size < len(heard.body) < size + 70_000 + size // 100
        lines = heard.body.splitlines()
        assert (max(map(len, lines)) > size) == (mode != "big" or not stream)
        if not stream:
            assert json.loads(heard.body)


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_other_kind_of_answer_comes(server: FaultServer, shape: str) -> None:
    events = await hear(server, "sseinjson", shape, stream=False)
    whole = await hear(server, "jsoninstream", shape, stream=True)
    assert b"text/event-stream" in events.head
    assert b"data: {" in events.body
    assert b"application/json" in whole.head
    assert TEXT in whole.body.decode()


@pytest.mark.parametrize("stream", BOTH)
async def test_usage_counts_as_each_provider_does(server: FaultServer, stream: bool) -> None:
    options = {"include_usage": True}
    wanted = {
        "openai": {"prompt_tokens": 110, "cached_tokens": 80, "cache_write_tokens": 20},
        "anthropic": {"input_tokens": 10, "cache_read_input_tokens": 80, "output_tokens": 13},
        "gemini": {"promptTokenCount": 110, "cachedContentTokenCount": 80, "thoughtsTokenCount": 5},
    }
    for shape, counts in wanted.items():
        heard = await hear(server, "cached", shape, stream=stream, stream_options=options)
        bare = await hear(server, "nousage", shape, stream=stream, stream_options=options)
        for name, count in counts.items():
            assert f'"{name}":{count}' in heard.body.decode()
            assert name not in bare.body.decode()


async def test_openai_streams_usage_only_when_asked(server: FaultServer) -> None:
    silent = await hear(server, "ok", "openai", stream=True)
    options = {"include_usage": True}
    asked = await hear(server, "ok", "openai", stream=True, stream_options=options)
    unasked = await hear(server, "usage", "openai", stream=True)
    assert [b"usage" in heard.body for heard in (silent, asked, unasked)] == [False, True, True]
    assert asked.body.count(b'"usage":null') == 10


@pytest.mark.parametrize("shape", SHAPES)
async def test_401_repeats_the_key(server: FaultServer, shape: str) -> None:
    heard = await hear(server, "401", shape, stream=True)
    assert b"sk-marked" in heard.body


async def test_tools_are_called_until_their_results_come(server: FaultServer) -> None:
    schema = {"type": "object", "properties": {"depth": {"type": "integer", "minimum": 7}}}
    tools = [{"type": "function", "function": {"name": "sound_depth", "parameters": schema}}]
    heard = await hear(server, "tools", "openai", stream=False, tools=tools)
    (choice,) = json.loads(heard.body)["choices"]
    first, second = choice["message"]["tool_calls"]
    assert first["function"] == {"name": "sound_depth", "arguments": '{"depth": 7}'}
    assert (first["id"], second["id"], choice["finish_reason"]) == (
        "call_1",
        "call_2",
        "tool_calls",
    )
    messages = [{"role": "tool", "tool_call_id": "call_1", "content": "9"}]
    after = await hear(server, "tools", "openai", stream=False, messages=messages)
    assert TEXT in after.body.decode()


async def test_broken_tool_calls_are_broken_as_named(server: FaultServer) -> None:
    same = await hear(server, "toolsdup", "openai", stream=False)
    bare = await hear(server, "toolsnoindex", "openai", stream=True)
    bad = await hear(server, "toolsbadargs", "openai", stream=False)
    assert same.body.count(b'"id":"call_1"') == 2
    assert bare.body.count(b'"tool_calls":[{"index"') == 0
    (call, _) = json.loads(bad.body)["choices"][0]["message"]["tool_calls"]
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(call["function"]["arguments"])


@pytest.mark.parametrize("valid", BOTH)
async def test_a_schema_is_followed_or_not(server: FaultServer, valid: bool) -> None:
    part = {"$ref": "#/$defs/boat"}
    boat = {"type": "object", "properties": {"length": {"type": "number"}}}
    schema = {"type": "object", "properties": {"boat": part}, "$defs": {"boat": boat}}
    server.set("schema", valid=valid)
    asked = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    heard = await hear(server, "schema", "openai", stream=False, response_format=asked)
    answer = json.loads(json.loads(heard.body)["choices"][0]["message"]["content"])
    assert (answer == {"boat": {"length": 3}}) is valid
