"""Shows the answers of a comparison: on the terminal, as JSON, as a report in a file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import click
from msgspec import structs

from proofroom.cli import answer_table, output
from proofroom.cli.answer_words import Unsent, band, body, line_of
from proofroom.cli.context import say
from proofroom.domain import remedy
from proofroom.errors import ProofroomError
from proofroom.interchange import comparison_report, report, report_html, report_text
from proofroom.interchange.report import Report, ReportCell
from proofroom.workspace import comparisons

FORMS = {
    ".html": report_html.html,
    ".htm": report_html.html,
    ".csv": report_text.csv,
    ".json": report.json,
    ".md": report_text.markdown,
}
_HEAD = 4_000
# how a report of each form begins
_OURS = (
    b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    b"input,version,model,sample",
    b'"format": 1,',
    b"| Column | Done |",
)


def refuse_report(path: Path, *, replace: bool) -> None:
    """Say before anything is asked that a report cannot be written to `path`.

    One of our own reports may be replaced. Raises click.UsageError or ProofroomError.
    """
    if path.suffix.lower() not in FORMS:
        raise click.UsageError(f"A report's name ends with {', '.join(FORMS)}; {path} does not.")
    if path.is_dir():
        raise ProofroomError("This is a folder", where=str(path), fix="Name a file in it.")
    if not path.parent.is_dir():
        raise ProofroomError(
            "There is no such folder", where=str(path.absolute().parent), fix="Make it first."
        )
    if path.exists() and not replace and not _is_ours(path):
        raise ProofroomError(
            "A file that is no report of ours stands there",
            where=str(path),
            fix="Choose another name, or say --yes to replace it.",
        )


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    return not head or any(mark in head for mark in _OURS)


def show(
    db: sqlite3.Connection,
    made: comparisons.ComparisonSummary,
    *,
    report_to: Path | None,
    as_json: bool,
    unsent: Unsent,
) -> None:
    """Print the answers, row by row, and write the report that was asked for.

    Raises ProofroomError if it cannot be written; the answers are printed by then.
    """
    found = comparison_report.report_of(db, made.key)
    columns = comparisons.columns(db, made.key)
    printed = _in_terminal(found, [column.provider for column in columns])
    if as_json:
        click.echo(_json(printed, made.id, columns))
    elif output.is_terminal():
        answer_table.show(printed, _heads(columns), unsent)
    else:
        click.echo("\n".join(_plain(printed, _heads(columns), unsent)))
    if report_to is not None:
        report.write(report_to, FORMS[report_to.suffix.lower()](found), replace=True)
        say(f"The report is in {report_to}")
    say(f"Kept as “{made.name}”.")


def _in_terminal(found: Report, providers: Sequence[str]) -> Report:
    """Return the answers with commands where their failures name a place of the window."""
    rows = [
        structs.replace(
            row,
            cells=tuple(
                tuple(_told(cell, provider) for cell in cells)
                for cells, provider in zip(row.cells, providers, strict=True)
            ),
        )
        for row in found.rows
    ]
    return structs.replace(found, rows=tuple(rows))


def _told(cell: ReportCell, provider: str) -> ReportCell:
    facts = [
        structs.replace(fact, text=remedy.in_terminal(fact.text, provider))
        if fact.label.startswith(comparison_report.ATTEMPT)
        else fact
        for fact in cell.provenance
    ]
    detail = remedy.in_terminal(cell.failure_detail, provider)
    return structs.replace(cell, failure_detail=detail, provenance=tuple(facts))


def _heads(columns: Sequence[comparisons.Column]) -> list[str]:
    """Return what each column is called; with its prompt where several are compared."""
    several = len({column.prompt for column in columns}) > 1
    return [
        " · ".join(
            (f"{column.prompt} {column.label}".strip() if several else column.label, column.model)
        )
        for column in columns
    ]


def _json(found: Report, comparison_id: str, columns: Sequence[comparisons.Column]) -> str:
    """Return the report as JSON, with the comparison's id and each column's prompt."""
    built = json.loads(report.json(found))
    for column, told in zip(columns, built["columns"], strict=True):
        told["prompt"] = column.prompt
    return json.dumps({"id": comparison_id, **built}, ensure_ascii=False, indent=1)


def _plain(found: Report, heads: Sequence[str], unsent: Unsent) -> list[str]:
    """Return the answers for a pipe: no colours, nothing cut, one column below the other."""
    lines: list[str] = []
    for number, row in enumerate(found.rows):
        lines.append(band(number, row))
        for place, cells in enumerate(row.cells):
            if not cells:
                lines.append(f"   {heads[place]} · {unsent.get((number, place), 'Not asked')}")
            for sample, cell in enumerate(cells):
                which = f"sample {sample + 1}" if len(cells) > 1 else ""
                parts = (heads[place], which, *line_of(cell))
                lines.append("   " + " · ".join(part for part in parts if part))
                lines += [f"     {line}".rstrip() for line in body(cell)]
        lines.append("")
    return lines[:-1]
