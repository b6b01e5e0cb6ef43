"""`proofroom providers`: where calls go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import click
from msgspec import structs

from proofroom.cli import asked_keys, completing, output, typed
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.domain import remedy, setting
from proofroom.domain.known_provider import KnownProvider
from proofroom.domain.provider import Provider, host_of, stays_here
from proofroom.engine import catalogue, protocol
from proofroom.engine.core import Engine
from proofroom.errors import ProofroomError
from proofroom.workspace import machine, providers

_FIELD = 'A field it asks for besides its key, as "name=value".'


@click.group("providers")
def command() -> None:
    """Show, add and test where calls go.

    \b
    Examples:
      proofroom providers add openai
      proofroom providers add bedrock --field region=us-east-1
      proofroom providers add office --url http://10.0.0.7:8000/v1
      proofroom providers test openai
      proofroom providers discover
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
        _show_known([row for row in catalogue.known() if row.name], as_json=as_json)
        return
    with opened(chosen) as one:
        found = in_order(providers.listed(one.connection))
    if as_json:
        output.show_json([_public(provider) for provider in found])
        return
    rows = [
        (
            one.name,
            "forbidden here" if one.forbidden else host_of(one),
            "needed" if one.needs_key else "none needed",
            str(one.concurrency),
        )
        for one in found
    ]
    heads = ("Provider", "Where text goes", "API key", "Calls at once")
    output.show_table(heads, rows, right="Calls at once", empty="No providers yet.")


def in_order(found: Iterable[Provider]) -> list[Provider]:
    """Return providers in the order in which people use them; others follow by name."""
    order = {row.name: at for at, row in enumerate(catalogue.known()) if row.name}
    return sorted(found, key=lambda one: (order.get(one.name, len(order)), one.name))


@command.command("add", short_help="Add a provider, or change one that is there.")
@click.argument("name")
@click.option("--url", default="", help="Address of a server that speaks OpenAI's form.")
@click.option("--field", "given", multiple=True, metavar="NAME=VALUE", help=_FIELD)
@click.option("--key/--no-key", "needs_key", default=None, help="Whether it needs an API key.")
@click.option("--at-once", type=click.IntRange(1, 1000), help="Calls at once.")
@click.pass_obj
def add_provider(  # noqa: PLR0913 - its options
    chosen: Chosen,
    name: str,
    *,
    url: str,
    given: tuple[str, ...],
    needs_key: bool | None,
    at_once: int | None,
) -> None:
    """Add the provider NAME, known by name or by its --url; one that is there is changed.

    \b
    Examples:
      proofroom providers add openai --at-once 16
      proofroom providers add bedrock --field region=us-east-1
      proofroom providers add azure --field endpoint=https://mine.openai.azure.com
      proofroom providers add office --url http://10.0.0.7:8000/v1 --no-key
    """
    fields = _fields(given)
    with opened(chosen) as found:
        db = writable(found)
        before = {one.name: one for one in providers.listed(db)}
        if name not in before:
            fields = _asked_for(name, fields, url)
        added = catalogue.add(db, name, url=url, needs_key=needs_key, fields=fields)
        provider = providers.by_name(db, added.name)
        if at_once is not None:
            providers.put(db, structs.replace(provider, concurrency=at_once))
    models = f" with {output.plural(added.models, 'model')}" if added.models else ""
    goes = "stays on" if stays_here(provider) else "goes to"
    done = "changed" if added.name in before else "added"
    say(f"{added.name} is {done}{models}. Its text {goes} {host_of(provider)}.")
    if added.needs_key:
        say(f"It needs an API key: `proofroom keys set {added.name}`.")


@command.command("test", short_help="Make a provider's cheapest call.")
@click.argument("name", shell_complete=completing.provider)
@click.option("--model", default="", help="Ask this model for one token, which costs a little.")
@output.json_option
@click.pass_obj
def test_provider(chosen: Chosen, name: str, *, model: str, as_json: bool) -> None:
    """Ask the provider NAME for its list of models, which costs nothing, and say how it went.

    \b
    Examples:
      proofroom providers test openai
      proofroom providers test azure --model gpt-4o-mini
    """
    with opened(chosen) as found:
        provider = providers.by_name(found.connection, name)
        kept = machine.load()
        keys = asked_keys.for_providers(found.connection, [name], kept)
        path = found.path
    request = protocol.TestProvider(
        workspace=str(path),
        name=name,
        api_key=keys.values.get(name, ""),
        address=provider.url,
        model=model,
        ca_file=kept.value(setting.CA_FILE),
    )
    show_tested(name, tested(request), as_json=as_json)


