"""A request in the form of Anthropic's messages."""

from __future__ import annotations

import json
from typing import Any

from proofroom.domain.message import (
    File,
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from proofroom.domain.version import Content, ProviderOptions, Tool
from proofroom.interchange.paste import fields, openai_chat
from proofroom.interchange.paste.pasted import Notes, Read, items, kind_of, mapping, others, text

_KNOWN = (
    "messages",
    "system",
    "model",
    "tools",
    "tool_choice",
    "temperature",
    "top_p",
    "max_tokens",
    "stop_sequences",
    "anthropic_version",
    "anthropic_beta",
)
_BLOCKS = frozenset(("tool_use", "tool_result", "thinking", "redacted_thinking", "document"))


def fits(request: dict[str, Any]) -> bool:
    """Tell whether a request with messages is Anthropic's and not OpenAI's."""
    if any(name in request for name in ("system", "stop_sequences", "thinking")):
        return True
    if "claude" in text(request.get("model")) and "max_completion_tokens" not in request:
        return "response_format" not in request and not _has_openai_tools(request)
    if any("input_schema" in mapping(tool) for tool in items(request.get("tools"))):
        return True
    blocks = [
        mapping(block)
        for message in items(request.get("messages"))
        for block in items(mapping(message).get("content"))
    ]
    return any(
        text(block.get("type")) in _BLOCKS or mapping(block.get("source")) for block in blocks
    )


def _has_openai_tools(request: dict[str, Any]) -> bool:
    return any("function" in mapping(tool) for tool in items(request.get("tools")))


def read(request: dict[str, Any], provider: str, notes: Notes) -> Read:
    """Return the content of a request; tool results become messages of the role tool."""
    found: list[Message] = []
    if request.get("system"):
        parts = _parts(request["system"], "system", notes)
        found.append(Message(role="system", parts=tuple(parts)))
    for place, raw in enumerate(items(request.get("messages"))):
        found += _message(mapping(raw), f"message {place + 1}", notes)
    if mapping(request.get("tool_choice")).get("disable_parallel_tool_use"):
        why = "Whether tools are called at once is not a setting here."
        notes.lose("disable_parallel_tool_use", "tool_choice", why)
    name = text(request.get("model"))
    content = Content(
        messages=tuple(found),
        tools=tuple(_tools(items(request.get("tools")), notes)),
        model=fields.full_model(name, provider or "anthropic", notes) if "{{" not in name else "",
        settings=fields.settings(
            {
                "temperature": request.get("temperature"),
                "top_p": request.get("top_p"),
                "max_tokens": request.get("max_tokens"),
                "stop": request.get("stop_sequences"),
                "tool_choice": fields.chosen_tool(request.get("tool_choice")),
            },
            notes,
        ),
        options=ProviderOptions(body=fields.options_body(others(request, *_KNOWN), notes)),
    )
    return Read(form="anthropic", content=content, model_name=name)


def _message(message: dict[str, Any], where: str, notes: Notes) -> list[Message]:
    if openai_chat.PLACEHOLDER in message:
        return openai_chat.messages([message], notes)
    role = openai_chat.role(text(message.get("role")), where, notes)
    parts = _parts(message.get("content"), where, notes)
    results = [part for part in parts if isinstance(part, ToolResult)]
    rest = tuple(part for part in parts if not isinstance(part, ToolResult))
    found = [Message(role="tool", parts=(result,)) for result in results]
    if rest or not results:
        found.append(Message(role=role, parts=rest, extra=others(message, "role", "content")))
    return found


def _parts(content: object, where: str, notes: Notes) -> list[Part]:
    if isinstance(content, str):
        return [Text(text=text(content))]
    found = [_part(mapping(raw), where, notes) for raw in items(content)]
    return [part for part in found if part is not None]


def _part(block: dict[str, Any], where: str, notes: Notes) -> Part | None:  # noqa: PLR0911 - kinds
    kind = kind_of(block)
    if kind == "text":
        return Text(text=text(block.get("text")), extra=others(block, "type", "text"))
    if kind in ("image", "document"):
        return _file(block, kind, where, notes)
    if kind == "tool_use":
        return ToolCall(
            id=text(block.get("id")),
            name=text(block.get("name")),
            arguments=json.dumps(block.get("input", {}), ensure_ascii=False),
            extra=others(block, "type", "id", "name", "input"),
        )
    if kind == "tool_result":
        inner = _parts(block.get("content"), where, notes)
        return ToolResult(
            call_id=text(block.get("tool_use_id")),
            parts=tuple(part for part in inner if isinstance(part, Text | Image | File)),
            is_error=block.get("is_error") is True,
            extra=others(block, "type", "tool_use_id", "content", "is_error"),
        )
    if kind == "thinking":
        signature = text(block.get("signature"))
        return Reasoning(text=text(block.get("thinking")), signature=signature)
    if kind == "redacted_thinking":
        return Reasoning(signature=text(block.get("data")))
    notes.lose(f"A part of type “{kind}”", where, "There is no such part here.")
    return None


def _file(block: dict[str, Any], kind: str, where: str, notes: Notes) -> Part | None:
    source = mapping(block.get("source"))
    form, media_type = text(source.get("type")), text(source.get("media_type"))
    if form == "text":
        return Text(text=text(source.get("data")))
    url = text(source.get("url"))
    file = notes.file(text(source.get("data")), media_type, where) if form == "base64" else ""
    if not (url or file):
        notes.lose(f"A part of type “{kind}”", where, "It lies at the provider, under an id.")
        return None
    extra = others(block, "type", "source", "title")
    if kind == "image":
        return Image(url=url, file=file, media_type=media_type, extra=extra)
    title = text(block.get("title"))
    return File(url=url, file=file, name=title, media_type=media_type, extra=extra)


def _tools(given: list[Any], notes: Notes) -> list[Tool]:
    found: list[Tool] = []
    for raw in given:
        tool = mapping(raw)
        kind = text(tool.get("type")) or "custom"
        if kind != "custom":
            notes.lose(f"The tool “{kind}”", "tools", "It runs at the provider.")
            continue
        kept = fields.function_tool(tool, "input_schema", notes)
        if kept is not None:
            found.append(kept)
    return found
