"""What a command prints: tables and words for people, JSON for programs."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
import msgspec

from proofroom import clock

if TYPE_CHECKING:
    from rich.console import Console

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
# Escape sequences would let an answer paint over the terminal; so would marks of direction.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Return `text` as a terminal may have it: what would move its cursor becomes a sign."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def is_terminal() -> bool:
    """Tell whether a person reads standard output, and not a pipe or a file."""
    return sys.stdout is not None and sys.stdout.isatty()  # None: closed by `>&-`


def console(*, stderr: bool = False) -> Console:
    """Return a terminal to write on; colours as NO_COLOR and TERM say."""
    # 40 ms, for a terminal alone
    from rich.console import Console  # noqa: PLC0415

    return Console(stderr=stderr, highlight=False, emoji=False, markup=False)


def show_text(text: str) -> None:
    """Print a text as it is; on a terminal without what would move its cursor."""
    click.echo(clean(text) if is_terminal() else text)


def show_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Print a value as one JSON document."""
    data = msgspec.json.encode(value, enc_hook=str)
    click.echo(msgspec.json.format(data, indent=2).decode())


def show_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: str = "", empty: str = ""
) -> None:
    """Print rows under heads; columns named in `right` (by head, commas between) stand right.

    Without a terminal the columns are separated by tabs and nothing is cut. `empty` is said on
    stderr where there are no rows.
    """
    if not rows and empty:
        click.echo(empty, err=True)
    if not is_terminal():
        lines = ("\t".join(" ".join(cell.split()) for cell in row) for row in (heads, *rows))
        click.echo("\n".join(lines))
        return
    if not rows:
        return
    from rich.table import Table  # noqa: PLC0415 - for a terminal alone
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for number, head in enumerate(heads):
        is_right = head in right.split(",")
        table.add_column(
            head, justify="right" if is_right else "left", no_wrap=is_right or not number
        )
    for row in rows:
        table.add_row(*(Text(clean(cell), overflow="fold") for cell in row))
    console().print(table)


def when(at: int) -> str:
    """Return a time (us, UTC) for people, in local time, with its date when not today."""
    local, today = clock.local(at), clock.local(clock.now()).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"


def iso(at: int | None) -> str | None:
    """Return a time (us, UTC) for programs, None for none."""
    return None if at is None else clock.local(at).isoformat(timespec="seconds")


def plural(count: int, one: str, many: str = "") -> str:
    """Return '1 row', '2 rows'."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
