"""Writes a call as the arguments of litellm's acompletion."""

from __future__ import annotations

from typing import Any

from proofroom.domain import remedy
from proofroom.domain.message import Message, Reasoning, ToolCall
from proofroom.errors import ProofroomError
from proofroom.providers.adapter import Call
from proofroom.providers.chat_request import (
    messages,
    plain_settings,
    response_format,
    tool,
    tool_choice,
)
from proofroom.providers.litellm_tap import litellm_name

_BASES = {
    "anthropic": "https://api.anthropic.com",
    "gemini": "https://generativelanguage.googleapis.com/v1beta",
    "openai": "https://api.openai.com/v1",
}
"""Where calls go without an address of the user's: litellm would ask the environment first."""
_CARRIED = frozenset((*_BASES, "bedrock"))
"""Providers whose calls litellm sends through the client it is given, by test; it makes clients
of its own for Azure and Cohere, and asks Hugging Face and Google a question before each call."""
_NOT_AN_OPTION = frozenset(
    (
        "api_base",
        "api_key",
        "base_url",
        "cache",
        "caching",
        "callbacks",
        "client",
        "context_window_fallback_dict",
        "custom_llm_provider",
        "fallbacks",
        "headers",
        "input_cost_per_token",
        "logger_fn",
        "max_retries",
        "messages",
        "mock_response",
        "mock_tool_calls",
        "model",
        "model_list",
        "num_retries",
        "shared_session",
        "ssl_verify",
        "stream",
        "timeout",
        "verbose",
    )
)


def arguments(call: Call) -> dict[str, Any]:
    """Return the arguments, all but the API key.

    Raises ProofroomError for a provider whose calls we cannot carry, a part that cannot be sent
    and an option that is no field of a request but a switch of litellm.
    """
    name = _carried(call)
    given: dict[str, Any] = {
        "model": f"{name}/{call.model.name}",
        "messages": _messages(call.messages),
        **plain_settings(call.settings),
        "stream": call.stream,
        "max_retries": 0,
    }
    if base := call.provider.url.strip().rstrip("/") or _BASES.get(name):
        given["api_base"] = base
    if name == "bedrock" and (region := call.provider.field("region")):
        given["aws_region_name"] = region
    if call.stream:
        given["stream_options"] = {"include_usage": True}
    if call.tools:
        given["tools"] = [tool(one) for one in call.tools]
    if call.settings.tool_choice:
        given["tool_choice"] = tool_choice(call.settings.tool_choice)
    if call.response_schema is not None:
        given["response_format"] = response_format(call.response_schema)
    if call.options.headers:
        given["extra_headers"] = dict(call.options.headers)
    for option, value in call.options.body.items():
        if option in _NOT_AN_OPTION or option.startswith(("litellm", "aws_", "vertex_", "azure_")):
            raise ProofroomError(
                f"“{option}” is not a field of the request",
                where="the provider options",
                fix="Remove it.",
            )
        given[option] = value
    return given


def _carried(call: Call) -> str:
    name = litellm_name(call.provider)
    if name not in _CARRIED:
        raise ProofroomError(
            f"{call.provider.name} cannot be asked yet: its calls would not go through "
            "Proofroom's own connections",
            where="the provider's settings",
            fix=f"Many speak OpenAI's form too: add that address {remedy.PROVIDERS}.",
        )
    return name


def _messages(given: tuple[Message, ...]) -> list[dict[str, Any]]:
    """Return the messages; thoughts go back with their signatures, as Anthropic and Gemini ask."""
    written: list[dict[str, Any]] = []
    for message in given:
        made = list(messages((message,)))
        thoughts = [part for part in message.parts if isinstance(part, Reasoning)]
        if message.role == "assistant" and thoughts and made:
            made[-1]["thinking_blocks"] = [_thought(part) for part in thoughts if part.signature]
            _sign(made[-1].get("tool_calls", []), message)
        written += made
    return written


def _thought(part: Reasoning) -> dict[str, str]:
    if not part.text:
        return {"type": "redacted_thinking", "data": part.signature}
    return {"type": "thinking", "thinking": part.text, "signature": part.signature}


def _sign(calls: list[dict[str, Any]], message: Message) -> None:
    """Give each tool call the bare signature that stands before it (Gemini's)."""
    number, signature = 0, ""
    for part in message.parts:
        if isinstance(part, Reasoning):
            signature = "" if part.text else part.signature
        elif isinstance(part, ToolCall):
            if signature:
                calls[number]["provider_specific_fields"] = {"thought_signature": signature}
            number, signature = number + 1, ""
