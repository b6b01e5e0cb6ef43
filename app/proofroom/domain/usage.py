"""Usage in buckets, price rows, and what a request cost in integer nano-USD."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from msgspec import Struct

Bucket = Literal[
    "input",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "output",
    "reasoning",
    "audio_in",
    "audio_out",
    "image",
    "tool_fees",
]
BUCKETS: tuple[Bucket, ...] = get_args(Bucket)
INPUT: frozenset[Bucket] = frozenset(
    ("input", "cache_read", "cache_write_5m", "cache_write_1h", "audio_in", "image")
)
OUTPUT: frozenset[Bucket] = frozenset(("output", "reasoning", "audio_out"))
Origin = Literal["reported", "estimated", "unknown"]
NANO = 1_000_000_000


class UsageRow(Struct, frozen=True, kw_only=True):
    """What one request took from one bucket, in tokens; a count nobody knows is None."""

    bucket: Bucket
    count: int | None
    origin: Origin = "reported"


class PriceRow(Struct, frozen=True, kw_only=True):
    """What a million tokens of a bucket cost from a total input length (tokens) on."""

    bucket: Bucket
    nano_usd_per_million: int
    threshold: int = 0
    tier: str = ""
    valid_from: int = 0
    source: str = ""
    key: int = 0


class Line(Struct, frozen=True, kw_only=True):
    """One line of a bill: a usage row, the price row it was reckoned with, and the sum."""

    usage: UsageRow
    price: PriceRow | None
    nano_usd_millionths: int | None


def bill(usage: Sequence[UsageRow], prices: Sequence[PriceRow]) -> tuple[Line, ...]:
    """Return a line for each usage row; sums in millionths of a nano-USD, None where unknown.

    `prices` are the rows of the model that answered and its tier, valid at the time of the call.
    A bucket without a row of its own is priced as its general one: reasoning as output, cached
    input as input. Tiered prices hold for the whole request, by its total input length, as the
    providers that have such tiers bill them.
    """
    length = sum(row.count or 0 for row in usage if row.bucket in INPUT)
    return tuple(_line(row, prices, length) for row in usage)


def cost(usage: Sequence[UsageRow], prices: Sequence[PriceRow]) -> int | None:
    """Return nano-USD, rounded half up once; None, never 0, if a count or a price is unknown."""
    lines = bill(usage, prices)
    sums = [line.nano_usd_millionths for line in lines]
    if not sums or any(part is None for part in sums):
        return None
    return (sum(part or 0 for part in sums) + 500_000) // 1_000_000


def tokens(usage: Sequence[UsageRow], buckets: frozenset[Bucket]) -> int | None:
    """Return the tokens in `buckets`; None if nothing is known of them."""
    counts = [row.count for row in usage if row.bucket in buckets]
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


_GENERAL: dict[Bucket, Bucket] = {
    "reasoning": "output",
    "cache_read": "input",
    "cache_write_5m": "input",
    "cache_write_1h": "cache_write_5m",
}


def _line(row: UsageRow, prices: Sequence[PriceRow], length: int) -> Line:
    if row.count == 0:
        return Line(usage=row, price=None, nano_usd_millionths=0)
    price = _price(row.bucket, prices, length)
    if price is None or row.count is None:
        return Line(usage=row, price=price, nano_usd_millionths=None)
    return Line(usage=row, price=price, nano_usd_millionths=row.count * price.nano_usd_per_million)


def _price(bucket: Bucket, prices: Sequence[PriceRow], length: int) -> PriceRow | None:
    steps = [row for row in prices if row.bucket == bucket and row.threshold <= length]
    if steps:
        return max(steps, key=lambda row: (row.threshold, row.valid_from))
    general = _GENERAL.get(bucket)
    return None if general is None else _price(general, prices, length)
