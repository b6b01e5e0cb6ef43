"""The words of a run that the search finds it by."""

from __future__ import annotations

from collections.abc import Iterable

from proofroom.domain import shape
from proofroom.domain.message import Message, Part, Text, ToolCall, ToolResult, storable

MOST = 100_000


def of_stored(data: bytes) -> str:
    """Return what was asked, from a run's stored input."""
    return of_messages(shape.decoded(data, tuple[Message, ...]) if data else ())


def of_messages(messages: Iterable[Message]) -> str:
    """Return what was asked."""
    return storable("\n".join(_words(message.parts) for message in messages))[:MOST]


def of_output(data: bytes) -> str:
    """Return what was answered, from a run's stored output."""
    return of_parts(shape.decoded(data, tuple[Part, ...]) if data else ())


def of_parts(parts: Iterable[Part]) -> str:
    """Return what was answered."""
    return storable(_words(parts)[:MOST])


def _words(parts: Iterable[Part]) -> str:
    out: list[str] = []
    for part in parts:
        match part:
            case Text():
                out.append(part.text)
            case ToolResult():
                out.append(_words(part.parts))
            case ToolCall():
                out.append(f"{part.name} {part.arguments}")
            case _:  # pictures, files and thoughts are not searched
                pass
    return " ".join(out)
