"""Files dropped on the window: a workspace opens, a table becomes inputs, a text a new prompt."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDropEvent

from proofroom import paths
from proofroom.domain import figures
from proofroom.errors import ProofroomError
from proofroom.ui.session import Session
from proofroom.ui.window import MainWindow

if TYPE_CHECKING:
    from proofroom.ui.prompts.page import PromptsPage

TABLES = frozenset((".csv", ".tsv", ".jsonl", ".ndjson"))
MOST_BYTES = 4_000_000
"""A prompt larger than this is no prompt."""


@runtime_checkable
class TakesTable(Protocol):
    """A page that can read inputs from a file just now."""

    def take_table(self, path: Path) -> bool:
        """Read it, or return False if there is nothing here that it could belong to."""
        ...


class Dropping(QObject):
    """Takes one file at a time; `open_workspace` opens a dropped workspace."""

    def __init__(
        self, window: MainWindow, session: Session, open_workspace: Callable[[Path], object]
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._open = window, session, open_workspace
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent) and (found := files_in(event.mimeData())):
            if event.type() != QEvent.Type.DragLeave:
                event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                self._take(found)
            return True
        return super().eventFilter(watched, event)

    def _take(self, found: list[Path]) -> None:
        path = found[0]
        if len(found) > 1:
            self._window.toasts.show(f"One file at a time: {path.name} is taken")
        if path.suffix == paths.SUFFIX:
            self._open(path)
        elif self._session.read_only:
            self._window.toasts.show("This workspace is open for reading")
        elif path.suffix.lower() in TABLES:
            self._take_table(path)
        elif path.suffix.lower() != ".json" or not self._page_takes(path):
            self._session.errand(
                partial(read_text, path), partial(self._show_text, path.stem), self._fail
            )

    def _take_table(self, path: Path) -> None:
        if not self._page_takes(path):
            self._window.toasts.show(f"Open a comparison first; the rows of {path.name} fit there")

    def _page_takes(self, path: Path) -> bool:
        page = self._window.widget(self._window.page) if self._window.page else None
        return isinstance(page, TakesTable) and page.take_table(path)

    def _show_text(self, name: str, text: str) -> None:
        self._window.go("prompts")
        cast("PromptsPage", self._window.widget("prompts")).deeds.new_of(name, text)

    def _fail(self, error: Exception) -> None:
        self._session.failed.emit(error)


def files_in(mime: QMimeData) -> list[Path]:
    """Return the files of this machine that are dragged."""
    urls = mime.urls() if mime.hasUrls() else []
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises ProofroomError for one that cannot be read, is too large or is no text.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MOST_BYTES and path.is_file() else b""
    except OSError as error:
        raise ProofroomError(
            "The file cannot be read", where=str(path), fix=f"{error.strerror}. Choose another one."
        ) from error
    if not path.is_file() or size > MOST_BYTES:
        what = "This is no file" if not path.is_file() else f"It has {figures.size(size)}"
        raise ProofroomError(
            f"{what}: a prompt is read from a text",
            where=str(path),
            fix=f"Drop a text of at most {figures.size(MOST_BYTES)}, or a workspace.",
        )
    if b"\0" in data[:1000] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ProofroomError(
            "This is no text", where=str(path), fix="Drop a text, a table or a workspace."
        )
    from proofroom.interchange import table_text  # noqa: PLC0415 - 65 ms

    return table_text.decoded(data, "", path.name).text
