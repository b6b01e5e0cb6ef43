"""`proofroom models`: what can be asked in this workspace, and at which price."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from proofroom import clock
from proofroom.cli import completing, model_prices, model_refresh, output
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.domain import model
from proofroom.domain.figures import UNKNOWN
from proofroom.domain.usage import NANO, PriceRow
from proofroom.engine import catalogue
from proofroom.errors import ProofroomError
from proofroom.workspace import models, opening, prices, providers

_GGUF = b"GGUF"


@click.group("models")
def command() -> None:
    """Show, price and add what can be asked here.

    \b
    Examples:
      proofroom models list --search mini
      proofroom models price openai/gpt-4o-mini --input 0.12 --output 0.48
      proofroom models refresh openai
      proofroom models add qwen ~/models/qwen2.5-3b-q4.gguf
    """


command.add_command(model_prices.price)
command.add_command(model_refresh.refresh)


@command.command("list", short_help="Show the models that can be asked, with their prices.")
@click.option(
    "--provider", default="", help="Only this provider's.", shell_complete=completing.provider
)
@click.option("--search", default="", help="Only names that hold each of these words.")
@click.option("--favourites", is_flag=True, help="Only favourites.")
@output.json_option
@click.pass_obj
def list_models(
    chosen: Chosen, provider: str, search: str, *, favourites: bool, as_json: bool
) -> None:
    """Show the catalogue, favourites first; prices are USD for a million tokens.

    What a provider does not list any more, or is about to retire, is said at the end of its line.

    \b
    Examples:
      proofroom models list --provider openai --search mini
      proofroom models list --favourites --json
    """
    with opened(chosen) as found:
        db = _current(found)
        if provider:
            providers.by_name(db, provider)
        lines = models.listed(db, provider=provider, search=search, favourites=favourites)
    if as_json:
        output.show_json([_public(line) for line in lines])
        return
    rows = [
        (
            line.facts.full_name + (" *" if line.facts.favourite else ""),
            _count(line.facts.window),
            _count(line.facts.max_output),
            _usd(line.input),
            _usd(line.output),
            model.modality_words(line.facts.modalities),
            _notice(line.facts) or line.facts.retires_on,
        )
        for line in lines
    ]
    heads = ("Model", "Window", "Output", "USD in", "USD out", "Takes → gives", "Retirement")
    output.show_table(
        heads, rows, right="Window,Output,USD in,USD out",
        empty="No favourite yet." if favourites and not search else "No model fits.",
    )  # fmt: skip


@command.command("show", short_help="Print all that is known of a model.")
@click.argument("name", metavar="PROVIDER/MODEL", shell_complete=completing.model)
@output.json_option
@click.pass_obj
def show_model(chosen: Chosen, name: str, *, as_json: bool) -> None:
    """Print sizes, modalities, retirement and prices of a model, each with its unit and source.

    \b
    Example:
      proofroom models show openai/gpt-4o-mini
    """
    with opened(chosen) as found:
        db = _current(found)
        facts = models.facts(db, name)
        held = prices.of_model(db, facts.key, clock.now())
        history = prices.history(db, facts.key)
    if as_json:
        line = models.line_of(facts, held)
        rows = {"prices": [_price(row) for row in held], "history": [_price(r) for r in history]}
        output.show_json(_public(line) | rows)
        return
    said = [
        ("Context window", _tokens(facts.window)),
        ("Longest answer", _tokens(facts.max_output)),
        ("Modalities", model.modality_words(facts.modalities) or UNKNOWN),
        ("Retirement", facts.retires_on or "no date known"),
        ("Said by", facts.source or UNKNOWN),
        ("Favourite", "yes" if facts.favourite else "no"),
    ]
    notice = _notice(facts)
    heading = f"{facts.full_name}{': ' if notice else ''}{notice}"
    output.show_text("\n".join([heading, *(f"  {what:<15} {value}" for what, value in said)]))
    output.show_text("")
    model_prices.show(held, empty="No price is known. `proofroom models price` sets your own.")
    holds = {row.key for row in held}
    if rest := [row for row in history if row.key not in holds]:
        output.show_text("\nOther tiers, earlier and later prices:")
        model_prices.show(rest, empty="")


@command.command("favourite", short_help="Put models before the others.")
@click.argument("names", metavar="PROVIDER/MODEL...", nargs=-1, required=True,
                shell_complete=completing.model)  # fmt: skip
@click.pass_obj
def favourite(chosen: Chosen, names: tuple[str, ...]) -> None:
    """Put models before the others, here and wherever the app asks for one.

    \b
    Example:
      proofroom models favourite openai/gpt-4o-mini
    """
    _set_favourite(chosen, names, favourite=True)


@command.command("unfavourite", short_help="Put models back among the others.")
@click.argument("names", metavar="PROVIDER/MODEL...", nargs=-1, required=True,
                shell_complete=completing.model)  # fmt: skip
@click.pass_obj
def unfavourite(chosen: Chosen, names: tuple[str, ...]) -> None:
    """Put models back among the others.

    \b
    Example:
      proofroom models unfavourite openai/gpt-4o-mini
    """
    _set_favourite(chosen, names, favourite=False)


@command.command("add", short_help="Add a model file in GGUF form.")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def add_model(chosen: Chosen, name: str, file: Path) -> None:
    """Add the GGUF file FILE as the model local/NAME; it is read where it lies.

    \b
    Example:
      proofroom models add qwen ~/models/qwen2.5-3b-q4.gguf
    """
    path = file.resolve()
    with path.open("rb") as source:
        if source.read(4) != _GGUF:
            raise ProofroomError(
                "This is not a GGUF file", where=str(path), fix="Choose a model in GGUF form."
            )
    if name == providers.SMOLLM2:
        raise click.UsageError(f"local/{name} is the one that comes with Proofroom.")
    if not name or any(sign.isspace() or sign == "/" or not sign.isprintable() for sign in name):
        raise click.UsageError(f"“{name}” cannot be a model's name.")
    with opened(chosen) as found:
        offer = providers.embedded_offer(name, path=str(path))
        providers.offer(writable(found), providers.EMBEDDED.name, [offer])
    say(f"local/{name} is added. Its text stays on this laptop.")
    say(f"Next: `proofroom compare PROMPT --model local/{name}`.")


def _current(found: opening.Opened) -> sqlite3.Connection:
    """Return the workspace with what this version's price file says; one to read stays as it is."""
    if not found.read_only:
        catalogue.brought_up(found.connection)
    return found.connection


