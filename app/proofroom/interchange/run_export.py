"""Runs as JSON Lines and as CSV, each with its whole input and output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec

from proofroom.domain import figures
from proofroom.domain.message import Message, Reasoning, ToolCall, storable_json, text_of
from proofroom.interchange.table_file import csv_text
from proofroom.workspace.run_list import Line
from proofroom.workspace.run_whole import Whole

_HEADER = (
    *("id", "started_at", "status", "source", "prompt", "version", "provider", "model"),
    *("answering_model", "latency_ms", "first_token_ms", "tokens_in", "tokens_out", "cost_usd"),
    *("finish_reason", "failure", "title", "detail", "warnings", "starred", "tags", "note"),
    *("input", "output", "reasoning", "tool_calls"),
)


def summary(line: Line) -> dict[str, Any]:
    """Return a run of a list as JSON has it; ms, dollars as a decimal number in a text."""
    return {
        "id": line.id,
        "started_at": moment(line.started_at, line.offset_s),
        "status": line.status,
        "source": line.source,
        "prompt": line.prompt,
        "version": line.version or None,
        "provider": line.provider,
        "model": line.model,
        "latency_ms": _thousandth(line.latency_us),
        "first_token_ms": _thousandth(line.first_token_us),
        "tokens_in": line.tokens_in,
        "tokens_out": line.tokens_out,
        "cost_usd": dollars(line.cost_nano_usd),
        "title": line.title,
        "warnings": line.warnings,
        "starred": line.starred,
        "tags": line.tags,
        "note": line.note,
        "input": line.input,
        "output": line.output,
    }


def whole(line: Line, found: Whole) -> dict[str, Any]:
    """Return a run with all its texts; `messages` is its input part by part."""
    return {
        **summary(line),
        "answering_model": found.answering_model or line.model,
        "finish_reason": found.finish_reason,
        "failure": found.failure,
        "detail": found.detail,
        "input": "\n\n".join(_spoken(message) for message in found.messages),
        "messages": found.messages,
        "output": text_of(found.output),
        "reasoning": "".join(one.text for one in found.output if isinstance(one, Reasoning)),
        "tool_calls": [
            {"id": one.id, "name": one.name, "arguments": one.arguments}
            for one in found.output
            if isinstance(one, ToolCall)
        ],
    }


def jsonl(runs: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Return a line of JSON for each run."""
    return (encoded(run) + "\n" for run in runs)


def csv(runs: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Return a line with the heads and one for each run; formulas are quoted."""
    yield csv_text(_HEADER, ())
    for run in runs:
        yield csv_text([_cell(run[name]) for name in _HEADER], ())


def encoded(run: dict[str, Any]) -> str:
    """Return a run in one line of JSON."""
    return storable_json({name: msgspec.to_builtins(value) for name, value in run.items()}).decode()


def moment(at: int, offset_s: int) -> str:
    """Return a time (us, UTC) in ISO 8601 with the local offset (s) it was made at."""
    zone = timezone(timedelta(seconds=offset_s))
    return (
        (datetime.fromtimestamp(0, UTC) + timedelta(microseconds=at)).astimezone(zone).isoformat()
    )


def dollars(nano_usd: int | None) -> str | None:
    """Return nano-USD as dollars, nothing rounded."""
    return None if nano_usd is None else f"{Decimal(nano_usd) / 10**9:f}"


def _thousandth(value_us: int | None) -> float | None:
    return None if value_us is None else value_us / 1000


def _spoken(message: Message) -> str:
    return f"{message.role}: {text_of(message.parts)}"


def _cell(value: Any) -> str:  # noqa: ANN401 - a value of JSON
    match value:
        case str():
            return value
        case bool() | None:
            return "yes" if value else ""
        case int() | float():
            return figures.exact(value)
        case [str(), *_]:
            return ", ".join(value)
        case _:
            return msgspec.json.encode(value).decode() if value else ""
