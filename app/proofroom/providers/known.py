"""The providers known by name: the table in resources/providers.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from types import MappingProxyType

import msgspec

from proofroom.domain.known_provider import KnownProvider
from proofroom.domain.provider import Provider
from proofroom.paths import resource

OTHER = ""
"""The name of the row for any server that speaks OpenAI's chat completions."""


@cache
def table() -> MappingProxyType[str, KnownProvider]:
    """Return all rows by name, in the order in which people use them."""
    data = tomllib.loads(resource("providers.toml").read_text("utf-8"))
    rows = msgspec.convert(data["provider"], list[KnownProvider])
    return MappingProxyType({row.name: row for row in rows})


def row_of(provider: Provider) -> KnownProvider:
    """Return the row of a provider, by what it speaks; that of any server for all others."""
    own = provider.dialect or provider.name
    return table().get(own, table()[OTHER])


def provider_of(row: KnownProvider, *, url: str = "", fields: str = "{}") -> Provider:
    """Return the provider that a row describes, at `url`, with `fields` as JSON."""
    return Provider(
        name=row.name,
        adapter=row.adapter,
        dialect=row.dialect or (row.name if row.adapter == "direct" else ""),
        url=url,
        needs_key=row.needs_key,
        fields=fields,
    )
