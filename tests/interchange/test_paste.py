from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.interchange.support.pasting import CHAT, KEY, SCHEMA, made, said

from proofroom.domain.message import (
    Image,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from proofroom.domain.version import Settings, encoded
from proofroom.errors import ProofroomError
from proofroom.interchange.paste import LIMIT, parsed


def test_nothing_comes_of_nothing() -> None:
    assert parsed("") is None
    assert parsed(" \n\t") is None


def test_a_chat_request_becomes_blocks_settings_and_options() -> None:
    found = made(json.dumps(CHAT))
    assert said(found) == [(m["role"], m["content"]) for m in CHAT["messages"]]
    assert found.content.settings == Settings(temperature=0.2, max_tokens=200, stop=("END",))
    assert found.content.options.body == {"top_k": 5}
    assert (found.form, found.content.model, found.losses) == (
        "openai_chat",
        "openai/gpt-4o-mini",
        (),
    )


def test_tools_calls_results_and_a_response_schema_come_along() -> None:
    call = {
        "id": "c1",
        "type": "function",
        "function": {"name": "refund", "arguments": '{"order": 1'},
    }
    request = {
        "model": "gpt-4o",
        "messages": [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "done"},
        ],
        "tools": [
            {
                "type": "function",
                "function": {"name": "refund", "parameters": SCHEMA, "strict": True},
            }
        ],
        "tool_choice": {"type": "function", "function": {"name": "refund"}},
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "a", "schema": SCHEMA, "strict": True},
        },
    }
    content = made(json.dumps(request)).content
    assert content.messages[0].parts == (ToolCall(id="c1", name="refund", arguments='{"order": 1'),)
    assert content.messages[1].parts == (ToolResult(call_id="c1", parts=(Text(text="done"),)),)
    assert (content.tools[0].name, content.tools[0].parameters, content.tools[0].strict) == (
        "refund",
        SCHEMA,
        True,
    )
    assert (content.settings.tool_choice, content.response_schema) == ("refund", SCHEMA)


def test_a_picture_inside_the_text_becomes_a_file() -> None:
    data = b"\x89PNG not really"
    url = "data:image/png;base64," + base64.b64encode(data).decode()
    parts = [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": url}}]
    found = made(json.dumps([{"role": "user", "content": parts}]))
    name = hashlib.sha256(data).hexdigest()
    assert found.content.messages[0].parts[1] == Image(file=name, media_type="image/png")
    assert [(file.sha256, file.data) for file in found.files] == [(name, data)]


def test_an_anthropic_request_keeps_system_tools_thoughts_and_results() -> None:
    request = {
        "model": "claude-sonnet-4-5",
        "max_tokens": 100,
        "system": [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": "Refund me"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Hm.", "signature": "sig"},
                    {"type": "tool_use", "id": "t1", "name": "refund", "input": {"order": "é"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "content": "no", "is_error": True},
                    {"type": "text", "text": "And now?"},
                ],
            },
        ],
        "tools": [
            {"name": "refund", "description": "Pay", "input_schema": SCHEMA},
            {"type": "web_search_1"},
        ],
        "stop_sequences": ["END"],
        "thinking": {"type": "enabled"},
    }
    found = made(json.dumps(request))
    content = found.content
    assert [m.role for m in content.messages] == ["system", "user", "assistant", "tool", "user"]
    assert content.messages[0].parts[0].extra == {"cache_control": {"type": "ephemeral"}}
    assert content.messages[2].parts == (
        Reasoning(text="Hm.", signature="sig"),
        ToolCall(id="t1", name="refund", arguments='{"order": "é"}'),
    )
    assert content.messages[3].parts == (
        ToolResult(call_id="t1", parts=(Text(text="no"),), is_error=True),
    )
    assert (content.model, content.tools[0].parameters) == ("anthropic/claude-sonnet-4-5", SCHEMA)
    assert content.options.body == {"thinking": {"type": "enabled"}}
    assert [loss.what for loss in found.losses] == ["The tool “web_search_1”"]


def test_parts_without_a_type_go_by_their_field() -> None:
    content = [{"text": "Hi"}, {"toolUse": {"name": "f"}}]
    found = made(json.dumps({"messages": [{"role": "user", "content": content}]}))
    assert said(found) == [("user", "Hi")]
    assert [loss.what for loss in found.losses] == ["A part of type “toolUse”"]


def test_a_responses_request_keeps_instructions_items_and_schema() -> None:
    request = {
        "model": "o4-mini",
        "instructions": "Be kind.",
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "42"},
        ],
        "reasoning": {"effort": "low"},
        "max_output_tokens": 50,
        "text": {"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}},
        "previous_response_id": "resp_1",
    }
    found = made(json.dumps(request))
    assert [m.role for m in found.content.messages] == ["system", "user", "assistant", "tool"]
    assert found.content.settings == Settings(max_tokens=50, reasoning_effort="low")
    assert (found.content.response_schema, found.form) == (SCHEMA, "openai_responses")
    assert [loss.what for loss in found.losses] == ["previous_response_id"]


