"""What comes out of a paste, and the notes taken on the way to it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Any, Literal, cast

from msgspec import Struct

from proofroom.domain.loss import Loss
from proofroom.domain.message import Message, Text, ToolResult, storable
from proofroom.domain.version import Content, TemplateLanguage

Form = Literal[
    "openai_chat", "openai_responses", "anthropic", "gemini", "messages", "markdown", "text"
]
_JINJA = re.compile(r"\{\{[^{}]*\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_NAME = re.compile(r"\{[A-Za-z_][A-Za-z0-9_.]*\}")
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=-]+)*;base64,(.*)", re.DOTALL)


class PastedFile(Struct, frozen=True, kw_only=True):
    """A file that stood inside the paste; the parts name it by its SHA-256 (hex)."""

    sha256: str
    media_type: str
    data: bytes


class Pasted(Struct, frozen=True, kw_only=True):
    """A prompt made of pasted text.

    `braces` says that the text has braces whose meaning is to be asked; `content.template` holds
    the proposal. `model_name` is the model as the request names it, also where its provider is
    unknown and `content.model` stays empty.
    """

    content: Content
    form: Form
    losses: tuple[Loss, ...] = ()
    braces: bool = False
    model_name: str = ""
    files: tuple[PastedFile, ...] = ()


class Read(Struct, frozen=True, kw_only=True):
    """A request as one of the readers understood it, before braces are looked at."""

    form: Form
    content: Content
    model_name: str = ""


class Notes:
    """Takes down losses and files while a request is read."""

    def __init__(self) -> None:
        self.losses: list[Loss] = []
        self.files: dict[str, PastedFile] = {}

    def lose(self, what: str, where: str, why: str) -> None:
        """Note one thing that does not come along, once."""
        loss = Loss(what=what, where=where, why=why)
        if loss not in self.losses:
            self.losses.append(loss)

    def file(self, encoded: str, media_type: str, where: str) -> str:
        """Keep a file given in base64 and return its SHA-256 (hex), '' if there is none in it."""
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            self.lose("A file", where, "Its base64 text cannot be read.")
            return ""
        if not data:
            self.lose("A file", where, "It is empty.")
            return ""
        name = hashlib.sha256(data).hexdigest()
        self.files[name] = PastedFile(sha256=name, media_type=media_type, data=data)
        return name

    def address(self, url: str, where: str) -> tuple[str, str, str]:
        """Return (url, file, media type) of an address; a data: address becomes a file.

        Neither url nor file where there is none; the loss is noted then.
        """
        match = _DATA_URL.fullmatch(url)
        if match is None:
            if not url:
                self.lose("A file", where, "It has neither an address nor data.")
            return url, "", ""
        media_type = match[1] or "application/octet-stream"
        return "", self.file(match[2], media_type, where), media_type


def mapping(value: object) -> dict[str, Any]:
    """Return an object as it is, anything else as an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Return an array as it is, anything else as an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a text, storable; anything else as ''."""
    return storable(value) if isinstance(value, str) else ""


def kind_of(block: dict[str, Any]) -> str:
    """Return the type of a part; without one its first field names it, as Bedrock writes parts."""
    return text(block.get("type")) or next(iter(block), "")


def others(value: dict[str, Any], *known: str) -> dict[str, Any]:
    """Return the fields of an object besides the known ones and those without a value."""
    return {key: part for key, part in value.items() if key not in known and part is not None}


def texts_of(messages: tuple[Message, ...]) -> list[str]:
    """Return every text that a template language would be applied to."""
    found: list[str] = []
    for message in messages:
        for part in message.parts:
            inner = part.parts if isinstance(part, ToolResult) else (part,)
            found += [piece.text for piece in inner if isinstance(piece, Text)]
    return found


def proposed_language(texts: list[str]) -> TemplateLanguage:
    """Return the template language that the braces in these texts speak for."""
    if any(_JINJA.search(found) for found in texts):
        return "jinja2"
    braced = [found for found in texts if "{" in found or "}" in found]
    if not braced:
        return "jinja2"
    rest = [_NAME.sub("", found) for found in braced]
    named = any(left != found for left, found in zip(rest, braced, strict=True))
    return "braces" if named and not any("{" in left or "}" in left for left in rest) else "none"
