"""A request in the form of OpenAI's Responses API."""

from __future__ import annotations

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
    text_message,
)
from proofroom.domain.version import Content, ProviderOptions, Tool
from proofroom.interchange.paste import fields, openai_chat
from proofroom.interchange.paste.pasted import Notes, Read, items, mapping, others, text

_KNOWN = (
    "input",
    "instructions",
    "model",
    "tools",
    "tool_choice",
    "text",
    "temperature",
    "top_p",
    "max_output_tokens",
    "reasoning",
    "seed",
)
_SHARED = ("parallel_tool_calls", "metadata", "service_tier", "top_logprobs", "prompt_cache_key")


def read(request: dict[str, Any], provider: str, notes: Notes) -> Read:
    """Return the content of a request; what chat completions do not know is lost."""
    reasoning = mapping(request.get("reasoning"))
    schema_format = mapping(mapping(request.get("text")).get("format"))
    is_schema = text(schema_format.get("type")) == "json_schema"
    name = text(request.get("model"))
    content = Content(
        messages=tuple(_messages(request, notes)),
        tools=tuple(_tools(items(request.get("tools")), notes)),
        response_schema=openai_chat.response_schema(schema_format, notes) if is_schema else None,
        model=fields.full_model(name, provider or "openai", notes) if "{{" not in name else "",
        settings=fields.settings(
            {
                "temperature": request.get("temperature"),
                "top_p": request.get("top_p"),
                "max_tokens": request.get("max_output_tokens"),
                "seed": request.get("seed"),
                "reasoning_effort": reasoning.get("effort"),
                "tool_choice": fields.chosen_tool(request.get("tool_choice")),
            },
            notes,
        ),
        options=ProviderOptions(body=_body(request, notes)),
    )
    return Read(form="openai_responses", content=content, model_name=name)


def _body(request: dict[str, Any], notes: Notes) -> dict[str, Any]:
    rest = fields.options_body(others(request, *_KNOWN), notes)
    inner = {
        f"{field}.{name}": value
        for field, kept in (("reasoning", "effort"), ("text", "format"))
        for name, value in others(mapping(request.get(field)), kept).items()
    }
    for name in (*rest, *inner):
        if name not in _SHARED:
            notes.lose(name, "request", "Only the Responses API knows it.")
    return {name: value for name, value in rest.items() if name in _SHARED}


def _messages(request: dict[str, Any], notes: Notes) -> list[Message]:
    found: list[Message] = []
    if text(request.get("instructions")):
        found.append(text_message("system", text(request["instructions"])))
    given = request.get("input")
    if isinstance(given, str):
        return [*found, text_message("user", text(given))]
    for place, raw in enumerate(items(given)):
        message = _item(mapping(raw), f"input {place + 1}", notes)
        if message is not None:
            found.append(message)
    return found


def _item(item: dict[str, Any], where: str, notes: Notes) -> Message | None:
    kind = text(item.get("type")) or "message"
    call_id = text(item.get("call_id"))
    if openai_chat.PLACEHOLDER in item:
        return openai_chat.messages([item], notes)[0]
    if kind == "function_call":
        arguments = openai_chat.arguments(item.get("arguments"))
        call = ToolCall(id=call_id, name=text(item.get("name")), arguments=arguments)
        return Message(role="assistant", parts=(call,))
    if kind == "function_call_output":
        output = item.get("output")
        parts = _parts(output, where, notes)
        shown = tuple(part for part in parts if isinstance(part, Text | Image | File))
        return Message(role="tool", parts=(ToolResult(call_id=call_id, parts=shown),))
    if kind == "reasoning":
        summary = "\n".join(text(mapping(part).get("text")) for part in items(item.get("summary")))
        signature = text(item.get("encrypted_content"))
        return Message(role="assistant", parts=(Reasoning(text=summary, signature=signature),))
    if kind != "message":
        notes.lose(f"An item of type “{kind}”", where, "Only the Responses API knows it.")
        return None
    role = openai_chat.role(text(item.get("role")), where, notes)
    extra = others(item, "type", "role", "content", "id", "status")
    return Message(role=role, parts=tuple(_parts(item.get("content"), where, notes)), extra=extra)


def _parts(content: object, where: str, notes: Notes) -> list[Part]:
    if isinstance(content, str):
        return [Text(text=text(content))]
    found = [_part(mapping(raw), where, notes) for raw in items(content)]
    return [part for part in found if part is not None]


def _part(block: dict[str, Any], where: str, notes: Notes) -> Part | None:
    kind = text(block.get("type"))
    if kind in ("input_text", "output_text", "text", "summary_text"):
        return Text(text=text(block.get("text")))
    if kind == "refusal":
        return Text(text=text(block.get("refusal")))
    if kind == "input_image" and text(block.get("image_url")):
        url, file, media_type = notes.address(text(block["image_url"]), where)
        detail = text(block.get("detail"))
        kept = Image(url=url, file=file, media_type=media_type, detail=detail)
        return kept if url or file else None
    if kind == "input_file" and (text(block.get("file_data")) or text(block.get("file_url"))):
        address = text(block.get("file_data")) or text(block.get("file_url"))
        url, file, media_type = notes.address(address, where)
        name = text(block.get("filename"))
        return File(url=url, file=file, name=name, media_type=media_type) if url or file else None
    why = "It lies at the provider, under an id." if "file_id" in block else "It is unknown here."
    notes.lose(f"A part of type “{kind}”", where, why)
    return None


def _tools(given: list[Any], notes: Notes) -> list[Tool]:
    found: list[Tool] = []
    for raw in given:
        tool = mapping(raw)
        kind = text(tool.get("type"))
        if kind != "function":
            notes.lose(f"The tool “{kind}”", "tools", "It runs at the provider.")
            continue
        kept = fields.function_tool(tool, "parameters", notes)
        if kept is not None:
            found.append(kept)
    return found