def test_a_gemini_request_is_read_with_its_model_from_the_address() -> None:
    body = {
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Hi"}]},
            {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"a": 1}}}]},
        ],
        "generationConfig": {
            "temperature": 1,
            "maxOutputTokens": 9,
            "responseSchema": {"type": "OBJECT"},
            "topK": 3,
        },
        "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT"}}]}],
    }
    url = f"https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent?key={KEY}"
    found = made(f"curl '{url}' -d '{json.dumps(body)}'")
    assert [m.role for m in found.content.messages] == ["system", "user", "assistant"]
    assert found.content.model == "gemini/gemini-2.5-pro"
    assert (found.content.response_schema, found.content.tools[0].parameters) == (
        {"type": "object"},
    ) * 2
    assert found.content.options.body == {"generationConfig": {"topK": 3}}
    assert [loss.where for loss in found.losses] == ["address, key"]
    assert KEY not in repr(found)


def test_markdown_headings_are_roles_but_not_inside_a_fence() -> None:
    found = made("# System\nBe kind.\n\n## User\n```\n# Assistant\n```\nHi\n\n**Assistant:**\nYes?")
    assert said(found) == [
        ("system", "Be kind."),
        ("user", "```\n# Assistant\n```\nHi"),
        ("assistant", "Yes?"),
    ]
    assert found.form == "markdown"


@pytest.mark.parametrize(
    ("text", "language", "braces"),
    [
        ("Hello", "jinja2", False),
        ("Hello {{ name }}", "jinja2", True),
        ("Hello {name}", "braces", True),
        ('Answer like {"a": 1}', "none", True),
        ('Hello {name}, like {"a": 1}', "none", True),
    ],
)
def test_plain_text_is_one_message_and_braces_are_asked_about(
    text: str, language: str, braces: bool
) -> None:
    found = made(text)
    assert said(found) == [("user", text)]
    assert (found.content.template, found.braces, found.form) == (language, braces, "text")


def test_json_that_is_no_request_is_text_and_a_broken_request_says_where() -> None:
    assert made('{"type": "object"}').form == "text"
    broken = made('{"messages": [\n{"role": "user", "content": "Hi"}\n')
    assert (broken.form, broken.losses[0].where) == ("text", "line 3")


def test_a_repeated_key_and_a_wrong_value_are_told() -> None:
    found = made('{"messages": [], "temperature": "hot", "temperature": "warm", "n": 3}')
    assert [loss.what for loss in found.losses] == [
        "The first “temperature”",
        "n = 3",
        "temperature = warm",
    ]


def test_what_is_too_large_is_refused_and_what_is_too_deep_is_text() -> None:
    with pytest.raises(ProofroomError, match="larger than 2 MB"):
        parsed("x" * (LIMIT + 1))
    assert made('{"messages": ' + "[" * 100_000).form == "text"
    assert made("(" * 5_000).form == "text"
    assert made("-" * 50_000 + "1").form == "text"


@pytest.mark.timeout(30)
def test_two_megabytes_of_anything_take_no_minutes() -> None:
    for piece in ("curl ", "# User\n", "'", "{{", "1+", "^\n", "``` "):
        try:
            assert parsed(piece * (LIMIT // len(piece))) is not None
        except ProofroomError as error:
            assert piece == "curl ", error  # noqa: PT017 - the others are prompts


def test_lone_surrogates_and_nul_are_replaced() -> None:
    assert said(made("a\ud800b\0c")) == [("user", "a�b�c")]
    assert said(made('[{"role": "user", "content": "\\ud800"}]')) == [("user", "�")]


@given(
    st.text()
    | st.lists(
        st.sampled_from(
            [
                "curl ",
                "-d ",
                "'",
                '"',
                "\\",
                "^",
                "$'",
                "{",
                "[",
                '"role"',
                ":",
                "messages=",
                "f'",
                "\n",
                "# User",
                "<<EOF",
                "@-",
                "| ",
            ]
        )
    ).map("".join)
)
def test_whatever_is_pasted_there_is_a_prompt_or_a_sentence(text: str) -> None:
    try:
        found = parsed(text)
    except ProofroomError:
        return
    assert (found is None) == (not text.strip())
    if found is not None:
        assert encoded(found.content)


def test_a_turn_of_tool_results_alone_is_no_empty_message() -> None:
    result = {"type": "tool_result", "tool_use_id": "t", "content": "42"}
    found = made(json.dumps({"system": "", "messages": [{"role": "user", "content": [result]}]}))
    assert [message.role for message in found.content.messages] == ["tool"]


def test_json_with_a_comma_too_many_is_read_all_the_same() -> None:
    found = made(
        '{"messages": [{"role": "user", "content": "Hi",},], "logprobs": true, "x": null,}'
    )
    assert (said(found), found.losses) == ([("user", "Hi")], ())
    assert found.content.options.body == {"logprobs": True}


def test_a_number_beyond_all_numbers_is_not_taken() -> None:
    assert made('{"messages": [], "temperature": 1e999}').content.settings == Settings()
    found = made('{"messages": [], "temperature": 1e12, "seed": 99999999999999999999}')
    assert (found.content.settings, len(found.losses)) == (Settings(), 2)
