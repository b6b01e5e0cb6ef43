"""The known providers as the tests of adapters and of the catalogue want them."""

from __future__ import annotations

import json

from proofroom.domain.known_provider import KnownProvider
from proofroom.domain.provider import Provider
from proofroom.providers.known import provider_of, table
from proofroom.workspace.providers import EMBEDDED


def example_fields(row: KnownProvider) -> dict[str, str]:
    """Return what a row asks for besides its key, as its own examples say."""
    return {one.name: one.example for one in row.plain if one.required}


def _provider(row: KnownProvider) -> Provider:
    fields = example_fields(row)
    return provider_of(row, url=row.address(fields), fields=json.dumps(fields))


PROVIDERS = {"local": EMBEDDED} | {name: _provider(row) for name, row in table().items() if name}
"""Every provider known by name, with the examples of its fields, and the embedded model."""
