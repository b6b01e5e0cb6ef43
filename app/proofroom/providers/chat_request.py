"""Writes a call as the body of a chat completion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from proofroom.domain.message import Image, Message, Part, Reasoning, Text, ToolCall, ToolResult
from proofroom.domain.version import Settings, Tool
from proofroom.errors import ProofroomError
from proofroom.providers.adapter import Call
from proofroom.providers.dialects import Dialect, refused


def chat_body(call: Call, row: Dialect) -> dict[str, Any]:
    """Return the fields of the request; nothing that the version holds is left out silently.

    Raises ProofroomError for what this dialect or model does not take.
    """
    body: dict[str, Any] = {
        "model": call.model.name if "/" in call.model.name else row.model_prefix + call.model.name,
        "messages": list(messages(call.messages, developer=row.developer)),
    }
    _settings(body, call, row)
    if call.tools:
        if not row.tools:
            raise _untaken("tools", call)
        body["tools"] = [tool(one) for one in call.tools]
    if call.settings.tool_choice:
        body["tool_choice"] = _choice(call.settings.tool_choice, row)
    if call.response_schema is not None:
        body["response_format"] = _format(call.response_schema, row)
    body["stream"] = call.stream
    if call.stream and row.stream_usage == "asked":
        body["stream_options"] = {"include_usage": True}
    body.update(call.options.body)
    return body


def messages(given: Iterable[Message], *, developer: bool = True) -> Iterator[dict[str, Any]]:
    """Yield the messages of a chat completion; a tool's results become messages of their own.

    Raises ProofroomError for a part that has no place in a chat completion.
    """
    for message in given:
        parts = message.parts
        if len(parts) == 1 and isinstance(parts[0], Text):  # most are
            yield _message(message, [parts[0]], developer=developer)
            continue
        results = [part for part in message.parts if isinstance(part, ToolResult)]
        rest: list[Part] = [part for part in message.parts if not isinstance(part, ToolResult)]
        for result in results:
            yield {
                "role": "tool",
                "tool_call_id": result.call_id,
                "content": _content(list(result.parts)),
                **result.extra,
            }
        if rest or not results:
            yield _message(message, rest, developer=developer)


def _message(message: Message, parts: list[Part], *, developer: bool) -> dict[str, Any]:
    role = "system" if message.role == "developer" and not developer else message.role
    calls = [part for part in parts if isinstance(part, ToolCall)]
    said: list[Part] = [p for p in parts if not isinstance(p, (ToolCall, Reasoning))]
    data: dict[str, Any] = {"role": role}
    if said or not calls:
        data["content"] = _content(said)
    if message.name:
        data["name"] = message.name
    if calls:
        data["tool_calls"] = [_call(part) for part in calls]
    return {**data, **message.extra}


def _call(part: ToolCall) -> dict[str, Any]:
    function = {"name": part.name, "arguments": part.arguments or "{}"}
    return {"id": part.id, "type": "function", "function": function, **part.extra}


def _content(parts: list[Part]) -> str | list[dict[str, Any]]:
    if all(isinstance(part, Text) and not part.extra for part in parts):
        return "".join(part.text for part in parts if isinstance(part, Text))
    return [_part(part) for part in parts]


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text, **part.extra}
    if isinstance(part, Image) and part.url:
        image = {"url": part.url, **({"detail": part.detail} if part.detail else {})}
        return {"type": "image_url", "image_url": image, **part.extra}
    kind = type(part).__name__.lower()
    raise ProofroomError(
        f"A part of the kind “{kind}” cannot be sent as it is",
        where="the messages",
        fix="Remove it, or give a picture by its address.",
    )


def tool(given: Tool) -> dict[str, Any]:
    """Return a tool as a chat completion takes it."""
    function: dict[str, Any] = {"name": given.name}
    if given.description:
        function["description"] = given.description
    function["parameters"] = given.parameters or {"type": "object", "properties": {}}
    if given.strict is not None:
        function["strict"] = given.strict
    return {"type": "function", "function": {**function, **given.extra}}


def _settings(body: dict[str, Any], call: Call, row: Dialect) -> None:
    given = call.settings
    for name in refused(row, call.model.name):
        if getattr(given, name) is not None:
            raise _untaken(name, call)
    limit = row.answer_tokens if given.max_tokens is None else given.max_tokens
    named: dict[str, Any] = {
        "temperature": given.temperature,
        "top_p": given.top_p,
        row.max_tokens: limit,
        "stop": list(given.stop) or None,
        row.seed: given.seed,
    }
    body.update({name: value for name, value in named.items() if value is not None})
    if given.reasoning_effort:
        effort = given.reasoning_effort
        body[row.effort] = {"effort": effort} if row.effort == "reasoning" else effort


def plain_settings(given: Settings) -> dict[str, Any]:
    """Return the settings that are given, under OpenAI's names."""
    named: dict[str, Any] = {
        "temperature": given.temperature,
        "top_p": given.top_p,
        "max_tokens": given.max_tokens,
        "stop": list(given.stop) or None,
        "seed": given.seed,
        "reasoning_effort": given.reasoning_effort,
    }
    return {name: value for name, value in named.items() if value is not None}


def _choice(choice: str, row: Dialect) -> str | dict[str, Any]:
    if choice == "required":
        return row.required_tool
    return tool_choice(choice)


def tool_choice(choice: str) -> str | dict[str, Any]:
    """Return the choice of a tool: one of three words, or the name of a tool."""
    if choice in ("auto", "none", "required"):
        return choice
    return {"type": "function", "function": {"name": choice}}


def _format(schema: dict[str, Any], row: Dialect) -> dict[str, Any]:
    if row.response_format == "json_object":  # the answer is still checked against the schema
        return {"type": "json_object"}
    return response_format(schema)


def response_format(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a response schema as a chat completion takes it, strict where the schema allows."""
    named = {"name": "answer", "schema": schema, "strict": is_strict(schema)}
    return {"type": "json_schema", "json_schema": named}


def is_strict(schema: object) -> bool:
    """Tell whether a schema fits OpenAI's strict form: closed objects, every property required.

    https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
    """
    if isinstance(schema, list):
        return all(is_strict(item) for item in cast("list[Any]", schema))
    if not isinstance(schema, dict):
        return True
    data = cast("dict[str, Any]", schema)
    properties = data.get("properties")
    if data.get("type") == "object" or isinstance(properties, dict):
        names = set(cast("dict[str, Any]", properties or {}))
        if data.get("additionalProperties") is not False or names != set(data.get("required", ())):
            return False
    return all(is_strict(value) for value in data.values())


def _untaken(name: str, call: Call) -> ProofroomError:
    return ProofroomError(
        f"{call.model.name} at {call.provider.name} does not take {name.replace('_', ' ')}",
        where="the settings",
        fix="Clear it, or choose another model.",
    )
