"""A comparison as a report: what one holds, and how each form of it is written."""

from __future__ import annotations

import json as json_library
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from proofroom.domain.mark import Marked
from proofroom.domain.message import storable
from proofroom.domain.run import Status
from proofroom.domain.version import Content
from proofroom.errors import ProofroomError

FORMAT = 1


class ReportFact(Struct, frozen=True, kw_only=True):
    """Something said in one label and one text, for instance a request as it was sent."""

    label: str
    text: str


class ReportCell(Struct, frozen=True, kw_only=True):
    """One sample of a cell; times in microseconds, cost in nano-USD, None is unknown."""

    status: Status
    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ReportFact, ...] = ()
    failure_title: str = ""
    failure_detail: str = ""
    finish_reason: str = ""
    marks: tuple[str, ...] = ()
    first_token_us: int | None = None
    duration_us: int | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_estimated: bool = False
    cost_nano_usd: int | None = None
    reused: bool = False
    picked: bool = False
    marked: Marked = Marked()
    provenance: tuple[ReportFact, ...] = ()


class ReportRow(Struct, frozen=True, kw_only=True):
    """An input with its values, and for each column its samples; none were asked: ()."""

    name: str
    values: dict[str, str]
    cells: tuple[tuple[ReportCell, ...], ...]
    note: str = ""


class ReportColumn(Struct, frozen=True, kw_only=True):
    """A version on a model; `version` is its label (v12, Draft), `place` where its text goes."""

    version: str
    model: str
    place: str = ""
    content: Content | None = None


class Report(Struct, frozen=True, kw_only=True):
    """A comparison at one moment; `base` is the column that the others are compared with.

    `made_at` is UTC in microseconds, `made_at_text` the same for people, `app` names our version.
    """

    title: str
    columns: tuple[ReportColumn, ...]
    rows: tuple[ReportRow, ...]
    base: int = 0
    made_at: int = 0
    made_at_text: str = ""
    prompt: str = ""
    workspace: str = ""
    note: str = ""
    app: str = ""


def json(report: Report) -> str:
    """Return the report as JSON, with nothing left out."""
    built = {"format": FORMAT, **msgspec.to_builtins(report)}
    return json_library.dumps(built, ensure_ascii=False, indent=1) + "\n"


def write(path: Path, text: str, *, replace: bool = False) -> None:
    """Write a file whole or not at all: beside its place first, then renamed.

    Raises ProofroomError if the place cannot be written, or holds a file and `replace` is False.
    """
    write_all(path, (text,), replace=replace)


def write_all(path: Path, pieces: Iterable[str], *, replace: bool = False) -> None:
    """Write a file as `write` does, from pieces that need not be there all at once."""
    if not replace and path.exists():
        raise ProofroomError(
            "A file of this name exists", where=str(path), fix="Replace it, or choose another name."
        )
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    except OSError as error:
        raise _cannot(path, error) from error
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(storable(piece).encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise _cannot(path, error) from error
    except BaseException:  # a piece that could not be made, or a stop
        beside.unlink(missing_ok=True)
        raise


def _cannot(path: Path, error: OSError) -> ProofroomError:
    return ProofroomError(
        f"The file cannot be written ({error.strerror})",
        where=str(path),
        fix="Nothing was left there. Choose another place, or make room.",
    )
