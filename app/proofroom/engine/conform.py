"""Checks an answer against its response schema, and tool calls against their tools'."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from proofroom.domain.message import Part, ToolCall, text_of
from proofroom.domain.run import Mark
from proofroom.domain.version import Tool


def marks(
    parts: tuple[Part, ...], schema: dict[str, Any] | None, tools: Sequence[Tool]
) -> tuple[Mark, ...]:
    """Return what does not fit; a schema that is itself wrong fits nothing."""
    found: dict[Mark, None] = {}
    calls = [part for part in parts if isinstance(part, ToolCall)]
    if schema is not None and not calls and not _fits(text_of(parts), json.dumps(schema)):
        found["answer_against_schema"] = None
    by_name = {tool.name: tool for tool in tools}
    for call in calls:
        tool = by_name.get(call.name)
        if tool is None or not _fits(call.arguments or "{}", json.dumps(tool.parameters)):
            found["tool_call_against_schema"] = None
    return tuple(found)


def _fits(text: str, schema: str) -> bool:
    try:
        value = json.loads(text)
        return bool(_validator(schema).is_valid(value))
    except (ValueError, RecursionError):  # not JSON, or not a schema
        return False


@lru_cache(maxsize=256)
def _validator(schema: str) -> Any:  # noqa: ANN401 - the library's own class
    # 25 ms, for those who use schemas
    import jsonschema_rs  # noqa: PLC0415

    def refuse(uri: str) -> Any:  # noqa: ANN401 - a reference elsewhere would be fetched
        raise ValueError(f"a schema may not refer to {uri}")

    return jsonschema_rs.validator_for(json.loads(schema), retriever=refuse)
