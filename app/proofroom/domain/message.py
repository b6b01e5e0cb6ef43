"""Roles and parts: what is said to a model and what it answers.

Fields that we do not know are kept in `extra` and belong to the hash of a version, so that a
newer provider's features survive a round trip through an older app.
"""

from __future__ import annotations

from typing import Any, Literal, cast

import msgspec
from msgspec import Struct

Role = Literal["system", "developer", "user", "assistant", "tool"]
ROLES: tuple[Role, ...] = ("system", "developer", "user", "assistant", "tool")


class Text(Struct, frozen=True, kw_only=True, tag="text", omit_defaults=True):
    """Plain text, or a template of it."""

    text: str
    extra: dict[str, Any] = {}


class Image(Struct, frozen=True, kw_only=True, tag="image", omit_defaults=True):
    """A picture: an address, or the SHA-256 (hex) of a stored file."""

    url: str = ""
    file: str = ""
    media_type: str = ""
    detail: str = ""
    extra: dict[str, Any] = {}


class File(Struct, frozen=True, kw_only=True, tag="file", omit_defaults=True):
    """A document: an address, or the SHA-256 (hex) of a stored file."""

    url: str = ""
    file: str = ""
    name: str = ""
    media_type: str = ""
    extra: dict[str, Any] = {}


class Audio(Struct, frozen=True, kw_only=True, tag="audio", omit_defaults=True):
    """Sound: the SHA-256 (hex) of a stored file."""

    file: str
    media_type: str = ""
    extra: dict[str, Any] = {}


class ToolCall(Struct, frozen=True, kw_only=True, tag="tool_call", omit_defaults=True):
    """A model's wish to call a tool; `arguments` is the raw text it wrote, JSON or not."""

    id: str
    name: str
    arguments: str = ""
    extra: dict[str, Any] = {}


class ToolResult(Struct, frozen=True, kw_only=True, tag="tool_result", omit_defaults=True):
    """What a tool answered to the call `call_id`."""

    call_id: str
    parts: tuple[Text | Image | File | Audio, ...] = ()
    is_error: bool = False
    extra: dict[str, Any] = {}


class Reasoning(Struct, frozen=True, kw_only=True, tag="reasoning", omit_defaults=True):
    """A model's thoughts, with the provider's opaque signature over them."""

    text: str = ""
    signature: str = ""
    extra: dict[str, Any] = {}


class Placeholder(Struct, frozen=True, kw_only=True, tag="placeholder", omit_defaults=True):
    """The place of messages that an input brings under this name."""

    name: str
    extra: dict[str, Any] = {}


Part = Text | Image | File | Audio | ToolCall | ToolResult | Reasoning | Placeholder


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one side says, in parts."""

    role: Role
    parts: tuple[Part, ...] = ()
    name: str = ""
    extra: dict[str, Any] = {}


def text_message(role: Role, text: str) -> Message:
    """Return a message of one text part."""
    return Message(role=role, parts=(Text(text=text),))


def text_of(parts: tuple[Part, ...]) -> str:
    """Return the text parts joined; other parts leave no trace."""
    return "".join(part.text for part in parts if isinstance(part, Text))


def storable_json(value: Any) -> bytes:  # noqa: ANN401 - any struct or JSON value
    """Return `value` as JSON, the same bytes for the same value, in what UTF-8 can hold.

    Keys of objects are sorted, fields of structs stand in their order; lone surrogates become
    U+FFFD.
    """
    try:
        return msgspec.json.encode(value, order="deterministic")
    except UnicodeEncodeError:
        return msgspec.json.encode(_storable_tree(value), order="deterministic")


def _storable_tree(value: Any) -> Any:  # noqa: ANN401 - any struct or JSON value
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Struct):
        # a struct still: a dict's keys would stand in another order
        names = value.__struct_fields__
        return type(value)(**{name: _storable_tree(getattr(value, name)) for name in names})
    if isinstance(value, dict):
        tree = cast("dict[str, Any]", value)
        return {storable(key): _storable_tree(part) for key, part in tree.items()}
    if isinstance(value, list | tuple):
        parts = [_storable_tree(part) for part in cast("list[Any]", value)]
        return tuple(parts) if isinstance(value, tuple) else parts  # an empty one is a default
    return value


def spoken(parts: tuple[Part, ...]) -> str:
    """Return an answer as lines for people: its text, and its tool calls as they were written."""
    lines = [text_of(parts)]
    lines += [f"{part.name}({part.arguments})" for part in parts if isinstance(part, ToolCall)]
    return "\n".join(line for line in lines if line)


def storable(text: str) -> str:
    """Return `text` with lone surrogates replaced by U+FFFD: UTF-8 cannot hold them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
