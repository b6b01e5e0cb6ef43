"""The immutable content of a prompt's version, and the hash that names it."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from msgspec import Struct, field

from proofroom.domain import shape
from proofroom.domain.message import Message, storable_json

HASH_PREFIX = "c1-sha256:"
TemplateLanguage = Literal["none", "jinja2", "braces"]
TEMPLATE_LANGUAGES: tuple[TemplateLanguage, ...] = ("none", "jinja2", "braces")
VariableKind = Literal["text", "json", "messages"]


class Variable(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A declared variable of a prompt."""

    name: str
    kind: VariableKind = "text"
    description: str = ""


class Tool(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A function that the model may ask for; `parameters` is a JSON Schema."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}
    strict: bool | None = None
    extra: dict[str, Any] = {}


class Settings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the model is asked; None leaves a setting to the provider."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    reasoning_effort: str | None = None
    tool_choice: str | None = None


class ProviderOptions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What goes into the request as it is: JSON fields merged into the body, extra headers."""

    body: dict[str, Any] = {}
    headers: dict[str, str] = {}


class Snippet(Struct, frozen=True, kw_only=True):
    """A snippet as it was when the version was saved."""

    name: str
    version: str
    text: str


class Content(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that a version consists of; two contents are the same if their hashes are."""

    messages: tuple[Message, ...] = ()
    template: TemplateLanguage = "jinja2"
    variables: tuple[Variable, ...] = ()
    tools: tuple[Tool, ...] = ()
    response_schema: dict[str, Any] | None = None
    model: str = ""
    settings: Settings = field(default_factory=Settings)
    options: ProviderOptions = field(default_factory=ProviderOptions)
    snippets: tuple[Snippet, ...] = ()
    extra: dict[str, Any] = {}


def encoded(content: Content) -> bytes:
    """Return the canonical JSON of `content`: the same bytes for the same content, UTF-8."""
    return storable_json(content)


def decoded(data: bytes) -> Content:
    """Return the content that `encoded` wrote.

    Raises msgspec.ValidationError or msgspec.DecodeError for anything else.
    """
    return shape.decoded(data, Content)


def content_hash(content: Content) -> str:
    """Return the hash of `content` with the name of its algorithm in front."""
    return HASH_PREFIX + hashlib.sha256(encoded(content)).hexdigest()
