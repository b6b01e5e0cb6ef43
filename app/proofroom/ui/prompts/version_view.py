"""A version on screen, to be read, in place of the draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from proofroom.domain import figures
from proofroom.domain.version import Content
from proofroom.ui.prompts import analysis
from proofroom.ui.prompts.history import DRAFT
from proofroom.ui.widgets import moments
from proofroom.workspace.versions import VersionSummary

if TYPE_CHECKING:
    from proofroom.ui.prompts.page import PromptsPage


class VersionView(QObject):
    """Which version is on screen: its `key`, 0 for the draft."""

    def __init__(self, page: PromptsPage) -> None:
        super().__init__(page)
        self._page = page
        self.key = self._wanted = DRAFT

    def want(self, prompt_key: int, key: int) -> None:
        """Show a version once its prompt is on screen, at once if it is."""
        self._wanted = key
        if prompt_key == self._page.draft.key and self._page.draft.now is not None:
            self.show_wanted()

    def show_wanted(self) -> None:
        """Show the version that was asked for with the prompt, if one was."""
        key, self._wanted = self._wanted, DRAFT
        if key != DRAFT:
            self.show(key)

    @property
    def label(self) -> str | None:
        """The label of the version on screen, None for the draft."""
        found = self._found(self.key)
        return found.label if found else None

    def show(self, key: int) -> None:
        """Show a version to be read, or the draft (key 0) to be edited."""
        page = self._page
        page.flush()
        now = page.draft.now
        if key != DRAFT and now is not None:
            page.inputs.read_version(key, self._show, page.fail)
            return
        self.key = DRAFT
        page.bench.strip.select(DRAFT)
        page.bench.show_version(None, read_only=page.session.read_only)
        if now is not None:
            page.show_content(page.draft.content)
            page.say_saved(now.draft.changed_at)
        page.deeds.allow()

    def _show(self, key: int, content: Content) -> None:
        page, found = self._page, self._found(key)
        if found is None:
            return
        bench = page.bench
        self.key = DRAFT  # what is shown now is no edit of a version
        bench.show_version(found.label, read_only=page.session.read_only)
        bench.editor.show_content(content)
        bench.inspector.show_content(content)
        bench.inspector.show_base(None, "")
        bench.editor.show_analysis(analysis.analysed(content, None))
        self.key = key
        bench.strip.select(key)
        bench.footer.show_count(None)
        bench.footer.say_notes(0, 0)
        bench.editor.set_tokens(None, about=False)
        bench.editor.set_read_only(True)
        said = figures.facts(found.label, found.note, moments.moment(found.created_at))
        bench.header.fact.setText(said)
        page.deeds.allow()

    def _found(self, key: int) -> VersionSummary | None:
        now = self._page.draft.now
        return next((one for one in now.versions if one.key == key), None) if now else None
