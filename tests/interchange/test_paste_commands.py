"""Pasted curl commands, Python, Markdown and plain text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.interchange.support.pasting import CHAT, KEY, made, said

from proofroom.domain.message import (
    Placeholder,
    text_of,
)
from proofroom.domain.version import Settings, encoded
from proofroom.errors import ProofroomError
from proofroom.interchange.paste import parsed


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


def test_a_key_that_stands_twice_in_python_is_told_with_its_line() -> None:
    text = """client.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": "One",
                   "content": "Two"}],
        **{"seed": 1})"""
    found = made(text)
    assert text_of(found.content.messages[0].parts) == "Two"
    assert ("The first “content”", "line 4") in [(loss.what, loss.where) for loss in found.losses]


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
