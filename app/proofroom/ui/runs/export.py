"""Writes runs as JSON Lines or CSV, off the interface thread: the rows selected, or all found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proofroom.domain import figures
from proofroom.domain.run_query import RunQuery
from proofroom.interchange import report as reports
from proofroom.interchange import run_export
from proofroom.ui.file_export import FileExport
from proofroom.workspace import database, run_filter, run_list, run_whole
from proofroom.workspace.run_list import Line

if TYPE_CHECKING:
    from proofroom.ui.runs.page import RunsPage

FORMS = {".jsonl": "JSON Lines (*.jsonl)", ".csv": "CSV table (*.csv)"}
_AT_ONCE = 200
_SEVERAL = 2
_MOST_SELECTED = 100_000


class Export(FileExport):
    """Writes the runs chosen, or all found, whole or not at all."""

    def __init__(self, page: RunsPage) -> None:
        super().__init__(page.session, page.window_, page)
        self._page = page

    def ask(self) -> None:
        """Ask where to; the file's form is that of its name."""
        if not self._page.model.rowCount():
            self._window.toasts.show("There is no run to export")
            return
        keys = self._selected()
        title = f"Export {figures.plural(len(keys), 'run')}" if keys else "Export the runs found"
        self.ask_where(title, "runs", FORMS, self.write)

    def _selected(self) -> list[int]:
        """Return the keys of the rows selected; one alone is the cursor, no selection."""
        rows = self._page.table.chosen_rows(_MOST_SELECTED)
        keys = [key for row in rows if (key := self._page.model.key(row)) is not None]
        return keys if len(keys) >= _SEVERAL else []

    def write(self, path: Path) -> None:
        """Write the runs."""
        work = partial(_write, self._session.path, self._page.field.query, self._selected(), path)
        self.have_written(
            path, work, lambda count: f"{figures.plural(count, 'run')} exported to {path.name}"
        )


def _write(workspace: Path, query: RunQuery, keys: list[int], path: Path) -> int:
    counted = [0]
    form = run_export.csv if path.suffix.lower() == ".csv" else run_export.jsonl
    with closing(database.connect(workspace, read_only=True)) as db:
        reports.write_all(path, form(_whole(db, _lines(db, query, keys), counted)), replace=True)
    return counted[0]


def _whole(
    db: sqlite3.Connection, lines: Iterator[Line], counted: list[int]
) -> Iterator[dict[str, Any]]:
    for line in lines:
        counted[0] += 1
        yield run_export.whole(line, run_whole.of_run(db, line.key))


def _lines(db: sqlite3.Connection, query: RunQuery, keys: list[int]) -> Iterator[Line]:
    """Yield the runs chosen, else all that the query finds, some at a time."""
    for start in range(0, len(keys), _AT_ONCE):
        yield from run_list.lines(db, keys[start : start + _AT_ONCE])
    wanted, before = run_filter.filter_of(db, query), None
    while not keys and (page := run_list.page(db, wanted, before=before, size=_AT_ONCE)):
        yield from page
        before = page[-1].key
