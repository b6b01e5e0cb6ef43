"""What can be done on the page, each as an action with its key: create, name, save, run, undo."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu

from proofroom.domain.version import Content
from proofroom.errors import ProofroomError
from proofroom.ui.actions import PROMPTS, ActionSpec
from proofroom.ui.prompts.completing import ACTION, Completing
from proofroom.ui.prompts.history import DRAFT
from proofroom.ui.prompts.new_sheet import NewSheet
from proofroom.ui.prompts.popover import Popover
from proofroom.ui.prompts.versions_sheet import Side, VersionsSheet
from proofroom.workspace import marks, prompts, versions
from proofroom.workspace.prompts import PromptSummary
from proofroom.workspace.versions import VersionSummary

if TYPE_CHECKING:
    from proofroom.ui.prompts.page import PromptsPage

PER_PROMPT = ("rename", "duplicate-prompt", "tag-prompt", "archive", "unarchive-prompt")
ON_DRAFT = ("save-version", "undo", "redo", "move-up", "move-down", "run", "run-beside")


class Deeds(QObject):
    """Carries out the page's actions; the page's own controllers do the rest."""

    def __init__(self, page: PromptsPage) -> None:
        super().__init__(page)
        self._page, self._session, self._window = page, page.session, page.window_
        self._ask: Popover | None = None
        self._new: tuple[int, bool] | None = None
        self.sheet: NewSheet | VersionsSheet | None = None
        self.completing = Completing(page)
        self._register()
        bench, pane = page.bench, page.pane
        actions = self._window.actions_
        for button, id_ in ((bench.save, "save-version"), (bench.compare, "compare-draft")):
            actions.bind(button, id_)
        pane.new_asked.connect(self.new)
        page.empty.pressed.connect(self.new)
        pane.rows.menu_asked.connect(self._open_menu)
        bench.tries.run_asked.connect(self.run)
        bench.restore.clicked.connect(self.restore)
        bench.notes_asked.connect(self.next_note)
        bench.strip.compare_asked.connect(self.compare)
        page.draft.version_saved.connect(self._version_saved)
        self._session.leaving.connect(self._keep)
        bench.tries.set_keys(actions.key("run"))
        for id_ in ("compare-draft", *PER_PROMPT):
            bench.header.more.menu.addAction(actions.action(id_))

    def _register(self) -> None:
        page = self._page
        actions = self._window.actions_
        known: dict[str, Callable[[], None]] = {
            "new": self.new,
            "find": page.pane.search.setFocus,
            "rename": self.rename,
            "archive": self.archive,
            "undo": self.undo,
            "redo": self.redo,
            "save-version": self.save_version,
            "compare-draft": self.compare_draft,
            "move-up": partial(self.move, -1),
            "move-down": partial(self.move, 1),
            "next-warning": self.next_note,
            ACTION: self.completing.complete,
            "run": self.run,
            "run-beside": self.run_beside,
            "side-panel": page.bench.toggle_inspector,
        }
        for id_, callback in known.items():
            owner = {"archive": page.pane.rows, ACTION: page.bench.editor}.get(id_, page)
            actions.on(id_, callback, owner=owner)
        actions.set_text("compare-draft", "Compare the draft with the last version")
        actions.set_text("rename", "Rename prompt…")
        actions.set_text("archive", "Archive prompt")
        actions.set_text("new", "New prompt…")
        actions.set_text("save-version", "Save version…")
        more = (("duplicate-prompt", "Duplicate prompt", "copy", self.duplicate),
                ("tag-prompt", "Tags…", "tag", self.tag),
                ("unarchive-prompt", "Put prompt back", "undo-2", self.put_back))  # fmt: skip
        for id_, text, icon, callback in more:
            spec = ActionSpec(id=id_, text=text, group=PROMPTS, icon=icon, menu="Edit")
            actions.add(spec, callback, owner=page)

    def allow(self) -> None:
        """Offer what can be done now."""
        page, actions = self._page, self._window.actions_
        now, writable = page.draft.now, not self._session.read_only
        here = now is not None and writable
        for id_ in PER_PROMPT:
            actions.set_enabled(id_, here)
        archived = now is not None and now.prompt.archived_at is not None
        actions.set_enabled("archive", here and not archived)
        actions.set_enabled("unarchive-prompt", here and archived)
        for id_ in ON_DRAFT:
            actions.set_enabled(id_, here and not page.on_version)
        self.completing.allow(here and not page.on_version)
        actions.set_enabled("new", writable)
        compared = now is not None and bool(now.versions)
        actions.set_enabled("compare-draft", compared)
        place = any(spec.id == "go-compare" for spec in actions.specs())
        beside = here and compared and not page.on_version and place
        actions.set_enabled("run-beside", beside)
        actions.set_enabled("undo", here and page.draft.journal.can_undo)
        actions.set_enabled("redo", here and page.draft.journal.can_redo)
        page.bench.offer_compare(compared and not page.on_version)

    # prompts

    def new(self) -> None:
        """Ask for a name and perhaps a paste."""
        self.new_of("", "")

    def new_of(self, name: str, text: str) -> None:
        """Ask for the same with a name and a text filled in."""
        if self._session.read_only:
            return
        sheet = NewSheet(self._window, self._session)
        if name or text:
            sheet.fill(name, text)
        sheet.made.connect(self._made)
        self.sheet = sheet
        sheet.open()

    def _made(self, key: int, braces: bool) -> None:
        self._new = (key, braces)
        self._page.listing.read()
        self._page.go(key)

    def begin(self) -> None:
        """Let a prompt that was just made be typed into at once."""
        now, new = self._page.draft.now, self._new
        if now is None or new is None:
            return
        self._new = None  # if another one was opened meanwhile, that is where the person is
        if now.prompt.key == new[0]:
            self._page.bench.editor.focus(0)
            if new[1]:
                self._ask_language()

    def _ask_language(self) -> None:
        """Ask once what the braces of a paste mean; the proposal holds until then."""
        page = self._page
        choose = partial(page.draft.put)
        words = {"jinja2": "Jinja2", "braces": "{name}", "none": "plain text"}
        held = words[page.draft.content.template]
        page.bench.banner.ask(
            f"The text has braces. They are taken as {held}.",
            [
                ("Plain text", partial(choose, template="none")),
                ("{name}", partial(choose, template="braces")),
                ("Jinja2", partial(choose, template="jinja2")),
            ],
        )

    def rename(self) -> None:
        """Ask for another name."""
        now = self._page.draft.now
        if now is not None:
            self._ask = Popover(
                self._window, "Rename prompt", "Name", "Rename",
                partial(self._name, now.prompt.key), text=now.prompt.name,
            )  # fmt: skip

    def _name(self, key: int, name: str) -> None:
        write = partial(prompts.rename, key=key, name=name)
        self._session.writer.write(write, self._close, self._failed)

    def tag(self) -> None:
        """Ask for the prompt's tags."""
        now = self._page.draft.now
        if now is not None:
            self._ask = Popover(
                self._window, "Tags", "Tags", "Save tags", partial(self._tag, now.prompt.key),
                text=", ".join(now.tags), help_text="Several with commas between them.",
            )  # fmt: skip

    def _tag(self, key: int, words: str) -> None:
        tags = [tag.strip() for tag in words.split(",")]
        write = partial(marks.set_tags, target="prompt", target_key=key, tags=tags)
        self._session.writer.write(write, self._close, self._failed)

    def duplicate(self) -> None:
        """Make a prompt with the draft's text, and show it."""
        self._page.flush()
        now = self._page.draft.now
        if now is not None:
            write = partial(_duplicated, now.prompt.name, self._page.draft.content)
            self._session.writer.write(write, self._duplicated, self._page.fail)

    def _duplicated(self, made: PromptSummary) -> None:
        self._page.listing.read()
        self._page.go(made.key)

    def archive(self) -> None:
        """Take the prompt out of the list; the toast puts it back."""
        now = self._page.draft.now
        if now is None or now.prompt.archived_at is not None:
            return
        self._page.flush()
        self._page.draft.flush()
        write = partial(prompts.archive, key=now.prompt.key)
        self._session.writer.write(write, partial(self._archived, now.prompt), self._page.fail)

    def _archived(self, prompt: PromptSummary, _: object) -> None:
        page = self._page
        keys = page.model.keys
        at = keys.index(prompt.key) if prompt.key in keys else -1
        keys = [key for key in keys if key != prompt.key]
        if keys:
            page.go(keys[min(max(at, 0), len(keys) - 1)])
        else:
            page.forget()
        page.listing.read()
        undo = partial(self._put_back, prompt.key)
        self._window.toasts.show(f"{prompt.name} archived", "Undo", undo)

    def put_back(self) -> None:
        """Let an archived prompt stand in the list again."""
        if self._page.draft.now is not None:
            self._put_back(self._page.draft.now.prompt.key)

    def _put_back(self, key: int) -> None:
        write = partial(prompts.archive, key=key, archived=False)
        self._session.writer.write(write, partial(self._back, key), self._page.fail)

    def _back(self, key: int, _: object) -> None:
        self._page.listing.read()
        self._page.go(key)

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self._page)
        for id_ in PER_PROMPT:
            menu.addAction(self._window.actions_.action(id_))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    # the draft

    def undo(self) -> None:
        """Take the last step back, wherever it was made."""
        self._page.flush()
        self._page.draft.undo()

    def redo(self) -> None:
        """Make it again."""
        self._page.flush()
        self._page.draft.redo()

    def move(self, by: int) -> None:
        """Move the message that has the cursor."""
        self._page.flush()
        self._page.bench.editor.move_message(self._page.bench.editor.current(), by)

    def next_note(self) -> None:
        """Put the cursor on the next remark, going round."""
        editor = self._page.bench.editor
        notes = [note for note in self._page.remarks.found.notes if note.message >= 0]
        at, line = editor.current(), -1
        if at >= 0 and editor.blocks[at].texts:
            line = editor.blocks[at].texts[0].line
        behind = [note for note in notes if (note.message, note.line) > (at, line)]
        for note in (*behind, *notes):
            if note.message < len(editor.blocks) and editor.blocks[note.message].texts:
                editor.blocks[note.message].texts[0].go_to(max(0, note.line))
                return

    def _keep(self) -> None:
        """Save the last words before the window closes: it asks if they cannot be saved."""
        self._page.flush()
        self._page.draft.flush()

    # versions

    def save_version(self) -> None:
        """Ask for a note and keep the draft as a version."""
        page = self._page
        page.flush()
        now = page.draft.now
        if now is None or page.on_version:
            return
        if now.base is not None and now.base == page.draft.content:
            self._window.toasts.show(f"The draft is the same as {now.base_label}")
            return
        number = max((one.number for one in now.versions), default=0) + 1
        self._ask = Popover(
            self._window, f"Save v{number}", "Note", "Save version", page.draft.save_version,
            hint="What is different, in a few words",
        )  # fmt: skip

    def _version_saved(self, version: VersionSummary) -> None:
        self._close(None)
        undo = partial(self._archive_version, version.key)
        self._window.toasts.show(f"{version.label} saved", "Undo", undo)

    def _archive_version(self, key: int) -> None:
        write = partial(versions.archive, key=key)
        self._session.writer.write(write, self._close, self._page.fail)

    def restore(self) -> None:
        """Let the draft be as the version on screen; undo takes it back."""
        page = self._page
        shown = page.bench.strip.current
        page.inputs.read_version(shown, self._restore, page.fail)

    def _restore(self, key: int, content: Content) -> None:
        self._page.version.show(DRAFT)
        self._page.draft.restore(content)
        self._window.toasts.show("Restored into the draft", "Undo", self.undo)
        del key

    def compare_draft(self) -> None:
        """Show the draft against the last version, word by word."""
        self._page.flush()
        now = self._page.draft.now
        if now is not None and now.versions:
            self.compare(now.versions[-1].key, DRAFT)

    def compare(self, first: int, second: int) -> None:
        """Show any two of a prompt's states, the older one at the left."""
        now = self._page.draft.now
        if now is None:
            return
        self._page.flush()
        sides = [Side(version.key, version.label, version.note) for version in now.versions]
        sides.append(Side(DRAFT, "Draft", ""))
        order = [side.key for side in sides]
        old, new = sorted((first, second), key=order.index)
        self.sheet = VersionsSheet(
            self._window, self._session, now.prompt.name, sides, self._page.draft.content
        )
        self.sheet.show_pair(old, new)
        self.sheet.open()

    # runs

    def run(self) -> None:
        """Ask the draft's model once, in place."""
        page = self._page
        page.flush()
        if page.draft.now is None or page.on_version or self._session.read_only:
            return
        if page.tries.running:
            return
        if self._ready():
            page.bench.reveal(page.bench.tries)
            page.tries.run(page.draft.content, page.values)

    def run_beside(self) -> None:
        """Make a comparison of the last version and the draft with the form's values."""
        page = self._page
        page.flush()
        now = page.draft.now
        if now is not None and now.versions and self._ready():
            page.tries.beside(page.draft.content, now.versions[-1], page.values)

    def _ready(self) -> bool:
        """Tell whether it can be asked; else show where what is missing."""
        bench = self._page.bench
        page = self._page
        page.remarks.now()
        if bench.inspector.variables.missing:
            bench.inspector.variables.focus_missing()
            names = ", ".join(f"“{name}”" for name in bench.inspector.variables.missing)
            bench.tries.show_problem("Nothing was sent", f"Give {names} a value first.")
            return False
        problem = bench.inspector.settings.model_problem()
        if not page.draft.content.model:
            problem = "Choose a model under Model and settings."
        if problem:
            bench.tries.show_problem("Nothing was sent", problem)
            bench.inspector.settings.model.setFocus()
            return False
        return True

    def _failed(self, error: Exception) -> None:
        if isinstance(error, ProofroomError) and self._ask is not None:
            self._ask.show_error(f"{error.what}. {error.fix}")
        else:
            self._page.fail(error)

    def _close(self, _: object) -> None:
        if self._ask is not None:
            self._ask.close_it()
            self._ask = None


def _duplicated(name: str, content: Content, db: sqlite3.Connection) -> PromptSummary:
    return prompts.create(db, prompts.free_name(db, f"{name}-copy"), content)
