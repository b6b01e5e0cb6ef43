"""Inputs from CSV, spreadsheets, JSON Lines and JSON; and CSV that is safe to open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from proofroom.domain.loss import Loss
from proofroom.errors import ProofroomError
from proofroom.interchange import table_json, table_text

SIZE_LIMIT = 64 * 1024 * 1024
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class InputRow(Struct, frozen=True, kw_only=True):
    """One input: a name, '' if the table has none, the values by variable, its line from 1."""

    name: str
    values: dict[str, str]
    line: int


class Table(Struct, frozen=True, kw_only=True):
    """The inputs of a table and how it was read; `encoding` and `delimiter` can be overridden."""

    columns: tuple[str, ...]
    rows: tuple[InputRow, ...]
    losses: tuple[Loss, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ""


def read_file(path: Path, *, encoding: str = "", delimiter: str = "") -> Table:
    """Return the inputs in a file; both options override what the file looks like.

    Raises ProofroomError, with the line where there is one, for a file that cannot be read, is
    larger than SIZE_LIMIT, has another encoding or is no table.
    """
    decoded = table_text.decoded(_bytes(path), encoding, path.name)
    form = path.suffix.lower().lstrip(".")
    table = _read(decoded.text, path.name, form, delimiter)
    return Table(
        columns=table.columns,
        rows=table.rows,
        losses=(*decoded.losses, *table.losses),
        encoding=decoded.encoding,
        delimiter=table.delimiter,
    )


def read_text(text: str, *, delimiter: str = "") -> Table:
    """Return the inputs in a pasted text, for instance cells copied from a spreadsheet.

    Raises ProofroomError, with the line where there is one, if it is no table or too large.
    """
    if len(text) > SIZE_LIMIT:
        raise ProofroomError(
            "The text is larger than 64 MB", where="the clipboard", fix="Read it from a file."
        )
    return _read(text.removeprefix("\ufeff"), "the pasted text", "", delimiter)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return CSV in which no cell is taken for a formula, with a line end of CR LF (RFC 4180)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([quoted(cell) for cell in header])
    writer.writerows([quoted(cell) for cell in row] for row in rows)
    return out.getvalue()


def quoted(cell: str) -> str:
    """Return a cell with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise ProofroomError(
                "The file is larger than 64 MB", where=path.name, fix="Split it into smaller files."
            )
        with path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise ProofroomError(
            f"The file cannot be read ({error.strerror})", where=str(path), fix="Check the path."
        ) from error


def _read(text: str, where: str, form: str, delimiter: str) -> Table:
    if len(delimiter) > 1:
        raise ProofroomError(
            f"“{delimiter}” is no delimiter", where=where, fix="Choose one character."
        )
    if not text.strip():
        raise ProofroomError("There is nothing in it", where=where, fix="Choose another file.")
    looks_json = not delimiter and form not in ("csv", "tsv") and text.lstrip()[0] in "[{"
    if form in ("json", "jsonl", "ndjson") or looks_json:
        found = table_json.read(text, where)
        delimiter = ""
    else:
        found = table_text.read(text, where, delimiter or ("\t" if form == "tsv" else ""))
        delimiter = found.delimiter
    return Table(
        columns=found.columns,
        rows=tuple(
            InputRow(name=name, values=values, line=line) for name, values, line in found.rows
        ),
        losses=tuple(found.losses),
        delimiter=delimiter,
    )
