"""What a person should see beside a whole answer: odd tool calls, no text, another model."""

from __future__ import annotations

import re

import msgspec

from proofroom.domain.message import ToolCall
from proofroom.providers.adapter import Collector

_DATED = re.compile(r"[-@:](\d{4}-?\d{2}-?\d{2}|\d{4}|\d{3}|latest|0|[vV]\d+)$")


def mark_oddities(into: Collector) -> None:
    """Mark what is odd about the whole answer that the collector holds."""
    answer = into.answer()
    if not answer.parts and not answer.choices and answer.finish_reason != "content_filter":
        into.mark("empty_answer")
    calls = [part for part in answer.parts if isinstance(part, ToolCall)]
    if not calls:
        return
    ids = [call.id for call in calls if call.id]
    if len(set(ids)) < len(ids):
        into.mark("tool_call_ids_repeated")
    if not all(_is_json(call.arguments) for call in calls):
        into.mark("tool_arguments_not_json")


def is_other_model(asked: str, answered: str) -> bool:
    """Tell whether another model answered; a dated name of the same one is the same."""
    if not answered or not asked:
        return False
    return _plain(asked) != _plain(answered)


def _plain(name: str) -> str:
    last = name.rpartition("/")[2].lower()
    return _DATED.sub("", _DATED.sub("", last))


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text or "{}")
    except msgspec.DecodeError:
        return False
    return True
