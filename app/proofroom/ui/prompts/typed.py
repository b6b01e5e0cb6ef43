"""What was typed into the messages and has not reached the draft yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs
from PySide6.QtCore import QObject

from proofroom.ui.prompts.editor import Editor
from proofroom.ui.prompts.timers import once

if TYPE_CHECKING:
    from proofroom.ui.prompts.page import PromptsPage

TYPED_MS = 30
"""Keys within this time are one change: a key's own paint comes first."""


class Typed(QObject):
    """Takes what was typed after a moment, and a paste as a step of its own."""

    def __init__(self, page: PromptsPage) -> None:
        super().__init__(page)
        self._page = page
        self._soon = once(self, TYPED_MS, self._take)

    def listen(self, editor: Editor) -> None:
        """Hear what is typed into an editor."""
        editor.changed.connect(self._soon.start)
        editor.step_ends.connect(self._end_step)

    def flush(self) -> None:
        """Take what was typed within the last moment."""
        if self._soon.isActive():
            self._soon.stop()
            self._take()

    def _take(self) -> None:
        page = self._page
        if not page.on_version and page.draft.now is not None:
            messages = page.bench.editor.messages
            page.draft.edit(structs.replace(page.draft.content, messages=messages))

    def _end_step(self) -> None:
        self.flush()
        self._page.draft.journal.pause()
