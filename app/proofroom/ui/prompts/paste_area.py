"""The field for a paste: a large one is held whole, and only its start is laid out."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication

from proofroom.ui.prompts.text_measures import replaced
from proofroom.ui.widgets.fields import TextArea

MOST = 60_000
"""More characters than this are held: Qt lays out 2 MB in seconds, one line of it in minutes."""
_SHOWN_LINES = 40
_SHOWN = 400
_DELETE = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
_PARAGRAPH = "\u2029"


class PasteArea(TextArea):
    """Several lines to type or paste; what is held can be taken out or replaced, not edited."""

    held_changed = Signal()

    def __init__(self, name: str, *, hint: str = "", lines: int = 3) -> None:
        super().__init__(name, hint=hint, lines=lines)
        self._whole: str | None = None

    @property
    def held(self) -> bool:
        """Whether only the start of what was pasted is shown."""
        return self._whole is not None

    def text(self) -> str:
        """Return all that was typed and pasted, letter by letter."""
        if self._whole is not None:
            return self._whole
        return self.document().toRawText().replace(_PARAGRAPH, "\n")

    def put(self, text: str) -> None:
        """Hold this, as if it were pasted into the empty field."""
        self._show(*((text, _start_of(text)) if len(text) > MOST else (None, text)))

    def take_out(self) -> None:
        """Be empty and editable again."""
        self._show(None, "")

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()
        if self.held or self.document().characterCount() + len(text) <= MOST:
            super().insertFromMimeData(source)
            return
        cursor = self.textCursor()
        whole = replaced(self.text(), cursor.selectionStart(), cursor.selectionEnd(), text)
        self._show(whole, _start_of(whole))

    def event(self, event: QEvent) -> bool:
        override = QEvent.Type.ShortcutOverride
        if isinstance(event, QKeyEvent) and event.type() == override and self._deletes(event):
            event.accept()  # Backspace is a key of Back where nothing is edited
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.held and event.matches(QKeySequence.StandardKey.Paste):
            self.take_out()
            self.insertFromMimeData(QApplication.clipboard().mimeData())
        elif self._deletes(event):
            self.take_out()
        else:
            super().keyPressEvent(event)

    def _deletes(self, event: QKeyEvent) -> bool:
        return self.held and event.key() in _DELETE

    def _show(self, whole: str | None, shown: str) -> None:
        self._whole = whole
        self.setReadOnly(self.held)
        self.setPlainText(shown)
        self.held_changed.emit()


def _start_of(text: str) -> str:
    """Return the first lines of a long text, each cut to what is read of it."""
    lines = text[: _SHOWN_LINES * _SHOWN].split("\n")[:_SHOWN_LINES]
    return "\n".join(
        [line if len(line) <= _SHOWN else line[:_SHOWN] + " …" for line in lines] + ["…"]
    )
