"""What differs between two contents: messages, model, settings, tools, schema and the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct
from rapidfuzz.distance import Indel

from proofroom.domain.diff import Run, words
from proofroom.domain.json_diff import json_diff, path_text
from proofroom.domain.message import (
    Audio,
    File,
    Image,
    Message,
    Placeholder,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    storable_json,
    text_of,
)
from proofroom.domain.version import Content

Group = Literal[
    "model", "settings", "template", "variables", "tools", "schema", "options", "snippets", "other"
]
MessageKind = Literal["same", "changed", "added", "removed"]


class FieldDifference(Struct, frozen=True, kw_only=True):
    """A field that differs, with both values as text; None where the field is not set."""

    group: Group
    name: str
    old: str | None
    new: str | None


class MessageDifference(Struct, frozen=True, kw_only=True):
    """A message of either content; `runs` are its texts, `fields` what differs besides."""

    kind: MessageKind
    old: int | None
    new: int | None
    role: str
    runs: tuple[Run, ...]
    fields: tuple[FieldDifference, ...] = ()


class ContentDifference(Struct, frozen=True, kw_only=True):
    """All messages of both contents in reading order, and every other field that differs."""

    messages: tuple[MessageDifference, ...]
    fields: tuple[FieldDifference, ...]

    @property
    def same(self) -> bool:
        """Tell whether the two contents are the same."""
        return not self.fields and all(message.kind == "same" for message in self.messages)


def contents(old: Content, new: Content) -> ContentDifference:
    """Return everything that differs between two contents, ready to be shown."""
    return ContentDifference(
        messages=tuple(_messages(old.messages, new.messages)), fields=tuple(_fields(old, new))
    )


def _messages(old: Sequence[Message], new: Sequence[Message]) -> Iterator[MessageDifference]:
    was, now = [storable_json(m) for m in old], [storable_json(m) for m in new]
    removed: list[int] = []
    added: list[int] = []
    for code in Indel.opcodes(was, now):
        if code.tag != "equal":
            removed += range(code.src_start, code.src_end)
            added += range(code.dest_start, code.dest_end)
            continue
        yield from _hunk(old, new, removed, added)
        removed, added = [], []
        for step in range(code.src_end - code.src_start):
            place = code.dest_start + step
            yield _pair(old[code.src_start + step], new[place], code.src_start + step, place)
    yield from _hunk(old, new, removed, added)


def _hunk(
    old: Sequence[Message], new: Sequence[Message], removed: list[int], added: list[int]
) -> Iterator[MessageDifference]:
    """Pair messages of one role in their order; what is left was removed or added."""
    left = list(removed)
    for place in added:
        partner = next((was for was in left if old[was].role == new[place].role), None)
        if partner is None:
            yield _alone(new[place], "added", place)
            continue
        skipped, left = left[: left.index(partner)], left[left.index(partner) + 1 :]
        yield from (_alone(old[was], "removed", was) for was in skipped)
        yield _pair(old[partner], new[place], partner, place)
    yield from (_alone(old[was], "removed", was) for was in left)


def _pair(old: Message, new: Message, was: int, now: int) -> MessageDifference:
    fields = tuple(_json_fields("other", "", _besides_text(old), _besides_text(new)))
    runs = words(text_of(old.parts), text_of(new.parts))
    if not fields:
        fields = tuple(_arranged(old, new, same_text=all(run.op == "=" for run in runs)))
    changed = bool(fields) or any(run.op != "=" for run in runs)
    return MessageDifference(
        kind="changed" if changed else "same",
        old=was,
        new=now,
        role=new.role,
        runs=runs,
        fields=fields,
    )


def _arranged(old: Message, new: Message, *, same_text: bool) -> Iterator[FieldDifference]:
    """Tell where parts stand in another order, or one text is cut into other parts."""
    kinds = [[_KINDS[type(part)] for part in message.parts] for message in (old, new)]
    if kinds[0] != kinds[1]:
        yield _field("other", "parts", *(", ".join(found) for found in kinds))
        return
    cuts = [[part.text for part in m.parts if isinstance(part, Text)] for m in (old, new)]
    if same_text and cuts[0] != cuts[1]:
        yield _field("other", "parts", *(_json(found) for found in cuts))


_KINDS: Mapping[type[Struct], str] = {
    Text: "text",
    Image: "image",
    File: "file",
    Audio: "audio",
    ToolCall: "tool call",
    ToolResult: "tool result",
    Reasoning: "reasoning",
    Placeholder: "placeholder",
}


def _alone(message: Message, kind: Literal["added", "removed"], place: int) -> MessageDifference:
    text = text_of(message.parts)
    is_new = kind == "added"
    empty: dict[str, Any] = {}
    besides = _besides_text(message)
    return MessageDifference(
        kind=kind,
        old=None if is_new else place,
        new=place if is_new else None,
        role=message.role,
        runs=(Run("+" if is_new else "-", text),) if text else (),
        fields=tuple(
            _json_fields("other", "", empty if is_new else besides, besides if is_new else empty)
        ),
    )


def _besides_text(message: Message) -> dict[str, Any]:
    """Return what a message holds besides its texts, without what is not set."""
    plain: dict[str, Any] = msgspec.to_builtins(message)
    del plain["role"]
    kinds: list[Any] = []
    for part, built in zip(message.parts, plain.pop("parts", ()), strict=True):
        if not isinstance(part, Text):
            kinds.append(built)
        elif part.extra:
            kinds.append({"extra": part.extra})
    return plain | ({"parts": kinds} if kinds else {})


def _fields(old: Content, new: Content) -> Iterator[FieldDifference]:
    if old.model != new.model:
        yield _field("model", "Model", old.model or None, new.model or None)
    settings = _set_fields(old.settings), _set_fields(new.settings)
    yield from _json_fields("settings", "", *settings)
    if old.template != new.template:
        yield _field("template", "Template language", old.template, new.template)
    yield from _named("variables", old.variables, new.variables)
    yield from _named("tools", old.tools, new.tools)
    yield from _json_fields("schema", "", old.response_schema, new.response_schema)
    yield from _json_fields("options", "", _set_fields(old.options), _set_fields(new.options))
    yield from _named("snippets", old.snippets, new.snippets)
    yield from _json_fields("other", "", old.extra, new.extra)


def _named(group: Group, old: Sequence[Struct], new: Sequence[Struct]) -> Iterator[FieldDifference]:
    """Compare things that have names by name; their order, if all else is equal, as a field."""
    was, now = _by_name(old), _by_name(new)
    for name in [*now, *(name for name in was if name not in now)]:
        if name in was and name in now:
            yield from _json_fields(group, name, was[name], now[name])
        else:
            yield _field(group, name, _shown(was, name), _shown(now, name))
    kept, order = [n for n in was if n in now], [n for n in now if n in was]
    if kept != order:
        yield _field(group, "order", ", ".join(kept), ", ".join(order))


def _by_name(items: Sequence[Struct]) -> dict[str, Any]:
    """Return the fields by name; of two with one name the second is called `NAME (2)`."""
    found: dict[str, Any] = {}
    for item in items:
        fields = _set_fields(item)
        base = name = str(fields.pop("name", ""))
        number = 1
        while name in found:
            number += 1
            name = f"{base} ({number})"
        found[name] = fields
    return found


def _set_fields(item: Struct) -> dict[str, Any]:
    return msgspec.to_builtins(item)


def _json_fields(group: Group, name: str, old: Any, new: Any) -> Iterator[FieldDifference]:  # noqa: ANN401
    for found in json_diff(old, new):
        path = path_text(found.path)
        label = f"{name}.{path}" if name and path and path[0] != "[" else name + path
        is_added, is_removed = found.kind == "added", found.kind == "removed"
        # a schema that was not there at all is a change from None at the root
        before = None if is_added or (not path and found.old is None) else _json(found.old)
        after = None if is_removed or (not path and found.new is None) else _json(found.new)
        yield _field(group, label or _WHOLE.get(group, ""), before, after)


_WHOLE: Mapping[str, str] = {"schema": "Response schema"}


def _field(group: Group, name: str, old: str | None, new: str | None) -> FieldDifference:
    return FieldDifference(group=group, name=name, old=old, new=new)


def _json(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Return a value as people read it: text bare, the rest as JSON."""
    if value is None or isinstance(value, str):
        return "null" if value is None else value
    return json.dumps(value, ensure_ascii=False)


def _shown(items: dict[str, Any], name: str) -> str | None:
    return _json(items[name]) if name in items else None
