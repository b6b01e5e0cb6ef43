"""What the form needs of the workspace: inputs kept with a prompt, models, a version's text."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from proofroom.domain.version import Content
from proofroom.errors import ProofroomError
from proofroom.ui.prompts.input_sets import InputSets
from proofroom.ui.prompts.popover import Asking
from proofroom.ui.session import Session
from proofroom.workspace import inputs, models, providers, versions
from proofroom.workspace.inputs import Input, InputSet

if TYPE_CHECKING:
    from proofroom.ui.prompts.page import PromptsPage

ShowModels = Callable[[Sequence[str], Sequence[str], Mapping[str, str]], None]


class Inputs(QObject):
    """Keeps the form's values as named inputs of the prompt on screen."""

    def __init__(self, session: Session, page: PromptsPage) -> None:
        super().__init__(page)
        self._session, self._page = session, page
        self._form = page.bench.inspector.variables
        self._found: list[Input] = []
        self._asking = Asking(page.window_, page.fail)
        self._chosen = ""
        self.sets = InputSets(session, page, self)
        self._form.save_as_asked.connect(self._save_as)
        self._form.save_asked.connect(self._save)
        self._form.rename_asked.connect(self._rename)
        self._form.archive_asked.connect(self._archive)

    @property
    def names(self) -> list[str]:
        """The names of the values that are kept with the prompt."""
        return list(dict.fromkeys(name for one in self._found for name in one.values))

    def read(self, prompt_key: int) -> None:
        """Show the inputs of a prompt."""
        if prompt_key:
            query = partial(_of_prompt, prompt_key)
            self._session.reader.read(query, self._show, self._page.fail)

    def read_models(self, show: ShowModels) -> None:
        """Read the models, providers and what is to be said of models that go."""
        self._session.reader.read(_models, partial(_spread, show), self._page.fail)

    def read_version(
        self, key: int, show: Callable[[int, Content], None], fail: Callable[[Exception], None]
    ) -> None:
        """Read what a version consists of."""
        self._session.reader.read(partial(_version, key), partial(show, key), fail)

    def fill(self) -> None:
        """Fill in the first input of a prompt that was never tried."""
        if self._found and not self._form.values:
            self._form.show_inputs(self._of_set(), str(self._found[0].key))
            self._form.show_values(self._found[0].values)

    def show_set(self) -> None:
        """Offer the inputs of the set that is chosen."""
        self._form.show_inputs(self._of_set(), self._chosen)
        self._chosen = ""

    def _of_set(self) -> list[Input]:
        return [one for one in self._found if one.set_key == self.sets.chosen]

    def _show(self, found: tuple[int, list[InputSet], list[Input]]) -> None:
        prompt_key, sets, rows = found
        if prompt_key != self._page.draft.key:
            return
        self._found = rows
        self.sets.show(sets, rows[0].set_key if rows else 0)
        self.show_set()

    def _save_as(self) -> None:
        name = f"Input {len(self._of_set()) + 1}"
        self._asking.ask("Save as input", "Name", "Save input", self._keep, name)

    def _keep(self, name: str) -> None:
        if not name.strip():
            self._asking.refuse("Give it a name.")
            return
        write = partial(inputs.add, prompt_key=self._page.draft.key,
                        rows=[(name.strip(), self._form.values)], to=self.sets.name)  # fmt: skip
        self._session.writer.write(write, self._kept, self._asking.failed)

    def _kept(self, keys: list[int]) -> None:
        self._asking.close()
        self._chosen = str(keys[0])
        self.read(self._page.draft.key)

    def _save(self) -> None:
        one = self._form.input
        if one is not None:
            values = one.values | self._form.values
            write = partial(inputs.change, key=one.key, name=one.name, values=values)
            self._session.writer.write(write, self._saved, self._page.fail)

    def _saved(self, _: object) -> None:
        one = self._form.input
        self._page.window_.toasts.show(f"{one.name} saved" if one else "Input saved")
        self.read(self._page.draft.key)

    def _rename(self) -> None:
        one = self._form.input
        if one is not None:
            name = partial(self._name, one)
            self._asking.ask("Rename input", "Name", "Rename", name, one.name)

    def _name(self, one: Input, name: str) -> None:
        if not name.strip():
            self._asking.refuse("Give it a name.")
            return
        write = partial(inputs.rename, key=one.key, name=name.strip())
        self._session.writer.write(write, self._renamed, self._asking.failed)

    def _renamed(self, _: object) -> None:
        self._asking.close()
        self.read(self._page.draft.key)

    def _archive(self) -> None:
        one = self._form.input
        if one is not None:
            write = partial(inputs.archive, key=one.key)
            self._session.writer.write(write, partial(self._archived, one), self._page.fail)

    def _archived(self, one: Input, _: object) -> None:
        self._page.window_.toasts.show(f"{one.name} archived", "Undo", partial(self._put_back, one))
        self.read(self._page.draft.key)

    def _put_back(self, one: Input) -> None:
        self._chosen = str(one.key)
        write = partial(inputs.archive, key=one.key, archived=False)
        self._session.writer.write(write, self._renamed, self._page.fail)


def _of_prompt(prompt_key: int, db: sqlite3.Connection) -> tuple[int, list[InputSet], list[Input]]:
    return prompt_key, inputs.sets(db, prompt_key), inputs.of_prompt(db, prompt_key)


def _models(db: sqlite3.Connection) -> tuple[list[str], list[str], dict[str, str]]:
    names = [model.full_name for model in providers.models(db)]
    return names, [one.name for one in providers.listed(db)], models.notices(db)


def _spread(show: ShowModels, found: tuple[list[str], list[str], dict[str, str]]) -> None:
    show(*found)


def _version(key: int, db: sqlite3.Connection) -> Content:
    version = versions.by_key(db, key)
    if version is None:
        raise ProofroomError(
            "That version is not there", where="this prompt", fix="Choose another."
        )
    return versions.content(db, version)
