"""Takes a provider and what the shipped catalogue knows of its models into a workspace."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlsplit

from msgspec import structs

from proofroom.domain.known_provider import KnownProvider
from proofroom.domain.provider import Provider, host_of, is_loopback
from proofroom.engine.protocol import Added
from proofroom.errors import ProofroomError
from proofroom.providers import prices_source
from proofroom.providers.known import OTHER, provider_of, row_of, table
from proofroom.workspace import machine, providers, settings
from proofroom.workspace.providers import Offer

FIELD = "--field "
_TAKEN = "catalogue"
"""The workspace's setting that holds the release of the price file it has."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


def known() -> tuple[KnownProvider, ...]:
    """Return what is known of providers, in the order people use them; the last is any server."""
    return tuple(table().values())


def add(  # noqa: PLR0913 - what a person can say of a provider
    db: sqlite3.Connection,
    name: str,
    *,
    url: str = "",
    needs_key: bool | None = None,
    fields: Mapping[str, str] = MappingProxyType({}),
    models: Sequence[str] = (),
) -> Added:
    """Add a provider with its models and their prices, or give one another address or fields.

    Its API key may go to that address from now on. Without `needs_key` a server on this laptop
    needs none. How many calls it makes at once stays, and so does whether it is forbidden. Raises
    ProofroomError for a name, an address or a field that cannot be used, or is missing.
    """
    provider = described(db, name, url=url, needs_key=needs_key, fields=fields)
    name, url = provider.name, _base(url)
    saved = providers.put(db, provider)
    if url or fields or name in table():  # one that only the workspace says is not confirmed
        machine.confirm(name, saved.url)
    offers = _offers(name)
    named = {one.name: fields.get(one.name, "") for one in row_of(provider).plain if one.model}
    listed = [Offer(name=one, source=host_of(saved)) for one in (*named.values(), *models) if one]
    if not url:
        listed += offers
    if listed:
        providers.offer(db, name, listed)
    return Added(
        name=name, url=saved.url, needs_key=saved.needs_key, models=len({o.name for o in listed})
    )


def described(
    db: sqlite3.Connection,
    name: str,
    *,
    url: str = "",
    needs_key: bool | None = None,
    fields: Mapping[str, str] = MappingProxyType({}),
) -> Provider:
    """Return a provider as `add` would keep it; raises ProofroomError as that does."""
    name, url = name.strip().lower(), _base(url)
    there = next((one for one in providers.listed(db) if one.name == name), None)
    provider = _provider(name, url, there, fields)
    if there is not None:
        provider = structs.replace(
            provider, key=there.key, concurrency=there.concurrency, forbidden=there.forbidden
        )
    return provider if needs_key is None else structs.replace(provider, needs_key=needs_key)


def brought_up(db: sqlite3.Connection) -> str:
    """Take what a new shipped price file says of the models here; return its release.

    Only of providers at their own address: another one has prices of its own.
    """
    release = prices_source.release()
    if settings.get(db, _TAKEN, "") == release:
        return release
    for one in providers.listed(db):
        row = table().get(one.name)
        home = row is not None and one.url == row.address(_fields(one, row))
        if home and (offers := _offers(one.name)):
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


def _fields(provider: Provider, row: KnownProvider) -> dict[str, str]:
    return {one.name: provider.field(one.name) for one in row.plain}


def _base(url: str) -> str:
    """Return an address without what each call adds to it."""
    return url.strip().rstrip("/").removesuffix("/chat/completions").rstrip("/")


def _provider(name: str, url: str, there: Provider | None, fields: Mapping[str, str]) -> Provider:
    if _NAME.fullmatch(name) is None or name == providers.EMBEDDED.name:
        raise ProofroomError(
            f"“{name}” cannot be a provider's name",
            where="the name",
            fix="Use small letters, digits, dots and hyphens, at most 40; “local” is taken.",
        )
    row = table().get(name)
    if row is None:
        return _own(name, url, there)
    if there is not None and not url and not fields:
        return there if row.plain else provider_of(row, url=row.url)
    kept = {one.name: there.field(one.name) for one in row.plain} if there is not None else {}
    values = checked_fields(row, {**kept, **fields}, url=url)
    at = url or row.address(values)
    if at:
        _host(at)
    saved = {one.name: values[one.name] for one in row.plain if values.get(one.name)}
    text = json.dumps({key: value for key, value in saved.items() if not _is_model(row, key)})
    return provider_of(row, url=at, fields=text)


def _own(name: str, url: str, there: Provider | None) -> Provider:
    """Return a server that is known by its address alone."""
    if not url:
        if there is not None:
            return there
        names = ", ".join(one.name for one in known() if one.name)
        raise ProofroomError(
            f"“{name}” is not known by name",
            where="the list of providers",
            fix=f"Give its address with --url. Known by name: {names}.",
        )
    local = is_loopback(_host(url))
    return structs.replace(provider_of(table()[OTHER], url=url), name=name, needs_key=not local)


def checked_fields(
    row: KnownProvider, given: Mapping[str, str], *, url: str = ""
) -> dict[str, str]:
    """Return the fields of a provider without white space around them.

    A field that stands in the address alone is not asked for where `url` is given. Raises
    ProofroomError for one that is missing, malformed or secret: those are for the keychain.
    """
    plain = {one.name: one for one in row.plain}
    for name in given:
        if name not in plain:
            raise ProofroomError(
                f"{row.title} asks for no field “{name}”",
                where="the fields",
                fix=f"It has {', '.join(plain) or 'none'}. Keys go to the keychain.",
            )
    values = {name: given.get(name, "").strip() for name in plain}
    for name, field in plain.items():
        value, example = values[name], f"for example {field.example}"
        needed = field.required and not (url and f"{{{name}}}" in row.url)
        if needed and not value:
            raise ProofroomError(
                f"{row.title} needs “{field.label}”",
                where=f"{FIELD}{name}",
                fix=f"Give it, {example}.",
            )
        if value and field.pattern and re.fullmatch(field.pattern, value.rstrip("/")) is None:
            raise ProofroomError(
                f"“{value}” is not the {field.label.lower()} of {row.title}",
                where=f"{FIELD}{name}",
                fix=f"Write it as its pages do, {example}.",
            )
    return values


def _is_model(row: KnownProvider, name: str) -> bool:
    return any(one.name == name and one.model for one in row.plain)


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
