"""A run's provenance in words: facts, and the whole as JSON for copying."""

from __future__ import annotations

import json
from datetime import timedelta

import msgspec

from proofroom import clock
from proofroom.domain import figures
from proofroom.domain.run import SCREEN_WORDS
from proofroom.domain.usage import INPUT
from proofroom.interchange.comparison_report import MARK_WORDS
from proofroom.ui.widgets import moments
from proofroom.workspace.provenance import Provenance

BUCKETS = {
    "cache_read": "cached", "cache_write_5m": "cache written (5 min)",
    "cache_write_1h": "cache written (1 h)", "reasoning": "reasoning", "audio_in": "audio",
    "audio_out": "audio", "image": "image", "tool_fees": "tool fees",
}  # fmt: skip


def facts(found: Provenance, label: str, place: str) -> list[tuple[str, str]]:
    """Return what stands at the top of the panel, label by label; what is not known is left out."""
    run = found.run
    marks = (run.warnings or "").split(",")
    version = label if run.prompt is None else figures.facts(run.prompt, label)
    asked = f"{run.provider}/{run.model}"
    same = run.answering_model in (None, run.model)
    last = found.attempts[-1] if found.attempts else None
    first = run.first_token_us
    latency = "" if run.latency_us is None else figures.duration(run.latency_us)
    if latency and first is not None:
        latency += f", first token {figures.duration(first)}"
    pairs = [
        ("Version", version),
        ("Model asked", asked),
        ("Answered by", "" if same else str(run.answering_model)),
        ("State", _state(found)),
        ("Finish", figures.facts(run.finish_reason or "", _raw_finish(found))),
        ("Latency", latency),
        ("Tokens", tokens(found)),
        ("Cost", cost(found)),
        ("Request id", last.request_id or "" if last else ""),
        ("Went to", "this laptop, and nowhere else" if place == "this laptop" else place),
        ("Started", _moment(run.started_at, run.offset_s)),
        ("Through", f"{run.adapter} {run.adapter_version}".strip()),
        ("Noted", "; ".join(MARK_WORDS.get(one, one) for one in marks if one)),
    ]  # fmt: skip
    return [(name, words) for name, words in pairs if words]


def _state(found: Provenance) -> str:
    run = found.run
    words = SCREEN_WORDS[run.status or "running"]  # pyright: ignore[reportArgumentType] - the file has the same words
    return f"{words}: {run.title}" if run.title else words


def _raw_finish(found: Provenance) -> str:
    raw = found.run.finish_raw or ""
    return f"“{raw}” in the provider's words" if raw and raw != found.run.finish_reason else ""


def tokens(found: Provenance) -> str:
    """Return tokens in and out with what is known of their buckets."""
    run, rows = found.run, [use for part in found.usage[-1:] for use in part]
    if run.tokens_in is None and run.tokens_out is None:
        return "unknown"
    sides: list[str] = []
    for words, total, inward in (("in", run.tokens_in, True), ("out", run.tokens_out, False)):
        parts = [
            f"{figures.number(use.usage.count)} {BUCKETS[use.usage.bucket]}"
            for use in rows
            if (use.usage.bucket in INPUT) == inward
            and use.usage.bucket in BUCKETS
            and use.usage.count
        ]
        known = figures.UNKNOWN if total is None else figures.number(total)
        sides.append(f"{known} {words}" + (f" ({', '.join(parts)})" if parts else ""))
    estimated = any(use.usage.origin == "estimated" for use in rows)
    return ", ".join(sides) + (", estimated" if estimated else "")


def cost(found: Provenance) -> str:
    """Return the cost with the day and source of the price it was reckoned with."""
    run = found.run
    words = figures.money(run.cost_nano_usd)
    prices = [use.price for part in found.usage for use in part if use.price is not None]
    if prices:
        source = prices[0].source
        if prices[0].valid_from:
            source = f"prices of {moments.day(prices[0].valid_from)}, {source}"
        words = f"{words}, {source}" if source else words
    if run.retry_nano_usd:
        words += f", of it {figures.money(run.retry_nano_usd)} for retries"
    return words


def _moment(at: int, offset_s: int) -> str:
    local = clock.local(at)
    words = f"{local:%Y-%m-%d %H:%M:%S}"
    offset = timedelta(seconds=offset_s)
    return words if local.utcoffset() == offset else f"{words} (made at UTC{offset_s / 3600:+g})"


def pretty(text: str) -> str:
    """Return JSON indented, any other text as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def as_json(found: Provenance) -> str:
    """Return all that is known of a run as JSON; requests as they were sent."""
    built = msgspec.to_builtins(found)
    return json.dumps(built, indent=2, ensure_ascii=False)


def request(found: Provenance) -> str:
    """Return the last request's body as it was sent."""
    return pretty(found.requests[-1]) if found.requests else ""
