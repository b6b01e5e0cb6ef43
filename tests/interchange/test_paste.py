from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain.message import (
    Image,
    Placeholder,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    text_of,
)
from proofroom.domain.version import Settings, encoded
from proofroom.errors import ProofroomError
from proofroom.interchange.paste import LIMIT, parsed
from proofroom.interchange.paste.pasted import Pasted

KEY = "sk-" + "proj-4Fz0marked9Xq"
SCHEMA = {"type": "object", "properties": {"order": {"type": "string"}}}
CHAT: dict[str, Any] = {
    "model": "gpt-4o-mini",
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": 'It\'s "broken" \\ 5 > 3 & $HOME\nline `two`'},
    ],
    "temperature": 0.2,
    "max_tokens": 200,
    "stop": "END",
    "top_k": 5,
    "stream": True,
}


def made(text: str) -> Pasted:
    found = parsed(text)
    assert found is not None
    return found


def said(found: Pasted) -> list[tuple[str, str]]:
    return [(m.role, text_of(m.parts)) for m in found.content.messages]


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


def posix(body: str) -> str:
    return "'" + body.replace("'", "'\\''") + "'"


def ansi(body: str) -> str:
    escaped = (
        body.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("5", "\\u0035")
    )
    return "$'" + escaped + "'"


def double(body: str) -> str:
    for sign in '\\"$`':
        body = body.replace(sign, "\\" + sign)
    return f'"{body}"'


COMMANDS = {
    "bash": (
        "curl https://api.openai.com/v1/chat/completions \\\n  -H 'Authorization: Bearer KEY' \\\n"
        "  -H 'Content-Type: application/json' \\\n  -d POSIX"
    ),
    "bash $'..'": (
        "curl -sS -X POST 'https://api.openai.com/v1/chat/completions' "
        "-H 'authorization: Bearer KEY' --data-raw ANSI --compressed"
    ),
    "double quotes": (
        "$ curl --request POST --url https://api.openai.com/v1/x "
        '--header "api-key: KEY" --data=DOUBLE'
    ),
    "heredoc": "curl https://u:KEY@api.openai.com/v1/x -d @- <<'EOF'\nPLAIN\nEOF\n",
    "echo": "echo POSIX | curl https://api.openai.com/v1/x -H 'x-api-key: KEY' --json @-",
    "glued": "curl -XPOST -u user:KEY api.openai.com/v1/x -dPOSIX",
    "PowerShell": (
        "curl.exe https://api.openai.com/v1/x `\n  -H 'Authorization: Bearer KEY' `\n  -d POSIX"
    ),
}


def command(shell: str, body: str) -> str:
    quoted = {"POSIX": posix, "ANSI": ansi, "DOUBLE": double, "PLAIN": str}
    text = COMMANDS[shell].replace("KEY", KEY)
    name = next(name for name in quoted if name in text)
    return text.replace(name, quoted[name](body))


@pytest.mark.parametrize("shell", COMMANDS)
def test_a_curl_command_in_any_quoting_is_the_request_without_its_key(shell: str) -> None:
    found = made(command(shell, json.dumps(CHAT)))
    assert encoded(found.content) == encoded(made(json.dumps(CHAT)).content)
    assert KEY not in repr(found)
    assert [loss.what for loss in found.losses] == ["An API key"]


@pytest.mark.parametrize("said_", ["^", "a ^", "^{x}", "ends ^\nhere", "it's ^"])
def test_a_caret_in_a_quoted_body_is_no_sign_of_windows(said_: str) -> None:
    for shell in COMMANDS:
        body = json.dumps({"model": "m", "messages": [{"role": "user", "content": said_}]})
        assert said(made(command(shell, body))) == [("user", said_)]


def test_a_curl_command_copied_for_windows_is_read() -> None:
    body = json.dumps(
        {"model": "gpt-4o", "messages": [{"role": "user", "content": 'a "b" & 100%'}]}
    )
    quoted = "".join(
        {'"': '^\\^"', "{": "^{", "}": "^}", "&": "^&", "%": "^%", "\\": "^\\^\\"}.get(c, c)
        for c in body
    )
    text = (
        'curl ^"https://api.openai.com/v1/chat/completions^" ^\r\n'
        f'  -H ^"Authorization: Bearer {KEY}^" ^\r\n  --data-raw ^"{quoted}^"'
    )
    found = made(text)
    assert said(found) == [("user", 'a "b" & 100%')]
    assert KEY not in repr(found)


