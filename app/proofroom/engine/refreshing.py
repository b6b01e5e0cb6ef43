"""Brings the catalogue of models up to date: the shipped price file, and lists asked for."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

from proofroom import clock, redact
from proofroom.domain import remedy
from proofroom.domain.provider import Provider, stays_here
from proofroom.engine import catalogue, protocol
from proofroom.errors import ProofroomError
from proofroom.providers import model_lists
from proofroom.providers.connection import Network
from proofroom.workspace import database, file_errors, models, providers, settings
from proofroom.workspace.providers import Offer


def has_list(provider: Provider) -> bool:
    """Tell whether a provider has a list of models that can be asked for."""
    return not provider.forbidden and model_lists.can_be_asked(provider)


async def refreshed(request: protocol.RefreshModels) -> protocol.Refreshed:
    """Carry out a refresh: all lists at once, each written when it has come.

    Raises ProofroomError if the workspace cannot be written; what goes wrong with one provider
    is told beside the others.
    """
    for key in request.api_keys.values():
        redact.remember(key)
    try:
        release, wanted, local_only = await asyncio.to_thread(_prepared, request)
        lists = await asyncio.gather(*(_one(request, one, local_only) for one in wanted))
    finally:
        for key in request.api_keys.values():
            redact.forget(key)
    return protocol.Refreshed(release=release, lists=tuple(lists))


def _prepared(request: protocol.RefreshModels) -> tuple[str, list[Provider], bool]:
    path = Path(request.workspace)
    with file_errors.translated(path), closing(database.connect(path)) as db:
        release = catalogue.brought_up(db)
        wanted = [providers.by_name(db, name) for name in request.providers]
        return release, wanted, settings.local_only(db)


async def _one(
    request: protocol.RefreshModels, provider: Provider, local_only: bool
) -> protocol.RefreshedList:
    try:
        _allowed(request, provider, local_only=local_only)
        key = request.api_keys.get(provider.name)
        offers = await model_lists.asked(provider, key, Network(ca_file=request.ca_file))
        taken = await asyncio.to_thread(_taken, Path(request.workspace), provider.name, offers)
    except ProofroomError as error:
        fault = protocol.Fault(what=error.what, where=error.where, fix=error.fix)
        return protocol.RefreshedList(provider=provider.name, problem=fault)
    return protocol.RefreshedList(
        provider=provider.name,
        models=taken.models,
        new=taken.new,
        gone=taken.gone,
        back=taken.back,
    )


def _allowed(request: protocol.RefreshModels, provider: Provider, *, local_only: bool) -> None:
    """Raise ProofroomError where the workspace or the address forbids to ask."""
    where = "this workspace"
    if provider.forbidden:
        raise ProofroomError(
            f"This workspace forbids {provider.name}", where=where, fix="Nothing was asked."
        )
    if local_only and not stays_here(provider):
        raise ProofroomError(
            "This workspace is local-only",
            where=where,
            fix=f"{provider.name} is not on this laptop and was not asked. Lift the limit "
            f"{remedy.PRIVACY}.",
        )
    key = request.api_keys.get(provider.name)
    if key and request.addresses.get(provider.name) != provider.url:
        raise ProofroomError(
            f"The address of {provider.name} has changed",
            where=where,
            fix="Its API key was given for another address and was not sent. Refresh again.",
        )


def _taken(path: Path, provider: str, offers: tuple[Offer, ...]) -> models.Taken:
    with file_errors.translated(path), closing(database.connect(path)) as db:
        return models.take_list(db, provider, offers, at=clock.now())
