"""The answers on a terminal: columns side by side where they fit, else one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from proofroom.cli import output
from proofroom.cli.answer_words import Unsent, band, body, line_of
from proofroom.interchange import report_words
from proofroom.interchange.report import Report, ReportCell

_NARROWEST = 32
_NARROW = 80
_SPARED = ("First token", "Tokens out")
_BETWEEN = 3
_FAILED = frozenset(("failed", "timeout", "interrupted"))


def show(found: Report, heads: Sequence[str], unsent: Unsent) -> None:
    """Print every row under its band, then the figures of each column."""
    console = output.console()
    count = len(heads)
    beside = count > 1 and (console.width - _BETWEEN * (count - 1)) // count >= _NARROWEST
    for number, row in enumerate(found.rows):
        console.print(Text(output.clean(band(number, row)), style="bold", overflow="fold"))
        cells = [
            _cell(samples, unsent.get((number, place), "Not asked"))
            for place, samples in enumerate(row.cells)
        ]
        if beside:
            console.print(_side_by_side(heads, cells))
        else:
            _stacked(console, heads, cells)
        console.print()
    if len(found.rows) > 1 or count > 1:
        console.print(_sums(found, heads, is_narrow=console.width < _NARROW))


def _side_by_side(heads: Sequence[str], cells: Sequence[RenderableType]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, expand=True, header_style="cyan"
    )
    for head in heads:
        table.add_column(Text(output.clean(head)), ratio=1, overflow="fold")
    table.add_row(*cells)
    return table


def _stacked(console: Console, heads: Sequence[str], cells: Sequence[RenderableType]) -> None:
    for head, cell in zip(heads, cells, strict=True):
        title = Text(output.clean(head), style="cyan")
        console.print(Rule(title, align="left", style="dim", characters="─"))
        console.print(cell)


def _cell(samples: Sequence[ReportCell], otherwise: str) -> RenderableType:
    if not samples:
        return Text(output.clean(otherwise), style="red", overflow="fold")
    parts: list[Text] = []
    for number, cell in enumerate(samples, start=1):
        if len(samples) > 1:
            before = "\n" if number > 1 else ""
            parts.append(Text(f"{before}Sample {number}", style="bold"))
        is_bad = cell.status in _FAILED
        lines = output.clean("\n".join(body(cell)))
        answer = Text(lines, overflow="fold")
        if is_bad and cell.failure_title:
            answer.highlight_words([output.clean(cell.failure_title)], style="red")
        if lines:
            parts.append(answer)
        figures = output.clean(" · ".join(line_of(cell)))
        parts.append(Text(figures, style="red" if is_bad else "dim", overflow="fold"))
    return Group(*parts)


def _sums(found: Report, heads: Sequence[str], *, is_narrow: bool) -> Table:
    rows = [report_words.summary(found, place) for place in range(len(heads))]
    hidden = _SPARED if is_narrow else ()
    names = [name for name in rows[0] if name not in hidden and any(row[name] for row in rows)]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("Column", overflow="fold")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for head, row in zip(heads, rows, strict=True):
        table.add_row(Text(output.clean(head)), *(row[name] for name in names))
    return table
