"""The Prompts page: the list, the prompt on screen, and the controllers joined to them."""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec import structs
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget

from proofroom.domain.message import Message
from proofroom.domain.version import Content
from proofroom.errors import ProofroomError
from proofroom.ui.pressing import Presses
from proofroom.ui.prompts import analysis
from proofroom.ui.prompts.analysis import Analysis
from proofroom.ui.prompts.controller import PromptDraft
from proofroom.ui.prompts.counts import Count, Counts
from proofroom.ui.prompts.deeds import Deeds
from proofroom.ui.prompts.history import DRAFT
from proofroom.ui.prompts.inputs import Inputs
from proofroom.ui.prompts.list_pane import ListPane
from proofroom.ui.prompts.listing import Listed, Listing
from proofroom.ui.prompts.model import PromptsModel
from proofroom.ui.prompts.timers import once
from proofroom.ui.prompts.tries import Tries, Try
from proofroom.ui.prompts.workbench import Workbench
from proofroom.ui.session import Session
from proofroom.ui.theme import Size, follow, px
from proofroom.ui.widgets import figures
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.frames import Splitter
from proofroom.ui.widgets.news import Tone
from proofroom.ui.window import MainWindow

TYPED_MS = 30
"""Keys within this time are one change: a key's own paint comes first."""
ANALYSED_MS = 150
_INLINE = 60_000
"""A text over this many characters is looked at in a thread of its own."""


