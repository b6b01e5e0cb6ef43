"""Writes the comparison as HTML, CSV, JSON or Markdown, off the interface thread."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from proofroom.interchange import report as reports
from proofroom.interchange import report_html, report_text
from proofroom.interchange.comparison_report import report_of
from proofroom.ui.file_export import FileExport
from proofroom.ui.session import Session
from proofroom.ui.window import MainWindow
from proofroom.workspace import comparisons, database

if TYPE_CHECKING:
    from proofroom.ui.compare.comparison_view import ComparisonView

FORMS = {
    ".html": "Web page (*.html)",
    ".csv": "CSV table (*.csv)",
    ".json": "JSON (*.json)",
    ".md": "Markdown (*.md)",
}


class Export(FileExport):
    """Writes the comparison on screen, whole or not at all."""

    def __init__(self, session: Session, window: MainWindow, view: ComparisonView) -> None:
        super().__init__(session, window, view)
        self._view = view

    def ask(self) -> None:
        """Ask where to; the file's form is that of its name."""
        name = _file_name(self._view.changing.name)
        self.ask_where("Export the comparison", name, FORMS, self.write)

    def write(self, path: Path) -> None:
        """Write the comparison shown."""
        key, base = self._view.controller.key, self._view.model.base
        work = partial(_write, self._session.path, key, base, path)
        self.have_written(path, work, lambda _: f"Exported to {path.name}")


def _write(workspace: Path, key: int, base_key: int, path: Path) -> None:
    with closing(database.connect(workspace, read_only=True)) as db:
        text = written(db, key, base_key, path.suffix.lower())
    reports.write(path, text, replace=True)


def written(db: sqlite3.Connection, key: int, base_key: int, suffix: str) -> str:
    """Return a comparison in the form of a file name's suffix."""
    columns = [column.key for column in comparisons.columns(db, key)]
    base = columns.index(base_key) if base_key in columns else 0
    report = report_of(db, key, base=base)
    forms = {
        ".csv": report_text.csv,
        ".md": report_text.markdown,
        ".json": reports.json,
    }
    return forms.get(suffix, report_html.html)(report)


def _file_name(name: str) -> str:
    safe = "".join(sign if sign.isalnum() or sign in " -_.," else " " for sign in name)
    return " ".join(safe.split())[:80] or "comparison"
