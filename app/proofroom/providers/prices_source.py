"""The models that come with the app: sizes, modalities, retirement, dated prices with a source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

import msgspec
from msgspec import Struct

from proofroom import paths
from proofroom.domain.usage import BUCKETS, Bucket, PriceRow
from proofroom.providers.price_fields import PricedModel

_FILE = "prices/prices.json"
_PRICED: tuple[Bucket, ...] = ("input", "output")


_Row = tuple[int, str, int | None, int | None, int, list[int], int, str]


class Packed(Struct, frozen=True, kw_only=True):
    """The shipped file: texts once in lists, models as arrays.

    A model is [provider, name, window, longest answer, source, prices, modalities, retirement], a
    price [bucket, tier, threshold, nano-USD per million, ...the next one], indices where there is
    a list.
    """

    release: str
    file: str
    date: str
    providers: list[str]
    buckets: list[Bucket]
    tiers: list[str]
    sources: list[str]
    modalities: list[str]
    models: list[_Row]


class ShippedModel(Struct, frozen=True, kw_only=True):
    """A model of the shipped file; sizes in tokens; no rows means: price unknown."""

    provider: str
    name: str
    window: int | None
    max_output: int | None
    modalities: str
    retires_on: str
    source: str
    rows: tuple[PriceRow, ...]


def release() -> str:
    """Return the release and the day of the shipped file, which tell it from another one."""
    return f"{_packed().release} {_packed().date}"


def shipped() -> tuple[ShippedModel, ...]:
    """Return every model of the shipped file with its price rows, by provider and name."""
    packed = _packed()
    valid_from = int(datetime.fromisoformat(packed.date).replace(tzinfo=UTC).timestamp())
    return tuple(_model(packed, row, valid_from * 1_000_000) for row in packed.models)


def packed(models: Sequence[PricedModel], *, release: str, file: str, date: str) -> Packed:
    """Return the file for these models; `date` is the day of the release, as YYYY-MM-DD."""
    providers = sorted({model.provider for model in models})
    sources = sorted({model.source for model in models})
    tiers = sorted({price.tier for model in models for price in model.prices})
    modalities = sorted({model.modalities for model in models})
    return Packed(
        release=release,
        file=file,
        date=date,
        providers=providers,
        buckets=list(BUCKETS),
        tiers=tiers,
        sources=sources,
        modalities=modalities,
        models=[
            (
                providers.index(model.provider),
                model.name,
                model.window,
                model.max_output,
                sources.index(model.source),
                [
                    number
                    for price in model.prices
                    for number in (
                        BUCKETS.index(price.bucket),
                        tiers.index(price.tier),
                        price.threshold,
                        price.nano_usd_per_million,
                    )
                ],
                modalities.index(model.modalities),
                model.retires_on,
            )
            for model in models
        ],
    )


@cache
def _packed() -> Packed:
    return msgspec.json.decode(paths.resource(_FILE).read_bytes(), type=Packed)


def _model(packed: Packed, row: _Row, valid_from: int) -> ShippedModel:
    provider, name, window, max_output, source, flat, modalities, retires_on = row
    page = packed.sources[source]
    origin = f"litellm {packed.release} {packed.file}" + (f", {page}" if page else "")
    prices = zip(flat[::4], flat[1::4], flat[2::4], flat[3::4], strict=True)
    return ShippedModel(
        provider=packed.providers[provider],
        name=name,
        window=window,
        max_output=max_output,
        modalities=packed.modalities[modalities],
        retires_on=retires_on,
        source=f"litellm {packed.release}",
        rows=tuple(
            PriceRow(
                bucket=packed.buckets[bucket],
                tier=packed.tiers[tier],
                threshold=threshold,
                nano_usd_per_million=nano_usd,
                valid_from=valid_from,
                source=origin,
            )
            for bucket, tier, threshold, nano_usd in prices
        ),
    )
