"""Whether a provider can be reached: tests of its connection, and servers of this laptop."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from proofroom.domain import figures
from proofroom.domain.provider import Provider, stays_here
from proofroom.domain.run import Problem
from proofroom.engine import catalogue, protocol, refusals
from proofroom.engine.plan import refusal
from proofroom.errors import ProofroomError
from proofroom.providers import connection_test, discovery
from proofroom.providers.connection import Network
from proofroom.providers.known import row_of
from proofroom.workspace import providers


class Wanted(Struct, frozen=True, kw_only=True):
    """The provider that a request means, and why it must not be asked, if so."""

    provider: Provider
    refused: Problem | None = None


def wanted(db: sqlite3.Connection, request: protocol.TestProvider) -> Wanted:
    """Return what is to be tested.

    Raises ProofroomError if this workspace has no such provider and none can be made of it.
    """
    if request.url or request.fields or not _is_there(db, request.name):
        provider = catalogue.described(
            db,
            request.name,
            url=request.url,
            needs_key=request.needs_key,
            fields=request.fields,
        )
    else:
        provider = providers.by_name(db, request.name)
        if request.api_key and request.address != provider.url:
            return Wanted(provider=provider, refused=refusals.moved(provider))
    if provider.adapter == "embedded":
        raise _is_own()
    refused = refusal(db, provider)
    if refused is None and provider.needs_key and not request.api_key:
        refused = refusals.no_key(provider)
    return Wanted(provider=provider, refused=refused)


async def tested(ready: Wanted, request: protocol.TestProvider) -> protocol.Tested:
    """Make the call, unless it is refused here, and say in words how it went."""
    if ready.refused is not None:
        return _failed(ready.refused)
    network = Network(ca_file=request.ca_file)
    key = request.api_key or None
    outcome = await connection_test.outcome_of(ready.provider, key, network, request.model)
    if outcome.problem is not None:
        return _failed(outcome.problem)
    return protocol.Tested(
        title=f"{ready.provider.name} works",
        detail=_words(ready.provider, outcome, request.model),
        models=outcome.models,
    )


async def found(request: protocol.Discover) -> protocol.Found:
    """Return the model servers that run on this laptop."""
    return protocol.Found(
        servers=tuple(
            protocol.Server(name=one.row.name, title=one.row.title, url=one.url, models=one.models)
            for one in await discovery.found(request.ports)
        )
    )


def _words(provider: Provider, outcome: connection_test.Outcome, model: str) -> str:
    if model:
        return f"{model} answered with one token."
    takes = "It answers" if not provider.needs_key else "It takes the key"
    if outcome.models is None:
        return f"{takes}."
    label = row_of(provider).model_label.lower() if not stays_here(provider) else "model"
    if label == "deployment":  # the list there is of what could be deployed
        return f"{takes}. Test a deployment by its name: its list does not say which there are."
    return f"{takes}: {figures.plural(len(outcome.models), 'model')}."


def _failed(problem: Problem) -> protocol.Tested:
    return protocol.Tested(failure=problem.failure, title=problem.title, detail=problem.detail)


def _is_there(db: sqlite3.Connection, name: str) -> bool:
    return any(one.name == name for one in providers.listed(db))


def _is_own() -> ProofroomError:
    return ProofroomError(
        "The embedded model is no provider to be reached",
        where="this laptop",
        fix="Ask it something: nothing leaves this laptop.",
    )
