"""Answers and tool calls against their schemas."""

from __future__ import annotations

from typing import Any

import pytest

from proofroom.domain.message import Part, Text, ToolCall
from proofroom.domain.version import Tool
from proofroom.engine import conform

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"n": {"type": "integer"}},
    "required": ["n"],
}
TOOL = Tool(name="count", description="", parameters=SCHEMA)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ('{"n": 1}', True),
        ('{"n": "1"}', False),
        ("{}", False),
        ("no JSON", False),
        ("", False),
        ("[" * 100_000, False),
    ],
)
def test_an_answer_is_held_against_its_schema(text: str, *, fits: bool) -> None:
    found = conform.marks((Text(text=text),), SCHEMA, ())
    assert found == (() if fits else ("answer_against_schema",))


@pytest.mark.parametrize(
    "schema",
    [{"type": "no such type"}, {"$ref": "https://example.com/s"}, {"$ref": "file:///etc/hosts"}],
)
def test_a_schema_that_cannot_be_used_fits_nothing(schema: dict[str, Any]) -> None:
    assert conform.marks((Text(text="{}"),), schema, ()) == ("answer_against_schema",)


@pytest.mark.parametrize(
    ("name", "arguments", "fits"),
    [
        ("count", '{"n": 1}', True),
        ("count", '{"n": 1.5}', False),
        ("count", "{half", False),
        ("another", '{"n": 1}', False),
    ],
)
def test_a_tool_call_is_held_against_its_tool(name: str, arguments: str, *, fits: bool) -> None:
    parts: tuple[Part, ...] = (ToolCall(id="1", name=name, arguments=arguments),)
    found = conform.marks(parts, SCHEMA, (TOOL,))
    assert found == (() if fits else ("tool_call_against_schema",))
