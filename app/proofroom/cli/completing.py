"""What Tab offers for a prompt, a model, a provider or a run: read from the workspace."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from proofroom.cli.context import Chosen
from proofroom.domain import run_query
from proofroom.errors import ProofroomError
from proofroom.workspace import machine, opening, prompts, providers, run_list, sample, versions
from proofroom.workspace.run_filter import RunFilter

MOST = 50
"""More than a screen is no help."""
_NAMED = re.compile(r"[a-z]+:")
Found = Iterable[tuple[str, str]]
"""Values with a line about each, which zsh and fish show."""


def prompt(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return names of prompts, and after an @ what can stand there."""
    name, at, _ = begun.partition("@")
    if at:
        return _offered(ctx, begun, lambda db: _states(db, name))
    return _offered(ctx, begun, lambda db: ((one.name, "") for one in prompts.listed(db)))


def model(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return models as PROVIDER/MODEL."""
    return _offered(ctx, begun, lambda db: ((one.full_name, "") for one in providers.models(db)))


def provider(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the workspace's providers."""
    return _offered(ctx, begun, lambda db: ((one.name, one.url) for one in providers.listed(db)))


def run(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the ids of the newest runs with what they are of."""
    return _offered(ctx, begun, _newest)


def query(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the filters of a query of runs, and the values of those that name a thing."""
    sign = "-" if begun.startswith("-") else ""
    field, colon, value = begun.removeprefix("-").partition(":")
    named = {"prompt": prompt, "model": model, "provider": provider}.get(field)
    if colon and named is not None:
        found = named(ctx, parameter, value)
        return [CompletionItem(f"{sign}{field}:{one.value}") for one in found]
    # one with < or > would send the output of the command to a file
    names = (one.partition(":")[0] for one in run_query.FILTERS if _NAMED.match(one))
    return [CompletionItem(f"{sign}{n}:") for n in names if f"{sign}{n}:".startswith(begun)]


def _states(db: sqlite3.Connection, name: str) -> Found:
    yield f"{name}@draft", "the draft"
    for one in versions.of_prompt(db, prompts.by_name(db, name).key):
        yield f"{name}@{one.number}", one.note
        yield from ((f"{name}@{tag}", one.label) for tag in one.tags.split(", ") if tag)


def _newest(db: sqlite3.Connection) -> Found:
    for line in run_list.page(db, RunFilter(), size=MOST):
        yield line.id, f"{line.prompt or ''} {line.model_name}".strip()


def _offered(
    ctx: click.Context, begun: str, read: Callable[[sqlite3.Connection], Found]
) -> list[CompletionItem]:
    """Return what begins as typed; nothing where the command itself will say what is wrong."""
    path = _file(ctx)
    if path is None:
        return []
    try:
        with closing(opening.open_workspace(path, read_only=True).connection) as db:
            fitting = [(v, about) for v, about in read(db) if v.lower().startswith(begun.lower())]
    except ProofroomError:
        return []
    return [CompletionItem(value, help=about or None) for value, about in fitting[:MOST]]


def _file(ctx: click.Context) -> Path | None:
    """Return the workspace that the command would use, if it is there; Tab makes none."""
    given = ctx.find_root().params
    if given.get("sample"):
        path = sample.sample_path()
        return path if path.exists() else None
    if given.get("workspace"):
        try:
            return Chosen(path=Path(given["workspace"])).file()
        except ProofroomError:
            return None
    found = (*machine.load().recent, sample.sample_path())
    return next((path for path in found if path.exists()), None)
