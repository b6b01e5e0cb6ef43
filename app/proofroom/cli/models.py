"""`proofroom models`: what can be asked in this workspace, and at which price."""

from __future__ import annotations

from pathlib import Path

import click

from proofroom import clock
from proofroom.cli import output
from proofroom.cli.context import Chosen, opened, say, writable
from proofroom.domain.usage import PriceRow
from proofroom.errors import ProofroomError
from proofroom.workspace import prices, providers

_GGUF = b"GGUF"


@click.group("models")
def command() -> None:
    """Show and add what can be asked here.

    \b
    Examples:
      proofroom models list
      proofroom models add qwen ~/models/qwen2.5-3b-q4.gguf
    """


@command.command("list", short_help="Show the models that can be asked, with their prices.")
@click.option("--provider", default="", help="Only this provider's.")
@click.option("--query", default="", help="Only names that hold this.")
@output.json_option
@click.pass_obj
def list_models(chosen: Chosen, provider: str, query: str, *, as_json: bool) -> None:
    """Show the models of this workspace's providers; prices are for a million tokens.

    \b
    Example:
      proofroom models list --provider openai --query mini
    """
    with opened(chosen) as found:
        db = found.connection
        if provider:
            providers.by_name(db, provider)
        rows: list[dict[str, object]] = []
        for model in providers.models(db, provider=provider, query=query):
            priced = prices.of_model(db, model.key, clock.now())
            rows.append(
                {
                    "model": model.full_name,
                    "window": model.window,
                    "input_usd": _usd(priced, "input"),
                    "output_usd": _usd(priced, "output"),
                    "source": next((row.source for row in priced), ""),
                }
            )
    if as_json:
        output.show_json(rows)
        return
    table = [
        (
            str(row["model"]),
            _tokens(row["window"]),
            _price(row["input_usd"]),
            _price(row["output_usd"]),
        )
        for row in rows
    ]
    heads = ("Model", "Window", "Input", "Output")
    output.show_table(heads, table, right="Window,Input,Output", empty="No model fits.")


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


def _usd(rows: tuple[PriceRow, ...], bucket: str) -> float | None:
    row = next((row for row in rows if row.bucket == bucket and not row.threshold), None)
    return None if row is None else row.nano_usd_per_million / 1_000_000_000


def _price(usd: object) -> str:
    return f"${usd:.2f}" if isinstance(usd, float) else "unknown"


def _tokens(window: object) -> str:
    return f"{window:,}" if isinstance(window, int) else ""
