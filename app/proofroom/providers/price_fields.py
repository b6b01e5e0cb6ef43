"""The fields of litellm's price file in our buckets, tiers and integers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

from msgspec import Struct

from proofroom.domain.model import modalities
from proofroom.domain.usage import Bucket

_BUCKETS: Mapping[str, Bucket] = {
    "input_cost_per_token": "input",
    "cache_read_input_token_cost": "cache_read",
    "input_cost_per_token_cache_hit": "cache_read",
    "cache_creation_input_token_cost": "cache_write_5m",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "output_cost_per_token": "output",
    "output_cost_per_reasoning_token": "reasoning",
    "input_cost_per_audio_token": "audio_in",
    "output_cost_per_audio_token": "audio_out",
    "input_cost_per_image_token": "image",
}
_TIERS: Mapping[str, str] = {"batches": "batch", "flex": "flex", "priority": "priority"}
_FIELD = re.compile(
    f"({'|'.join(sorted(_BUCKETS, key=len, reverse=True))})"
    rf"(?:_({'|'.join(_TIERS)}))?(?:_above_(\d+)(k?)_tokens)?(?:_({'|'.join(_TIERS)}))?"
)
MODES = frozenset(("chat", "responses"))
# Here the higher price begins at the threshold, elsewhere beyond it (litellm's own cost arithmetic
# makes the same difference).
_INCLUSIVE = frozenset(("xai",))
_PROVIDERS: Mapping[str, str] = {
    "bedrock_converse": "bedrock",
    "cohere_chat": "cohere",
    "azure_text": "azure",
    "fireworks_ai": "fireworks",
    "together_ai": "together",
}
_TAKES: Mapping[str, str] = {
    "supports_vision": "image",
    "supports_image_input": "image",
    "supports_audio_input": "audio",
    "supports_video_input": "video",
    "supports_pdf_input": "pdf",
}
_NANO_PER_MILLION = Decimal(10) ** 15  # from USD a token to nano-USD a million tokens


class Price(Struct, frozen=True, kw_only=True, order=True):
    """What a million tokens cost, as in a price row, without its date and source."""

    bucket: Bucket
    tier: str
    threshold: int
    nano_usd_per_million: int


class PricedModel(Struct, frozen=True, kw_only=True):
    """A model of the price file; sizes in tokens; `source` is the page its prices come from.

    `modalities` are as they are stored; `retires_on` is YYYY-MM-DD, or '' where none is known.
    """

    provider: str
    name: str
    window: int | None
    max_output: int | None
    source: str
    prices: tuple[Price, ...]
    modalities: str = ""
    retires_on: str = ""


def models(entries: Mapping[str, Mapping[str, Any]]) -> list[PricedModel]:
    """Return the models that chat, by provider and name; numbers may be Decimal, int or float.

    Of two entries for one model the one that is written `provider/name` counts.
    """
    found: dict[tuple[str, str], PricedModel] = {}
    written: set[tuple[str, str]] = set()
    for key, entry in entries.items():
        if entry.get("mode") not in MODES:
            continue
        provider, name, is_written = _name(key, str(entry.get("litellm_provider", "")))
        if (provider, name) in found and (not is_written or (provider, name) in written):
            continue
        written |= {(provider, name)} if is_written else set()
        found[provider, name] = PricedModel(
            provider=provider,
            name=name,
            window=_size(entry.get("max_input_tokens") or entry.get("max_tokens")),
            max_output=_size(entry.get("max_output_tokens") or entry.get("max_tokens")),
            source=str(entry.get("source") or ""),
            prices=prices(entry, provider, name),
            modalities=_modalities(entry),
            retires_on=_day(entry.get("deprecation_date")),
        )
    return [found[key] for key in sorted(found)]


def prices(entry: Mapping[str, Any], provider: str, name: str) -> tuple[Price, ...]:
    """Return the prices of one entry; none where nothing is known.

    An entry with nothing but zeros is unknown, not free, unless its name says `:free`.
    """
    found: dict[tuple[Bucket, str, int], Price] = {}
    for price in _all(entry, inclusive=provider in _INCLUSIVE):
        found.setdefault((price.bucket, price.tier, price.threshold), price)
    kept = [price for price in found.values() if not _is_general(price, found)]
    if not any(price.nano_usd_per_million for price in kept) and not name.endswith(":free"):
        return ()
    return tuple(sorted(kept))


def _name(key: str, provider: str) -> tuple[str, str, bool]:
    """Return our provider and name of an entry, and whether its key says both."""
    own = "vertex_ai" if provider.startswith("vertex_ai") else _PROVIDERS.get(provider, provider)
    first, slash, rest = key.partition("/")
    is_written = bool(slash) and not {first, first.replace("-", "_")}.isdisjoint((own, provider))
    return own, rest if is_written else key, is_written


def _all(entry: Mapping[str, Any], *, inclusive: bool) -> Iterator[Price]:
    for field, value in entry.items():
        match = _FIELD.fullmatch(field)
        if match is not None and value is not None:
            start = int(match[3] or 0) * (1000 if match[4] else 1)
            tier = _TIERS.get(match[2] or match[5] or "", "")
            yield _price(_BUCKETS[match[1]], tier, _threshold(start, inclusive), value)
    for step in cast("list[dict[str, Any]]", entry.get("tiered_pricing") or []):
        start = int((step.get("range") or [0])[0])
        for field, value in step.items():
            if field in _BUCKETS and value is not None:
                yield _price(_BUCKETS[field], "", _threshold(start, inclusive), value)


def _threshold(start: int, inclusive: bool) -> int:
    """Return the first total input length at which a step holds."""
    return start if inclusive or not start else start + 1


def _price(bucket: Bucket, tier: str, threshold: int, usd_per_token: object) -> Price:
    exact = Decimal(str(usd_per_token)) * _NANO_PER_MILLION
    return Price(
        bucket=bucket,
        tier=tier,
        threshold=threshold,
        nano_usd_per_million=int(exact.to_integral_value(rounding=ROUND_HALF_UP)),
    )


def _is_general(price: Price, found: Mapping[tuple[Bucket, str, int], Price]) -> bool:
    """Tell whether a reasoning price only repeats the output price, which is used without it."""
    output = found.get(("output", price.tier, price.threshold))
    return (
        price.bucket == "reasoning"
        and output is not None
        and output.nano_usd_per_million == price.nano_usd_per_million
    )


def _modalities(entry: Mapping[str, Any]) -> str:
    """Return what a model takes and gives; every model that chats takes and gives text."""
    takes = {"text", *(entry.get("supported_modalities") or ())}
    takes |= {kind for field, kind in _TAKES.items() if entry.get(field)}
    gives = {"text", *(entry.get("supported_output_modalities") or ())}
    gives |= {"audio"} if entry.get("supports_audio_output") else set()
    return modalities(takes, gives)


def _day(value: object) -> str:
    try:
        return str(date.fromisoformat(str(value)[:10]))
    except ValueError:
        return ""


def _size(value: object) -> int | None:
    try:
        size = int(str(value).partition(".")[0])
    except ValueError:
        return None
    return size if size > 0 else None
