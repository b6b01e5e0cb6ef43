"""Asks a run again: in its cell, else as a comparison of its own; with one thing changed if asked.

A comparison of its own keeps what was asked, so that the answer can be set beside others.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from proofroom.domain.version import Content
from proofroom.ui.prompts.settings_form import SettingsForm
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.panels import Sheet
from proofroom.workspace import models, providers, run_again, run_origin
from proofroom.workspace.run_again import Again
from proofroom.workspace.run_origin import Origin

if TYPE_CHECKING:
    from proofroom.ui.runs.page import RunsPage


class Asked(Struct, frozen=True):
    """What a run asked, and the models that could be asked instead."""

    again: Again
    models: list[str]
    providers: list[str]
    notices: dict[str, str]


class ChangeSheet(Sheet):
    """`changed` carries the content to ask with: the same with what was changed in the sheet."""

    changed = Signal(object)

    def __init__(self, over: QWidget, name: str, asked: Asked) -> None:
        super().__init__(over, f"Run {name} again", icon="rotate-cw")
        self._content = asked.again.content
        self.form, self.button = SettingsForm(), Button("Run again", Kind.PRIMARY)
        self.form.show_models(asked.models, asked.providers, asked.notices)
        self.form.show_content(self._content)
        said = "The same messages and tools are sent. Change the model or a setting, or nothing."
        self.body.addWidget(Paragraph(said, 12, ink="text2"))
        self.body.addWidget(self.form)
        self.body.addStretch(1)
        self.footer.addWidget(self.button)
        self.form.edited.connect(self._edited)
        self.button.clicked.connect(self._go)

    def _edited(self, content: Content) -> None:
        self._content = content
        self.form.show_content(content)

    def _go(self) -> None:
        if self.form.model_problem():
            return
        self.changed.emit(self._content)
        self.close_it()


class Replay(QObject):
    """Asks again what the run under the cursor asked; the new run comes at the top."""

    def __init__(self, page: RunsPage) -> None:
        super().__init__(page)
        self._page, self._session, self._window = page, page.session, page.window_
        self.sheet: ChangeSheet | None = None

    def again(self) -> None:
        """Ask the run again, whatever is kept."""
        key = self._key()
        if key is not None:
            query, show = partial(run_origin.of_run, run_key=key), partial(self._again, key)
            self._session.reader.read(query, show, self._page.fail)

    def ask_change(self) -> None:
        """Ask what is to be changed before the run is asked again."""
        key = self._key()
        if key is not None:
            query = partial(_asked, key)
            self._session.reader.read(query, self._ask, self._page.fail)

    def _key(self) -> int | None:
        if self._session.read_only:
            self._window.toasts.show("This workspace is open for reading")
            return None
        return self._page.acts.here_key()

    def _again(self, key: int, origin: Origin) -> None:
        row, column = origin.row_key, origin.column_key
        if not origin.ended:
            self._window.toasts.show("This run is still under way")
        elif origin.again and origin.comparison_key and row is not None and column is not None:
            cell = [(row, column)]
            started = self._page.presses.run(
                origin.comparison_key, self._page.fail, cells=cell, samples=1, fresh=True
            )
            if started:
                self._say()
        else:
            query = partial(_asked, key)
            self._session.reader.read(query, self._same, self._page.fail)

    def _same(self, asked: Asked) -> None:
        self._make(asked.again, asked.again.content)

    def _ask(self, asked: Asked) -> None:
        self.sheet = ChangeSheet(self._window, asked.again.name, asked)
        self.sheet.changed.connect(partial(self._make, asked.again))
        self.sheet.open()

    def _make(self, again: Again, content: Content) -> None:
        write = partial(run_again.made, again=again, content=content)
        self._session.writer.write(write, self._made, self._page.fail)

    def _made(self, comparison_key: int) -> None:
        if self._page.presses.run(comparison_key, self._page.fail, fresh=True):
            self._say()

    def _say(self) -> None:
        self._window.toasts.show("Asked again; the new run comes at the top")


def _asked(key: int, db: sqlite3.Connection) -> Asked:
    known = [model.full_name for model in providers.models(db)]
    names = [one.name for one in providers.listed(db)]
    return Asked(run_again.asked(db, key), known, names, models.notices(db))
