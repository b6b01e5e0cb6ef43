"""A stored request as code: it says what was sent, compiles, and holds no key."""

from __future__ import annotations

import ast
import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from proofroom.domain.message import Message, Text, ToolCall, ToolResult, storable, text_message
from proofroom.domain.provider import Provider
from proofroom.domain.version import Content, ProviderOptions, Settings, Tool
from proofroom.errors import ProofroomError
from proofroom.interchange import request_code
from proofroom.interchange.request_code import FORMS, Request

OPENAI = Provider(
    name="openai", adapter="direct", dialect="openai", url="https://api.openai.com/v1/"
)
ANTHROPIC = Provider(name="anthropic", adapter="litellm")
BODY = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": "Greet Ada."}],
    "max_completion_tokens": 50,
    "stream": True,
    "stream_options": {"include_usage": True},
    "top_k": 3,
}
KEY = "sk-proj-" + "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z" * 2


def request(provider: Provider = OPENAI, **over: object) -> Request:
    plain = Request(
        provider=provider,
        model="gpt-4o-mini",
        body=json.dumps(BODY),
        messages=(text_message("system", "Be kind."), text_message("user", "Greet Ada.")),
        content=Content(settings=Settings(max_tokens=50, temperature=0.5)),
    )
    return structs.replace(plain, **over)


def arguments(code: str) -> dict[str, Any]:
    """Return what Python code passes to the call whose answer it prints."""
    compile(code, "code", "exec")
    calls = [one.value for one in ast.parse(code).body if isinstance(one, ast.Assign)]
    call = calls[-1]
    assert isinstance(call, ast.Call)
    return {
        str(one.arg): ast.literal_eval(one.value) for one in call.keywords if one.arg != "api_key"
    }


@given(st.text())
def test_curl_sends_what_was_sent_and_takes_the_key_from_the_environment(text: str) -> None:
    body = json.dumps({**BODY, "messages": [{"role": "user", "content": storable(text)}]})
    words = shlex.split(request_code.curl(request(body=body)))
    assert words[:3] == ["curl", "-N", "https://api.openai.com/v1/chat/completions"]
    assert "Authorization: Bearer $OPENAI_API_KEY" in words
    assert words[-2:] == ["--data-raw", request_code.redacted(body)]


@given(st.text())
def test_python_for_openai_says_what_was_sent(text: str) -> None:
    messages = [{"role": "user", "content": storable(text)}]
    code = request_code.openai(request(body=json.dumps({**BODY, "messages": messages})))
    assert arguments(code) == {
        "model": "gpt-4o-mini",
        "messages": json.loads(request_code.redacted(json.dumps(messages, ensure_ascii=False))),
        "max_completion_tokens": 50,
        "extra_body": {"top_k": 3},
    }
    assert "os.environ['OPENAI_API_KEY']" in code


def test_python_for_anthropic_is_written_from_what_was_asked() -> None:
    assert arguments(request_code.anthropic(request())) == {
        "model": "gpt-4o-mini",
        "max_tokens": 50,
        "system": "Be kind.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Greet Ada."}]}],
        "temperature": 0.5,
    }


def test_python_for_litellm_names_the_provider() -> None:
    asked = request(ANTHROPIC, model="claude-haiku-4-5")
    code = request_code.litellm(asked)
    assert arguments(code)["model"] == "anthropic/claude-haiku-4-5"
    assert "api_key=os.environ['ANTHROPIC_API_KEY']" in code
    at_an_address = arguments(request_code.litellm(request()))
    assert (at_an_address["model"], at_an_address["api_base"]) == ("openai/gpt-4o-mini", OPENAI.url)


def test_a_request_to_anthropic_is_written_as_it_left() -> None:
    body: dict[str, Any] = {
        "model": "claude-haiku-4-5",
        "max_tokens": 9,
        "messages": [],
        "stream": True,
    }
    asked = request(ANTHROPIC, model="claude-haiku-4-5", body=json.dumps(body))
    words = shlex.split(request_code.curl(asked))
    assert words[2] == "https://api.anthropic.com/v1/messages"
    assert {"x-api-key: $ANTHROPIC_API_KEY", "anthropic-version: 2023-06-01"} < set(words)
    told = arguments(request_code.anthropic(asked))
    assert told == {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": []}


def test_tools_their_calls_and_results_are_written_in_both_forms() -> None:
    call = ToolCall(id="c1", name="find", arguments='{"id": 7}')
    messages = (
        text_message("user", "Where?"),
        Message(role="assistant", parts=(Text(text="A moment."), call)),
        Message(role="tool", parts=(ToolResult(call_id="c1", parts=(Text(text="Here."),)),)),
    )
    content = Content(tools=(Tool(name="find"),), settings=Settings(tool_choice="find"))
    asked = request(ANTHROPIC, messages=messages, content=content)
    chat = arguments(request_code.litellm(asked))
    assert chat["messages"][1]["tool_calls"][0]["function"]["name"] == "find"
    assert chat["messages"][2] == {"role": "tool", "tool_call_id": "c1", "content": "Here."}
    native = arguments(request_code.anthropic(asked))
    assert native["messages"][1]["content"][1]["input"] == {"id": 7}
    assert native["messages"][2]["content"][0]["tool_use_id"] == "c1"
    assert (native["tool_choice"], native["tools"][0]["name"]) == (
        {"type": "tool", "name": "find"},
        "find",
    )


@pytest.mark.parametrize("form", list(FORMS))
def test_no_key_is_in_the_code(form: str) -> None:
    headers = {"X-Api-Key": KEY, "Authorization": f"Bearer {KEY}", "X-Team": "blue"}
    body = json.dumps({**BODY, "user": KEY})
    content = Content(options=ProviderOptions(headers=headers, body={"user": KEY}))
    asked = request(body=body, content=content, messages=(text_message("user", KEY),))
    code = FORMS[form](asked)
    assert KEY not in code
    assert "blue" in code


@pytest.mark.parametrize("form", list(FORMS))
@pytest.mark.parametrize("odd", ["$(touch x)", "a'b", 'a"b', "`id`", "é", "7"])
def test_a_workspace_from_elsewhere_slips_nothing_into_the_code(form: str, odd: str) -> None:
    provider = structs.replace(
        OPENAI, name=odd, dialect="x", key_variable=odd, url=f"https://{odd}"
    )
    code = FORMS[form](request(provider, model=odd))
    if form == "curl":
        words = shlex.split(code)
        assert words[2] == f"https://{odd}/chat/completions"
        (key,) = [word for word in words if word.startswith("Authorization")]
        assert key.removeprefix("Authorization: Bearer $").isidentifier()
    else:
        assert arguments(code)


@pytest.mark.parametrize(
    ("provider", "form"),
    [
        (Provider(name="local", adapter="embedded"), "curl"),
        (Provider(name="local", adapter="embedded"), "openai"),
        (Provider(name="local", adapter="embedded"), "litellm"),
        (Provider(name="bedrock", adapter="litellm"), "curl"),
        (ANTHROPIC, "openai"),
    ],
)
def test_what_cannot_be_written_says_what_can(provider: Provider, form: str) -> None:
    with pytest.raises(ProofroomError) as refused:
        FORMS[form](request(provider, body="{}"))
    assert refused.value.fix
