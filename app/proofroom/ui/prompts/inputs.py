"""What the form needs of the workspace: inputs kept with a prompt, models, a version's text."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from proofroom.domain.version import Content
from proofroom.errors import ProofroomError
from proofroom.ui.prompts.popover import Popover
from proofroom.ui.session import Session
from proofroom.workspace import inputs, providers, versions
from proofroom.workspace.inputs import Input

if TYPE_CHECKING:
    from proofroom.ui.prompts.page import PromptsPage

ShowModels = Callable[[Sequence[str], Sequence[str]], None]


class Inputs(QObject):
    """Keeps the form's values as named inputs of the prompt on screen."""

    def __init__(self, session: Session, page: PromptsPage) -> None:
        super().__init__(page)
        self._session, self._page = session, page
        self._form = page.bench.inspector.variables
        self._found: list[Input] = []
        self._ask: Popover | None = None
        self._chosen = ""
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
        """Read the models and providers of the workspace."""
        self._session.reader.read(_models, partial(_spread, show), self._page.fail)

    def read_version(
        self, key: int, show: Callable[[int, Content], None], fail: Callable[[Exception], None]
    ) -> None:
        """Read what a version consists of."""
        self._session.reader.read(partial(_version, key), partial(show, key), fail)

    def fill(self) -> None:
        """Fill in the first input of a prompt that was never tried."""
        if self._found and not self._form.values:
            self._form.show_inputs(self._found, str(self._found[0].key))
            self._form.show_values(self._found[0].values)

    def _show(self, found: tuple[int, list[Input]]) -> None:
        prompt_key, rows = found
        if prompt_key != self._page.draft.key:
            return
        self._found = rows
        self._form.show_inputs(rows, self._chosen)
        self._chosen = ""

    def _save_as(self) -> None:
        self._ask = Popover(
            self._page.window_, "Save as input", "Name", "Save input", self._keep,
            text=f"Input {len(self._found) + 1}",
        )  # fmt: skip

    def _keep(self, name: str) -> None:
        if not name.strip():
            self._error("Give it a name.")
            return
        write = partial(inputs.add, prompt_key=self._page.draft.key,
                        rows=[(name.strip(), self._form.values)])  # fmt: skip
        self._session.writer.write(write, self._kept, self._failed)

    def _kept(self, keys: list[int]) -> None:
        self._close()
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
            self._ask = Popover(
                self._page.window_, "Rename input", "Name", "Rename",
                partial(self._name, one), text=one.name,
            )  # fmt: skip

    def _name(self, one: Input, name: str) -> None:
        if not name.strip():
            self._error("Give it a name.")
            return
        write = partial(inputs.change, key=one.key, name=name.strip(), values=one.values)
        self._session.writer.write(write, self._renamed, self._failed)

    def _renamed(self, _: object) -> None:
        self._close()
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

    def _failed(self, error: Exception) -> None:
        if isinstance(error, ProofroomError) and self._ask is not None:
            self._error(f"{error.what}. {error.fix}")
        else:
            self._page.fail(error)

    def _error(self, words: str) -> None:
        if self._ask is not None:
            self._ask.show_error(words)

    def _close(self) -> None:
        if self._ask is not None:
            self._ask.close_it()
            self._ask = None


def _of_prompt(prompt_key: int, db: sqlite3.Connection) -> tuple[int, list[Input]]:
    return prompt_key, inputs.of_prompt(db, prompt_key)


def _models(db: sqlite3.Connection) -> tuple[list[str], list[str]]:
    models = [model.full_name for model in providers.models(db)]
    return models, [one.name for one in providers.listed(db)]


def _spread(show: ShowModels, found: tuple[list[str], list[str]]) -> None:
    show(*found)


def _version(key: int, db: sqlite3.Connection) -> Content:
    version = versions.by_key(db, key)
    if version is None:
        raise ProofroomError(
            "That version is not there", where="this prompt", fix="Choose another."
        )
    return versions.content(db, version)
