"""Tools as the JSON that people know from requests, both ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from proofroom.domain import shape
from proofroom.domain.version import Tool
from proofroom.ui.prompts.json_section import schema_problem


def shown(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """Return tools as a JSON list, without what is not set."""
    return [msgspec.to_builtins(tool) for tool in tools]


def rows(tools: Sequence[Tool]) -> list[tuple[str, str]]:
    """Return a name and a fact for each tool."""
    return [(tool.name, _arguments(tool)) for tool in tools]


def problem(value: object) -> str:  # noqa: PLR0911 - one line for each fault
    """Return what is wrong with a list of tools, '' if nothing is."""
    if not isinstance(value, list):
        return "A list of tools is wanted: [ … ]."
    names: set[str] = set()
    for number, one in enumerate(cast("list[Any]", value), 1):
        if not isinstance(one, dict):
            return f"Tool {number} is no JSON object."
        try:
            tool = _tool(cast("dict[str, Any]", one))
        except msgspec.ValidationError as error:
            return f"Tool {number}: {error}."
        if not tool.name:
            return f"Tool {number} has no name."
        if tool.name in names:
            return f"Two tools are called “{tool.name}”."
        wrong = schema_problem(tool.parameters)
        if wrong:
            return f"Parameters of “{tool.name}”: {wrong}"
        names.add(tool.name)
    return ""


def tools_of(value: object) -> tuple[Tool, ...]:
    """Return the tools of a list that has no `problem`; OpenAI's and Anthropic's forms fit."""
    found = cast("list[dict[str, Any]]", value or [])
    return tuple(_tool(one) for one in found)


def _tool(one: dict[str, Any]) -> Tool:
    function = one.get("function")
    if one.get("type") == "function" and isinstance(function, dict):
        one = cast("dict[str, Any]", function)
    plain = dict(one)
    if "input_schema" in plain and "parameters" not in plain:
        plain["parameters"] = plain.pop("input_schema")
    if plain.get("type") in {"function", "custom"}:
        del plain["type"]
    known = {name: plain.pop(name) for name in Tool.__struct_fields__ if name in plain}
    known["extra"] = known.get("extra", {}) | plain
    known.setdefault("name", "")
    return shape.converted(known, Tool)


def _arguments(tool: Tool) -> str:
    fields = tool.parameters.get("properties", {})
    count = len(cast("dict[str, Any]", fields)) if isinstance(fields, dict) else 0
    return "no arguments" if not count else f"{count} argument{'' if count == 1 else 's'}"
