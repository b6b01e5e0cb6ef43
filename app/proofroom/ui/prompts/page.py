"""The Prompts page: the list, the prompt on screen, and the controllers joined to them."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from msgspec import structs
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget

from proofroom.domain.message import Message
from proofroom.domain.version import Content
from proofroom.ui.pressing import Presses
from proofroom.ui.prompts import banners
from proofroom.ui.prompts.controller import PromptDraft
from proofroom.ui.prompts.counts import Count, Counts
from proofroom.ui.prompts.deeds import Deeds
from proofroom.ui.prompts.history import DRAFT
from proofroom.ui.prompts.inputs import Inputs
from proofroom.ui.prompts.inspector import Inspector
from proofroom.ui.prompts.list_pane import ListPane
from proofroom.ui.prompts.listing import Listed, Listing
from proofroom.ui.prompts.model import PromptsModel
from proofroom.ui.prompts.remarks import Remarks
from proofroom.ui.prompts.settings_form import SettingsForm
from proofroom.ui.prompts.timers import once
from proofroom.ui.prompts.tries import Tries, Try
from proofroom.ui.prompts.typed import Typed
from proofroom.ui.prompts.variables_form import VariablesForm
from proofroom.ui.prompts.version_view import VersionView
from proofroom.ui.prompts.workbench import Workbench
from proofroom.ui.session import Session
from proofroom.ui.slices import Slices
from proofroom.ui.theme import Size, follow, px
from proofroom.ui.widgets import moments
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.frames import Splitter
from proofroom.ui.window import MainWindow

PAINTED_MS = 30
"""A list lays itself out in a turn after its rows came, and is painted in another."""


class PromptsPage(QWidget):
    """Joins the panes; `comparison_asked` carries a comparison's key and whether to run it."""

    comparison_asked = Signal(object, bool)

    def __init__(self, session: Session, window: MainWindow, presses: Presses) -> None:
        super().__init__()
        self.session, self.window_ = session, window
        self.model = PromptsModel()
        self.pane = ListPane(self.model)
        self._bench: Workbench | None = None
        self._inputs: Inputs | None = None
        self._deeds: Deeds | None = None
        self._slices = Slices(self)
        self.draft, self.counts = PromptDraft(session), Counts(session)
        self.tries = Tries(session, presses)
        self.listing = Listing(session, self.pane)
        self.empty = EmptyState(
            "No prompts yet", "Write one, or paste yours from a request, curl or Python.",
            "Write a prompt", icon="pencil-line",
        )  # fmt: skip
        self.version = VersionView(self)
        self._asked = self._values_of = 0
        self._was_opened = self._to_fill = False
        self._left: dict[int, dict[str, Any]] = {}
        self._typed = Typed(self)
        self.remarks = Remarks(self)
        self._lay_out()
        self._connect()
        self._slices.put(self._build, self._join)
        self.listing.read()

    def arrive(self, place: str | None) -> None:
        """Show the prompt asked for, or its version ('5/17'), or the sheet for a new one."""
        prompt, _, version = (place or "").partition("/")
        if prompt.isdecimal():
            self.version.want(int(prompt), int(version or DRAFT))
            self.go(int(prompt), place or "")
        elif place == "new":
            self.deeds.new()
        elif not self.draft.key:
            self.pane.rows.setFocus()

    def leave(self) -> None:
        """Save what was typed and hold the draft no longer."""
        self.flush()
        self.draft.close()
        self.draft.holder.release()

    def go(self, prompt_key: int, place: str = "") -> None:
        """Show another prompt; Back will come to `place` in it."""
        if prompt_key == self.draft.key:
            return
        self.flush()
        self._asked = prompt_key
        self.pane.select(prompt_key)
        self.window_.went(place or str(prompt_key))
        self.draft.open(prompt_key)

    def forget(self) -> None:
        """Show no prompt."""
        self.draft.close()
        self._asked = 0
        self._stack.setCurrentWidget(self._blank)

    def flush(self) -> None:
        """Take what was typed within the last moment."""
        self._typed.flush()

    @property
    def bench(self) -> Workbench:
        """The right side; built now if its turn has not come."""
        if self._bench is None:
            self._slices.finish()
        return cast("Workbench", self._bench)

    @property
    def inputs(self) -> Inputs:
        """The values kept with the prompt; there once the right side is."""
        if self._inputs is None:
            self._slices.finish()
        return cast("Inputs", self._inputs)

    @property
    def deeds(self) -> Deeds:
        """What can be done here; built now if its turn has not come."""
        if self._deeds is None:
            self._slices.finish()
        return cast("Deeds", self._deeds)

    @property
    def values(self) -> dict[str, Any]:
        """The values in the form."""
        return self.bench.inspector.variables.values

    @property
    def on_version(self) -> bool:
        """Whether a version is on screen instead of the draft."""
        return self.version.key != DRAFT

    def _lay_out(self) -> None:
        right = QWidget()
        self._stack = QStackedLayout(right)
        self._blank = QWidget()
        for widget in (self._blank, self.empty):
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

    def _build(self) -> None:
        variables, settings = VariablesForm(), SettingsForm()
        self._slices.next(partial(self._build_inspector, variables, settings))

    def _build_inspector(self, variables: VariablesForm, settings: SettingsForm) -> None:
        inspector = Inspector(variables, settings)
        self._slices.next(partial(self._build_bench, inspector))

    def _build_bench(self, inspector: Inspector) -> None:
        self._bench = Workbench(inspector)
        self._slices.next(self._bench.place_inspector, partial(self._stack.addWidget, self._bench))

    def _join(self) -> None:
        self._inputs, self._deeds = Inputs(self.session, self), Deeds(self)
        self._connect_bench(self.bench)
        self.show_session()
        self.inputs.read_models(self.bench.inspector.settings.show_models)

    def _connect(self) -> None:
        draft, tries = self.draft, self.tries
        self.pane.chosen.connect(self.go)
        self.listing.shown.connect(self._listed)
        # the list is painted first: the rest takes as long as all before it
        begin = once(self, PAINTED_MS, self._slices.begin)
        for answer in (self.listing.shown, self.listing.failed):
            answer.connect(begin.start)
        for part in (self.listing, draft, tries):
            part.failed.connect(self.fail)
        draft.opened.connect(self._opened)
        draft.facts_changed.connect(partial(self._slices.then, self._show_facts))
        draft.shown.connect(self.show_content)
        draft.edited.connect(self._edited)
        draft.saved.connect(self.say_saved)
        draft.conflict.connect(partial(banners.ask_whose, self))
        draft.typed_wanted.connect(self.flush)
        draft.copied.connect(self.go)
        draft.held_elsewhere.connect(self._held)
        tries.shown.connect(self._show_try)
        tries.comparison_made.connect(self._compare_made)
        self.counts.counted.connect(self._counted)
        self.counts.uncounted.connect(self._uncounted)
        self.session.opened.connect(self.show_session)
        self.session.changed.connect(self._changed)

    def _connect_bench(self, bench: Workbench) -> None:
        tries = self.tries
        self.pane.rows.entered.connect(partial(bench.editor.focus, 0))
        self._typed.listen(bench.editor)
        bench.editor.restructured.connect(self._restructured)
        bench.inspector.edited.connect(self._settings)
        bench.inspector.variables.changed.connect(self._count)
        bench.strip.chosen.connect(self.version.show)
        bench.back.clicked.connect(partial(self.version.show, DRAFT))
        tries.running_changed.connect(bench.tries.set_running)
        tries.waiting.connect(bench.tries.begin)
        tries.not_sent.connect(bench.tries.show_problem)
        tries.delta.connect(bench.tries.append)
        bench.tries.stop_asked.connect(tries.stop)

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
        steps = (
            self._show_frame, self._show_facts, self._show_blocks, self._show_inspector,
            self._show_rest,
        )  # fmt: skip
        if self._was_opened:
            self._slices.then(*steps)
            return
        # the first one lays out and paints what was never seen before
        self._was_opened = True
        self._slices.put(*steps)
        self._slices.begin()

    def _show_frame(self) -> None:
        if self._values_of != self.draft.key:
            self._left[self._values_of] = self.values
            self._values_of, self._to_fill = self.draft.key, True
            self.bench.inspector.variables.show_values({})
        self.version.key = DRAFT
        self.bench.banner.hide()
        self.bench.header.fact.setText("")
        self.bench.footer.say_counting()
        self._stack.setCurrentWidget(self.bench)

    def _show_rest(self) -> None:
        self.remarks.look()
        self._count()
        now = self.draft.now
        if now is not None and now.draft.revision > 1:
            self.say_saved(now.draft.changed_at)
        self.inputs.read(self.draft.key)
        self.tries.open(self.draft.key)
        self.bench.area.verticalScrollBar().setValue(0)
        self.deeds.begin()
        self.version.show_wanted()

    def _show_facts(self) -> None:
        now = self.draft.now
        if now is None:
            return
        self.bench.show_name(now.prompt.name, now.tags)
        note = "" if not now.draft.edited else "edited" if now.base else "new"
        self.bench.strip.show_versions(now.versions, note)
        self.bench.show_version(self.version.label, read_only=self.session.read_only)
        self.bench.inspector.show_base(None if self.on_version else now.base, now.base_label)
        self.deeds.allow()
        self.remarks.soon()

    def show_content(self, content: Content) -> None:
        """Show the draft's content; a version on screen stays."""
        if self.on_version:
            return
        self.bench.editor.show_content(content)
        self.bench.inspector.show_content(content)
        self.remarks.look()
        self._count()

    def _show_blocks(self) -> None:
        self.bench.editor.show_content(self.draft.content)

    def _show_inspector(self) -> None:
        self.bench.inspector.show_content(self.draft.content)

    # typing

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
        self.remarks.soon()
        self._count()
        self.deeds.allow()

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

    def _uncounted(self) -> None:
        if not self.on_version:
            self.bench.footer.say_uncounted()

    def say_saved(self, at: int) -> None:
        """Say when the draft was last saved (ms, UTC)."""
        if not self.on_version:
            when = moments.moment(at)
            self.bench.header.fact.say(f"Draft saved {when}", f"Saved {when}", when)

    def _show_try(self, found: Try | None) -> None:
        if self.tries.prompt != self.draft.key:
            return  # of the prompt before, whose answer was on its way
        self.bench.tries.show_try(found)
        if self._to_fill:
            self._to_fill = False
            values = self._left.get(self.draft.key) or (found.values if found is not None else {})
            if not values:
                self.inputs.fill()
            elif not self.values:  # what was typed before the answer came stays
                self.bench.inspector.variables.show_values(values)
            self._count()

    def _compare_made(self, key: int) -> None:
        self.comparison_asked.emit(key, True)

    def _held(self, elsewhere: bool) -> None:
        self._slices.then(partial(banners.say_held, self, elsewhere))

    def fail(self, error: Exception) -> None:
        """Show a failure at the top of the page it concerns."""
        self.bench.tries.set_running(self.tries.running)
        if not banners.show_failure(self, error):
            self.session.failed.emit(error)

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
