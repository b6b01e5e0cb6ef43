"""Every kind of part that the providers' requests hold becomes ours, or is told as lost."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from proofroom.domain.message import (
    Audio,
    File,
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from proofroom.interchange.paste import parsed
from proofroom.interchange.paste.pasted import Pasted

DATA = b"\x89PNG and so on"
B64 = base64.b64encode(DATA).decode()
SHA = hashlib.sha256(DATA).hexdigest()
URL = "https://example.com/a.png"


def made(request: dict[str, Any]) -> Pasted:
    found = parsed(json.dumps(request))
    assert found is not None
    return found


def chat(*parts: dict[str, Any], **message: object) -> Pasted:
    one = {"role": "user", "content": list(parts), **message}
    return made({"model": "gpt-4o", "messages": [one], "max_completion_tokens": 9})


def claude(*parts: dict[str, Any]) -> Pasted:
    one = {"role": "user", "content": [*parts, {"type": "text", "text": "."}]}
    return made({"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [one]})


def gemini(*parts: dict[str, Any]) -> Pasted:
    return made({"contents": [{"role": "user", "parts": [*parts, {"text": "."}]}]})


def responses(*items: dict[str, Any]) -> Pasted:
    return made({"model": "gpt-4o", "input": [*items, {"role": "user", "content": "."}]})


def first(found: Pasted) -> Part:
    return found.content.messages[0].parts[0]


def lost(found: Pasted) -> list[str]:
    return [loss.what for loss in found.losses]


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "refusal", "refusal": "No."}, Text(text="No.")),
        ({"type": "text", "text": "a", "x": 1}, Text(text="a", extra={"x": 1})),
        ({"type": "image_url", "image_url": URL}, Image(url=URL)),
        (
            {"type": "image_url", "image_url": {"url": URL, "detail": "low"}},
            Image(url=URL, detail="low"),
        ),
        (
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{B64}"}},
            Image(file=SHA, media_type="image/png"),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": B64, "format": "mp3"}},
            Audio(file=SHA, media_type="audio/mp3"),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": B64}},
            Audio(file=SHA, media_type="audio/wav"),
        ),
        (
            {"type": "file", "file": {"file_data": f"data:;base64,{B64}", "filename": "a.bin"}},
            File(file=SHA, name="a.bin", media_type="application/octet-stream"),
        ),
    ],
)
def test_a_chats_parts(block: dict[str, Any], part: Part) -> None:
    found = chat(block)
    assert (first(found), lost(found)) == (part, [])
    assert {file.sha256: file.data for file in found.files} == (
        {SHA: DATA} if getattr(part, "file", "") else {}
    )


@pytest.mark.parametrize(
    ("block", "what"),
    [
        ({"type": "file", "file": {"file_id": "f1"}}, "A file"),
        ({"type": "input_audio", "input_audio": {"data": "?"}}, "A file"),
        ({"type": "input_audio", "input_audio": {}}, "A file"),
        ({"type": "image_url", "image_url": {}}, "A file"),
        ({"type": "image_url", "image_url": "data:image/png;base64,?"}, "A file"),
        ({"type": "file", "file": {"file_data": "data:;base64,"}}, "A file"),
        ({"type": "video", "video": {}}, "A part of type “video”"),
    ],
)
def test_a_chats_part_without_a_place_is_told(block: dict[str, Any], what: str) -> None:
    found = chat(block)
    assert lost(found) == [what]
    assert (found.content.messages[0].parts, found.files) == ((), ())


def test_a_chats_roles_calls_and_thoughts() -> None:
    turns: list[dict[str, Any]] = [
        {"role": "human", "content": "a"},
        {"role": "AI", "reasoning_content": "Hm.", "content": "b", "refused": 1},
        {"role": "function", "name": "f", "content": "c"},
        {"role": "critic", "content": "d", "name": "Ann"},
        {},
    ]
    found = made({"messages": turns})
    assert found.content.messages == (
        Message(role="user", parts=(Text(text="a"),)),
        Message(
            role="assistant", parts=(Reasoning(text="Hm."), Text(text="b")), extra={"refused": 1}
        ),
        Message(role="tool", parts=(ToolResult(call_id="f", parts=(Text(text="c"),)),)),
        Message(role="user", parts=(Text(text="d"),), name="Ann"),
    )
    assert lost(found) == ["Role “critic”", "A message"]


@pytest.mark.parametrize(
    ("given", "options", "lost_"),
    [
        ({"type": "json_object"}, {"response_format": {"type": "json_object"}}, []),
        ({"type": "text"}, {}, []),
        (
            {"type": "json_schema", "json_schema": {"schema": {"a": 1}, "strict": False}},
            {},
            ["strict of the response format"],
        ),
    ],
)
def test_a_chats_response_format(
    given: dict[str, Any], options: dict[str, Any], lost_: list[str]
) -> None:
    ask = [{"role": "user", "content": "a"}]
    found = made({"messages": ask, "response_format": given})
    assert (found.content.options.body, lost(found)) == (options, lost_)
    assert found.content.response_schema == ({"a": 1} if lost_ else None)


@pytest.mark.parametrize(
    ("block", "part"),
    [
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": B64}},
            Image(file=SHA, media_type="image/png"),
        ),
        ({"type": "image", "source": {"type": "url", "url": URL}}, Image(url=URL)),
        (
            {"type": "document", "title": "T", "source": {"type": "url", "url": URL}, "context": 1},
            File(url=URL, name="T", extra={"context": 1}),
        ),
        ({"type": "document", "source": {"type": "text", "data": "a"}}, Text(text="a")),
        (
            {"type": "thinking", "thinking": "Hm.", "signature": "s"},
            Reasoning(text="Hm.", signature="s"),
        ),
        ({"type": "redacted_thinking", "data": "aGlk"}, Reasoning(signature="aGlk")),
        (
            {"type": "tool_use", "id": "t", "name": "f", "input": {"ü": 1}},
            ToolCall(id="t", name="f", arguments='{"ü": 1}'),
        ),
        (
            {"type": "tool_result", "tool_use_id": "t", "content": "a", "is_error": True},
            ToolResult(call_id="t", parts=(Text(text="a"),), is_error=True),
        ),
    ],
)
def test_anthropics_parts(block: dict[str, Any], part: Part) -> None:
    found = claude(block)
    assert (first(found), lost(found)) == (part, [])


@pytest.mark.parametrize(
    ("block", "what"),
    [
        ({"type": "image", "source": {"type": "file", "file_id": "f"}}, "A part of type “image”"),
        ({"type": "server_tool_use", "id": "s"}, "A part of type “server_tool_use”"),
    ],
)
def test_anthropics_part_without_a_place_is_told(block: dict[str, Any], what: str) -> None:
    assert lost(claude(block)) == [what]


def test_anthropics_own_tools_and_choice_are_told() -> None:
    own = {"name": "f", "description": "d", "input_schema": {"type": "object"}, "strict": True}
    request: dict[str, Any] = {
        "model": "claude-sonnet-4-5",
        "messages": [{"role": "user", "content": "a"}],
        "tools": [own, {"type": "web_search_20250305", "name": "web_search"}, {"input_schema": {}}],
        "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
    }
    found = made(request)
    (tool,) = found.content.tools
    assert (tool.name, tool.description, tool.parameters, tool.strict) == (
        "f", "d", {"type": "object"}, True,
    )  # fmt: skip
    assert found.content.settings.tool_choice == "required"
    assert lost(found) == [
        "disable_parallel_tool_use",
        "The tool “web_search_20250305”",
        "A tool of type “”",
    ]


@pytest.mark.parametrize(
    ("block", "part"),
    [
        (
            {"inlineData": {"mimeType": "image/png", "data": B64}},
            Image(file=SHA, media_type="image/png"),
        ),
        (
            {"file_data": {"mime_type": "application/pdf", "file_uri": "gs://a"}},
            File(url="gs://a", media_type="application/pdf"),
        ),
        (
            {"text": "Hm.", "thought": True, "thoughtSignature": "s"},
            Reasoning(text="Hm.", signature="s"),
        ),
        (
            {"functionCall": {"name": "f", "args": {"a": 1}}},
            ToolCall(id="f", name="f", arguments='{"a": 1}'),
        ),
        (
            {"functionCall": {"name": "f", "id": "c"}},
            ToolCall(id="c", name="f", arguments="{}"),
        ),
        (
            {"function_response": {"name": "f", "response": {"ok": True}}},
            ToolResult(call_id="f", parts=(Text(text='{"ok": true}'),)),
        ),
    ],
)
def test_geminis_parts(block: dict[str, Any], part: Part) -> None:
    found = gemini(block)
    assert (first(found), lost(found)) == (part, [])


@pytest.mark.parametrize(
    ("block", "what"),
    [
        ({"inlineData": {"mimeType": "image/png"}}, "A file"),
        ({"executableCode": {}}, "A part with “executableCode”"),
    ],
)
def test_geminis_part_without_a_place_is_told(block: dict[str, Any], what: str) -> None:
    assert what in lost(gemini(block))


def test_geminis_tools_choice_and_schema() -> None:
    declared = {
        "name": "f",
        "parameters": {"type": "OBJECT", "properties": {"a": {"type": "ARRAY"}}},
    }
    calling = {"mode": "ANY", "allowedFunctionNames": ["f", "g"]}
    found = made(
        {
            "contents": "a",
            "tools": [{"functionDeclarations": [declared]}, {"googleSearch": {}}],
            "toolConfig": {"functionCallingConfig": calling},
            "generationConfig": {"candidateCount": 2, "responseSchema": {"type": "STRING"}},
        }
    )
    (tool,) = found.content.tools
    assert tool.parameters == {"type": "object", "properties": {"a": {"type": "array"}}}
    assert found.content.response_schema == {"type": "string"}
    assert found.content.settings.tool_choice == "required"
    assert set(lost(found)) == {
        "The tool “googleSearch”", "allowedFunctionNames", "candidateCount = 2",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            Message(role="assistant", parts=(ToolCall(id="c", name="f", arguments="{}"),)),
        ),
        (
            {"type": "function_call_output", "call_id": "c", "output": "a"},
            Message(role="tool", parts=(ToolResult(call_id="c", parts=(Text(text="a"),)),)),
        ),
        (
            {"type": "reasoning", "encrypted_content": "s",
             "summary": [{"text": "a"}, {"text": "b"}]},
            Message(role="assistant", parts=(Reasoning(text="a\nb", signature="s"),)),
        ),
        (
            {"role": "assistant", "id": "m", "content": [{"type": "output_text", "text": "a"},
             {"type": "refusal", "refusal": "b"}]},
            Message(role="assistant", parts=(Text(text="a"), Text(text="b"))),
        ),
        (
            {"role": "user", "content": [
                {"type": "input_image", "image_url": URL, "detail": "low"},
                {"type": "input_file", "file_url": URL, "filename": "a"},
                {"type": "input_file", "file_data": f"data:text/plain;base64,{B64}"}]},
            Message(role="user", parts=(
                Image(url=URL, detail="low"), File(url=URL, name="a"),
                File(file=SHA, media_type="text/plain"))),
        ),
    ],
)  # fmt: skip
def test_the_items_of_a_responses_request(item: dict[str, Any], message: Message) -> None:
    found = responses(item)
    assert (found.content.messages[0], lost(found)) == (message, [])


def test_what_only_the_responses_api_knows_is_told() -> None:
    found = made(
        {
            "model": "gpt-4o",
            "input": [
                {"type": "item_reference", "id": "i"},
                {"role": "user", "content": [{"type": "input_image", "file_id": "f"}]},
            ],
            "tools": [{"type": "web_search"}, {"type": "function", "name": "f"}],
            "previous_response_id": "r",
            "reasoning": {"effort": "low", "summary": "auto"},
            "service_tier": "flex",
        }
    )
    assert set(lost(found)) == {
        "An item of type “item_reference”", "A part of type “input_image”",
        "The tool “web_search”", "previous_response_id", "reasoning.summary",
    }  # fmt: skip
    assert found.content.options.body == {"service_tier": "flex"}
    assert found.content.settings.reasoning_effort == "low"
    assert [tool.name for tool in found.content.tools] == ["f"]
