"""Templates of a prompt in three languages: their variables, their faults, and the text they make.

Rendering for real happens in the renderer child: a template can loop for ever. What is asked while
typing (`variables`, `problems`) only parses, and evaluates nothing of the template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from proofroom.domain import shape
from proofroom.domain.message import Message, Part, Placeholder, Text, ToolResult
from proofroom.domain.template_words import braces_words
from proofroom.domain.version import Content, Snippet, TemplateLanguage, VariableKind
from proofroom.errors import ProofroomError

OUTPUT_LIMIT = 8 * 1024 * 1024
_BRACES = re.compile(r"\{\{|\}\}|\{([^\W\d]\w*)\}|\{[^{}\n]{0,80}\}?|\}")
_HALF_TYPED = re.compile(
    r"\{\{-?\s*([^\W\d]\w*)|\{%-?\s*(?:if|elif|for\s[\w\s,]+?\sin)\s+(?:not\s+)?([^\W\d]\w*)"
)
_TAGS = re.compile(r"\{[{%#]")
_TO_ESCAPE = re.compile(r"\{[{%#]|\{(?=\r)|\r")
_ESCAPED = {"\r": "\\r"}
_JINJA_WORDS = frozenset(("true", "false", "none", "True", "False", "None", "not", "loop", "self"))


class Found(Struct, frozen=True):
    """A variable that a content uses; `message` and `line` (from 1) are where it first stands."""

    name: str
    kind: VariableKind
    message: int
    line: int


class Remark(Struct, frozen=True):
    """Something wrong in a template; `line` and `column` count from 1."""

    line: int
    column: int
    text: str


class TemplateError(ProofroomError):
    """A template that cannot be rendered; `message` and `line` count from 1, 0 is unknown."""

    def __init__(
        self, what: str, *, message: int = 0, line: int = 0, fix: str, where: str = ""
    ) -> None:
        places = [f"message {message}"] * bool(message) + [f"line {line}"] * bool(line)
        super().__init__(what, where=where or ", ".join(places) or "the template", fix=fix)
        self.message, self.line = message, line


def variables(content: Content) -> tuple[Found, ...]:
    """Return the variables that `content` uses, in the order of their first use.

    A half-typed template gives what can be seen of it. The kind is a guess from the use: `json`
    for what is looped over or looked into, `messages` for a placeholder, else `text`.
    """
    found: dict[str, Found] = {}
    for number, message in enumerate(content.messages, 1):
        for part in message.parts:
            for name, kind, line in _uses(part, content.template, content.snippets):
                before = found.get(name)
                if before is None:
                    found[name] = Found(name, kind, number, line)
                elif before.kind == "text" != kind:
                    found[name] = replace(before, kind=kind)
    return tuple(found.values())


def problems(text: str, language: TemplateLanguage) -> list[Remark]:
    """Return what is wrong with the template `text`, the first fault first; evaluates nothing."""
    if language == "braces":
        return [
            Remark(*_place(text, match.start()), "{}. {}.".format(*braces_words(match[0])))
            for match in _BRACES.finditer(text)
            if match[0] not in ("{{", "}}") and match[1] is None
        ]
    if language == "none" or "{" not in text:
        return []
    from proofroom.domain import jinja  # noqa: PLC0415 - jinja2 costs 58 ms

    return [
        Remark(told.line, told.column or _column_of_tag(text, told.line), told.text)
        for told in jinja.faults(text)
    ]


def escape(text: str, language: TemplateLanguage) -> str:
    """Return the template that renders to `text`, letter by letter."""
    if language == "braces":
        return text.replace("{", "{{").replace("}", "}}")
    if language == "none" or not _TAGS.search(text):
        return text
    # Jinja2 would turn each carriage return into a new line
    return _TO_ESCAPE.sub(lambda found: f"{{{{ '{_ESCAPED.get(found[0], found[0])}' }}}}", text)


def is_plain(content: Content) -> bool:
    """Tell whether rendering would change nothing, whatever the values."""
    return all(
        _is_plain_part(part, content.template)
        for message in content.messages
        for part in message.parts
    )


def render(
    content: Content, values: Mapping[str, Any], *, limit: int = OUTPUT_LIMIT
) -> tuple[Message, ...]:
    """Return the messages of `content` with `values` (JSON) in the places of its variables.

    What is not text is written as JSON. `limit` is in characters of all messages together.
    Raises TemplateError. A hostile template may loop for ever: call it in the renderer child.
    """
    room = _Room(limit)
    rendered: list[Message] = []
    for number, message in enumerate(content.messages, 1):
        rendered += _rendered(message, number, content, values, room)
    return tuple(rendered)


class _Room:
    """What is left of the limit on the output."""

    def __init__(self, limit: int) -> None:
        self._limit = self._left = limit

    def take(self, text: str, message: int) -> str:
        self._left -= len(text)
        if self._left < 0:
            raise TemplateError(
                f"The rendered messages grew over {self._limit // 1024} KB",
                message=message,
                fix="Shorten the loop or the values.",
            )
        return text


def _is_plain_part(part: Part, language: TemplateLanguage) -> bool:
    if isinstance(part, Placeholder):
        return False
    if isinstance(part, ToolResult):
        return all(_is_plain_part(inner, language) for inner in part.parts)
    if language == "none" or not isinstance(part, Text):
        return True
    if language == "jinja2":
        return _TAGS.search(part.text) is None
    return "{" not in part.text and "}" not in part.text


def _rendered(
    message: Message, number: int, content: Content, values: Mapping[str, Any], room: _Room
) -> Iterator[Message]:
    """Yield what becomes of one message: itself, or more where a placeholder brings messages."""
    parts: list[Part] = []
    brought = False
    for part in message.parts:
        if isinstance(part, Placeholder):
            if parts:
                yield replace(message, parts=tuple(parts))
            yield from _brought(part.name, number, values)
            parts, brought = [], True
        else:
            parts.append(_rendered_part(part, number, content, values, room))
    if parts or not brought:
        yield replace(message, parts=tuple(parts))


def _rendered_part(
    part: Part, number: int, content: Content, values: Mapping[str, Any], room: _Room
) -> Part:
    if isinstance(part, ToolResult):
        inner = tuple(_rendered_part(p, number, content, values, room) for p in part.parts)
        return replace(part, parts=inner)
    if not isinstance(part, Text):
        return part
    if _is_plain_part(part, content.template):
        room.take(part.text, number)
        return part
    if content.template == "braces":
        text = room.take(_render_braces(part.text, number, values), number)
    else:
        text = _render_jinja(part.text, number, content, values, room)
    return replace(part, text=text)


def _brought(name: str, number: int, values: Mapping[str, Any]) -> list[Message]:
    """Return the messages of an input; `{"role": ..., "content": "..."}` is understood too."""
    value = values.get(name)
    if value is None:
        raise _no_value(name, number, 0)
    try:
        return shape.converted([_in_parts(one) for one in value], list[Message])
    except (TypeError, msgspec.ValidationError) as error:
        raise TemplateError(
            f"The value of “{name}” is not a list of messages ({error})",
            message=number,
            fix='Write it as [{"role": "user", "content": "..."}].',
        ) from error


def _in_parts(value: Any) -> Any:  # noqa: ANN401 - JSON from outside, checked by convert
    if not isinstance(value, dict):
        return value
    message = dict(cast("dict[str, Any]", value))
    said = message.pop("content", None)
    if isinstance(said, str):
        message["parts"] = [{"type": "text", "text": said}]
    elif said is not None:
        message["parts"] = said
    unknown = sorted(set(message) - set(Message.__struct_fields__))
    if unknown:  # else it would be left out without a word
        raise TypeError(f"“{unknown[0]}” is no field of a message")
    return message


def _no_value(name: str, number: int, line: int, where: str = "") -> TemplateError:
    return TemplateError(
        f"There is no value for “{name}”",
        message=number,
        line=line,
        where=where,
        fix="Give the input a value for it, or take it out of the prompt.",
    )


def _written(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _place(text: str, at: int) -> tuple[int, int]:
    """Return line and column, from 1, of the place `at`."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


