"""A run's messages and content in the forms that OpenAI's and Anthropic's libraries take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from proofroom.domain.message import Image, Message, Part, Reasoning, Text, ToolCall, ToolResult
from proofroom.domain.version import Content, Tool
from proofroom.errors import ProofroomError

_LEAST = 4096
_NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}


def chat(model: str, messages: Iterable[Message], content: Content) -> dict[str, Any]:
    """Return the arguments of a chat completion.

    Raises ProofroomError for a part that has no place in one.
    """
    settings = content.settings
    named: dict[str, Any] = {
        "model": model,
        "messages": [one for message in messages for one in _chat_messages(message)],
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_tokens": settings.max_tokens,
        "stop": list(settings.stop) or None,
        "seed": settings.seed,
        "reasoning_effort": settings.reasoning_effort,
        "tools": [_chat_tool(tool) for tool in content.tools] or None,
    }
    if settings.tool_choice:
        named["tool_choice"] = (
            settings.tool_choice
            if settings.tool_choice in {"auto", "none", "required"}
            else {"type": "function", "function": {"name": settings.tool_choice}}
        )
    if content.response_schema is not None:
        schema = {"name": "answer", "schema": content.response_schema}
        named["response_format"] = {"type": "json_schema", "json_schema": schema}
    return {name: value for name, value in named.items() if value is not None}


def anthropic(model: str, messages: Iterable[Message], content: Content) -> dict[str, Any]:
    """Return the arguments of Anthropic's messages; what they do not know of is left out.

    Raises ProofroomError for a part that has no place in them.
    """
    all_ = tuple(messages)
    system = [one for one in all_ if one.role in {"system", "developer"}]
    settings = content.settings
    named: dict[str, Any] = {
        "model": model,
        "max_tokens": settings.max_tokens or _LEAST,
        "system": "\n\n".join(_text(one.parts) for one in system) or None,
        "messages": [
            {
                "role": "assistant" if one.role == "assistant" else "user",
                "content": [_anthropic_part(part) for part in one.parts],
            }
            for one in all_
            if one not in system
        ],
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "stop_sequences": list(settings.stop) or None,
        "tools": [_anthropic_tool(tool) for tool in content.tools] or None,
    }
    if settings.tool_choice:
        kinds = {"auto": "auto", "none": "none", "required": "any"}
        kind = kinds.get(settings.tool_choice)
        named["tool_choice"] = (
            {"type": kind} if kind else {"type": "tool", "name": settings.tool_choice}
        )
    return {name: value for name, value in named.items() if value is not None}


def _chat_messages(message: Message) -> list[dict[str, Any]]:
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    said = [
        part for part in message.parts if not isinstance(part, ToolResult | ToolCall | Reasoning)
    ]
    found: list[dict[str, Any]] = [
        {"role": "tool", "tool_call_id": one.call_id, "content": _text(one.parts)}
        for one in results
    ]
    if said or calls or not results:
        one: dict[str, Any] = {"role": message.role}
        if said or not calls:
            plain = all(isinstance(part, Text) for part in said)
            one["content"] = _text(said) if plain else [_chat_part(part) for part in said]
        if calls:
            one["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments or "{}"},
                }
                for call in calls
            ]
        found.append(one)
    return found


def _chat_part(part: Part) -> dict[str, Any]:
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Image() if part.url:
            return {"type": "image_url", "image_url": {"url": part.url}}
        case _:
            raise _no_place(part)


def _anthropic_part(part: Part) -> dict[str, Any]:
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Image() if part.url:
            return {"type": "image", "source": {"type": "url", "url": part.url}}
        case ToolCall():
            try:
                given = msgspec.json.decode(part.arguments or "{}")
            except msgspec.DecodeError as error:
                raise _no_place(part) from error
            return {"type": "tool_use", "id": part.id, "name": part.name, "input": given}
        case ToolResult():
            result = {"type": "tool_result", "tool_use_id": part.call_id}
            return {**result, "content": _text(part.parts), "is_error": part.is_error}
        case Reasoning() if part.signature:
            if part.text:
                return {"type": "thinking", "thinking": part.text, "signature": part.signature}
            return {"type": "redacted_thinking", "data": part.signature}
        case _:
            raise _no_place(part)


def _chat_tool(tool: Tool) -> dict[str, Any]:
    named = {"name": tool.name, "description": tool.description, "strict": tool.strict}
    function = {name: value for name, value in named.items() if value not in {"", None}}
    return {
        "type": "function",
        "function": {**function, "parameters": tool.parameters or _NO_PARAMETERS},
    }


def _anthropic_tool(tool: Tool) -> dict[str, Any]:
    described = {"description": tool.description} if tool.description else {}
    return {"name": tool.name, **described, "input_schema": tool.parameters or _NO_PARAMETERS}


def _text(parts: Iterable[Part]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Text))


def _no_place(part: Part) -> ProofroomError:
    return ProofroomError(
        f"A part of the kind “{type(part).__name__.lower()}” cannot be written as code",
        where="the messages of this run",
        fix="Copy the request as it was sent instead.",
    )
