"""Shows the answers of a comparison: on the terminal, as JSON, as a report in HTML."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from proofroom import clock
from proofroom.cli import output
from proofroom.cli.context import say
from proofroom.domain import comparison
from proofroom.domain.message import spoken
from proofroom.domain.run import SCREEN_WORDS
from proofroom.interchange import comparison_report, report, report_html, report_words
from proofroom.workspace import comparisons


def show(
    db: sqlite3.Connection,
    made: comparisons.ComparisonSummary,
    *,
    report_to: Path | None,
    as_json: bool,
) -> None:
    """Write the report that was asked for and print the answers, row by row."""
    if report_to is not None:
        text = report_html.html(comparison_report.report_of(db, made.key))
        report.write(report_to, text, replace=True)
        say(f"The report is in {report_to}")
    if as_json:
        click.echo(report.json(comparison_report.report_of(db, made.key)))
        return
    columns = {column.key: column for column in comparisons.columns(db, made.key)}
    for row in comparisons.rows(db, made.key):
        values = comparison.one_line(row.values)
        click.secho(f"{row.number + 1}  {row.name}  {values}".rstrip(), bold=True)
        for run in sorted(
            comparisons.of_row(db, row.key),
            key=lambda run: (columns[run.column_key].number, run.sample),
        ):
            _show_cell(db, columns[run.column_key], run)
        click.echo()
    say(f"Kept as “{made.name}”, {output.when(clock.now())}.")


def _show_cell(
    db: sqlite3.Connection, column: comparisons.Column, run: comparisons.CellRun
) -> None:
    figures = [
        report_words.seconds(run.latency_us),
        report_words.tokens(run.tokens_out),
        report_words.money(run.cost_nano_usd),
        "cached" if run.cached else "",
    ]
    state = SCREEN_WORDS[run.status or "running"]
    head = " · ".join(part for part in (column.label, column.model, state, *figures) if part)
    click.secho(f"   {head}", fg=None if run.status == "ok" else "red")
    text = spoken(comparisons.output(db, run.output_key))
    for line in (text or "").splitlines():
        click.echo(f"     {line}")
    if run.status != "ok" and run.title:
        click.echo(f"     {run.title}. {run.detail}")
