"""Writes runs as JSON Lines or CSV, off the interface thread: the rows selected, or all found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from proofroom.domain import figures
from proofroom.domain.run_query import RunQuery
from proofroom.interchange import report as reports
from proofroom.interchange import run_export
from proofroom.ui.widgets.news import Tone
from proofroom.workspace import database, run_filter, run_list, run_whole
from proofroom.workspace.run_list import Line

if TYPE_CHECKING:
    from proofroom.ui.runs.page import RunsPage

FORMS = {".jsonl": "JSON Lines (*.jsonl)", ".csv": "CSV table (*.csv)"}
_AT_ONCE = 200
_SEVERAL = 2
_MOST_SELECTED = 100_000


class Export(QObject):
    """Asks where to, then writes the file whole or not at all."""

    def __init__(self, page: RunsPage) -> None:
        super().__init__(page)
        self._page, self._session, self._window = page, page.session, page.window_
        self.dialog: QFileDialog | None = None

    def ask(self) -> None:
        """Show the system's file dialog; its form is the file's."""
        if not self._page.model.rowCount():
            self._window.toasts.show("There is no run to export")
            return
        keys = self._selected()
        title = f"Export {figures.plural(len(keys), 'run')}" if keys else "Export the runs found"
        dialog = QFileDialog(self._window, title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(FORMS.values()))
        dialog.setDefaultSuffix("jsonl")
        dialog.selectFile("runs")
        dialog.filterSelected.connect(self._form_chosen)
        dialog.fileSelected.connect(self._chosen)
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def _form_chosen(self, words: str) -> None:
        for suffix, name in FORMS.items():
            if name == words and self.dialog is not None:
                self.dialog.setDefaultSuffix(suffix.lstrip("."))

    def _chosen(self, name: str) -> None:
        self.write(Path(name))

    def _selected(self) -> list[int]:
        """Return the keys of the rows selected; one alone is the cursor, no selection."""
        rows = self._page.table.chosen_rows(_MOST_SELECTED)
        keys = [key for row in rows if (key := self._page.model.key(row)) is not None]
        return keys if len(keys) >= _SEVERAL else []

    def write(self, path: Path) -> None:
        """Write the runs; the dialog has asked before it replaces a file."""
        work = partial(_write, self._session.path, self._page.field.query, self._selected(), path)
        self._session.errand(work, partial(self._written, path), self._fail)

    def _written(self, path: Path, count: int) -> None:
        said = f"{figures.plural(count, 'run')} exported to {path.name}"
        self._window.toasts.show(said, "Open", partial(_show, path))

    def _fail(self, error: Exception) -> None:
        words = f"{getattr(error, 'what', error)}. {getattr(error, 'fix', '')}"
        self._window.toasts.show(words.strip(), tone=Tone.BAD)


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


def _show(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
