"""What providers report about tokens, split into our buckets."""

from __future__ import annotations

from typing import Any, Literal, cast

from msgspec import Struct

from proofroom.domain.run import Mark
from proofroom.domain.usage import Bucket, UsageRow

Shape = Literal["openai", "anthropic", "gemini"]
# a hundred times the longest window there is; far below what a row and a sum of rows can hold
_MOST_TOKENS = 1_000_000_000


class Counts(Struct, kw_only=True):
    """Tokens by bucket before they are checked; `total` is what the provider says all is."""

    prompt: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    audio_in: int = 0
    completion: int = 0
    reasoning: int = 0
    audio_out: int = 0
    total: int | None = None


class Split(Struct, frozen=True, kw_only=True):
    """The rows of a report, and what is odd about it."""

    rows: tuple[UsageRow, ...] = ()
    marks: tuple[Mark, ...] = ()


def openai_usage(report: object, *, reasoning_in_completion: bool = True) -> Split:
    """Split a chat completion's `usage`.

    prompt_tokens hold the cached, written and audio tokens of prompt_tokens_details
    (recordings openai_prompt_cache/chat_prompt_cache_e2e), completion_tokens hold the reasoning
    tokens but at xAI; DeepSeek's prompt_cache_hit_tokens are its cached tokens.
    """
    if not isinstance(report, dict):
        return Split()
    usage = cast("dict[str, Any]", report)
    if "prompt_tokens" not in usage and "completion_tokens" not in usage:
        return Split()
    inside = _dict(usage.get("prompt_tokens_details"))
    out = _dict(usage.get("completion_tokens_details"))
    counts = Counts(
        prompt=_int(usage.get("prompt_tokens")),
        cache_read=_int(inside.get("cached_tokens", usage.get("prompt_cache_hit_tokens"))),
        cache_write_5m=_int(inside.get("cache_write_tokens")),
        audio_in=_int(inside.get("audio_tokens")),
        completion=_int(usage.get("completion_tokens")),
        reasoning=_int(out.get("reasoning_tokens")),
        audio_out=_int(out.get("audio_tokens")),
        total=_int(usage.get("total_tokens")) if usage.get("total_tokens") is not None else None,
    )
    if not reasoning_in_completion:
        counts.completion += counts.reasoning
    return _split(counts)


def anthropic_usage(report: object) -> Split:
    """Split a message's `usage`: input_tokens hold neither cache reads nor writes there.

    Writes stand by their time to live in cache_creation (recording anthropic/cache_real_api).
    Thoughts are part of output_tokens and not told apart.
    """
    if not isinstance(report, dict) or "output_tokens" not in report:
        return Split()
    usage = cast("dict[str, Any]", report)
    writes = _dict(usage.get("cache_creation"))
    written = _int(usage.get("cache_creation_input_tokens"))
    hour = _int(writes.get("ephemeral_1h_input_tokens"))
    read = _int(usage.get("cache_read_input_tokens"))
    counts = Counts(
        prompt=_int(usage.get("input_tokens")) + read + written,
        cache_read=read,
        cache_write_5m=written - hour,
        cache_write_1h=hour,
        completion=_int(usage.get("output_tokens")),
    )
    return _split(counts)


def gemini_usage(report: object) -> Split:
    """Split `usageMetadata`: the prompt holds cached and audio tokens, thoughts stand beside.

    Recordings google/model_thinking_part_iter, google/url_input_ImageUrl_.
    """
    if not isinstance(report, dict) or "promptTokenCount" not in report:
        return Split()
    usage = cast("dict[str, Any]", report)
    thoughts = _int(usage.get("thoughtsTokenCount"))
    tools = _int(usage.get("toolUsePromptTokenCount"))
    total = usage.get("totalTokenCount")
    counts = Counts(
        prompt=_int(usage.get("promptTokenCount")) + tools,
        cache_read=_int(usage.get("cachedContentTokenCount")),
        audio_in=_modality(usage.get("promptTokensDetails"), "AUDIO"),
        completion=_int(usage.get("candidatesTokenCount")) + thoughts,
        reasoning=thoughts,
        audio_out=_modality(usage.get("candidatesTokensDetails"), "AUDIO"),
        total=None if total is None else _int(total),
    )
    return _split(counts)


