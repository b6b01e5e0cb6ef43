"""The rows of a comparison: from arguments, a file, or the prompts' own inputs."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from proofroom.cli.context import say
from proofroom.cli.selecting import Selected
from proofroom.domain import template
from proofroom.interchange import table_file
from proofroom.workspace import inputs
from proofroom.workspace.comparisons import NewRow


def rows_for(
    db: sqlite3.Connection, selected: Sequence[Selected], given: Sequence[str], file: Path | None
) -> list[NewRow]:
    """Return what is asked for: the values given, the file's rows with them, or kept inputs.

    Raises click.UsageError if a variable is left without a value.
    """
    values = dict(_pair(text) for text in given)
    if file is not None:
        table = table_file.read_file(file)
        for loss in table.losses:
            say(f"Not kept: {loss.what} ({loss.where}): {loss.why}")
        rows = [NewRow(name=row.name, values={**values, **row.values}) for row in table.rows]
    elif values:
        rows = [NewRow(name="Input", values=values)]
    else:
        rows = _kept(db, selected)
    wanted = {found.name for one in selected for found in template.variables(one.content)}
    rows = rows or [NewRow(name="No input", values={})]
    for number, row in enumerate(rows, start=1):
        missing = sorted(wanted - row.values.keys())
        if missing:
            names = ", ".join(missing)
            raise click.UsageError(
                f"Row {number} has no value for {names}. Give it with --input {missing[0]}=VALUE."
            )
    return rows


def _kept(db: sqlite3.Connection, selected: Sequence[Selected]) -> list[NewRow]:
    key = next((one.prompt_key for one in selected if one.prompt_key is not None), None)
    if key is None:
        return []
    return [
        NewRow(name=one.name, values=one.values, input_key=one.key)
        for one in inputs.of_prompt(db, key)
    ]


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"“{text}” is not of the form NAME=VALUE.")
    return name, value
