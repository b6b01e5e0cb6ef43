"""Remarks on a prompt for the editor's margin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from proofroom.domain.message import Message, Placeholder, Text
from proofroom.domain.version import Content

Rule = Literal[
    "no_messages",
    "empty_message",
    "system_not_first",
    "role_repeated",
    "undeclared_variable",
    "unused_variable",
    "declared_twice",
]


class Remark(Struct, frozen=True, kw_only=True):
    """Something to look at, in words; `message` counts from 0, None is the whole prompt."""

    rule: Rule
    message: int | None
    text: str
    variable: str = ""


def remarks(content: Content, found: Sequence[Sequence[str]]) -> tuple[Remark, ...]:
    """Return remarks in reading order.

    `found` holds, for each message, the names of the variables in its texts. Undeclared variables
    are told only where some are declared: a prompt that declares none leaves it to its texts.
    """
    if not content.messages:
        return (Remark(rule="no_messages", message=None, text="The prompt has no message yet."),)
    return (*_in_messages(content.messages), *_variables(content, found))


def _in_messages(messages: Sequence[Message]) -> Iterator[Remark]:
    for place, message in enumerate(messages):
        if _is_empty(message):
            yield Remark(
                rule="empty_message", message=place, text=f"This {message.role} message is empty."
            )
    leading = True
    for place, message in enumerate(messages):
        if message.role not in ("system", "developer"):
            leading = False
        elif not leading:
            yield Remark(
                rule="system_not_first",
                message=place,
                text=f"Some providers move or refuse a {message.role} message after others.",
            )
    for place, (before, message) in enumerate(pairwise(messages), start=1):
        # tool results and system messages may follow one another everywhere
        if before.role == message.role and message.role in ("user", "assistant"):
            yield Remark(
                rule="role_repeated",
                message=place,
                text=f"Some providers join or refuse two {message.role} messages in a row.",
            )


def _is_empty(message: Message) -> bool:
    return all(isinstance(part, Text) and not part.text.strip() for part in message.parts)


def _variables(content: Content, found: Sequence[Sequence[str]]) -> Iterator[Remark]:
    declared = [variable.name for variable in content.variables]
    used: set[str] = set()
    for place, message in enumerate(content.messages):
        names = list(found[place]) if place < len(found) else []
        names += [part.name for part in message.parts if isinstance(part, Placeholder)]
        for name in dict.fromkeys(names):
            if declared and name not in declared and name not in used:
                text = f"“{name}” is not among the declared variables."
                yield Remark(rule="undeclared_variable", message=place, text=text, variable=name)
            used.add(name)
    for place, name in enumerate(declared):
        if name in declared[:place]:
            text = f"“{name}” is declared twice."
            yield Remark(rule="declared_twice", message=None, text=text, variable=name)
        elif name not in used:
            text = f"“{name}” is declared and not used."
            yield Remark(rule="unused_variable", message=None, text=text, variable=name)
