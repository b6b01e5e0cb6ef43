"""What the page reads of a comparison: its columns at once, its rows in pages by number."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct, structs

from proofroom.domain import shape
from proofroom.domain.mark import Marked, Pick, pick_of
from proofroom.domain.provider import host_of
from proofroom.domain.version import Content, content_hash
from proofroom.errors import ProofroomError
from proofroom.ui.compare.states import GridColumn
from proofroom.workspace import cell_runs, comparisons, database, drafts, marks, providers

PAGE = 100
FIRST_PAGE = 30


class KeptView(Struct, frozen=True, kw_only=True):
    """How a comparison was last looked at; `row` is the input at the top."""

    base: int = 0
    view: Literal["plain", "words", "json", "markdown"] = "words"
    height: Literal["small", "medium", "large"] = "medium"
    filter: Literal["all", "failed", "different", "picked", "marked"] = "all"
    row: int = 0


class Opened(Struct, frozen=True):
    """A comparison without its rows; `removed` are the columns that were taken out of it."""

    summary: comparisons.ComparisonSummary
    columns: tuple[GridColumn, ...]
    removed: tuple[GridColumn, ...]
    view: KeptView


class LoadedRow(Struct, frozen=True):
    """A row with the newest run of each of its samples; `marks` by run key."""

    row: comparisons.Row
    runs: tuple[cell_runs.CellRun, ...]
    pick: Pick | None
    marks: dict[int, Marked]


class RowPage(Struct, frozen=True):
    """Some rows; `more` if others may follow."""

    key: int
    rows: tuple[LoadedRow, ...]
    more: bool


def opened(db: sqlite3.Connection, key: int) -> Opened:
    """Read a comparison's columns and how it was left."""
    summary = comparisons.by_key(db, key)
    there, removed = comparisons.columns(db, key), comparisons.columns(db, key, removed=True)
    names = Counter(_short(column) for column in (*there, *removed))

    def shown(columns: Sequence[comparisons.Column]) -> tuple[GridColumn, ...]:
        return tuple(
            _column(db, column, says_provider=names[_short(column)] > 1) for column in columns
        )

    return Opened(
        summary=summary, columns=shown(there), removed=shown(removed), view=kept_view(summary.view)
    )


def column_keys(db: sqlite3.Connection, key: int) -> tuple[int, ...]:
    """Return the keys of the columns that a comparison has."""
    return tuple(column.key for column in comparisons.columns(db, key))


def kept_view(text: str) -> KeptView:
    """Return how a comparison was left; what cannot be read counts as never looked at."""
    try:
        return shape.decoded(text, KeptView)
    except (msgspec.DecodeError, msgspec.ValidationError):  # a hand in the file, or a newer app
        return KeptView()


def _short(column: comparisons.Column) -> tuple[str, str]:
    """Return what a head says where no other says the same."""
    return column.label, column.model.partition("/")[2]


def _column(
    db: sqlite3.Connection, column: comparisons.Column, *, says_provider: bool
) -> GridColumn:
    content = comparisons.content(db, column)
    return GridColumn(
        column=column,
        place=host_of(providers.by_name(db, column.provider)),
        has_schema=content.response_schema is not None,
        has_tools=bool(content.tools),
        says_provider=says_provider,
    )


def row_page(db: sqlite3.Connection, key: int, after: int, size: int) -> RowPage:
    """Return rows behind the number `after` with their runs, in order."""
    found = comparisons.rows(db, key, after=after, size=size)
    return RowPage(key=key, rows=tuple(loaded(db, row) for row in found), more=len(found) == size)


def loaded(db: sqlite3.Connection, row: comparisons.Row) -> LoadedRow:
    """Return a row with its runs and its winner."""
    runs = tuple(cell_runs.of_row(db, row.key))
    marked = marks.on_runs(db, [run.run_key for run in runs])
    return LoadedRow(row=row, runs=runs, pick=_pick(db, row.key), marks=marked)


def again(db: sqlite3.Connection, rows: Sequence[comparisons.Row]) -> tuple[LoadedRow, ...]:
    """Read rows again whose cells changed."""
    return tuple(loaded(db, row) for row in rows)


def _pick(db: sqlite3.Connection, row_key: int) -> Pick | None:
    found = [mark.value for mark in marks.of(db, "row", row_key) if mark.kind == "pick"]
    return next((pick for value in found if (pick := pick_of(value)) is not None), None)


def pick(db: sqlite3.Connection, row_key: int, value: Pick | None) -> None:
    """Keep the winner of a row; None takes it back."""
    text = "" if value is None else msgspec.json.encode(value).decode()
    marks.set_one(db, "pick", "row", row_key, text)


def pick_all(db: sqlite3.Connection, key: int, value: Pick) -> None:
    """Keep a winner of a comparison and of all its rows; one it won already keeps its note."""
    text, bare = (msgspec.json.encode(one).decode() for one in (value, Pick(value.column)))
    with database.writing(db):
        marks.take_off(db, "pick", "comparison", key)
        marks.put(db, "pick", "comparison", key, text)
        for row in comparisons.rows(db, key):
            found = _pick(db, row.key)
            if found is None or found.column != value.column:
                marks.take_off(db, "pick", "row", row.key)
                marks.put(db, "pick", "row", row.key, bare)


def stale_drafts(db: sqlite3.Connection, key: int) -> tuple[tuple[int, Content], ...]:
    """Return columns that ask with a draft as it was, with the content as it is now."""
    found: list[tuple[int, Content]] = []
    for column in comparisons.columns(db, key):
        if column.version_key is not None or column.prompt_key is None:
            continue
        try:
            draft = drafts.of_prompt(db, column.prompt_key)
        except ProofroomError:  # the prompt is gone; the column asks as it always did
            continue
        now = structs.replace(draft.content, model=column.model)
        if content_hash(now) != content_hash(comparisons.content(db, column)):
            found.append((column.key, now))
    return tuple(found)


def ask_with(db: sqlite3.Connection, columns: Sequence[tuple[int, Content]]) -> None:
    """Let columns ask with their drafts as they are now."""
    for key, content in columns:
        comparisons.ask_with(db, key, content)


def keep_view(db: sqlite3.Connection, key: int, view: KeptView) -> None:
    """Keep how a comparison is looked at."""
    built: dict[str, Any] = msgspec.to_builtins(view)
    comparisons.keep_view(db, key, built)
