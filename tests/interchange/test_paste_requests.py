from __future__ import annotations

import json
from typing import Any

import pytest

from proofroom.domain.message import ToolCall
from proofroom.interchange.paste import parsed
from proofroom.interchange.paste.pasted import Pasted

HI = [{"role": "user", "content": "Hi"}]
BODY = json.dumps({"model": "m", "messages": HI})


def made(request: object) -> Pasted:
    found = parsed(request if isinstance(request, str) else json.dumps(request))
    assert found is not None
    return found


def losses(request: object) -> list[str]:
    return [loss.what for loss in made(request).losses]


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        ({"max_completion_tokens": None, "max_tokens": 5}, 5),
        ({"max_completion_tokens": 7, "max_tokens": 5}, 7),
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": None, "max_tokens": None}, None),
    ],
)
def test_a_limit_that_is_null_hides_no_other(limits: dict[str, Any], kept: int | None) -> None:
    assert made({"model": "gpt-4o", "messages": HI, **limits}).content.settings.max_tokens == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [('{"a": 1', '{"a": 1'), ({"a": "é\ud800"}, '{"a": "é\ufffd"}'), ([1], "[1]"), (None, "")],
)
def test_arguments_of_a_call_are_kept_in_either_form(given: object, kept: str) -> None:
    call = {"id": "1", "function": {"name": "f", "arguments": given}}
    chat = made([{"role": "assistant", "content": None, "tool_calls": [call]}])
    item = {"type": "function_call", "call_id": "1", "name": "f", "arguments": given}
    responses = made({"model": "gpt-5", "input": [item]})
    for found in (chat, responses):
        assert found.content.messages[0].parts == (ToolCall(id="1", name="f", arguments=kept),)


GEMINI = {"contents": "Hi"}
RESPONSES = {"model": "gpt-5", "input": "Hi"}


@pytest.mark.parametrize(
    ("request_", "what"),
    [
        (
            GEMINI
            | {
                "toolConfig": {
                    "functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["a", "b"]}
                }
            },
            "allowedFunctionNames",
        ),
        (GEMINI | {"generationConfig": {"candidateCount": 3}}, "candidateCount = 3"),
        ({"contents": [{"parts": [{"text": "x"}, {"fileData": {"mimeType": "a/b"}}]}]}, "A file"),
        (
            {
                "model": "claude-x",
                "messages": HI,
                "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
            },
            "disable_parallel_tool_use",
        ),
        (RESPONSES | {"reasoning": {"effort": "low", "summary": "auto"}}, "reasoning.summary"),
        (RESPONSES | {"text": {"verbosity": "low"}}, "text.verbosity"),
    ],
)
def test_what_has_no_place_here_is_told(request_: dict[str, Any], what: str) -> None:
    assert losses(request_) == [what]


def test_what_says_nothing_is_no_loss() -> None:
    assert losses(GEMINI | {"generationConfig": {"candidateCount": 1}}) == []
    assert losses(RESPONSES | {"reasoning": {"effort": "low", "summary": None}}) == []
    assert losses(RESPONSES | {"text": {"format": {"type": "text"}}}) == []
    one = {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["a"]}}
    assert made(GEMINI | {"toolConfig": one}).content.settings.tool_choice == "a"


@pytest.mark.parametrize(
    "option",
    [
        "--max-redirs 5",
        "--retry-delay 2",
        "--noproxy '*'",
        "--ciphers x",
        "-D -",
        "-K file",
        "--proto =https",
    ],
)
def test_the_value_of_an_option_is_not_the_address(option: str) -> None:
    found = made(f"curl {option} https://api.openai.com/v1/x -d '{BODY}'")
    assert (found.content.model, found.losses) == ("openai/m", ())


@pytest.mark.parametrize("option", ["-U", "--proxy-user", "--pass", "-u", "--oauth2-bearer"])
@pytest.mark.parametrize("glue", [" ", "="])
def test_every_option_that_holds_a_secret_is_dropped_and_told(option: str, glue: str) -> None:
    if glue == "=" and not option.startswith("--"):
        return
    found = made(f"curl {option}{glue}me:s3kr1t https://api.openai.com/v1/x -d '{BODY}'")
    assert "s3kr1t" not in repr(found)
    assert (found.content.model, [loss.what for loss in found.losses]) == (
        "openai/m",
        ["An API key"],
    )
