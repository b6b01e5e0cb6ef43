"""The sets that a prompt's inputs are kept in: chosen, made, renamed, archived, and moved to."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from proofroom.ui.prompts.popover import Asking
from proofroom.ui.session import Session
from proofroom.workspace import inputs
from proofroom.workspace.inputs import DEFAULT_SET, Input, InputSet

if TYPE_CHECKING:
    from proofroom.ui.prompts.inputs import Inputs
    from proofroom.ui.prompts.page import PromptsPage


class InputSets(QObject):
    """Which set of the prompt on screen is `chosen` (a key, 0 for none), and its menu's deeds."""

    def __init__(self, session: Session, page: PromptsPage, rows: Inputs) -> None:
        super().__init__(page)
        self._session, self._page, self._rows = session, page, rows
        self._form = page.bench.inspector.variables
        self._asking = Asking(page.window_, page.fail)
        self._sets: dict[int, InputSet] = {}
        self.chosen = 0
        self._form.set_chosen.connect(self._choose)
        self._form.new_set_asked.connect(self._new)
        self._form.rename_set_asked.connect(self._rename)
        self._form.archive_set_asked.connect(self._archive)
        self._form.move_asked.connect(self._move)

    @property
    def name(self) -> str:
        """The name of the set that is chosen, of the usual one if none is."""
        one = self._sets.get(self.chosen)
        return DEFAULT_SET if one is None else one.name

    def show(self, found: Sequence[InputSet], usual: int) -> None:
        """Offer a prompt's sets; `usual` is the key of the one chosen when it is opened."""
        self._sets = {one.key: one for one in found}
        if self.chosen not in self._sets:
            self.chosen = usual or next(iter(self._sets), 0)
        self._form.show_sets(found, self.chosen)

    def _choose(self, key: int) -> None:
        self.chosen = key
        self._form.show_sets(list(self._sets.values()), key)
        self._rows.show_set()

    def _new(self) -> None:
        self._ask_new(None)

    def _ask_new(self, moved: Input | None) -> None:
        self._asking.ask("New set", "Name", "Create set", partial(self._make, moved))

    def _make(self, moved: Input | None, name: str) -> None:
        write = partial(_made, self._page.draft.key, name, moved)
        self._session.writer.write(write, self._show_chosen, self._asking.failed)

    def _rename(self) -> None:
        one = self._sets.get(self.chosen)
        if one is not None:
            name = partial(self._name, one.key)
            self._asking.ask("Rename set", "Name", "Rename", name, one.name)

    def _name(self, key: int, name: str) -> None:
        write = partial(_named, key, name)
        self._session.writer.write(write, self._show_chosen, self._asking.failed)

    def _archive(self) -> None:
        one = self._sets.get(self.chosen)
        if one is not None:
            write = partial(inputs.archive_set, key=one.key)
            self._session.writer.write(write, partial(self._archived, one), self._page.fail)

    def _archived(self, one: InputSet, _: object) -> None:
        undo = partial(self._put_back, one.key)
        self._page.window_.toasts.show(f"Set {one.name} archived", "Undo", undo)
        self._show_chosen(0)

    def _put_back(self, key: int) -> None:
        write = partial(_back, key)
        self._session.writer.write(write, self._show_chosen, self._page.fail)

    def _move(self, to: int) -> None:
        one = self._form.input
        if one is None:
            return
        if to:
            self._put(one, one.set_key, to)
        else:
            self._ask_new(one)

    def _put(self, one: Input, before: int, to: int) -> None:
        write = partial(_moved, one.key, to)
        done = partial(self._say_moved, one, before)
        self._session.writer.write(write, done, self._page.fail)

    def _say_moved(self, one: Input, before: int, to: int) -> None:
        words, undo = f"{one.name} moved to {self._sets[to].name}", partial(self._put, one, to)
        self._page.window_.toasts.show(words, "Undo", partial(undo, before))
        self._show_chosen(to)

    def _show_chosen(self, key: int) -> None:
        """Read all anew and show this set."""
        self._asking.close()
        self.chosen = key
        self._rows.read(self._page.draft.key)


def _made(prompt_key: int, name: str, moved: Input | None, db: sqlite3.Connection) -> int:
    key = inputs.add_set(db, prompt_key, name)
    if moved is not None:
        inputs.move(db, moved.key, key)
    return key


def _named(key: int, name: str, db: sqlite3.Connection) -> int:
    inputs.rename_set(db, key, name)
    return key


def _back(key: int, db: sqlite3.Connection) -> int:
    inputs.archive_set(db, key, archived=False)
    return key


def _moved(key: int, to: int, db: sqlite3.Connection) -> int:
    inputs.move(db, key, to)
    return to
