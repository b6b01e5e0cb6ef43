"""Variables and remarks of what is being written, found after a pause in typing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from proofroom.domain.version import Content
from proofroom.ui.prompts import analysis
from proofroom.ui.prompts.analysis import Analysis
from proofroom.ui.prompts.timers import once

if TYPE_CHECKING:
    from proofroom.ui.prompts.page import PromptsPage

PAUSE_MS = 150
INLINE = 60_000
"""A text over this many characters is looked at in a thread of its own."""


class Remarks(QObject):
    """Looks at the draft on screen and shows what it `found`."""

    def __init__(self, page: PromptsPage) -> None:
        super().__init__(page)
        self._page = page
        self.found = Analysis()
        self._pause = once(self, PAUSE_MS, self.look)
        self._looking = self._again = False

    def soon(self) -> None:
        """Look after a pause, counted from the first change."""
        if not self._pause.isActive():
            self._pause.start()

    def now(self) -> None:
        """Look at once and, since the base version may have changed, again after a pause."""
        self._pause.stop()
        content = self._page.draft.content
        self._show(content, analysis.analysed(content, None))
        self._pause.start()

    def look(self) -> None:
        """Look at the draft; if it is long, in a thread, and one look after another."""
        page, now = self._page, self._page.draft.now
        if now is None or page.on_version:
            return
        content = page.draft.content
        work = partial(analysis.analysed, content, now.base)
        size = sum(len(analysis.text_of(message)) for message in content.messages)
        if size < INLINE:
            self._show(content, work())
        elif self._looking:  # threads side by side would hold up the window's
            self._again = True
        else:
            self._looking = True
            page.session.errand(work, partial(self._looked, content), self._fail)

    def _looked(self, content: Content, found: Analysis) -> None:
        try:
            self._show(content, found)
        finally:
            self._go_on()

    def _fail(self, error: Exception) -> None:
        try:
            self._page.fail(error)
        finally:
            self._go_on()

    def _go_on(self) -> None:
        again, self._looking, self._again = self._again, False, False
        if again:
            self.look()

    def _show(self, content: Content, found: Analysis) -> None:
        page, now = self._page, self._page.draft.now
        if content is not page.draft.content or page.on_version:
            return
        self.found = found
        page.bench.editor.show_analysis(found)
        page.bench.inspector.variables.show_variables(found.variables)
        if now is not None:
            page.bench.inspector.show_base(now.base, now.base_label)
        page.bench.footer.say_notes(found.warnings, len(found.notes) - found.warnings)
