"""The rows of a comparison: from arguments, a file, or the prompts' own inputs."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from proofroom.cli.context import say
from proofroom.cli.selecting import Selected
from proofroom.domain import template
from proofroom.interchange import strict_json, table_file
from proofroom.workspace import inputs
from proofroom.workspace.comparisons import NewRow


def rows_for(
    db: sqlite3.Connection, selected: Sequence[Selected], given: Sequence[str], file: Path | None
) -> list[NewRow]:
    """Return what is asked for: the values given, the file's rows with them, or kept inputs.

    A text for a variable that is looped over or looked into is read as JSON, if it is.
    Raises click.UsageError if a variable is left without a value.
    """
    found = [one for each in selected for one in template.variables(each.content)]
    wanted = list(dict.fromkeys(one.name for one in found))
    values = _given(given, wanted)
    rows = _rows(db, selected, values, file) or [NewRow(name="No input", values={})]
    _refuse_missing(rows, wanted)
    structured = {one.name for one in found if one.kind != "text"}
    return [
        NewRow(
            name=row.name,
            values={n: _read(n, v) if n in structured else v for n, v in row.values.items()},
            input_key=row.input_key,
        )
        for row in rows
    ]


def _rows(
    db: sqlite3.Connection,
    selected: Sequence[Selected],
    values: dict[str, Any],
    file: Path | None,
) -> list[NewRow]:
    if file is None:
        return [NewRow(name="Input", values=values)] if values else _kept(db, selected)
    table = table_file.read_file(file)
    for loss in table.losses:
        say(f"Not kept: {loss.what} ({loss.where}): {loss.why}")
    if not table.rows:
        raise click.UsageError(f"{file} holds no rows.")
    return [NewRow(name=row.name, values={**values, **row.values}) for row in table.rows]


def _refuse_missing(rows: Sequence[NewRow], wanted: Sequence[str]) -> None:
    for number, row in enumerate(rows, start=1):
        missing = [name for name in wanted if name not in row.values]
        if missing:
            names = ", ".join(missing)
            which = f"Row {number} has" if len(rows) > 1 else "There is"
            raise click.UsageError(
                f"{which} no value for {names}. Give it with --input {missing[0]}=VALUE."
            )


def _kept(db: sqlite3.Connection, selected: Sequence[Selected]) -> list[NewRow]:
    """Return the inputs kept with the first prompt that has some."""
    for one in selected:
        kept = inputs.of_prompt(db, one.prompt_key) if one.prompt_key is not None else []
        if kept:
            return [NewRow(name=own.name, values=own.values, input_key=own.key) for own in kept]
    return []


def _given(given: Sequence[str], wanted: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"“{text}” is not of the form NAME=VALUE.")
        if name in values:
            raise click.UsageError(f"{name} is given twice; several rows come from --inputs FILE.")
        values[name] = value
    for name in values:
        if name not in wanted:
            near = get_close_matches(name, wanted, n=1)
            meant = f"Did you mean {near[0]}?" if near else "Its value is not used."
            say(f"No prompt here has a variable {name}. {meant}")
    return values


def _read(name: str, value: Any) -> Any:  # noqa: ANN401 - an input's value is whatever JSON holds
    if not isinstance(value, str):
        return value
    try:
        decoded = strict_json.decode(value)
    except strict_json.NotJson as error:
        if value.lstrip()[:1] in {"[", "{"}:
            say(f"{name} is taken as text: it is not JSON ({error.why}).")
        return value
    for key in decoded.repeated_keys:
        say(f"In {name} the key “{key}” is there twice; the last one counts.")
    return decoded.value
