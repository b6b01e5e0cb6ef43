"""One open prompt: its draft with undo, autosave within a second, versions and conflicts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial

from msgspec import Struct, structs
from PySide6.QtCore import QObject, Signal

from proofroom import clock
from proofroom.domain.version import Content
from proofroom.errors import ProofroomError
from proofroom.ui.prompts.timers import once
from proofroom.ui.session import Session
from proofroom.ui.undo import Journal, Unsaved
from proofroom.workspace import drafts, marks, prompts, versions
from proofroom.workspace.changes import Changes
from proofroom.workspace.drafts import Draft, DraftChangedError
from proofroom.workspace.holding import Holder
from proofroom.workspace.prompts import PromptSummary
from proofroom.workspace.versions import VersionSummary

AUTOSAVE_MS = 400
"""From the first change to its save; the promise is one second."""


class Opened(Struct, frozen=True, kw_only=True):
    """A prompt as it was read from the workspace."""

    prompt: PromptSummary
    tags: tuple[str, ...]
    draft: Draft
    steps: tuple[bytes, ...]
    versions: tuple[VersionSummary, ...]
    base: Content | None
    base_label: str


class PromptDraft(QObject):
    """The draft of the prompt on screen. `shown` carries a Content that the page must show."""

    opened = Signal()
    facts_changed = Signal()  # name, tags, versions, base
    shown = Signal(object)
    edited = Signal()
    saved = Signal(object)  # microseconds
    conflict = Signal()
    typed_wanted = Signal()  # before what was typed a moment ago could be passed over
    held_elsewhere = Signal(bool)
    version_saved = Signal(object)  # VersionSummary
    failed = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session, self.holder = session, Holder()
        self.now: Opened | None = None
        self.journal = Journal(Content())
        self._wanted = 0
        self._revision = 0
        self._sent = Content()  # by the save under way
        self._passed: Content | None = None  # by a save that holds it too
        self._saving = self._in_conflict = False
        self._then: list[Callable[[], None]] = []
        self._timer = once(self, AUTOSAVE_MS, self._save)
        session.changed.connect(self._look)

    # opening and closing

    @property
    def key(self) -> int:
        """The key of the prompt asked for; 0 for none."""
        return self._wanted

    @property
    def content(self) -> Content:
        """The draft as it is now."""
        return self.journal.content

    def open(self, prompt_key: int) -> None:
        """Show another prompt; what is not saved of the one before is saved first."""
        self.close()
        self._wanted = prompt_key
        self._session.reader.read(partial(_opened, prompt_key), self._open, self._fail)
        if not self._session.read_only:
            hold = partial(self.holder.take, prompt_key=prompt_key)
            self._session.writer.write(hold, self.held_elsewhere.emit, self._fail)

    def close(self) -> None:
        """Save what is not saved, as a new prompt in a conflict, and hold the draft no longer."""
        self.flush()
        if self.now is not None and self._in_conflict:
            self._keep_aside(self.now.prompt.name, self.content)
        elif self.now is not None and self._saving and self.journal.dirty:
            self._save_behind(self.now.prompt)
        if self.now is not None and not self._session.read_only:
            leave = partial(self.holder.leave, prompt_key=self.now.prompt.key)
            self._session.writer.write(leave, self._done, self._fail)
        self.now, self._wanted, self._in_conflict = None, 0, False

    def _open(self, found: Opened) -> None:
        if found.prompt.key != self._wanted:
            return
        self._take(found)
        self.opened.emit()

    def _take(self, found: Opened) -> None:
        self.now, self._revision = found, found.draft.revision
        self.journal = Journal(found.draft.content, found.steps, found.draft.position)
        self._saving = self._in_conflict = False

    # editing

    def edit(self, content: Content) -> None:
        """Take what the editor or a field shows now as a step of undo."""
        if self.now is not None and self.journal.record(content, clock.monotonic_us()):
            self._changed()

    def put(self, **fields: object) -> None:
        """Change fields of the content as one step and show it."""
        self.journal.pause()
        self.edit(structs.replace(self.content, **fields))
        self.journal.pause()
        self.shown.emit(self.content)

    def undo(self) -> None:
        """Take the last step back."""
        self._step(self.journal.undo)

    def redo(self) -> None:
        """Make the step taken back last again."""
        self._step(self.journal.redo)

    def restore(self, content: Content) -> None:
        """Let the draft be as `content`, as one step that can be undone."""
        self.journal.pause()
        self.edit(content)
        self.shown.emit(self.content)

    def _step(self, step: Callable[[], Content | None]) -> None:
        try:
            content = step()
        except ProofroomError as error:
            self._fail(error)
            return
        if content is not None:
            self._changed()
            self.shown.emit(content)

    def _changed(self) -> None:
        self.edited.emit()
        if not self._timer.isActive():
            self._timer.start()

    # saving

    def flush(self) -> None:
        """Save now what is not saved."""
        self._timer.stop()
        self._save()

    def when_saved(self, then: Callable[[], None]) -> None:
        """Call `then` once all that was typed is in the workspace."""
        self._then.append(then)
        self.flush()
        self._go_on()

    def save_version(self, note: str) -> None:
        """Keep the draft as a version; `version_saved` or `failed` follows."""
        self.when_saved(partial(self._save_version, note))

    def _save_version(self, note: str) -> None:
        if self.now is None:
            return
        self._saving, self._sent = True, self.content
        write = partial(_version, self.now.prompt.key, note, self._revision)
        self._session.writer.write(write, self._version_saved, self._not_saved)

    def _version_saved(self, done: tuple[VersionSummary, Opened]) -> None:
        version, found = done
        self._saving = False
        if self.now is not None and found.prompt.key == self.now.prompt.key:
            self.now, self._revision = found, found.draft.revision
            self.facts_changed.emit()
        self.version_saved.emit(version)
        self._go_on()

    def _save(self) -> None:
        blocked = self._saving or self._in_conflict or self._session.read_only
        if self.now is None or blocked or not self.journal.dirty:
            return
        prompt, unsaved = self.now.prompt, self.journal.taken()
        self._saving, self._sent = True, unsaved.content
        write = partial(_saved, prompt.key, unsaved, self._revision)
        lost = partial(self._lost, prompt, unsaved.content)
        self._session.writer.write(write, partial(self._saved, prompt.key), lost)

    def _saved(self, key: int, draft: Draft) -> None:
        if self.now is None or self.now.prompt.key != key:
            return
        self._saving, self._revision = False, draft.revision
        self.now = structs.replace(self.now, draft=draft)
        self.saved.emit(draft.changed_at)
        if self.journal.dirty:
            self._timer.start()
        self._go_on()

    def _lost(self, prompt: PromptSummary, content: Content, error: Exception) -> None:
        """Hear that a save failed, perhaps after another prompt was opened or the window closed."""
        if self.now is not None and self.now.prompt.key == prompt.key:
            self._not_saved(error)
        elif not isinstance(error, DraftChangedError):
            self._session.failed.emit(error)
        elif content is not self._passed:
            self._keep_aside(prompt.name, content)

    def _save_behind(self, prompt: PromptSummary) -> None:
        """Save what was typed since the save began that is still under way, right behind it."""
        unsaved, self._passed = self.journal.taken(), self._sent
        write = partial(_saved_behind, prompt.key, unsaved, self._sent, self._revision)
        lost = partial(self._lost_behind, prompt.name, unsaved.content)
        self._session.writer.write(write, self._done, lost)

    def _lost_behind(self, name: str, content: Content, error: Exception) -> None:
        if isinstance(error, DraftChangedError):
            self._keep_aside(name, content)
        else:
            self._session.failed.emit(error)

    def _keep_aside(self, name: str, content: Content) -> None:
        """Keep as a new prompt what its draft cannot take and no page will ask about."""
        kept = partial(self._kept_aside, name)
        self._session.writer.write(partial(_copied, name, content), kept, self._session.failed.emit)

    def _kept_aside(self, name: str, made: PromptSummary) -> None:
        self._session.kept_aside.emit(name, made.name)

    def _not_saved(self, error: Exception) -> None:
        self._saving, self._then = False, []
        if isinstance(error, DraftChangedError):
            self.journal.not_saved()
            self._in_conflict = True
            self.conflict.emit()
        else:
            self.failed.emit(error)

    def _go_on(self) -> None:
        if self._saving or self.journal.dirty:
            return
        waiting, self._then = self._then, []
        for then in waiting:
            then()

    # others

    def reload(self) -> None:
        """Take the draft as it is in the workspace; what was typed here is given up."""
        self._session.reader.read(partial(_opened, self._wanted), self._open, self._fail)

    def keep_mine(self) -> None:
        """Keep what was typed here as a new prompt, which is told by `session.changed`."""
        self.typed_wanted.emit()
        if self.now is None:
            return
        write = partial(_copied, self.now.prompt.name, self.content)
        self._session.writer.write(write, self._kept_mine, self._fail)

    def _kept_mine(self, made: PromptSummary) -> None:
        self.now = None
        self.copied.emit(made.key)

    copied = Signal(object)

    def _look(self, changes: Changes) -> None:
        tables = {"drafts", "versions", "prompts", "marks"}
        if self.now is not None and tables & changes.tables and not self._saving:
            query = partial(_opened, self.now.prompt.key)
            self._session.reader.latest("prompts.draft", query, self._seen, self._fail)

    def _seen(self, found: Opened) -> None:
        """Take what is new: facts always, the text only if nothing here is unsaved."""
        if self.now is None or found.prompt.key != self.now.prompt.key:
            return
        if found.draft.revision < self._revision or self._saving or self._in_conflict:
            return
        if found.draft.revision == self._revision:
            self.now = found
            self.facts_changed.emit()
            return
        self.typed_wanted.emit()
        if self.journal.dirty:
            self._in_conflict = True
            self.conflict.emit()
        else:
            self._take(found)
            self.facts_changed.emit()
            self.shown.emit(self.content)
            self.saved.emit(found.draft.changed_at)

    def _done(self, _: object) -> None:
        return None

    def _fail(self, error: Exception) -> None:
        self.failed.emit(error)


def _opened(prompt_key: int, db: sqlite3.Connection) -> Opened:
    draft = drafts.of_prompt(db, prompt_key)
    prompt = prompts.by_key(db, prompt_key)
    if prompt is None:
        raise RuntimeError("a draft without its prompt")
    base = None if draft.base_key is None else versions.by_key(db, draft.base_key)
    tags = [mark.value for mark in marks.of(db, "prompt", prompt_key) if mark.kind == "tag"]
    return Opened(
        prompt=prompt,
        tags=tuple(sorted(tags)),
        draft=draft,
        steps=tuple(drafts.journal(db, draft.key)),
        versions=tuple(reversed(versions.of_prompt(db, prompt_key))),
        base=None if base is None else versions.content(db, base),
        base_label="" if base is None else base.label,
    )


def _saved(key: int, unsaved: Unsaved, revision: int, db: sqlite3.Connection) -> Draft:
    return drafts.save(
        db,
        key,
        unsaved.content,
        revision=revision,
        edits=unsaved.edits,
        kept=unsaved.kept,
        position=unsaved.position,
    )


def _saved_behind(
    key: int, unsaved: Unsaved, sent: Content, revision: int, db: sqlite3.Connection
) -> Draft:
    """Save behind another save, if that is what the draft holds now; else it was changed."""
    draft = drafts.of_prompt(db, key)
    is_ours = draft.revision > revision and draft.content == sent
    return _saved(key, unsaved, draft.revision if is_ours else revision - 1, db)


def _version(
    key: int, note: str, revision: int, db: sqlite3.Connection
) -> tuple[VersionSummary, Opened]:
    version = versions.save(db, key, note=note, revision=revision)
    return version, _opened(key, db)


def _copied(name: str, content: Content, db: sqlite3.Connection) -> PromptSummary:
    return prompts.create(db, prompts.free_name(db, name), content)
