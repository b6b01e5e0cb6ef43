"""What is known of a provider before it is set up: what it asks for, and how it is tested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from proofroom.domain.provider import Adapter

Auth = Literal["bearer", "api-key", "x-api-key", "x-goog-api-key", "google", "aws"]


class Field(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing a provider asks for; a `secret` goes to the keychain, the rest to the workspace.

    `pattern` is what a value must match whole, `lines` says that it has several lines, `model`
    that it is the name of a model, `place` that it is the region of the provider's servers.
    """

    name: str
    label: str
    secret: bool = False
    required: bool = True
    example: str = ""
    help: str = ""
    pattern: str = ""
    lines: bool = False
    model: bool = False
    place: bool = False


class Probe(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cheapest call that tells whether a provider works; see resources/providers.toml."""

    path: str
    counts: str | None = None
    auth: Auth = "bearer"
    headers: dict[str, str] = {}
    body: str = ""
    model: str = ""
    account: str = ""
    spent: dict[str, Any] = {}


class KnownProvider(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the table; `name` is '' for any server that speaks OpenAI's form.

    `url` may hold {fields}; `home` is where litellm's own calls go without an address, `owned_by`
    what a server on this laptop says in its list of models, by which it is told from others.
    """

    name: str
    title: str
    adapter: Adapter
    probe: Probe
    source: str
    dialect: str = ""
    url: str = ""
    home: str = ""
    fields: tuple[Field, ...] = ()
    key_page: str = ""
    model_label: str = "Model"
    owned_by: str = ""

    @property
    def plain(self) -> tuple[Field, ...]:
        """The fields that a workspace keeps."""
        return tuple(one for one in self.fields if not one.secret)

    @property
    def secrets(self) -> tuple[Field, ...]:
        """The fields that only a keychain keeps."""
        return tuple(one for one in self.fields if one.secret)

    @property
    def needs_key(self) -> bool:
        """Whether it cannot be asked without a secret."""
        return any(one.required for one in self.secrets)

    def address(self, values: Mapping[str, str]) -> str:
        """Return the base address with `values` in place of its {fields}."""
        found = self.url
        for name, value in values.items():
            found = found.replace(f"{{{name}}}", value.rstrip("/"))
        return found.replace("://global-", "://")  # Google's servers of no region