@command.command("discover", short_help="Find model servers that run on this laptop.")
@click.option("--port", "ports", multiple=True, type=click.IntRange(1, 65535), help="Look here.")
@output.json_option
def discover(*, ports: tuple[int, ...], as_json: bool) -> None:
    """Look for Ollama, LM Studio, vLLM and llama.cpp on this laptop; nothing leaves it.

    \b
    Examples:
      proofroom providers discover
      proofroom providers discover --port 9000
    """
    found = asyncio.run(_discovered(ports)).servers
    if as_json:
        output.show_json([structs.asdict(one) for one in found])
        return
    rows = [(one.title, one.url, str(len(one.models)), _way_in(one)) for one in found]
    heads = ("Server", "Address", "Models", "To add it")
    output.show_table(heads, rows, right="Models", empty="No model server runs on this laptop.")


@command.command("forbid", short_help="Let nothing of this workspace go to a provider.")
@click.argument("name", shell_complete=completing.provider)
@click.pass_obj
def forbid(chosen: Chosen, name: str) -> None:
    """Let nothing of this workspace go to the provider NAME: the engine refuses each call.

    \b
    Example:
      proofroom providers forbid deepseek
    """
    with opened(chosen) as found:
        providers.forbid(writable(found), name, forbidden=True)
    say(f"Nothing of this workspace goes to {name} from now on.")


@command.command("allow", short_help="Let calls go to a provider again.")
@click.argument("name", shell_complete=completing.provider)
@click.pass_obj
def allow(chosen: Chosen, name: str) -> None:
    """Let calls go to the provider NAME again.

    \b
    Example:
      proofroom providers allow deepseek
    """
    with opened(chosen) as found:
        providers.forbid(writable(found), name, forbidden=False)
    say(f"{name} may be asked again.")


def tested(request: protocol.TestProvider) -> protocol.Tested:
    """Return how a test ends, made by an engine of its own."""

    async def ask() -> protocol.Tested:
        engine = Engine(lambda _: None)
        try:
            return await engine.test_provider(request)
        finally:
            await engine.close()

    return asyncio.run(ask())


def show_tested(name: str, found: protocol.Tested, *, as_json: bool) -> None:
    """Print how a test ended; raises ProofroomError for one that failed."""
    detail = remedy.in_terminal(found.detail, name)
    if as_json:
        output.show_json(
            {
                "provider": name,
                "works": not found.failure,
                "failure": found.failure,
                "title": found.title,
                "detail": detail,
                "models": found.models,
            }
        )
    elif not found.failure:
        click.echo(f"{found.title}. {detail}")
    if found.failure:
        raise ProofroomError(found.title, where=name, fix=detail)


async def _discovered(ports: tuple[int, ...]) -> protocol.Found:
    engine = Engine(lambda _: None)
    try:
        return await engine.discover(protocol.Discover(ports=ports))
    finally:
        await engine.close()


def _way_in(one: protocol.Server) -> str:
    known = {row.name: row.url for row in catalogue.known()}
    if not one.name:
        return f"proofroom providers add NAME --url {one.url}"
    at = "" if known[one.name] == one.url else f" --url {one.url}"
    return f"proofroom providers add {one.name}{at}"


def _fields(given: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign:
            raise click.BadParameter("is written name=value", param_hint="--field")
        found[name.strip()] = value
    return found


def _asked_for(name: str, given: Mapping[str, str], url: str) -> dict[str, str]:
    """Return the fields, with those that a person on a terminal is asked for."""
    found = dict(given)
    row = next((one for one in catalogue.known() if one.name and one.name == name), None)
    if row is None or url or not typed.is_person():
        return found
    for field in row.plain:
        if field.name not in found and field.required:
            example = f" (for example {field.example})" if field.example else ""
            found[field.name] = click.prompt(f"{field.label}{example}", err=True)
    return found


def _show_known(found: list[KnownProvider], *, as_json: bool) -> None:
    if as_json:
        output.show_json([_known(row) for row in found])
        return
    rows = [
        (row.name, row.title, ", ".join(_written(row)) or "nothing", row.key_page) for row in found
    ]
    output.show_table(("Name", "Provider", "It asks for", "Where a key is made"), rows, empty="")


def _written(row: KnownProvider) -> list[str]:
    return [f"{one.label}{'' if one.required else ' (optional)'}" for one in row.fields]


def _known(row: KnownProvider) -> dict[str, object]:
    return {
        "name": row.name,
        "title": row.title,
        "url": row.url or row.home,
        "needs_key": row.needs_key,
        "fields": [
            {"name": one.name, "secret": one.secret, "required": one.required} for one in row.fields
        ],
        "key_page": row.key_page,
        "source": row.source,
    }


def _public(provider: Provider) -> dict[str, object]:
    return {
        "name": provider.name,
        "url": provider.url,
        "adapter": provider.adapter,
        "host": host_of(provider),
        "needs_key": provider.needs_key,
        "concurrency": provider.concurrency,
        "forbidden": provider.forbidden,
        "key": provider.key_name if provider.key_added_at else "",
    }
