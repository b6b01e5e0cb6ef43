"""A request in the form of OpenAI's chat completions, which many servers speak."""

from __future__ import annotations

import json
from typing import Any

from proofroom.domain.message import (
    ROLES,
    Audio,
    File,
    Image,
    Message,
    Part,
    Placeholder,
    Reasoning,
    Role,
    Text,
    ToolCall,
    ToolResult,
    storable,
)
from proofroom.domain.version import Content, ProviderOptions, Tool
from proofroom.interchange.paste import fields
from proofroom.interchange.paste.pasted import Notes, Read, items, kind_of, mapping, others, text

PLACEHOLDER = "proofroom placeholder"  # a field that no request has: see python_code
_ROLES: dict[str, Role] = {
    **{role: role for role in ROLES},
    "function": "tool",
    "model": "assistant",
    "ai": "assistant",
    "human": "user",
}
_KNOWN = (
    "messages",
    "model",
    "tools",
    "tool_choice",
    "response_format",
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "stop",
    "seed",
    "reasoning_effort",
)


def read(request: dict[str, Any], provider: str, notes: Notes) -> Read:
    """Return the content of a request; unknown fields become provider options."""
    body = fields.options_body(others(request, *_KNOWN), notes)
    limit = request.get("max_completion_tokens")
    limit = request.get("max_tokens") if limit is None else limit
    schema = _schema(mapping(request.get("response_format")), body, notes)
    name = text(request.get("model"))
    if "{{" in name:
        notes.lose(f"Model {name}", "model", "Its name is not in the pasted text.")
        name = ""
    tools = [_tool(mapping(tool), notes) for tool in items(request.get("tools"))]
    content = Content(
        messages=tuple(messages(request.get("messages"), notes)),
        tools=tuple(tool for tool in tools if tool is not None),
        response_schema=schema,
        model=fields.full_model(name, provider, notes),
        settings=fields.settings(
            {
                "temperature": request.get("temperature"),
                "top_p": request.get("top_p"),
                "max_tokens": limit,
                "stop": request.get("stop"),
                "seed": request.get("seed"),
                "reasoning_effort": request.get("reasoning_effort"),
                "tool_choice": fields.chosen_tool(request.get("tool_choice")),
            },
            notes,
        ),
        options=ProviderOptions(body=body),
    )
    return Read(form="openai_chat", content=content, model_name=name)


def messages(given: object, notes: Notes) -> list[Message]:
    """Return the messages of an array, in its order."""
    found: list[Message] = []
    for place, raw in enumerate(items(given)):
        where = f"message {place + 1}"
        message = mapping(raw)
        if PLACEHOLDER in message:
            part = Placeholder(name=text(message[PLACEHOLDER]))
            found.append(Message(role="user", parts=(part,)))
        elif message:
            found.append(_message(message, where, notes))
        else:
            notes.lose("A message", where, "It has neither role nor content.")
    return found


def role(name: str, where: str, notes: Notes) -> Role:
    """Return our role for a foreign one; an unknown one becomes user, with a loss."""
    known = _ROLES.get(name.lower())
    if known is None:
        notes.lose(f"Role “{name}”", where, "There is no such role; the message became user.")
    return known or "user"


def _message(message: dict[str, Any], where: str, notes: Notes) -> Message:
    own = role(text(message.get("role")), where, notes)
    content: list[Part] = list(_parts(message.get("content"), where, notes))
    known = ["role", "content", "name"]
    if own == "tool":
        known.append("tool_call_id")
        call_id = text(message.get("tool_call_id")) or text(message.get("name"))
        shown = tuple(p for p in content if isinstance(p, Text | Image | File | Audio))
        content = [ToolResult(call_id=call_id, parts=shown)]
    thoughts = text(message.get("reasoning_content"))
    if thoughts:
        known.append("reasoning_content")
        content.insert(0, Reasoning(text=thoughts))
    if items(message.get("tool_calls")):
        known.append("tool_calls")
        content += [_call(mapping(call)) for call in items(message["tool_calls"])]
    return Message(
        role=own,
        parts=tuple(content),
        name=text(message.get("name")) if own != "tool" else "",
        extra=others(message, *known),
    )


def _call(call: dict[str, Any]) -> ToolCall:
    function = mapping(call.get("function"))
    return ToolCall(
        id=text(call.get("id")),
        name=text(function.get("name")),
        arguments=arguments(function.get("arguments")),
        extra=others(call, "id", "type", "function", "index"),
    )


def arguments(value: object) -> str:
    """Return a call's arguments as the text they are; an object, as some servers give, as JSON."""
    is_json = isinstance(value, dict | list)
    return storable(json.dumps(value, ensure_ascii=False)) if is_json else text(value)


def _parts(content: object, where: str, notes: Notes) -> list[Part]:
    if isinstance(content, str):
        return [Text(text=text(content))]
    found: list[Part] = []
    for raw in items(content):
        part = Text(text=text(raw)) if isinstance(raw, str) else _part(mapping(raw), where, notes)
        if part is not None:
            found.append(part)
    return found


def _part(block: dict[str, Any], where: str, notes: Notes) -> Part | None:
    kind = kind_of(block)
    if kind == "text":
        return Text(text=text(block.get("text")), extra=others(block, "type", "text"))
    if kind == "refusal":
        return Text(text=text(block.get("refusal")))
    if kind == "image_url":
        given = block.get("image_url")
        image = mapping(given) or {"url": given}
        url, file, media_type = notes.address(text(image.get("url")), where)
        detail = text(image.get("detail"))
        extra = others(block, "type", "image_url")
        kept = Image(url=url, file=file, media_type=media_type, detail=detail, extra=extra)
        return kept if url or file else None
    if kind == "input_audio":
        audio = mapping(block.get("input_audio"))
        media_type = f"audio/{text(audio.get('format')) or 'wav'}"
        file = notes.file(text(audio.get("data")), media_type, where)
        return Audio(file=file, media_type=media_type) if file else None
    if kind == "file":
        return _file(mapping(block.get("file")), where, notes)
    notes.lose(f"A part of type “{kind}”", where, "There is no such part here.")
    return None


def _file(given: dict[str, Any], where: str, notes: Notes) -> File | None:
    if not text(given.get("file_data")):
        notes.lose("A file", where, "It lies at the provider, under an id.")
        return None
    url, file, media_type = notes.address(text(given["file_data"]), where)
    name = text(given.get("filename"))
    return File(url=url, file=file, name=name, media_type=media_type) if url or file else None


def _schema(given: dict[str, Any], body: dict[str, Any], notes: Notes) -> dict[str, Any] | None:
    """Return the response schema; another response format is left in the body."""
    if text(given.get("type")) == "json_schema":
        return response_schema(mapping(given.get("json_schema")), notes)
    if given and text(given.get("type")) != "text":
        body["response_format"] = given
    return None


def response_schema(given: dict[str, Any], notes: Notes) -> dict[str, Any]:
    """Return the JSON Schema of a named format."""
    for name in ("description", "strict"):
        if given.get(name) not in (None, True):
            why = "Here a response schema has neither a description nor a loose form."
            notes.lose(f"{name} of the response format", "response_format", why)
    return mapping(given.get("schema"))


def _tool(tool: dict[str, Any], notes: Notes) -> Tool | None:
    kind = text(tool.get("type")) or "function"
    function = mapping(tool.get("function")) or (tool if "name" in tool else {})
    if kind != "function" or not function:
        notes.lose(f"The tool “{kind}”", "tools", "It runs at the provider. Add it as an option.")
        return None
    return fields.function_tool(function, "parameters", notes)