# braces


def _render_braces(text: str, number: int, values: Mapping[str, Any]) -> str:
    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if match[0] in ("{{", "}}"):
            return match[0][0]
        line = _place(text, match.start())[0]
        if name is None:
            what, fix = braces_words(match[0])
            fix += ", or choose “Plain text” as the template language."
            raise TemplateError(what, message=number, line=line, fix=fix)
        if name not in values:
            raise _no_value(name, number, line)
        return _written(values[name])

    return _BRACES.sub(value_of, text)


# Jinja2


def _render_jinja(
    text: str, number: int, content: Content, values: Mapping[str, Any], room: _Room
) -> str:
    from proofroom.domain import jinja  # noqa: PLC0415 - jinja2 costs 58 ms

    try:
        pieces = jinja.pieces(text, content.snippets, values)
        return "".join([room.take(piece, number) for piece in pieces])
    except jinja.Fault as fault:
        where = f"snippet “{fault.snippet}”, line {fault.line}" if fault.snippet else ""
        if fault.missing:
            raise _no_value(fault.missing, number, fault.line, where) from fault
        raise TemplateError(
            fault.what, message=number, line=fault.line, where=where, fix=fault.fix
        ) from fault


def _column_of_tag(text: str, line: int) -> int:
    """Return where the first tag of `line` begins: Jinja2 tells lines alone."""
    lines = text.split("\n")
    tag = _TAGS.search(lines[line - 1]) if line <= len(lines) else None
    return tag.start() + 1 if tag else 1


# which variables


Use = tuple[str, VariableKind, int]


def _uses(part: Part, language: TemplateLanguage, snippets: tuple[Snippet, ...]) -> Iterator[Use]:
    if isinstance(part, Placeholder):
        yield part.name, "messages", 1
    elif isinstance(part, ToolResult):
        for inner in part.parts:
            yield from _uses(inner, language, snippets)
    elif isinstance(part, Text) and language == "braces":
        for match in _BRACES.finditer(part.text):
            if match[1]:
                yield match[1], "text", _place(part.text, match.start())[0]
    elif isinstance(part, Text) and language == "jinja2" and "{" in part.text:
        yield from _jinja_uses(part.text, snippets)


@lru_cache(maxsize=256)
def _jinja_uses(text: str, snippets: tuple[Snippet, ...]) -> tuple[Use, ...]:
    from proofroom.domain import jinja  # noqa: PLC0415 - jinja2 costs 58 ms

    try:
        uses = list(jinja.uses(text, {snippet.name: snippet.text for snippet in snippets}))
    except jinja.UNREADABLE:
        return tuple(_half_typed_uses(text))
    return tuple(sorted(uses, key=lambda use: use[2]))


def _half_typed_uses(text: str) -> Iterator[Use]:
    for match in _HALF_TYPED.finditer(text):
        name = match[1] or match[2]
        if name not in _JINJA_WORDS:
            yield name, "json" if match[2] else "text", _place(text, match.start())[0]
