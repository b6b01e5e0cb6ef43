"""`proofroom providers`: where calls go."""

from __future__ import annotations

import click
from msgspec import structs

from proofroom.cli import output
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.domain.provider import host_of, stays_here
from proofroom.engine import catalogue
from proofroom.workspace import providers


@click.group("providers")
def command() -> None:
    """Show and add where calls go.

    \b
    Examples:
      proofroom providers add openai
      proofroom providers add office --url http://10.0.0.7:8000/v1
    """


@command.command("list")
@click.option("--known", is_flag=True, help="Those that can be added by name alone.")
@output.json_option
@click.pass_obj
def list_providers(chosen: Chosen, *, known: bool, as_json: bool) -> None:
    """Show the providers of this workspace.

    \b
    Example:
      proofroom providers list --known
    """
    if known:
        found = list(catalogue.known())
    else:
        with opened(chosen) as one:
            found = providers.listed(one.connection)
    if as_json:
        output.show_json([_public(provider) for provider in found])
        return
    rows = [
        (one.name, host_of(one), "needed" if one.needs_key else "none needed", str(one.concurrency))
        for one in found
    ]
    heads = ("Provider", "Where text goes", "API key", "Calls at once")
    output.show_table(heads, rows, right="Calls at once", empty="No providers yet.")


@command.command("add", short_help="Add a provider, or change one that is there.")
@click.argument("name")
@click.option("--url", default="", help="Address of a server that speaks OpenAI's form.")
@click.option("--key/--no-key", "needs_key", default=None, help="Whether it needs an API key.")
@click.option("--at-once", type=click.IntRange(1, 1000), help="Calls at once.")
@click.pass_obj
def add_provider(
    chosen: Chosen, name: str, *, url: str, needs_key: bool | None, at_once: int | None
) -> None:
    """Add the provider NAME, known by name or by its --url; one that is there is changed.

    \b
    Examples:
      proofroom providers add openai --at-once 16
      proofroom providers add office --url http://10.0.0.7:8000/v1 --no-key
    """
    with opened(chosen) as found:
        db = writable(found)
        before = {one.name for one in providers.listed(db)}
        added = catalogue.add(db, name, url=url, needs_key=needs_key)
        provider = providers.by_name(db, added.name)
        if at_once is not None:
            providers.put(db, structs.replace(provider, concurrency=at_once))
    models = f" with {output.plural(added.models, 'model')}" if added.models else ""
    goes = "stays on" if stays_here(provider) else "goes to"
    done = "changed" if added.name in before else "added"
    say(f"{added.name} is {done}{models}. Its text {goes} {host_of(provider)}.")
    if added.needs_key:
        say(f"It needs an API key: `proofroom keys set {added.name}`.")


def _public(provider: providers.Provider) -> dict[str, object]:
    return {
        "name": provider.name,
        "url": provider.url,
        "adapter": provider.adapter,
        "host": host_of(provider),
        "needs_key": provider.needs_key,
        "concurrency": provider.concurrency,
        "forbidden": provider.forbidden,
    }
