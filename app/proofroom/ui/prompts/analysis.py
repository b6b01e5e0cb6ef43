"""What the editor shows beside a text: variables, remarks, changed lines, pills."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from proofroom import redact
from proofroom.domain import diff, lint, template
from proofroom.domain.message import Message, Text, ToolCall
from proofroom.domain.template import Found
from proofroom.domain.version import Content, TemplateLanguage

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")
_NAMED = re.compile(r"(?<!\{)\{[^\W\d]\w*\}(?!\})")
_HINTS = frozenset(("empty_message", "role_repeated", "unused_variable", "no_messages"))


class Note(Struct, frozen=True, kw_only=True):
    """A remark at a line (from 0) of a message (from 0); -1 where it has no line of its own."""

    message: int
    line: int
    text: str
    hint: bool = False


class Analysis(Struct, frozen=True, kw_only=True):
    """`changed` holds, for each message, its lines (from 0) that the base version has otherwise."""

    variables: tuple[Found, ...] = ()
    notes: tuple[Note, ...] = ()
    changed: tuple[frozenset[int], ...] = ()

    @property
    def warnings(self) -> int:
        """How many notes are more than hints."""
        return sum(not note.hint for note in self.notes)


def analysed(content: Content, base: Content | None) -> Analysis:
    """Return what is to be shown beside `content`, changed since `base`; renders nothing."""
    found = template.variables(content)
    return Analysis(
        variables=found,
        notes=tuple(_notes(content)),
        changed=tuple(_changed(content, base)),
    )


def text_of(message: Message) -> str:
    """Return the first text of a message, which its block edits."""
    return next((part.text for part in message.parts if isinstance(part, Text)), "")


def pills(line: str, language: TemplateLanguage) -> Iterator[tuple[int, int, bool]]:
    """Yield start, end and whether it is a variable of each tag that stands whole in a line."""
    if language == "none" or "{" not in line:
        return
    for match in (_JINJA if language == "jinja2" else _NAMED).finditer(line):
        yield match.start(), match.end(), language == "braces" or match[0].startswith("{{")


def _notes(content: Content) -> Iterator[Note]:
    names: list[list[str]] = []
    for place, message in enumerate(content.messages):
        alone = Content(messages=(message,), template=content.template, snippets=content.snippets)
        names.append([found.name for found in template.variables(alone)])
        for fault in template.problems(text_of(message), content.template):
            yield Note(message=place, line=max(0, fault.line - 1), text=fault.text)
        yield from _keys(place, message)
    if whose := redact.looks_like_key(str([msgspec.to_builtins(tool) for tool in content.tools])):
        yield Note(message=-1, line=-1, text=f"A tool holds what looks like a key ({whose}).")
    for remark in lint.remarks(content, names):
        place = -1 if remark.message is None else remark.message
        line = _line_of(content, place, remark.variable)
        yield Note(message=place, line=line, text=remark.text, hint=remark.rule in _HINTS)


def _keys(place: int, message: Message) -> Iterator[Note]:
    """Yield a note for each line, and each tool call, that holds what looks like an API key."""
    text = text_of(message)
    if redact.looks_like_key(text):
        for number, line in enumerate(text.split("\n")):
            if whose := redact.looks_like_key(line):
                words = f"This looks like a key ({whose}). It is stored as it is: take it out."
                yield Note(message=place, line=number, text=words)
    for part in message.parts:
        if isinstance(part, ToolCall) and (whose := redact.looks_like_key(part.arguments)):
            words = f"An argument of the tool call “{part.name}” looks like a key ({whose})."
            yield Note(message=place, line=0, text=words)


def _line_of(content: Content, place: int, variable: str) -> int:
    if place < 0 or not variable:
        return -1 if place < 0 else 0
    text = text_of(content.messages[place])
    at = re.search(rf"(?<!\w){re.escape(variable)}(?!\w)", text)
    return text.count("\n", 0, at.start()) if at else 0


def _changed(content: Content, base: Content | None) -> Iterator[frozenset[int]]:
    """Pair messages that are the same first, then those of one role in their order."""
    if base is None:
        yield from (frozenset[int]() for _ in content.messages)
        return
    left = [message for message in base.messages if message not in content.messages]
    for message in content.messages:
        if message in base.messages:
            yield frozenset()
            continue
        was = next((one for one in left if one.role == message.role), None)
        if was is not None:
            left.remove(was)
        text = text_of(message)
        if was is None:
            yield frozenset(range(text.count("\n") + 1))
        else:
            yield frozenset(diff.changed_lines(text_of(was), text))
