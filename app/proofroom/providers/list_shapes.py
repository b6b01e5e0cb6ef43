"""What the providers' own lists of models say, read from the shapes that each of them answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, cast

from proofroom.domain.model import modalities
from proofroom.domain.usage import Bucket, PriceRow
from proofroom.workspace.providers import Offer

# Read for the shapes, none of them copied: platform.openai.com/docs/api-reference/models,
# platform.claude.com/docs/en/api/models-list, ai.google.dev/api/models, docs.mistral.ai/api,
# console.groq.com/docs/models, openrouter.ai/docs/models, docs.together.ai/reference/models-1,
# docs.fireworks.ai, docs.vllm.ai (max_model_len), llama.cpp's server (meta.n_ctx_train).
Json = Mapping[str, Any]
_WINDOWS = (
    "context_length",
    "context_window",
    "max_context_length",
    "max_input_tokens",
    "max_model_len",
    "inputTokenLimit",
)
_LONGEST = ("max_completion_tokens", "max_output_tokens", "max_tokens", "outputTokenLimit")
_RETIRES = ("deprecation", "expiration_date", "retirement_date", "shutdown_date")
# Where a list says no kind, a name tells what does not chat.
_NO_CHAT = re.compile(
    r"embed|whisper|\btts\b|-tts|transcribe|moderation|dall-?e|gpt-image|sora|realtime|rerank"
    r"|davinci|babbage|stable-diffusion|flux|imagen|veo|guard-|-ocr",
    re.IGNORECASE,
)
_KINDS = frozenset(("chat", "language", "model", "base", "fine-tuned", "llm", "vlm"))
_PER_TOKEN: Mapping[str, Bucket] = MappingProxyType(
    {
        "prompt": "input",
        "completion": "output",
        "input_cache_read": "cache_read",
        "input_cache_write": "cache_write_5m",
        "internal_reasoning": "reasoning",
    }
)
_PER_MILLION: Mapping[str, Bucket] = MappingProxyType(
    {"input": "input", "output": "output", "cached_input": "cache_read"}
)
_NANO = 1_000_000_000


def offers(body: object, *, source: str, at: int) -> tuple[Offer, ...]:
    """Return the models that chat of one answer; prices hold from the time `at` (us) on.

    Raises ValueError for an answer that is no list of models.
    """
    return tuple(_offer(one, source, at) for one in _rows(body) if _chats(one))


def next_page(body: object) -> str:
    """Return what names the next page of a list, '' after the last one."""
    if not isinstance(body, dict):
        return ""
    answer = cast("dict[str, Any]", body)
    if answer.get("has_more"):
        return str(answer.get("last_id") or "")
    return str(answer.get("nextPageToken") or "")


def _rows(body: object) -> Iterator[Json]:
    found = body
    if isinstance(body, dict):
        answer = cast("dict[str, Any]", body)
        found = answer.get("data", answer.get("models"))
        if found is None and answer.get("object") == "list":  # a server without models
            found = []
    if not isinstance(found, list):
        raise ValueError("it holds no list of models")  # noqa: TRY004 - of a body, not of a call
    for one in cast("list[object]", found):
        if isinstance(one, dict) and _name(cast("Json", one)):
            yield cast("Json", one)


def _name(one: Json) -> str:
    return str(one.get("id") or one.get("name") or "").removeprefix("models/")


def _chats(one: Json) -> bool:
    """Tell whether a model answers prompts, by what the list says of it, else by its name."""
    methods = one.get("supportedGenerationMethods")
    if isinstance(methods, list):
        return "generateContent" in methods
    can = one.get("capabilities")
    if isinstance(can, dict) and "completion_chat" in can:
        return bool(cast("Json", can)["completion_chat"])
    if "supports_chat" in one:
        return bool(one["supports_chat"])
    kind = one.get("type")
    if isinstance(kind, str) and kind not in _KINDS:
        return False
    if one.get("active") is False:
        return False
    return not _NO_CHAT.search(_name(one))


def _offer(one: Json, source: str, at: int) -> Offer:
    top, meta = _part(one, "top_provider"), _part(one, "meta")
    window = _size(one, _WINDOWS) or _size(meta, ("n_ctx_train",))
    longest = _size(one, _LONGEST[:2]) or _size(top, _LONGEST) or _size(one, _LONGEST[2:])
    return Offer(
        name=_name(one),
        window=window,
        max_output=longest,
        modalities=_modalities(one),
        retires_on=next((day for day in (_day(one.get(name)) for name in _RETIRES) if day), ""),
        prices=tuple(_prices(one, source, at)),
        source=source,
    )


def _part(one: Json, name: str) -> Json:
    found = one.get(name)
    return cast("Json", found) if isinstance(found, dict) else {}


def _size(one: Json, names: Sequence[str]) -> int | None:
    for name in names:
        value = one.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None


def _day(value: object) -> str:
    try:
        return str(date.fromisoformat(str(value)[:10]))
    except ValueError:
        return ""


def _modalities(one: Json) -> str:
    built = _part(one, "architecture")
    if isinstance(built.get("input_modalities"), list):
        takes, gives = built["input_modalities"], built.get("output_modalities") or ["text"]
        return modalities(map(str, takes), map(str, gives))
    can = _part(one, "capabilities")
    saying: Sequence[tuple[Callable[[], object], str]] = (
        (lambda: can.get("vision", one.get("supports_image_input")), "image"),
        (lambda: _part(can, "image_input").get("supported"), "image"),
        (lambda: _part(can, "pdf_input").get("supported"), "pdf"),
        (lambda: can.get("audio"), "audio"),
    )
    said = [(ask(), kind) for ask, kind in saying]
    if all(value is None for value, _ in said):
        return ""
    return modalities({"text", *(kind for value, kind in said if value)}, {"text"})


def _prices(one: Json, source: str, at: int) -> Iterator[PriceRow]:
    said = _part(one, "pricing")
    per_token = "prompt" in said
    names, factor = (_PER_TOKEN, 1_000_000) if per_token else (_PER_MILLION, 1)
    found: dict[Bucket, int | None] = {
        bucket: _nano(said.get(name), factor) for name, bucket in names.items()
    }
    known: dict[Bucket, int] = {bucket: nano for bucket, nano in found.items() if nano is not None}
    if "input" not in known or "output" not in known:
        return
    free = _name(one).endswith(":free")
    if not free and not any(known.values()):  # nobody says it is free: unknown
        return
    for bucket, nano in known.items():
        general = known["output"] if bucket == "reasoning" else None
        # 0 for what is not sold apart
        if nano != general and (nano or bucket in {"input", "output"}):
            yield PriceRow(bucket=bucket, nano_usd_per_million=nano, valid_from=at, source=source)


def _nano(value: object, factor: int) -> int | None:
    """Return nano-USD a million tokens; None for no price and for one that varies (below 0)."""
    try:
        usd = Decimal(str(value))
    except InvalidOperation:
        return None
    return int(usd * factor * _NANO) if usd.is_finite() and usd >= 0 else None