def litellm_usage(report: object) -> Split:
    """Split litellm's own report, which it writes for every provider.

    Its prompt_tokens hold cache reads and writes for Anthropic too; writes by time to live stand
    in cache_creation_token_details.
    """
    if not isinstance(report, dict):
        return Split()
    usage = cast("dict[str, Any]", report)
    inside = _dict(usage.get("prompt_tokens_details"))
    writes = _dict(inside.get("cache_creation_token_details"))
    hour = _int(writes.get("ephemeral_1h_input_tokens"))
    written = inside.get("cache_write_tokens") or inside.get("cache_creation_tokens")
    out = _dict(usage.get("completion_tokens_details"))
    counts = Counts(
        prompt=_int(usage.get("prompt_tokens")),
        cache_read=_int(inside.get("cached_tokens")),
        cache_write_5m=_int(written) - hour,
        cache_write_1h=hour,
        audio_in=_int(inside.get("audio_tokens")),
        completion=_int(usage.get("completion_tokens")),
        reasoning=_int(out.get("reasoning_tokens")),
        audio_out=_int(out.get("audio_tokens")),
    )
    return _split(counts) if counts.prompt or counts.completion else Split()


def _split(counts: Counts) -> Split:
    """Return the rows; numbers that cannot be true become unknown, never a smaller bill."""
    parts_in = counts.cache_read + counts.cache_write_5m + counts.cache_write_1h + counts.audio_in
    parts_out = counts.reasoning + counts.audio_out
    numbers = _numbers(counts)
    most = max(counts.total or 0, *numbers)
    if min(parts_in, parts_out, *numbers) < 0 or most > _MOST_TOKENS:
        return Split(rows=_unknown(), marks=("usage_inconsistent",))
    total = counts.total
    odd = total is not None and total != counts.prompt + counts.completion
    if total is not None and total > counts.prompt + counts.completion:
        hidden = total - counts.prompt - counts.completion  # thoughts that no field names
        counts.reasoning, counts.completion = counts.reasoning + hidden, counts.completion + hidden
        parts_out += hidden
    if parts_in > counts.prompt:  # no discount that the sum does not bear out
        odd, parts_in = True, 0
        counts.cache_read = counts.cache_write_5m = counts.cache_write_1h = counts.audio_in = 0
    if parts_out > counts.completion:
        odd, counts.completion = True, parts_out
    pairs: tuple[tuple[Bucket, int], ...] = (
        ("input", counts.prompt - parts_in),
        ("cache_read", counts.cache_read),
        ("cache_write_5m", counts.cache_write_5m),
        ("cache_write_1h", counts.cache_write_1h),
        ("audio_in", counts.audio_in),
        ("output", counts.completion - parts_out),
        ("reasoning", counts.reasoning),
        ("audio_out", counts.audio_out),
    )
    kept = ("input", "output")
    rows = tuple(UsageRow(bucket=b, count=n) for b, n in pairs if n or b in kept)
    return Split(rows=rows, marks=("usage_inconsistent",) if odd else ())


def _numbers(counts: Counts) -> tuple[int, ...]:
    return (
        counts.prompt,
        counts.cache_read,
        counts.cache_write_5m,
        counts.cache_write_1h,
        counts.audio_in,
        counts.completion,
        counts.reasoning,
        counts.audio_out,
    )


def _unknown() -> tuple[UsageRow, ...]:
    return (
        UsageRow(bucket="input", count=None, origin="unknown"),
        UsageRow(bucket="output", count=None, origin="unknown"),
    )


def _dict(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _int(value: object) -> int:
    """Return a count; what is there but no number of tokens is -1, which cannot be true."""
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool):
        return -1
    return value


def _modality(details: object, name: str) -> int:
    rows = cast("list[Any]", details) if isinstance(details, list) else []
    found = [_dict(row) for row in rows]
    return sum(_int(row.get("tokenCount")) for row in found if row.get("modality") == name)
