"""Asks where a file goes, has it written off the interface thread, and says how that went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from proofroom.ui.session import Session
from proofroom.ui.widgets.news import Tone
from proofroom.ui.window import MainWindow

T = TypeVar("T")


class FileExport(QObject):
    """The system's dialog and what is said after it; what is written is a subclass's."""

    def __init__(self, session: Session, window: MainWindow, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._window = session, window
        self.dialog: QFileDialog | None = None

    def ask_where(
        self, title: str, name: str, forms: Mapping[str, str], chosen: Callable[[Path], None]
    ) -> None:
        """Show the dialog; `forms` are the words of each suffix (`.csv`), the first one offered.

        The dialog asks before a file is replaced.
        """
        suffix = {words: one.lstrip(".") for one, words in forms.items()}
        dialog = QFileDialog(self._window, title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(suffix))
        dialog.setDefaultSuffix(next(iter(suffix.values())))
        dialog.selectFile(name)

        def form_chosen(words: str) -> None:
            dialog.setDefaultSuffix(suffix[words])

        def named(path: str) -> None:
            chosen(Path(path))

        dialog.filterSelected.connect(form_chosen)
        dialog.fileSelected.connect(named)
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def have_written(self, path: Path, work: Callable[[], T], said: Callable[[T], str]) -> None:
        """Carry out `work` in a thread, then say what `said` makes of its result, with Open."""

        def written(result: T) -> None:
            self._window.toasts.show(said(result), "Open", partial(_open, path))

        self._session.errand(work, written, self._fail)

    def _fail(self, error: Exception) -> None:
        words = f"{getattr(error, 'what', error)}. {getattr(error, 'fix', '')}"
        self._window.toasts.show(words.strip(), tone=Tone.BAD)


def _open(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
