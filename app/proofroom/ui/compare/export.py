"""Writes the comparison as HTML, CSV, JSON or Markdown, off the interface thread."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from proofroom.interchange import report as reports
from proofroom.interchange import report_html, report_text
from proofroom.interchange.comparison_report import report_of
from proofroom.ui.session import Session
from proofroom.ui.widgets.news import Tone
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


class Export(QObject):
    """Asks where to, then writes the file whole or not at all."""

    def __init__(self, session: Session, window: MainWindow, view: ComparisonView) -> None:
        super().__init__(view)
        self._session, self._window, self._view = session, window, view
        self.dialog: QFileDialog | None = None

    def ask(self) -> None:
        """Show the system's file dialog; its form is the file's."""
        dialog = QFileDialog(self._window, "Export the comparison")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(FORMS.values()))
        dialog.setDefaultSuffix("html")
        dialog.selectFile(_file_name(self._view.changing.name))
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

    def write(self, path: Path) -> None:
        """Write the comparison shown; the dialog has asked before it replaces a file."""
        key, base = self._view.controller.key, self._view.model.base
        work = partial(_write, self._session.path, key, base, path)
        self._session.errand(work, self._written, self._fail)

    def _written(self, path: Path) -> None:
        self._window.toasts.show(f"Exported to {path.name}", "Open", partial(_show, path))

    def _fail(self, error: Exception) -> None:
        words = f"{getattr(error, 'what', error)}. {getattr(error, 'fix', '')}"
        self._window.toasts.show(words.strip(), tone=Tone.BAD)


def _write(workspace: Path, key: int, base_key: int, path: Path) -> Path:
    with closing(database.connect(workspace, read_only=True)) as db:
        text = written(db, key, base_key, path.suffix.lower())
    reports.write(path, text, replace=True)
    return path


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


def _show(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