def test_other_headers_stay_and_an_unknown_host_is_told() -> None:
    found = made(
        "curl https://llm.corp.example/v1/chat/completions -H 'X-Team: red' "
        '-d \'{"model":"m","messages":[]}\''
    )
    assert found.content.options.headers == {"X-Team": "red"}
    assert (found.content.model, found.model_name) == ("", "m")
    assert [loss.where for loss in found.losses] == ["model", "curl"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("curl https://a.example/v1/models", "sends no body"),
        ("curl https://a.example -d @body.json", "body.json"),
        ('curl https://a.example -d \'{"a": 1}', "does not close"),
        ("curl https://a.example -F file=@x", "a form"),
        ("curl https://a.example -d 'a=1'", "not a request"),
    ],
)
def test_a_curl_command_that_brings_no_request_says_why(text: str, words: str) -> None:
    with pytest.raises(ProofroomError, match=words):
        parsed(text)


def test_python_is_read_and_its_names_become_variables() -> None:
    found = made(
        '''
from openai import OpenAI
MODEL = "gpt-4o-mini"
client = OpenAI(api_key="'''
        + KEY
        + """")
history = load()
resp = client.chat.completions.create(
    model=MODEL, temperature=0.5, seed=-1, user=uid,
    messages=[
        {"role": "system", "content": "Answer as JSON: {{\\"a\\": 1}}" " only."},
        *history,
        {"role": "user", "content": f"Hi {name}, about {row['order']!r}: " + topic},
    ],
)"""
    )
    content = found.content
    assert (content.model, content.settings) == (
        "openai/gpt-4o-mini",
        Settings(temperature=0.5, seed=-1),
    )
    assert said(found)[0] == ("system", "Answer as JSON: {{ '{{' }}\"a\": 1}} only.")
    assert content.messages[1].parts == (Placeholder(name="history"),)
    assert said(found)[2] == ("user", "Hi {{ name }}, about {{ row_order }}: {{ topic }}")
    assert (content.template, found.braces) == ("jinja2", False)
    assert KEY not in repr(found)


def test_python_is_never_run(tmp_path: Path) -> None:
    target = tmp_path / "made"
    found = made(f"messages = [{{'role': 'user', 'content': open({str(target)!r}, 'w').name}}]")
    assert not target.exists()
    assert said(found)[0][1].startswith("{{ open_")


@pytest.mark.parametrize(
    ("code", "form"),
    [
        (
            "Anthropic().messages.create(model='c', messages=[{'role': 'user', 'content': 'Hi'}])",
            "anthropic",
        ),
        ("r = client.responses.create(model='gpt-5', input='Hi')", "openai_responses"),
        ("client.models.generate_content(model='gemini-2.5-flash', contents='Hi')", "gemini"),
        (
            "await acompletion(model='gpt-4o', messages=[{'role': 'user', 'content': 'Hi'}])",
            "openai_chat",
        ),
        ("[('human', 'Hi')]", "messages"),
        ("msgs = [dict_, {'role': 'user', 'content': 'Hi'}]", "messages"),
    ],
)
def test_calls_of_the_known_libraries_are_known(code: str, form: str) -> None:
    found = made(code)
    assert (found.form, said(found)[-1]) == (form, ("user", "Hi"))


def test_format_of_a_text_becomes_a_template() -> None:
    found = made("x = [{'role': 'user', 'content': 'Hi {name}, {{ok}}'.format(name=n)}]")
    assert said(found) == [("user", "Hi {{ name }}, {ok}")]


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


def test_a_key_that_stands_twice_in_python_is_told_with_its_line() -> None:
    text = """client.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": "One",
                   "content": "Two"}],
        **{"seed": 1})"""
    found = made(text)
    assert text_of(found.content.messages[0].parts) == "Two"
    assert ("The first “content”", "line 4") in [(loss.what, loss.where) for loss in found.losses]


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


TEXTS = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0\ue000\ue001"),
    max_size=30,
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["system", "user", "assistant"]), TEXTS), min_size=1, max_size=4
    )
)
def test_messages_come_back_from_json_python_and_curl(turns: list[tuple[str, str]]) -> None:
    request = {"model": "gpt-4o", "messages": [{"role": r, "content": c} for r, c in turns]}
    body = json.dumps(request)
    for text in (
        body,
        json.dumps(request, ensure_ascii=False, indent=2),
        f"create(**x, messages={request['messages']!r}, model='gpt-4o')",
        command("bash", body),
    ):
        assert said(made(text)) == turns


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


def test_a_key_in_a_header_of_any_name_is_dropped() -> None:
    url = "https://api.openai.com/v1/x"
    found = made(
        f"curl {url} -H 'X-Sent: Bearer {KEY}' -d '{json.dumps(CHAT)}'".replace("It's", "Its")
    )
    assert (KEY in repr(found), found.content.options.headers) == (False, {})


def test_a_command_whose_backslashes_were_lost_is_read_and_the_next_one_is_not() -> None:
    lines = [
        "curl https://api.openai.com/v1/x",
        "  -H 'X-Team: red'",
        f"  -d {posix(json.dumps(CHAT))}",
    ]
    found = made("\n".join([*lines, "ls -d other"]))
    assert found.content.options.headers == {"X-Team": "red"}
    assert said(found) == said(made(json.dumps(CHAT)))


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
