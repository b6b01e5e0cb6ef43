"""Tables with a delimiter: their encoding, their dialect, their rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from msgspec import Struct

from proofroom.domain import figures
from proofroom.domain.loss import Loss
from proofroom.domain.message import storable
from proofroom.errors import ProofroomError
from proofroom.interchange.table_rows import COLUMN_LIMIT, Rows

_FIELD_LIMIT = 8 * 1024 * 1024
_SAMPLE = 64 * 1024
_DELIMITERS = ",;\t|"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_LINE_END = re.compile(r"\r\n?")


class Decoded(Struct, frozen=True, kw_only=True):
    """A text, the encoding it was in, and what that guess may have cost."""

    text: str
    encoding: str
    losses: tuple[Loss, ...] = ()


def decoded(data: bytes, encoding: str, where: str) -> Decoded:
    """Return the text of a file: by its byte order mark, else UTF-8, else Windows' cp1252.

    Raises ProofroomError if `encoding` is given and does not fit or does not exist.
    """
    try:
        if encoding:
            return Decoded(text=data.decode(encoding).removeprefix("\ufeff"), encoding=encoding)
        for mark, name in (
            (b"\xef\xbb\xbf", "utf-8-sig"),
            (b"\xff\xfe", "utf-16"),
            (b"\xfe\xff", "utf-16"),
        ):
            if data.startswith(mark):
                return Decoded(text=data.decode(name), encoding=name)
    except (UnicodeError, LookupError) as error:
        raise ProofroomError(
            f"The file is not in {encoding or 'the encoding that its first bytes name'}",
            where=_place(data, error, where),
            fix="Choose another encoding.",
        ) from error
    if b"\0" in data[:4096]:
        return _without_mark(data, where)
    try:
        return Decoded(text=data.decode("utf-8"), encoding="utf-8")
    except UnicodeDecodeError as error:
        place = _place(data, error, where)
        why = "Letters with accents may be wrong. Choose another encoding if they are."
        loss = Loss(what="Not UTF-8, read as Windows cp1252", where=place, why=why)
        text = data.decode("cp1252", "replace")
        return Decoded(text=text, encoding="cp1252", losses=(loss,))


def _without_mark(data: bytes, where: str) -> Decoded:
    """Return the text of a file with zero bytes: UTF-16 without a mark, or no text at all."""
    name = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ProofroomError(
            "The file is not text", where=where, fix="Save it as CSV, JSON Lines or JSON first."
        )
    return Decoded(text=text, encoding=name)


def _place(data: bytes, error: Exception, where: str) -> str:
    if not isinstance(error, UnicodeDecodeError):
        return where
    line = data[: error.start].count(b"\n") + 1
    return f"{where}, line {line}"


def read(text: str, where: str, delimiter: str) -> Rows:
    """Return the rows of a table whose first line names the columns.

    Raises ProofroomError with the line of what cannot be read.
    """
    text = _LINE_END.sub("\n", storable(text)) if "\r" in text else storable(text)
    delimiter = delimiter or _sniffed(text)
    found = Rows(delimiter=delimiter)
    lines = _lines(text, delimiter, where)
    header = next(lines, None)
    found.columns = _columns(header[1] if header else [], where, found)
    for line, cells in lines:
        if not any(cells):
            continue
        if len(cells) > len(found.columns):
            spare = [cell for cell in cells[len(found.columns) :] if cell]
            if spare:
                what = figures.plural(len(spare), "cell")
                found.lose(what, line, "Beyond the last named column.")
        elif len(cells) < len(found.columns):
            what = figures.plural(len(found.columns) - len(cells), "cell")
            found.lose(what, line, "Missing, so taken as empty.")
        padded = cells + [""] * (len(found.columns) - len(cells))
        row = {name: cell for name, cell in zip(found.columns, padded, strict=False) if name}
        found.add(row, line, where)
    found.columns = tuple(column for column in found.columns if column)
    return found.finish()


def _sniffed(text: str) -> str:
    """Return the delimiter: a tab in the first line, else what the sniffer finds, else a comma.

    The sample ends with a line: half a quoted cell misleads the sniffer.
    """
    first = text.partition("\n")[0]
    if "\t" in first:
        return "\t"
    if not any(sign in first for sign in _DELIMITERS):
        return ","
    sample = text[:_SAMPLE]
    sample = sample[: sample.rfind("\n") + 1] or first
    try:
        found = csv.Sniffer().sniff(sample, delimiters=_DELIMITERS).delimiter
    except csv.Error:
        found = ""
    if found and found in first:
        return found
    return max(_DELIMITERS, key=first.count)


def _lines(text: str, delimiter: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line on which it begins."""
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(_pieces(text), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ProofroomError(
                f"The table cannot be read ({error})",
                where=f"{where}, line {line}",
                fix="Check the quotes on that line, or choose another delimiter.",
            ) from error
        yield line, cells


def _pieces(text: str) -> Iterator[str]:
    """Yield the lines with their ends; io.StringIO would hold four bytes for each letter."""
    return (match[0] for match in _LINE.finditer(text))


def _columns(cells: list[str], where: str, found: Rows) -> tuple[str, ...]:
    """Return the names of the columns; '' for one that is dropped."""
    if len(cells) > COLUMN_LIMIT:
        raise ProofroomError(
            f"There are more than {COLUMN_LIMIT:,} columns",
            where=f"{where}, line 1",
            fix="Choose another delimiter.",
        )
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = cell.strip()
        if not name:
            found.lose(f"Column {place}", 1, "It has no name.")
        elif name in names:
            found.lose(f"Column {place}", 1, f"The name “{name}” is there twice.")
            name = ""
        names.append(name)
    return tuple(names)
