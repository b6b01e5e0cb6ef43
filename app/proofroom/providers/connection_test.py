"""Tests a provider's connection with the cheapest call it has, and says how it is."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import msgspec
from msgspec import Struct
from yarl import URL

from proofroom.domain.known_provider import KnownProvider, Probe
from proofroom.domain.message import text_message
from proofroom.domain.provider import Model, Provider
from proofroom.domain.run import Problem
from proofroom.domain.version import Settings
from proofroom.errors import ProofroomError
from proofroom.providers import adapters, failures
from proofroom.providers.adapter import Call, Collector, Failed
from proofroom.providers.connection import Connection, Network, Outgoing
from proofroom.providers.credentials import Credentials, aws_headers
from proofroom.providers.known import row_of
from proofroom.redact import secret_fields

LIMIT_S = 20.0
_OK = 200
_NOT_FOUND = 404
_MOST = 4 * 1024 * 1024


class Outcome(Struct, frozen=True, kw_only=True):
    """How a test ended: the `models` that the provider lists (None: it has no list), or why not."""

    models: tuple[str, ...] | None = None
    problem: Problem | None = None


async def outcome_of(provider: Provider, key: str | None, network: Network, model: str) -> Outcome:
    """Ask for the list of models, or for one token of `model` if that is given.

    Nothing is billed but that token. A provider that does not answer within 20 s is told as such.
    """
    try:
        async with asyncio.timeout(LIMIT_S):
            if model:
                return await _answered(provider, key, network, model)
            return await _listed(provider, key, network)
    except Failed as failed:
        return Outcome(problem=failed.problem)
    except TimeoutError:
        return Outcome(problem=_silent(provider))
    except ProofroomError as error:  # a provider whose form cannot hold the question
        return Outcome(problem=_problem("refused_request", error.what, error.fix))


async def _answered(provider: Provider, key: str | None, network: Network, model: str) -> Outcome:
    adapter = adapters.adapter_for(provider, network)
    call = Call(
        provider=provider,
        model=Model(provider=provider.name, name=model),
        messages=(text_message("user", "Hi"),),
        settings=Settings(max_tokens=1),
        stream=False,
    )
    await adapter.ask(call, adapter.request(call), key, Collector(lambda _kind, _text: None))
    return Outcome()


async def _listed(provider: Provider, key: str | None, network: Network) -> Outcome:
    row = row_of(provider)
    asking = _Asking(provider, row, key, Connection(network))
    try:
        if row.probe.account:
            told = await asking.answer(row.probe.account)
            for place, value in row.probe.spent.items():
                if _at(told, place) == value:
                    return Outcome(problem=_no_credit(row))
        found = await asking.answer(row.probe.path)
    except Failed as failed:
        raise Failed(_plainer(failed.problem, provider, row)) from failed
    finally:
        await asking.connection.close()
    if row.probe.counts is None:
        return Outcome()
    return Outcome(models=_names(_at(found, row.probe.counts)))


class _Asking:
    """The calls of one test."""

    def __init__(
        self, provider: Provider, row: KnownProvider, key: str | None, connection: Connection
    ) -> None:
        self._provider, self._row, self._key = provider, row, key
        self.connection = connection
        self._credentials = Credentials(connection)
        model = Model(provider=provider.name, name=row.probe.model)
        self._call = Call(provider=provider, model=model, messages=(), answer_limit=_MOST)

    async def answer(self, path: str) -> dict[str, Any]:
        """Return what is answered at `path`, a list under the name ''; raises Failed."""
        probe = self._row.probe
        out = Outgoing(
            url=_place(self._provider, self._row, path),
            headers={"Accept": "application/json", "User-Agent": "proofroom"} | probe.headers,
            body=probe.body.encode(),
            method="POST" if probe.body else "GET",
        )
        headers = dict(out.headers) | await self._authorization(probe, out)
        if probe.body:
            headers["Content-Type"] = "application/json"
        out = msgspec.structs.replace(out, headers=headers)
        reply = await self.connection.send(self._call, out, self._key)
        body, failed = b"", None
        try:
            while piece := await reply.read():
                body += piece
            await reply.finish()
        except Failed as error:
            failed = error
        finally:
            reply.close()
        if reply.status != _OK:
            raise failures.from_status(self._call, reply.status, reply.headers, body, self._key)
        if failed is not None:
            raise failed
        return self._read(body)

    def _read(self, body: bytes) -> dict[str, Any]:
        try:
            found = msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            raise failures.not_an_api(self._call, _OK, body, self._key) from error
        if isinstance(found, dict) and "error" not in found:
            return cast("dict[str, Any]", found)
        if isinstance(found, list):
            return {"": found}
        raise failures.not_an_api(self._call, _OK, body, self._key)

    async def _authorization(self, probe: Probe, out: Outgoing) -> dict[str, str]:
        key = self._key
        if probe.auth == "aws" and key and secret_fields(key):
            return aws_headers(out, self._provider.field("region") or "us-east-1", key)
        auth = "bearer" if probe.auth == "aws" else probe.auth
        return await self._credentials.headers(self._call, auth, key)


def _place(provider: Provider, row: KnownProvider, path: str) -> URL:
    """Return the address of a test's call; Bedrock lists its models at another host than it asks.

    Azure's older form has its list beside the deployments.
    """
    base = (provider.url or row.home).strip().rstrip("/")
    base = base.replace("://bedrock-runtime.", "://bedrock.", 1)
    if version := provider.field("api_version"):
        base, path = base.removesuffix("/v1"), f"{path}?api-version={version}"
    return URL(f"{base}/").join(URL(path.replace("{model}", row.probe.model)))


def _plainer(problem: Problem, provider: Provider, row: KnownProvider) -> Problem:
    """Say of a failure what it means where nothing but the connection was tested."""
    place = next((one for one in row.fields if one.place and provider.field(one.name)), None)
    value = provider.field(place.name) if place else ""
    # Google has one name for all of them, and answers 404 with a page
    no_place = problem.failure == "not_an_api" and problem.http_status == _NOT_FOUND
    if place is not None and (problem.failure == "name_not_found" or no_place):
        title = f"{row.title} has no {place.label.lower()} “{value}”"
        fix = f"Write it like {place.example}. Nothing was sent."
        return _problem("name_not_found", title, fix)
    if problem.http_status == _NOT_FOUND and row.probe.counts is not None:
        title = f"Not an API answer from {provider.name}"
        fix = "There is no list of models at this address; an API's address often ends with /v1."
        return _problem("not_an_api", title, f"{problem.detail.splitlines()[0]}\n{fix}", _NOT_FOUND)
    if place is not None and problem.failure in ("forbidden", "unknown_model"):
        detail = f"{problem.detail} The {place.label.lower()} is {value}."
        return msgspec.structs.replace(problem, detail=detail)
    return problem


def _names(found: object) -> tuple[str, ...]:
    """Return the names in a list of models, in whichever field they stand."""
    rows = cast("list[object]", found) if isinstance(found, list) else []
    fields = [cast("dict[str, Any]", row) for row in rows if isinstance(row, dict)]
    names = (row.get("id") or row.get("modelId") or row.get("name") for row in fields)
    return tuple(name for name in names if isinstance(name, str))


def _at(found: dict[str, Any], place: str) -> object:
    """Return what stands at a dotted place, None if nothing does."""
    here: object = found
    for name in place.split("."):
        here = cast("dict[str, object]", here).get(name) if isinstance(here, dict) else None
    return here


def _silent(provider: Provider) -> Problem:
    return _problem(
        "no_answer",
        f"{provider.name} does not answer",
        f"Nothing came within {LIMIT_S:g} s. Probe its address and your network.",
    )


def _no_credit(row: KnownProvider) -> Problem:
    return _problem(
        "no_credit", f"Out of credit at {row.title}", "The key is right. Add credit there."
    )


def _problem(failure: Any, title: str, detail: str, status: int | None = None) -> Problem:  # noqa: ANN401 - one of the closed list
    return Problem(failure=failure, title=title, detail=detail, http_status=status, billed="no")
