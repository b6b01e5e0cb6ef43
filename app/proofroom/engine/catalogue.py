"""Takes a provider and what the shipped catalogue knows of its models into a workspace."""

from __future__ import annotations

import re
import sqlite3
from urllib.parse import urlsplit

from msgspec import structs

from proofroom.domain.provider import Provider, is_loopback
from proofroom.engine.protocol import Added
from proofroom.errors import ProofroomError
from proofroom.providers import prices_source
from proofroom.providers.dialects import PROVIDERS
from proofroom.workspace import machine, providers, settings
from proofroom.workspace.providers import Offer

_TAKEN = "catalogue"
"""The workspace's setting that holds the release of the price file it has."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


def known() -> tuple[Provider, ...]:
    """Return the providers that need no address, without the embedded one."""
    return tuple(one for one in PROVIDERS.values() if one.adapter != "embedded")


def add(
    db: sqlite3.Connection, name: str, *, url: str = "", needs_key: bool | None = None
) -> Added:
    """Add a provider with its models and their prices, or give one another address.

    Its API key may go to that address from now on. Without `needs_key` a server on this laptop
    needs none. How many calls it makes at once stays. Raises ProofroomError for a name or an
    address that cannot be used.
    """
    name, url = name.strip().lower(), _base(url)
    there = next((one for one in providers.listed(db) if one.name == name), None)
    provider = _provider(name, url, there)
    if there is not None:
        provider = structs.replace(provider, concurrency=there.concurrency)
    if needs_key is not None:
        provider = structs.replace(provider, needs_key=needs_key)
    saved = providers.put(db, provider)
    if url or name in PROVIDERS:  # an address that only the workspace says is not confirmed by this
        machine.confirm(name, saved.url)
    offers = _offers(name)
    if offers and not url:
        providers.offer(db, name, offers)
    return Added(
        name=name, url=saved.url, needs_key=saved.needs_key, models=len(offers) if not url else 0
    )


def brought_up(db: sqlite3.Connection) -> str:
    """Take what a new shipped price file says of the models here; return its release.

    Only of providers at their own address: another one has prices of its own.
    """
    release = prices_source.release()
    if settings.get(db, _TAKEN, "") == release:
        return release
    for one in providers.listed(db):
        home = PROVIDERS.get(one.name)
        if home is not None and one.url == home.url and (offers := _offers(one.name)):
            providers.offer(db, one.name, offers)
    settings.put(db, _TAKEN, release)
    return release


def _offers(provider: str) -> list[Offer]:
    return [
        Offer(
            name=model.name,
            window=model.window,
            max_output=model.max_output,
            modalities=model.modalities,
            retires_on=model.retires_on,
            prices=model.rows,
            source=model.source,
        )
        for model in prices_source.shipped()
        if model.provider == provider
    ]


def _base(url: str) -> str:
    """Return an address without what each call adds to it."""
    return url.strip().rstrip("/").removesuffix("/chat/completions").rstrip("/")


def _provider(name: str, url: str, there: Provider | None) -> Provider:
    if _NAME.fullmatch(name) is None or name == providers.EMBEDDED.name:
        raise ProofroomError(
            f"“{name}” cannot be a provider's name",
            where="the name",
            fix="Use small letters, digits, dots and hyphens, at most 40; “local” is taken.",
        )
    ready = PROVIDERS.get(name)
    if not url:
        found = ready or there
        if found is not None:
            return found
        names = ", ".join(one.name for one in known())
        raise ProofroomError(
            f"“{name}” is not known by name",
            where="the list of providers",
            fix=f"Give its address with --url. Known by name: {names}.",
        )
    host = _host(url)
    if ready is not None and ready.adapter == "direct":
        return structs.replace(ready, url=url)
    return Provider(
        name=name,
        adapter="direct",
        dialect="compatible",
        url=url,
        needs_key=not is_loopback(host),
    )


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError as error:
        raise _bad(url, str(error)) from error
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise _bad(url, "it must begin with http:// or https:// and name a host")
    if parts.username or parts.password:
        hidden = f"{parts.scheme}://…@{parts.netloc.rpartition('@')[2]}"
        raise _bad(hidden, "it holds a password; keys go to the keychain")
    if parts.query or parts.fragment:
        hidden = url.partition("?")[0].partition("#")[0] + "?…"
        raise _bad(hidden, "nothing can follow its path; keys go to the keychain")
    return host


def _bad(url: str, why: str) -> ProofroomError:
    return ProofroomError(
        f"“{url}” is not an address that can be used ({why})",
        where="the address",
        fix="Write it as the provider's documents do, for example http://127.0.0.1:11434/v1.",
    )
