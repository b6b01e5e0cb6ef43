"""Token counts, against published numbers and the encodings themselves."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiktoken import get_encoding

from proofroom.domain.message import Image, Message, Placeholder, Text, text_message
from proofroom.domain.version import Tool
from proofroom.providers import tokens
from proofroom.providers.tokens import Count

# The example of OpenAI's cookbook, 'How to count tokens with tiktoken': what its API reported.
RULES = (
    "You are a helpful, pattern-following assistant that translates corporate jargon"
    " into plain English."
)
EXAMPLE = [
    ("", RULES),
    ("example_user", "New synergies will help drive top-line growth."),
    ("example_assistant", "Things working well together will increase revenue."),
    (
        "example_user",
        (
            "Let's circle back when we have more bandwidth to touch base on opportunities"
            " for increased leverage."
        ),
    ),
    ("example_assistant", "Let's talk later when we're less busy about how to do better."),
    (
        "",
        "This late pivot means we don't have time to boil the ocean for the client deliverable.",
    ),
]
CONVERSATION = [
    Message(role="user" if at == 5 else "system", name=name, parts=(Text(text=text),))
    for at, (name, text) in enumerate(EXAMPLE)
]
LINES = st.lists(st.text(st.sampled_from("aB1 ._/-\n\r\t漢é🙂'")), max_size=12).map("\n".join)


@pytest.mark.parametrize(
    ("model", "reported"),
    [("openai/gpt-4-0613", 129), ("openai/gpt-3.5-turbo", 129), ("openai/gpt-4o", 124)],
)
def test_counts_are_those_that_openai_reported(model: str, reported: int) -> None:
    assert tokens.count(CONVERSATION, model) == Count(reported, exact=True)


@given(LINES)
def test_counting_by_paragraphs_is_counting_the_whole(text: str) -> None:
    for model, encoding in (("openai/gpt-4o", "o200k_base"), ("openai/gpt-4", "cl100k_base")):
        whole = len(get_encoding(encoding).encode_ordinary(text))
        assert tokens.count_text(text, model) == Count(whole, exact=True)


@pytest.mark.parametrize(
    "model",
    ["local/smollm2", "anthropic/claude-x", "openai/new-model", "ollama/gpt-4o", "odd", "openai/"],
)
def test_what_is_not_openais_is_an_estimate(model: str) -> None:
    counted = tokens.count_text("The quiet harbour keeps nine small boats.", model)
    assert (counted.exact, 6 <= counted.tokens <= 12) == (False, True)


def test_tools_schemas_and_pictures_make_it_an_estimate() -> None:
    hello = [text_message("user", "hello")]
    plain = tokens.count(hello, "openai/gpt-4o")
    picture = Message(role="user", parts=(Text(text="hello"), Image(url="https://example.org/a")))
    for other in (
        tokens.count(hello, "openai/gpt-4o", tools=[Tool(name="find", parameters={"a": 1})]),
        tokens.count(hello, "openai/gpt-4o", response_schema={"type": "object"}),
        tokens.count([picture], "openai/gpt-4o"),
    ):
        assert (other.exact, other.tokens > plain.tokens) == (False, True)
    place = Message(role="user", parts=(Placeholder(name="history"),))
    assert tokens.count([place], "openai/gpt-4o").exact is False


@pytest.mark.parametrize("text", ["", "a\ud800b", "\0", "<|endoftext|>", "a" * 100_000])
def test_any_text_can_be_counted(text: str) -> None:
    assert (tokens.count_text(text, "openai/gpt-4o").tokens > 0) == bool(text)


def test_counting_asks_no_network_and_imports_no_litellm() -> None:
    code = (
        "import sys, socket\n"
        "def refuse(event, args):\n"
        "    if event.startswith('socket.'): raise RuntimeError(event)\n"
        "sys.addaudithook(refuse)\n"
        "from proofroom.providers import tokens\n"
        "print(tokens.count_text('hello world', 'openai/gpt-4o'), 'litellm' in sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert out == "Count(tokens=2, exact=True) False\n"


def test_without_encodings_four_bytes_are_a_token() -> None:
    code = (
        "import sys; sys.modules['litellm'] = None\n"
        "from proofroom.providers import tokens\n"
        "print(tokens.count_text('hello world', 'openai/gpt-4o'))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert out.stdout == "Count(tokens=3, exact=False)\n", out.stderr
