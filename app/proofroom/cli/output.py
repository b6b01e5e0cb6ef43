"""What a command prints: tables and words for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from proofroom import clock

MINUS = "\u2212"
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def show_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Print a value as one JSON document."""
    data = msgspec.json.encode(value, enc_hook=str)
    click.echo(msgspec.json.format(data, indent=2).decode())


def show_table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: str = "") -> None:
    """Print rows under heads; columns named in `right` (by head, commas between) stand right.

    Without a terminal the columns are separated by tabs and nothing is cut.
    """
    if not sys.stdout.isatty():
        for row in (heads, *rows):
            click.echo("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, justify="right" if head in right.split(",") else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def when(at: int) -> str:
    """Return a time (us, UTC) for people, in local time, with its date when not today."""
    local, today = clock.local(at), clock.local(clock.now()).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"


def plural(count: int, one: str, many: str = "") -> str:
    """Return '1 row', '2 rows'."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