def _set_favourite(chosen: Chosen, names: tuple[str, ...], *, favourite: bool) -> None:
    with opened(chosen) as found:
        db = writable(found)
        keys = [providers.model(db, name).key for name in names]  # all of them, or none
        for key in keys:
            models.set_favourite(db, key, favourite)
    verb = "is a favourite" if len(names) == 1 else "are favourites"
    say(f"{', '.join(names)} {verb}{'' if favourite else ' no longer'}.")


def _notice(facts: models.Facts) -> str:
    return models.notice_of(facts, clock.local(clock.now()).date())


def _public(line: models.Line) -> dict[str, object]:
    facts = line.facts
    return {
        "model": facts.full_name,
        "window": facts.window,
        "max_output": facts.max_output,
        "modalities": facts.modalities,
        "retires_on": facts.retires_on or None,
        "gone_since": output.iso(facts.gone_at),
        "favourite": bool(facts.favourite),
        "input_usd": _dollars(line.input),
        "output_usd": _dollars(line.output),
        "own_price": line.own,
        "source": facts.source,
    }


def _price(row: PriceRow) -> dict[str, object]:
    return {
        "bucket": row.bucket,
        "tier": row.tier,
        "from_tokens": row.threshold,
        "usd_per_million": _dollars(row.nano_usd_per_million),
        "valid_from": output.iso(row.valid_from or None),
        "source": row.source,
    }


def _dollars(nano_usd: int | None) -> float | None:
    return None if nano_usd is None else nano_usd / NANO


def _usd(nano_usd: int | None) -> str:
    return UNKNOWN if nano_usd is None else model.usd_of(nano_usd)


def _count(size: int | None) -> str:
    return "" if size is None else f"{size:,}"


def _tokens(size: int | None) -> str:
    return UNKNOWN if size is None else f"{size:,} tokens"
