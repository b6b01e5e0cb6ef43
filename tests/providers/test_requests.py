"""What leaves this laptop: bodies by dialect, nothing left out silently, and no secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.known import PROVIDERS

from proofroom.domain import remedy
from proofroom.domain.message import (
    Image,
    Message,
    Placeholder,
    Text,
    ToolCall,
    ToolResult,
    text_message,
)
from proofroom.domain.provider import Model, Provider
from proofroom.domain.version import ProviderOptions, Settings, Tool
from proofroom.errors import ProofroomError
from proofroom.providers.adapter import Call
from proofroom.providers.adapters import adapter_for, close_all
from proofroom.providers.chat_request import is_strict
from proofroom.providers.connection import Network
from proofroom.providers.dialects import dialect, rows
from proofroom.providers.direct import Direct
from proofroom.providers.failures import from_status, retry_after
from proofroom.providers.through_litellm import ThroughLitellm

SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}


def call(name: str = "compatible", model: str = "m", **fields: object) -> Call:
    provider = Provider(name="acme", adapter="direct", dialect=name, url="http://127.0.0.1:1/v1/")
    made = Call(
        provider=provider,
        model=Model(provider="acme", name=model),
        messages=(text_message("developer", "Be brief."), text_message("user", "Hello")),
    )
    return replace(made, **fields)


def body(given: Call) -> dict[str, Any]:
    return json.loads(Direct(Network()).request(given))


def test_each_dialect_names_its_source_and_each_provider_its_dialect() -> None:
    assert all(row.source for row in rows().values())
    direct = [p for p in PROVIDERS.values() if p.adapter != "litellm"]
    assert [dialect(provider.dialect).title for provider in direct]
    assert [p.name for p in direct if not p.needs_key and "127.0.0.1" not in p.url] == ["local"]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("openai", "max_completion_tokens"),
        ("groq", "max_completion_tokens"),
        ("mistral", "max_tokens"),
        ("ollama", "max_tokens"),
    ],
)
def test_the_dialect_names_the_limit_of_tokens(name: str, field: str) -> None:
    assert body(call(name, settings=Settings(max_tokens=9)))[field] == 9


def test_an_answer_of_the_embedded_model_ends_at_1024_tokens_unless_the_version_says_when() -> None:
    assert body(call("embedded"))["max_tokens"] == 1024
    assert body(call("embedded", settings=Settings(max_tokens=2000)))["max_tokens"] == 2000
    others = rows().keys() - {"embedded"}
    assert not any(dialect(name).max_tokens in body(call(name)) for name in others)


# what each server's page says that it takes: the limit of tokens, the first role, the seed, the
# effort, and whether a stream is asked for its usage
FORMS = {
    "compatible": ("max_tokens", "system", "seed", "reasoning_effort", True),
    "embedded": ("max_tokens", "system", "seed", "reasoning_effort", True),
    "openai": ("max_completion_tokens", "developer", "seed", "reasoning_effort", True),
    "azure": ("max_completion_tokens", "developer", "seed", "reasoning_effort", True),
    "vertex_ai": ("max_tokens", "system", "seed", "reasoning_effort", True),
    "groq": ("max_completion_tokens", "system", "seed", "reasoning_effort", True),
    "mistral": ("max_tokens", "system", "random_seed", "reasoning_effort", False),
    "deepseek": ("max_tokens", "system", "seed", "reasoning_effort", True),
    "openrouter": ("max_tokens", "system", "seed", "reasoning", True),
    "xai": ("max_completion_tokens", "system", "seed", "reasoning_effort", True),
    "together": ("max_tokens", "system", "seed", "reasoning_effort", True),
    "fireworks": ("max_tokens", "system", "seed", "reasoning_effort", True),
    "cerebras": ("max_completion_tokens", "system", "seed", "reasoning_effort", True),
    "ollama": ("max_tokens", "system", "seed", "reasoning_effort", True),
    "lmstudio": ("max_tokens", "system", "seed", "reasoning_effort", True),
    "vllm": ("max_tokens", "system", "seed", "reasoning_effort", True),
    "llamacpp": ("max_tokens", "system", "seed", "reasoning_effort", True),
}


@pytest.mark.parametrize("name", FORMS)
def test_each_dialect_writes_the_form_of_its_server(name: str) -> None:
    asked = Settings(max_tokens=9, seed=7, reasoning_effort="low")
    limit, role, seed, effort, asks_usage = FORMS[name]
    found = body(call(name, "some-model", settings=asked))
    assert (found[limit], found[seed], found["messages"][0]["role"]) == (9, 7, role)
    assert found[effort] == ({"effort": "low"} if effort == "reasoning" else "low")
    assert ("stream_options" in found) == asks_usage
    others = {"max_tokens", "max_completion_tokens", "seed", "random_seed", "reasoning"}
    assert others & found.keys() <= {limit, seed, effort}
    assert found["model"] == ("google/some-model" if name == "vertex_ai" else "some-model")


def test_no_dialect_is_left_out() -> None:
    assert set(FORMS) == set(rows())


def test_a_developer_message_is_a_system_message_where_there_is_none() -> None:
    roles = [body(call(name))["messages"][0]["role"] for name in ("openai", "ollama")]
    assert roles == ["developer", "system"]


def test_mistral_is_not_asked_for_what_it_refuses() -> None:
    sent = body(call("mistral", settings=Settings(seed=3, tool_choice="required")))
    assert (sent["random_seed"], sent["tool_choice"]) == (3, "any")
    assert {"seed", "stream_options"} & set(sent) == set()


@pytest.mark.parametrize(
    ("name", "model", "setting"),
    [
        ("openai", "o3-mini", Settings(temperature=0.5)),
        ("openai", "gpt-5-mini", Settings(top_p=0.5)),
        ("openai", "gpt-4o", Settings(reasoning_effort="low")),
    ],
)
def test_a_setting_that_a_model_refuses_is_named_and_not_dropped(
    name: str, model: str, setting: Settings
) -> None:
    with pytest.raises(ProofroomError, match="does not take"):
        body(call(name, model, settings=setting))


def test_openrouter_takes_the_effort_in_an_object() -> None:
    sent = body(call("openrouter", settings=Settings(reasoning_effort="low")))
    assert (sent["reasoning"], "reasoning_effort" in sent) == ({"effort": "low"}, False)


def test_options_are_merged_and_a_schema_is_strict_where_it_can_be() -> None:
    options = ProviderOptions(body={"top_k": 3}, headers={"X-Title": "Proofroom"})
    sent = body(call(options=options, response_schema=SCHEMA))
    assert sent["top_k"] == 3
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert not is_strict({"type": "object", "properties": {"a": {}}})


def test_tool_results_and_calls_take_their_places() -> None:
    messages = (
        Message(role="assistant", parts=(ToolCall(id="c1", name="f", arguments='{"a":1}'),)),
        Message(role="tool", parts=(ToolResult(call_id="c1", parts=(Text(text="rain"),)),)),
        Message(role="user", parts=(Text(text="See"), Image(url="https://example.com/a.png"))),
    )
    asked, told, seen = body(call(messages=messages, tools=(Tool(name="f"),)))["messages"]
    assert (asked["tool_calls"][0]["id"], "content" in asked) == ("c1", False)
    assert told == {"role": "tool", "tool_call_id": "c1", "content": "rain"}
    assert [part["type"] for part in seen["content"]] == ["text", "image_url"]


@pytest.mark.parametrize("header", ["Authorization", "x-api-key", "Host", "X-Bad\nName"])
def test_a_version_cannot_set_a_header_that_holds_a_secret(header: str) -> None:
    options = ProviderOptions(headers={header: "x"})
    with pytest.raises(ProofroomError, match="There is a header"):
        body(call(options=options))
    with pytest.raises(ProofroomError, match="There is a header"):
        ThroughLitellm(Network()).request(call("openai", options=options))


@pytest.mark.parametrize(
    "option", ["api_base", "mock_response", "fallbacks", "aws_secret", "stream"]
)
def test_an_option_that_steers_litellm_is_refused(option: str) -> None:
    options = ProviderOptions(body={option: "x"})
    with pytest.raises(ProofroomError, match="not a field of the request"):
        ThroughLitellm(Network()).request(call("openai", options=options))


@pytest.mark.parametrize("name", ["azure", "cohere", "huggingface", "vertex_ai", "ollama"])
def test_a_provider_that_litellm_would_ask_around_us_is_refused(name: str) -> None:
    provider = Provider(name=name, adapter="litellm", url="http://127.0.0.1:1")
    refused = r"cannot be asked yet.*in Settings, Providers"
    with pytest.raises(ProofroomError, match=refused) as told:
        ThroughLitellm(Network()).request(call(provider=provider))
    command = f"add that address with `proofroom providers add {name} --url ADDRESS`"
    assert command in remedy.in_terminal(told.value.fix, name)
    through = {p.name for p in PROVIDERS.values() if p.adapter == "litellm"}
    assert through == {"anthropic", "gemini", "bedrock"}


@pytest.mark.parametrize(
    ("name", "base"),
    [("anthropic", "https://api.anthropic.com"), ("gemini", "https://generativelanguage.googlea")],
)
def test_no_variable_of_the_environment_says_where_calls_go(name: str, base: str) -> None:
    sent = json.loads(ThroughLitellm(Network()).request(call(provider=PROVIDERS[name])))
    assert sent["api_base"].startswith(base)


@pytest.mark.parametrize(
    ("message", "tells"),
    [
        ("maximum context length is 8192 tokens. However, your messages resulted in 9001", True),
        ("maximum context length is 8192 tokens. However, you requested 9001 tokens", True),
        ("prompt is too long: 9,001 tokens > 8,192 maximum", True),
        ("The input token count (9001) exceeds the maximum number of tokens allowed (8192).", True),
        ("request (9001 tokens) exceeds the available context size (8192 tokens)", True),
        ("Prompt contains 9001 tokens, too large for model with 8192 maximum context length", True),
        ("Your prompt is too long.", False),
    ],
)
def test_a_prompt_too_long_is_told_with_its_size_and_the_window(message: str, tells: bool) -> None:
    said = json.dumps({"error": {"message": message, "code": "context_length_exceeded"}}).encode()
    problem = from_status(call(), 400, {}, said, None).problem
    assert problem.failure == "too_long"
    assert ("It takes 9,001 tokens and the window holds 8,192." in problem.detail) == tells


@pytest.mark.parametrize(
    "url",
    [
        *("", "ftp://x/v1", "example.com/v1", "http://user:pw@example.com", "http://[::1/v1"),
        *("http://a..example/v1", "http://.example/v1", "http://xn--a/v1", "http://a:99999/v1"),
        f"http://{'a' * 64}.example/v1",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ProofroomError, match="is not the address of an API"):
        body(call(provider=Provider(name="acme", adapter="direct", url=url)))


def test_a_part_without_a_place_is_refused() -> None:
    message = Message(role="user", parts=(Placeholder(name="history"),))
    with pytest.raises(ProofroomError, match="placeholder"):
        body(call(messages=(message,)))


def test_an_unknown_dialect_is_an_error() -> None:
    with pytest.raises(ProofroomError, match="no dialect"):
        dialect("klingon")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("12", 12.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_a_wait_is_never_negative_or_endless(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}) == seconds


async def test_providers_of_one_kind_share_an_adapter() -> None:
    first, second = PROVIDERS["openai"], PROVIDERS["ollama"]
    assert adapter_for(first) is adapter_for(second)
    assert adapter_for(PROVIDERS["anthropic"]).name == "litellm"
    shared = adapter_for(first)
    await close_all()
    assert adapter_for(first) is not shared
    await close_all()
