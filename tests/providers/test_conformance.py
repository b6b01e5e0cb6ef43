"""The same faults through both adapters end in the same answers and the same problems."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import replace
from tests.providers.conftest import KEY, TEXT, Ask
from tests.support.fault_server import FaultServer

from proofroom.domain.message import Reasoning, Text, ToolCall, text_of
from proofroom.domain.run import Failure, Mark
from proofroom.domain.version import Settings, Tool
from proofroom.providers.adapter import Call

MakeCall = Callable[..., Call]
HALF = "The quiet harbour keeps"
STREAMED = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
ROUTES = [("direct", "openai")] + [
    ("litellm", shape) for shape in ("openai", "anthropic", "gemini")
]
EACH_ROUTE = pytest.mark.parametrize(("kind", "shape"), ROUTES, ids=["-".join(r) for r in ROUTES])
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = Tool(name="get_weather", parameters=CITY)

REFUSED: list[tuple[str, Failure, float | None]] = [
    ("429ra", "rate_limit", 1.0),
    ("429long", "rate_limit", 3600.0),
    ("429", "rate_limit", None),
    ("500", "overloaded", None),
    ("503", "overloaded", 1.0),
    ("529", "overloaded", None),
    ("502html", "overloaded", None),
    ("401", "bad_key", None),
    ("403", "forbidden", None),
    ("404", "unknown_model", None),
    ("400ctx", "too_long", None),
    ("400param", "refused_request", None),
    ("408", "overloaded", None),
    ("409", "overloaded", None),
    ("413", "too_long", None),
    ("422", "refused_request", None),
]
BROKEN: list[tuple[str, Failure, str, str]] = [  # mode, failure, text if streamed, text if whole
    ("204", "not_an_api", "", ""),
    ("200err", "not_an_api", "", ""),
    ("portal", "not_an_api", "", ""),
    ("rst0", "connection_lost", "", ""),
    ("fin0", "connection_lost", "", ""),
    ("rstmid", "cut_off", HALF, ""),
    ("finmid", "cut_off", HALF, ""),
    ("nofinish", "cut_off", TEXT, TEXT),
    ("badjson", "unreadable", HALF, ""),
    ("badjsonfull", "unreadable", "", ""),
    ("garbage", "unreadable", "", ""),
    ("bighdr", "unreadable", "", ""),
]
MARKED: list[tuple[str, Mark]] = [
    ("othermodel", "other_model"),
    ("badutf8", "bad_bytes"),
    ("surrogate", "bad_bytes"),
    ("nul", "bad_bytes"),
    ("negusage", "usage_inconsistent"),
]


def address(server: FaultServer, shape: str, mode: str) -> str:
    urls = {"openai": server.url, "anthropic": server.anthropic_url, "gemini": server.gemini_url}
    return urls[shape](mode)


@EACH_ROUTE
@STREAMED
async def test_a_whole_answer_comes_with_its_usage_and_its_reason(
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str, stream: bool
) -> None:
    end = await ask(make_call(address(server, shape, "ok"), shape, stream=stream))
    usage = [(row.bucket, row.count, row.origin) for row in end.answer.usage]
    assert end.problem is None
    assert end.answer.parts == (Text(text=TEXT),)
    assert usage == [("input", 12, "reported"), ("output", 8, "reported")]
    assert (end.answer.finish_reason, end.answer.marks) == ("stop", ())
    assert end.answer.request_id.startswith("req_")
    assert (server.count(), server.requests[0].key) == (1, KEY)
    assert {kind for kind, _ in end.told} == {"text"}
    assert "".join(text for _, text in end.told) == TEXT


@EACH_ROUTE
@STREAMED
@pytest.mark.parametrize(("mode", "failure", "wait"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_a_refusal_is_told_apart_and_never_asked_again(  # noqa: PLR0913, PLR0917 - fixtures
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str, stream: bool,
    mode: str, failure: Failure, wait: float | None,
) -> None:  # fmt: skip
    end = await ask(make_call(address(server, shape, mode), shape, stream=stream))
    assert end.problem is not None
    assert (end.problem.failure, end.problem.billed) == (failure, "no")
    assert end.problem.retry_after_s == wait
    assert end.problem.http_status == int(mode[:3])
    assert (server.count(), end.answer.parts) == (1, ())
    assert KEY not in repr((end.problem, end.answer))


@EACH_ROUTE
@STREAMED
@pytest.mark.parametrize(
    ("mode", "failure", "streamed", "whole"), BROKEN, ids=[row[0] for row in BROKEN]
)
async def test_a_broken_answer_is_a_failure_that_keeps_what_came(  # noqa: PLR0913, PLR0917 - fixtures
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str, stream: bool,
    mode: str, failure: Failure, streamed: str, whole: str,
) -> None:  # fmt: skip
    end = await ask(make_call(address(server, shape, mode), shape, stream=stream))
    assert end.problem is not None
    assert (end.problem.failure, end.problem.billed) == (failure, "perhaps")
    assert text_of(end.answer.parts) == (streamed if stream else whole)
    assert server.count() == 1


@EACH_ROUTE
@STREAMED
@pytest.mark.parametrize(("mode", "mark"), MARKED, ids=[row[0] for row in MARKED])
async def test_an_odd_answer_is_taken_with_a_mark(  # noqa: PLR0913, PLR0917 - fixtures
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str, stream: bool,
    mode: str, mark: Mark,
) -> None:  # fmt: skip
    end = await ask(make_call(address(server, shape, mode), shape, stream=stream))
    assert end.problem is None
    assert end.answer.marks == (mark,)
    msgspec.json.encode(end.answer).decode("utf-8")  # it can be stored
    assert "\0" not in repr(end.answer)


async def test_a_missing_end_marker_after_the_finish_reason_is_noted(
    server: FaultServer, make_call: MakeCall, ask: Ask
) -> None:
    end = await ask(make_call(server.url("nodone")))
    assert end.problem is None
    assert (text_of(end.answer.parts), end.answer.marks) == (TEXT, ("no_end_marker",))


@EACH_ROUTE
async def test_a_stream_that_ends_in_peace_without_its_end_is_cut_off(
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str
) -> None:
    end = await ask(make_call(address(server, shape, "noend"), shape))
    assert end.problem is not None
    assert (end.problem.failure, end.answer.finish_reason) == ("cut_off", "")


@EACH_ROUTE
async def test_an_error_in_mid_stream_keeps_the_text_and_the_providers_words(
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str
) -> None:
    end = await ask(make_call(address(server, shape, "errmid"), shape))
    assert end.problem is not None
    assert (end.problem.failure, text_of(end.answer.parts)) == ("cut_off", HALF)
    assert "broke off with" in end.problem.detail


@EACH_ROUTE
@STREAMED
@pytest.mark.parametrize("mode", ["400cf", "cfmid"])
async def test_a_filtered_answer_is_an_answer(  # noqa: PLR0913, PLR0917 - fixtures
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str, stream: bool, mode: str
) -> None:
    end = await ask(make_call(address(server, shape, mode), shape, stream=stream))
    assert end.problem is None
    assert end.answer.finish_reason == "content_filter"
    assert text_of(end.answer.parts) == ("" if mode == "400cf" else HALF)


@EACH_ROUTE
@pytest.mark.parametrize("mode", ["jsoninstream", "sseinjson"])
async def test_the_other_form_than_asked_is_read_anyway(
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str, mode: str
) -> None:
    call = make_call(address(server, shape, mode), shape, stream=mode == "jsoninstream")
    end = await ask(call)
    assert end.problem is None
    assert text_of(end.answer.parts) == TEXT
    assert "unstreamed" in end.answer.marks


@STREAMED
async def test_no_answer_in_an_answer_is_no_success(
    server: FaultServer, make_call: MakeCall, ask: Ask, stream: bool
) -> None:
    end = await ask(make_call(server.url("nochoices"), stream=stream))
    assert end.problem is not None
    assert (end.problem.failure, "No text came back" in end.problem.detail) == ("unreadable", True)


@EACH_ROUTE
@STREAMED
async def test_an_empty_text_is_an_answer_if_its_finish_reason_says_so(
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str, stream: bool
) -> None:
    end = await ask(make_call(address(server, shape, "null"), shape, stream=stream))
    assert end.problem is None
    assert (end.answer.parts, end.answer.marks) == ((), ("empty_answer",))


@EACH_ROUTE
@STREAMED
async def test_two_tool_calls_come_with_their_ids_and_arguments(
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str, stream: bool
) -> None:
    url = address(server, shape, "tools")
    end = await ask(make_call(url, shape, stream=stream))
    assert end.problem is None
    calls = [part for part in end.answer.parts if isinstance(part, ToolCall)]
    assert [(call.id, call.name) for call in calls] == [
        ("call_1", "get_weather"),
        ("call_2", "get_weather"),
    ]
    cities = [msgspec.json.decode(call.arguments) for call in calls]
    assert cities == [{"city": "Oslo"}, {"city": "Lima"}]
    assert end.answer.finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("mode", "mark"),
    [
        ("toolsdup", "tool_call_ids_repeated"),
        ("toolsnoindex", "tool_calls_without_index"),
        ("toolsbadargs", "tool_arguments_not_json"),
    ],
)
async def test_odd_tool_calls_are_kept_as_they_came(
    server: FaultServer, make_call: MakeCall, ask: Ask, mode: str, mark: Mark
) -> None:
    end = await ask(make_call(server.url(mode), tools=(WEATHER,)))
    assert end.problem is None
    assert (len(end.answer.parts), end.answer.marks) == (2, (mark,))


@EACH_ROUTE
@STREAMED
async def test_thoughts_stand_apart_from_the_text(
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str, stream: bool
) -> None:
    end = await ask(make_call(address(server, shape, "reasoning"), shape, stream=stream))
    thought, text = end.answer.parts
    assert isinstance(thought, Reasoning)
    assert (thought.text, text) == ("Boats are kept in harbours.", Text(text=TEXT))
    assert bool(thought.signature) == (shape == "anthropic")


@EACH_ROUTE
@STREAMED
@pytest.mark.parametrize("mode", ["big", "bigline", "gzipbomb"])
async def test_an_answer_over_the_limit_is_stopped(  # noqa: PLR0913, PLR0917 - fixtures
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str, stream: bool, mode: str
) -> None:
    end = await ask(make_call(address(server, shape, mode), shape, stream=stream))
    assert end.problem is not None
    assert end.problem.failure == "too_large"
    assert 0 < len(end.answer.raw) < 9 * 1024 * 1024


@EACH_ROUTE
@pytest.mark.parametrize("mode", ["gzip", "splitutf8", "loop100", "nousage", "length"])
async def test_what_is_only_unusual_is_read(
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str, mode: str
) -> None:
    end = await ask(make_call(address(server, shape, mode), shape))
    assert end.problem is None
    assert end.answer.marks == ()
    assert end.answer.finish_reason == ("length" if mode == "length" else "stop")
    assert (end.answer.usage == ()) == (mode == "nousage")


@EACH_ROUTE
@pytest.mark.parametrize("mode", ["redir", "redirloop"])
async def test_a_redirect_carries_neither_prompt_nor_key(
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str, mode: str
) -> None:
    end = await ask(make_call(address(server, shape, mode), shape))
    assert end.problem is not None
    assert (end.problem.failure, end.problem.billed) == ("redirected", "no")
    assert (server.caught, server.count()) == ([], 1)


@EACH_ROUTE
@STREAMED
async def test_a_key_that_the_provider_says_is_in_no_part_of_the_answer(
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str, stream: bool
) -> None:
    server.set("ok", text=f"Your key is {KEY} I think.")
    end = await ask(make_call(address(server, shape, "ok"), shape, stream=stream))
    assert text_of(end.answer.parts) == "Your key is [redacted] I think."
    assert KEY not in repr((end.answer, end.told))


@pytest.mark.parametrize(("kind", "shape"), [("litellm", "anthropic"), ("litellm", "gemini")])
async def test_a_cut_stream_does_not_know_what_was_written(
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str
) -> None:
    end = await ask(make_call(address(server, shape, "finmid"), shape))
    usage = [(row.bucket, row.count, row.origin) for row in end.answer.usage]
    assert usage == [("input", 12, "reported"), ("output", None, "unknown")]


@EACH_ROUTE
async def test_a_tool_a_schema_and_the_settings_go_out(
    server: FaultServer, make_call: MakeCall, ask: Ask, shape: str
) -> None:
    schema = {**CITY, "required": ["city"], "additionalProperties": False}
    settings = Settings(temperature=0.25, max_tokens=77, stop=("HALT",), tool_choice="auto")
    call = make_call(address(server, shape, "ok"), shape, tools=(WEATHER,))
    end = await ask(replace(call, settings=settings, response_schema=schema))
    sent = server.requests[0].raw.decode()
    assert end.problem is None
    words = ("get_weather", "0.25", "77", "HALT", "additionalProperties", '"city"')
    assert [word for word in words if word not in sent] == []
