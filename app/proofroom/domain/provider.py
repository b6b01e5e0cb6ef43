"""Providers and their models: where calls go, and under which name."""

from __future__ import annotations

import ipaddress
import json
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from proofroom.errors import ProofroomError

Adapter = Literal["direct", "litellm", "embedded"]
DEFAULT_KEY = "default"
_HERE = "this laptop"


class Provider(Struct, frozen=True, kw_only=True):
    """Where calls go: `url` is the base address ('' for litellm's own and the embedded model).

    `fields` is JSON of what it asks for besides (a region, a project); the `key_` fields tell of
    the API key that is chosen for it: the name it is kept under, the variable that holds it.
    """

    name: str
    adapter: Adapter
    dialect: str = ""
    url: str = ""
    needs_key: bool = True
    concurrency: int = 8
    forbidden: bool = False
    fields: str = "{}"
    key_name: str = DEFAULT_KEY
    key_added_at: int | None = None
    key_variable: str = ""
    key: int = 0

    def field(self, name: str) -> str:
        """Return what was given for a field, '' if nothing was."""
        found: dict[str, object] = json.loads(self.fields)
        return str(found.get(name, ""))


class Model(Struct, frozen=True, kw_only=True):
    """A provider's model; `name` is what the provider calls it, `favourite` is 0 or 1."""

    provider: str
    name: str
    path: str = ""
    window: int | None = None
    max_output: int | None = None
    favourite: int = 0
    key: int = 0

    @property
    def full_name(self) -> str:
        """Return `provider/name`, the form that people type."""
        return f"{self.provider}/{self.name}"


def split_model(text: str) -> tuple[str, str]:
    """Return provider and name of `provider/name`.

    Raises ProofroomError if either is missing.
    """
    provider, slash, name = text.strip().partition("/")
    if not (slash and provider and name):
        raise ProofroomError(
            f"“{text}” does not name a model",
            where="the model",
            fix="Write PROVIDER/MODEL, for example local/smollm2 or openai/gpt-4o-mini.",
        )
    return provider, name


def host_of(provider: Provider) -> str:
    """Return where a provider's text goes, for people: a host, or 'this laptop'."""
    if stays_here(provider):
        return _HERE
    # a workspace from elsewhere may call its provider anything
    name = provider.name if provider.name != _HERE else f"“{provider.name}”"
    return _host(provider.url) or name


def goes_home(provider: Provider) -> bool:
    """Tell whether calls go where the provider's own name says, by no address of a workspace."""
    named = provider.dialect in {"", provider.name}
    return provider.adapter == "litellm" and not provider.url and named


def stays_here(provider: Provider) -> bool:
    """Tell whether calls to this provider stay on this laptop."""
    return provider.adapter == "embedded" or is_loopback(_host(provider.url))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # no address at all, such as http://[x
        return ""


def is_loopback(host: str) -> bool:
    """Tell whether `host` (a name or an address) is this machine's loopback, by name alone."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
