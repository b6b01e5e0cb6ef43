"""What litellm is given: thoughts with signatures, and nothing that it would look for itself."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace
from tests.providers.test_requests import SCHEMA

from proofroom.domain.message import Message, Reasoning, Text, ToolCall, text_message
from proofroom.domain.provider import Model, Provider
from proofroom.domain.version import ProviderOptions, Settings, Tool
from proofroom.providers.adapter import Call
from proofroom.providers.connection import Network
from proofroom.providers.through_litellm import ThroughLitellm


def call(name: str = "anthropic", **fields: object) -> Call:
    provider = Provider(name="mine", adapter="litellm", dialect=name)
    made = Call(
        provider=provider,
        model=Model(provider="mine", name="m"),
        messages=(text_message("user", "Hello"),),
    )
    return replace(made, **fields)


def given(one: Call) -> dict[str, Any]:
    return json.loads(ThroughLitellm(Network()).request(one))


def asked(*parts: Any, role: str = "assistant") -> dict[str, Any]:  # noqa: ANN401 - any part
    message = Message(role="user" if role == "user" else "assistant", parts=parts)
    return given(call(messages=(message,)))["messages"][0]


def test_thoughts_go_back_with_their_signatures_and_never_without() -> None:
    message = asked(
        Reasoning(text="Hm.", signature="c2ln"), Reasoning(signature="aGlk"), Reasoning(text="?"),
        Text(text="OK"),
    )  # fmt: skip
    assert message["content"] == "OK"
    assert message["thinking_blocks"] == [
        {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "aGlk"},
    ]
    assert "thinking_blocks" not in asked(Text(text="OK"))
    assert "thinking_blocks" not in asked(Reasoning(text="Hm.", signature="s"), role="user")


def test_a_bare_signature_belongs_to_the_call_behind_it_alone() -> None:
    calls = [ToolCall(id=f"c{n}", name="f", arguments="{}") for n in range(4)]
    message = asked(
        Reasoning(signature="one"), calls[0], calls[1], Reasoning(text="Hm.", signature="two"),
        calls[2], Reasoning(signature="three"), calls[3],
    )  # fmt: skip
    signed = [one.get("provider_specific_fields") for one in message["tool_calls"]]
    assert signed == [{"thought_signature": "one"}, None, None, {"thought_signature": "three"}]


def test_all_of_a_call_is_given_and_it_is_sent_once() -> None:
    settings = Settings(
        temperature=0.5, top_p=0.9, max_tokens=7, stop=("A", "B"), seed=3, tool_choice="f",
        reasoning_effort="low",
    )  # fmt: skip
    options = ProviderOptions(body={"top_k": 4}, headers={"X-Title": "t"})
    found = given(
        call(settings=settings, options=options, tools=(Tool(name="f"),), response_schema=SCHEMA)
    )
    plain = {name: found[name] for name in ("temperature", "top_p", "max_tokens", "stop", "seed")}
    assert plain == {
        "temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "stop": ["A", "B"], "seed": 3,
    }  # fmt: skip
    assert (found["model"], found["max_retries"], found["stream"]) == ("anthropic/m", 0, True)
    assert found["stream_options"] == {"include_usage": True}
    assert found["tool_choice"] == {"type": "function", "function": {"name": "f"}}
    assert (found["reasoning_effort"], found["top_k"]) == ("low", 4)
    assert found["extra_headers"] == {"X-Title": "t"}
    assert found["response_format"]["json_schema"]["schema"] == SCHEMA
    assert [tool["function"]["name"] for tool in found["tools"]] == ["f"]


def test_what_is_not_set_is_not_given() -> None:
    found = given(call(stream=False))
    assert set(found) == {"model", "messages", "stream", "max_retries", "api_base"}
    assert given(call("bedrock", stream=False)).get("api_base") is None
    own = replace(call().provider, url=" http://127.0.0.1:1/v1/ ")
    assert given(call(provider=own))["api_base"] == "http://127.0.0.1:1/v1"
