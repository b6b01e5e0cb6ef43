"""A request in the form of Google's generateContent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

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

_KNOWN = ("contents", "model", "systemInstruction", "tools", "toolConfig", "generationConfig")
_CONFIG = (
    "temperature",
    "topP",
    "maxOutputTokens",
    "stopSequences",
    "seed",
    "responseSchema",
    "responseJsonSchema",
    "responseMimeType",
    "candidateCount",
)
_IN_CONFIG = ("systemInstruction", "tools", "toolConfig")
_MODES: Mapping[str, str] = {"AUTO": "auto", "ANY": "required", "NONE": "none"}


def read(request: dict[str, Any], provider: str, notes: Notes) -> Read:
    """Return the content of a request, in the names of the REST API or of the Python library."""
    top = _camel(request)
    config = _camel(mapping(top.get("generationConfig") or top.pop("config", None)))
    for name in _IN_CONFIG:  # the Python library puts them there
        if name in config:
            top.setdefault(name, config.pop(name))
    name = text(top.get("model")).removeprefix("models/")
    schema = mapping(config.get("responseJsonSchema")) or mapping(config.get("responseSchema"))
    if config.get("candidateCount") not in (None, 1):
        notes.lose(
            f"candidateCount = {config['candidateCount']}", "generationConfig", fields.UNKEPT["n"]
        )
    content = Content(
        messages=tuple(_messages(top, notes)),
        tools=tuple(_tools(items(top.get("tools")), notes)),
        response_schema=cast("dict[str, Any]", _json_schema(schema)) if schema else None,
        model=fields.full_model(name, provider or "gemini", notes) if "{{" not in name else "",
        settings=fields.settings(
            {
                "temperature": config.get("temperature"),
                "top_p": config.get("topP"),
                "max_tokens": config.get("maxOutputTokens"),
                "stop": config.get("stopSequences"),
                "seed": config.get("seed"),
                "tool_choice": _choice(mapping(top.get("toolConfig")), notes),
            },
            notes,
        ),
        options=ProviderOptions(body=_body(top, config, schema)),
    )
    return Read(form="gemini", content=content, model_name=name)


def _camel(given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields by their names in the REST API; both ways of writing are accepted there."""
    return {re.sub(r"_([a-z])", lambda m: m[1].upper(), key): val for key, val in given.items()}


def _body(top: dict[str, Any], config: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    body = others(top, *_KNOWN)
    rest = others(config, *_CONFIG)
    if config.get("responseMimeType") and not schema:
        rest["responseMimeType"] = config["responseMimeType"]
    return body | ({"generationConfig": rest} if rest else {})


def _messages(top: dict[str, Any], notes: Notes) -> list[Message]:
    found: list[Message] = []
    system = top.get("systemInstruction")
    if system:
        parts = _parts(mapping(system).get("parts", system), "systemInstruction", notes)
        found.append(Message(role="system", parts=tuple(parts)))
    contents = top.get("contents")
    given = items(contents) or ([contents] if contents else [])
    for place, raw in enumerate(given):
        where = f"contents {place + 1}"
        if isinstance(raw, str):
            found.append(text_message("user", text(raw)))
            continue
        turn = mapping(raw)
        if openai_chat.PLACEHOLDER in turn:
            found += openai_chat.messages([turn], notes)
            continue
        role = openai_chat.role(text(turn.get("role")) or "user", where, notes)
        parts = _parts(turn.get("parts", turn), where, notes)
        results = [part for part in parts if isinstance(part, ToolResult)]
        rest = tuple(part for part in parts if not isinstance(part, ToolResult))
        found += [Message(role="tool", parts=(result,)) for result in results]
        if rest or not results:
            found.append(Message(role=role, parts=rest))
    return found


def _parts(given: object, where: str, notes: Notes) -> list[Part]:
    if isinstance(given, str):
        return [Text(text=text(given))]
    found: list[Part] = []
    for raw in items(given) or [given]:
        part = Text(text=text(raw)) if isinstance(raw, str) else _part(mapping(raw), where, notes)
        if part is not None:
            found.append(part)
    return found


def _part(raw: dict[str, Any], where: str, notes: Notes) -> Part | None:
    block = _camel(raw)
    signature = text(block.get("thoughtSignature"))
    extra = {"thoughtSignature": signature} if signature else {}
    if block.get("thought") is True:
        return Reasoning(text=text(block.get("text")), signature=signature)
    if "text" in block:
        return Text(text=text(block["text"]), extra=extra)
    if "inlineData" in block or "fileData" in block:
        return _file(block, where, notes)
    if "functionCall" in block:
        call = mapping(block["functionCall"])
        arguments = json.dumps(call.get("args", {}), ensure_ascii=False)
        name = text(call.get("name"))
        # its result names the function where neither has an id
        call_id = text(call.get("id")) or name
        return ToolCall(id=call_id, name=name, arguments=arguments, extra=extra)
    if "functionResponse" in block:
        reply = mapping(block["functionResponse"])
        answer = json.dumps(reply.get("response", {}), ensure_ascii=False)
        call_id = text(reply.get("id")) or text(reply.get("name"))
        return ToolResult(call_id=call_id, parts=(Text(text=answer),))
    notes.lose(f"A part with “{', '.join(block)}”", where, "There is no such part here.")
    return None


def _file(block: dict[str, Any], where: str, notes: Notes) -> Part | None:
    data = _camel(mapping(block.get("inlineData") or block.get("fileData")))
    media_type, url = text(data.get("mimeType")), text(data.get("fileUri"))
    file = notes.file(text(data.get("data")), media_type, where) if "inlineData" in block else ""
    if not (url or file):
        notes.lose("A file", where, "It has neither an address nor data.")
        return None
    if media_type.startswith("image/"):
        return Image(url=url, file=file, media_type=media_type)
    return File(url=url, file=file, media_type=media_type)


def _tools(given: list[Any], notes: Notes) -> list[Tool]:
    found: list[Tool] = []
    for raw in given:
        tool = _camel(mapping(raw))
        for declaration in items(tool.get("functionDeclarations")):
            fields_ = _camel(mapping(declaration))
            source = "parametersJsonSchema" if "parametersJsonSchema" in fields_ else "parameters"
            fields_[source] = _json_schema(fields_.get(source, {}))
            kept = fields.function_tool(fields_, source, notes)
            if kept is not None:
                found.append(kept)
        for name in tool:
            if name != "functionDeclarations":
                notes.lose(f"The tool “{name}”", "tools", "It runs at the provider.")
    return found


def _choice(config: dict[str, Any], notes: Notes) -> str | None:
    calling = _camel(mapping(_camel(config).get("functionCallingConfig")))
    allowed = items(calling.get("allowedFunctionNames"))
    if len(allowed) == 1:
        return text(allowed[0])
    if allowed:
        notes.lose("allowedFunctionNames", "toolConfig", "Here one tool can be chosen, or any.")
    return _MODES.get(text(calling.get("mode")).upper())


def _json_schema(value: object) -> object:
    """Return a schema with the types in small letters: Google writes OBJECT, JSON Schema object."""
    if isinstance(value, list):
        return [_json_schema(part) for part in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    found = {key: _json_schema(part) for key, part in cast("dict[str, object]", value).items()}
    kind = found.get("type")
    if isinstance(kind, str) and kind.isupper():
        found["type"] = kind.lower()
    return found