class PromptsPage(QWidget):
    """Joins the panes; `comparison_asked` carries a comparison's key and whether to run it."""

    comparison_asked = Signal(object, bool)

    def __init__(self, session: Session, window: MainWindow, presses: Presses) -> None:
        super().__init__()
        self.session, self.window_ = session, window
        self.model = PromptsModel()
        self.pane, self.bench = ListPane(self.model), Workbench()
        self.draft, self.counts = PromptDraft(session), Counts(session)
        self.tries = Tries(session, presses)
        self.listing = Listing(session, self.pane)
        self.empty = EmptyState(
            "No prompts yet", "Write one, or paste yours from a request, curl or Python.",
            "Write a prompt", icon="pencil-line",
        )  # fmt: skip
        self.analysis, self._version = Analysis(), DRAFT
        self._asked, self._values_of = 0, 0
        self._typed = once(self, TYPED_MS, self._take_typed)
        self._analyse = once(self, ANALYSED_MS, self._look_at)
        self.inputs = Inputs(session, self)
        self.deeds = Deeds(self)
        self._lay_out()
        self._connect()
        self.show_session()
        self.listing.read()
        self.inputs.read_models(self.bench.inspector.settings.show_models)

    def arrive(self, place: str | None) -> None:
        """Show the prompt asked for, if one is, or the sheet for a new one."""
        if place and place.isdecimal():
            self.go(int(place))
        elif place == "new":
            self.deeds.new()
        elif not self.draft.key:
            self.pane.rows.setFocus()

    def leave(self) -> None:
        """Save what was typed and hold the draft no longer."""
        self.flush()
        self.draft.close()
        self.draft.holder.release()

    def go(self, prompt_key: int) -> None:
        """Show another prompt."""
        if prompt_key == self.draft.key:
            return
        self.flush()
        self._asked = prompt_key
        self.pane.select(prompt_key)
        self.window_.went(str(prompt_key))
        self.draft.open(prompt_key)

    def forget(self) -> None:
        """Show no prompt."""
        self.draft.close()
        self._asked = 0
        self._stack.setCurrentWidget(self._blank)

    def look_now(self) -> None:
        """Find variables and remarks at once instead of after a pause."""
        self._analyse.stop()
        self._analysed(self.draft.content, analysis.analysed(self.draft.content, None))
        self._analyse.start()

    def flush(self) -> None:
        """Take what was typed within the last moment."""
        if self._typed.isActive():
            self._typed.stop()
            self._take_typed()

    @property
    def values(self) -> dict[str, Any]:
        """The values in the form."""
        return self.bench.inspector.variables.values

    @property
    def can_compare(self) -> bool:
        """Whether there is a page to show a comparison on."""
        return any(spec.id == "go-compare" for spec in self.window_.actions_.specs())

    @property
    def on_version(self) -> bool:
        """Whether a version is on screen instead of the draft."""
        return self._version != DRAFT

    def _lay_out(self) -> None:
        right = QWidget()
        self._stack = QStackedLayout(right)
        self._blank = QWidget()
        for widget in (self._blank, self.bench, self.empty):
            self._stack.addWidget(widget)
        self.splitter = Splitter("List and prompt")
        self.splitter.addWidget(self.pane)
        self.splitter.addWidget(right)
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        row = QHBoxLayout(self)
        row.addWidget(self.splitter)
        row.setContentsMargins(0, 0, 0, 0)
        follow(self._restyle)

    def _connect(self) -> None:
        bench, draft, tries = self.bench, self.draft, self.tries
        self.pane.chosen.connect(self.go)
        self.pane.rows.entered.connect(partial(bench.editor.focus, 0))
        self.listing.shown.connect(self._listed)
        for part in (self.listing, draft, tries):
            part.failed.connect(self.fail)
        bench.editor.changed.connect(self._typed.start)
        bench.editor.restructured.connect(self._restructured)
        bench.inspector.edited.connect(self._settings)
        bench.inspector.variables.changed.connect(self._count)
        bench.strip.chosen.connect(self.show_version)
        bench.back.clicked.connect(partial(self.show_version, DRAFT))
        draft.opened.connect(self._opened)
        draft.facts_changed.connect(self._show_facts)
        draft.shown.connect(self._show_content)
        draft.edited.connect(self._edited)
        draft.saved.connect(self._saved)
        draft.conflict.connect(self._conflict)
        draft.copied.connect(self.go)
        draft.held_elsewhere.connect(self._held)
        tries.shown.connect(self._show_try)
        tries.running_changed.connect(bench.tries.set_running)
        tries.waiting.connect(bench.tries.begin)
        tries.not_sent.connect(bench.tries.show_problem)
        tries.delta.connect(bench.tries.append)
        tries.comparison_made.connect(self._compare_made)
        bench.tries.stop_asked.connect(tries.stop)
        self.counts.counted.connect(self._counted)
        self.session.opened.connect(self.show_session)
        self.session.changed.connect(self._changed)

    # the list

    def show_session(self) -> None:
        """Offer what this workspace allows: nothing new in one that can only be read."""
        self.pane.set_read_only(self.session.read_only)
        self.deeds.allow()

    def _listed(self, listed: Listed) -> None:
        self.empty.button.setVisible(not self.session.read_only)
        if not listed.any:
            self._stack.setCurrentWidget(self.empty)
        elif not self._asked and listed.prompts:
            self.go(listed.prompts[0].key)
        elif not self.draft.key:
            self._stack.setCurrentWidget(self._blank)

    def _changed(self, changes: Any) -> None:  # noqa: ANN401 - workspace.changes.Changes
        if {"models", "providers"} & changes.tables:
            self.inputs.read_models(self.bench.inspector.settings.show_models)
        if "inputs" in changes.tables or "input_sets" in changes.tables:
            self.inputs.read(self.draft.key)

    # the prompt on screen

    def _opened(self) -> None:
        self._version = DRAFT
        self._stack.setCurrentWidget(self.bench)
        self.bench.banner.hide()
        self.bench.header.fact.setText("")
        self.bench.footer.show_count(None)
        self._show_facts()
        self._show_content(self.draft.content)
        now = self.draft.now
        if now is not None and now.draft.revision > 1:
            self._saved(now.draft.changed_at)
        self.inputs.read(self.draft.key)
        self.tries.open(self.draft.key)
        self.bench.area.verticalScrollBar().setValue(0)
        self.deeds.begin()

    def _show_facts(self) -> None:
        now = self.draft.now
        if now is None:
            return
        self.bench.show_name(now.prompt.name, now.tags)
        note = "" if not now.draft.edited else "edited" if now.base else "new"
        self.bench.strip.show_versions(now.versions, note)
        self.bench.show_version(self.label, read_only=self.session.read_only)
        self.bench.inspector.show_base(now.base, now.base_label)
        self.deeds.allow()
        self._analyse.start()

    @property
    def label(self) -> str | None:
        """The version on screen, None for the draft."""
        now = self.draft.now
        found = [one for one in now.versions if one.key == self._version] if now else []
        return found[0].label if found else None

    def _show_content(self, content: Content) -> None:
        if self.on_version:
            return
        self.bench.editor.show_content(content)
        self.bench.inspector.show_content(content)
        self._look_at()
        self._count()

    def show_version(self, key: int) -> None:
        """Show a version to be read, or the draft (key 0) to be edited."""
        self.flush()
        now = self.draft.now
        if key == DRAFT or now is None:
            self._version = DRAFT
            self.bench.strip.select(DRAFT)
            self.bench.show_version(None, read_only=self.session.read_only)
            if now is not None:
                self._show_content(self.draft.content)
                self._saved(now.draft.changed_at)
            self.deeds.allow()
            return
        self.inputs.read_version(key, self._show_version, self.fail)

    def _show_version(self, key: int, content: Content) -> None:
        now = self.draft.now
        found = [one for one in now.versions if one.key == key] if now else []
        if not found:
            return
        self._version = DRAFT
        self.bench.show_version(found[0].label, read_only=self.session.read_only)
        self.bench.editor.show_content(content)
        self.bench.inspector.show_content(content)
        self.bench.editor.show_analysis(analysis.analysed(content, None))
        self._version = key
        self.bench.strip.select(key)
        self.bench.footer.show_count(None)
        self.bench.footer.say_notes(0, 0)
        self.bench.editor.set_tokens(None, about=False)
        self.bench.editor.set_read_only(True)
        said = figures.facts(found[0].label, found[0].note, figures.moment(found[0].created_at))
        self.bench.header.fact.setText(said)
        self.deeds.allow()

    # typing

    def _take_typed(self) -> None:
        if not self.on_version and self.draft.now is not None:
            content = structs.replace(self.draft.content, messages=self.bench.editor.messages)
            self.draft.edit(content)

    def _restructured(self, messages: tuple[Message, ...]) -> None:
        self.flush()
        self.draft.put(messages=messages)

    def _settings(self, content: Content) -> None:
        self.flush()
        if self.on_version:
            return
        wanted = structs.replace(content, messages=self.draft.content.messages)
        language = wanted.template != self.draft.content.template
        self.draft.edit(wanted)
        if language:
            self.bench.editor.show_content(wanted)
        self.bench.inspector.show_content(self.draft.content)

    def _edited(self) -> None:
        if not self._analyse.isActive():
            self._analyse.start()
        self._count()
        self.deeds.allow()

    def _look_at(self) -> None:
        now = self.draft.now
        if now is None or self.on_version:
            return
        content = self.draft.content
        work = partial(analysis.analysed, content, now.base)
        size = sum(len(analysis.text_of(message)) for message in content.messages)
        if size < _INLINE:
            self._analysed(content, work())
        else:
            self.session.errand(work, partial(self._analysed, content), self.fail)

    def _analysed(self, content: Content, found: Analysis) -> None:
        if content is not self.draft.content or self.on_version:
            return
        self.analysis = found
        self.bench.editor.show_analysis(found)
        self.bench.inspector.variables.show_variables(found.variables)
        now = self.draft.now
        if now is not None:
            self.bench.inspector.show_base(now.base, now.base_label)
        hints = len(found.notes) - found.warnings
        self.bench.footer.say_notes(found.warnings, hints)

    # what comes back

    def _count(self) -> None:
        now = self.draft.now
        if now is not None and not self.on_version:
            self.counts.show(self.draft.content, self.values, now.base, now.base_label)

    def _counted(self, count: Count) -> None:
        if self.on_version:
            return
        self.bench.footer.show_count(count)
        self.bench.editor.set_tokens(count.counted.messages, about=False)

    def _saved(self, at: int) -> None:
        if not self.on_version:
            self.bench.header.fact.setText(f"Draft saved {figures.moment(at)}")

    def _show_try(self, found: Try | None) -> None:
        self.bench.tries.show_try(found)
        if self._values_of != self.draft.key:
            self._values_of = self.draft.key
            if found is not None:
                self.bench.inspector.variables.show_values(found.values)
            else:
                self.inputs.fill()
            self._count()

    def _held(self, elsewhere: bool) -> None:
        if elsewhere:
            text = "This draft is open in another window too. What is saved first stays."
            self.bench.held.ask(text, [("Understood", self.bench.held.hide)])
        else:
            self.bench.held.hide()

    def _conflict(self) -> None:
        text = "The draft was changed in another window. Yours is not saved."
        answers = [("Reload", self.draft.reload), ("Keep mine as new prompt", self.draft.keep_mine)]
        self.bench.banner.ask(text, answers, tone=Tone.BAD)

    def _compare_made(self, key: int) -> None:
        self.comparison_asked.emit(key, True)

    def fail(self, error: Exception) -> None:
        """Show a failure at the top of the page it concerns."""
        self.bench.tries.set_running(self.tries.running)
        if not isinstance(error, ProofroomError) or not self.draft.key:
            self.session.failed.emit(error)
            return
        self.bench.banner.ask(f"{error.what}. {error.fix}", [("Close", self.bench.banner.hide)],
                              tone=Tone.BAD)  # fmt: skip

    def _restyle(self) -> None:
        self.splitter.set_positions([Size.LIST, Size.WINDOW_W - Size.LIST])
        self.setMinimumWidth(px(Size.LIST))


def _open_comparison(page: PromptsPage, presses: Presses, key: int, run: bool) -> None:
    """Show a comparison on its own page, and run it if that was asked."""
    if run:
        presses.run(key, page.fail)
    page.window_.go("compare", str(key))


def build(session: Session, window: MainWindow, presses: Presses) -> QWidget:
    """Return the page, joined to a session."""
    page = PromptsPage(session, window, presses)
    page.comparison_asked.connect(partial(_open_comparison, page, presses))
    return page
