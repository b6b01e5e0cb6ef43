"""All that is known of a run, in labels and words: what a terminal shows of it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from proofroom import clock
from proofroom.domain import figures
from proofroom.domain.mark import Marked
from proofroom.domain.message import Part, Reasoning, Text, ToolCall, ToolResult, text_of
from proofroom.domain.run import SCREEN_WORDS, Status
from proofroom.interchange import step_words
from proofroom.interchange.comparison_report import MARK_WORDS
from proofroom.workspace.provenance import Attempt, Priced, Provenance

Fact = tuple[str, str]
_OK = 200


def head(found: Provenance, marked: Marked) -> list[Fact]:
    """Return what a run is, how it went and what it took."""
    run = found.run
    at = clock.local(run.started_at)
    version = "" if run.prompt is None else "draft" if run.version is None else f"v{run.version}"
    ended = "" if run.latency_us is None else figures.duration(run.latency_us)
    first = "" if run.first_token_us is None else figures.duration(run.first_token_us)
    facts = [
        ("Run", run.id),
        ("Asked", f"{at:%Y-%m-%d %H:%M:%S}"),
        ("Status", _ended(found)),
        ("Source", run.source),
        ("Prompt", f"{run.prompt or ''} {version}".strip()),
        ("Model", f"{run.provider}/{run.model}"),
        ("Answered by", run.answering_model or ""),
        ("Adapter", f"{run.adapter} {run.adapter_version}"),
        ("Environment", run.environment),
        ("Latency", figures.facts(ended, f"first token {first}" if first else "")),
        ("Tokens", _tokens(run.tokens_in, run.tokens_out) if run.status else ""),
        ("Cost", _cost(found) if run.status else ""),
        ("Finish", figures.facts(run.finish_reason or "", run.finish_raw or "")),
        ("Warnings", ", ".join(MARK_WORDS.get(one, one) for one in _list(run.warnings))),
        ("Marks", ", ".join(marked.words)),
    ]
    return [fact for fact in [*facts, *_settings(found)] if fact[1]]


def texts(found: Provenance) -> Iterator[Fact]:
    """Yield each message that was sent and the answer, whole."""
    for message in found.messages:
        yield message.role.capitalize(), _words(message.parts)
    for step in found.steps:
        if step.results:
            yield f"Tool results of step {step.number}", _words(step.results)
    yield "Answer", _words(found.output)


def attempts(found: Provenance) -> Iterator[Fact]:
    """Yield each request that left: when and how it ended, and what it took at which price."""
    steps = {step.number: step.line for step in step_words.of_run(found)}
    for one, usage in zip(found.attempts, found.usage, strict=True):
        number = f"{one.step}.{one.number}" if steps else f"{one.number}"
        if one.number == 1 and one.step in steps:
            yield f"Step {one.step}", steps[one.step]
        yield f"Attempt {number}", _attempt(one)
        for priced in usage:
            yield "", _usage(priced)


def _settings(found: Provenance) -> list[Fact]:
    if found.content is None:
        return []
    settings: dict[str, object] = msgspec.to_builtins(found.content.settings)
    said = ", ".join(
        f"{name} {msgspec.json.encode(own).decode()}" for name, own in settings.items()
    )
    schema = "answers by a schema" if found.content.response_schema is not None else ""
    tools = ", ".join(tool.name for tool in found.content.tools)
    return [("Settings", figures.facts(said, schema)), ("Tools", tools)]


def _ended(found: Provenance) -> str:
    run = found.run
    state, title = _state(run.status), run.title or ""
    return figures.facts(state, title if title != state else "", run.detail or "")


def _state(status: str | None) -> str:
    words: dict[str | None, str] = {**SCREEN_WORDS}
    running: Status = "running"
    return words.get(status or running, status or running)


def _tokens(tokens_in: int | None, tokens_out: int | None) -> str:
    if tokens_in is None and tokens_out is None:
        return figures.UNKNOWN
    sides = ((tokens_in, "in"), (tokens_out, "out"))
    return ", ".join(f"{figures.tokens(count)} {side}" for count, side in sides)


def _cost(found: Provenance) -> str:
    retries = found.run.retry_nano_usd
    again = f"{figures.money(retries)} of it for attempts that failed" if retries else ""
    return figures.facts(figures.money(found.run.cost_nano_usd), again)


def _attempt(one: Attempt) -> str:
    why = "" if one.reason == "first" else f"again after {one.reason.replace('_', ' ')}"
    status = f"HTTP {one.http_status}" if one.http_status and one.http_status != _OK else ""
    return figures.facts(
        step_words.moment(one.sent_at),
        _state(one.status),
        "" if one.latency_us is None else figures.duration(one.latency_us),
        status,
        why,
        f"waited {figures.duration(one.waited_us)}" if one.waited_us else "",
        "may have been billed" if one.billed == "perhaps" else "",
        f"request {one.request_id}" if one.request_id else "",
        one.detail or "",
    )


def _usage(priced: Priced) -> str:
    count = figures.UNKNOWN if priced.usage.count is None else figures.number(priced.usage.count)
    row = f"{priced.usage.bucket.replace('_', ' ')} {count}, {priced.usage.origin}"
    if priced.price is None:
        return f"{row}, no price"
    price = figures.money(priced.price.nano_usd_per_million)
    day = f"{clock.local(priced.price.valid_from):%Y-%m-%d}"
    return f"{row}, {price} a million, of {day} ({priced.price.source})"


def _words(parts: tuple[Part, ...]) -> str:
    said: list[str] = []
    for part in parts:
        match part:
            case Text():
                said.append(part.text)
            case Reasoning():
                said.append(f"[reasoning] {part.text}")
            case ToolCall():
                said.append(f"[tool call] {part.name}({part.arguments})")
            case ToolResult():
                said.append(f"[tool result] {text_of(part.parts)}")
            case _:
                said.append(f"[{type(part).__name__.lower()}]")
    return "\n".join(said)


def _list(warnings: str | None) -> list[str]:
    return warnings.split(",") if warnings else []
