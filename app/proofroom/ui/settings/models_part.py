"""Settings: the catalogue of models, searched, starred, priced, and refreshed when asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from proofroom import clock
from proofroom.domain import figures
from proofroom.engine import protocol
from proofroom.errors import ProofroomError
from proofroom.ui import icons
from proofroom.ui.session import Session
from proofroom.ui.settings import refreshing
from proofroom.ui.settings.model_facts import ModelFacts
from proofroom.ui.settings.models_model import ModelsModel
from proofroom.ui.settings.models_table import ModelsTable
from proofroom.ui.settings.refreshing import Refresh
from proofroom.ui.settings.rows import Section
from proofroom.ui.theme import Space, follow, px
from proofroom.ui.widgets.buttons import Button
from proofroom.ui.widgets.choices import CheckBox
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.fields import SearchField
from proofroom.ui.widgets.labels import Label, Paragraph
from proofroom.ui.widgets.menu_button import MenuButton
from proofroom.workspace import models
from proofroom.workspace.models import Line

TEXT = (
    "Sizes, modalities, retirement and prices (USD for a million tokens), from litellm's price"
    " file and the providers' own lists. A list is asked for only when you press Refresh."
)
_ALL = (("", "All providers"),)


class Models(Section):
    """The table with its search, and the sheet of one model."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__("models", "Models", TEXT)
        self._session, self._window = session, window
        self._brought_up = False
        self.model, self.refresh = ModelsModel(), Refresh(session)
        self.table = ModelsTable(self.model)
        self.field = SearchField("Search models", hint="Search models")
        self.provider = MenuButton("", _ALL)
        self.favourites = CheckBox("Favourites")
        self.refresh_button = Button("Refresh")
        self.refresh_button.setToolTip(
            "Ask the providers for their lists; no text of yours is sent"
        )
        self.count, self.said = Label("", 12, ink="text2"), Paragraph("", 12, ink="text2")
        self.nothing = EmptyState("No model matches", "", "Show all", icon="search")
        self.sheet: ModelFacts | None = None
        self._lay_out()
        self._connect()
        follow(self._room)

    def _lay_out(self) -> None:
        self._bar, self._column = QHBoxLayout(), QVBoxLayout()
        self._bar.addWidget(self.field, 1)
        self._bar.addWidget(self.provider)
        self._bar.addWidget(self.favourites)
        self._bar.addWidget(self.refresh_button)
        self._column.addLayout(self._bar)
        self._column.addWidget(self.table)
        self._column.addWidget(self.nothing)
        self._column.addWidget(self.count)
        self._column.addWidget(self.said)
        self.nothing.hide()
        self.said.hide()
        self.box.insertLayout(self.box.count() - 1, self._column)

    def _connect(self) -> None:
        self.field.textChanged.connect(self._look)
        self.field.left_down.connect(self._to_table)
        self.field.returnPressed.connect(self._to_table)
        self.provider.chosen.connect(self._look)
        self.favourites.clicked.connect(self._look)
        self.nothing.pressed.connect(self.show_all)
        self.refresh_button.clicked.connect(self.ask_lists)
        self.refresh.ended.connect(self._came)
        self.refresh.failed.connect(self._did_not_come)
        self.table.activated.connect(self._activated)
        self.table.star_asked.connect(self._star)
        self.table.menu_asked.connect(self._menu)
        self.table.doubleClicked.connect(self._activated)

    def arrive(self) -> None:
        """Read the catalogue anew; the first time, take what this version's price file says."""
        self._session.reader.latest("models", _read, self._draw, self._session.failed.emit)
        if not self._brought_up and not self._session.read_only:
            self._brought_up = True
            self.refresh.bring_up()

    def search(self, words: list[str]) -> bool:
        """Show the section if its title, its words or a model's name has all of the words."""
        said = f"{self.title.text()} {TEXT} favourites catalogue".casefold()
        found = all(word in said for word in words)
        self.setVisible(found)
        return found

    def show_all(self) -> None:
        """Look for nothing in particular."""
        self.field.clear()
        self.provider.set_value("")
        self.favourites.setChecked(False)
        self._look()

    def ask_lists(self) -> None:
        """Ask the providers for their lists of models: the one shown, or all."""
        self.refresh_button.setEnabled(False)
        self._say("Asking for the lists")
        self.refresh.start(self.provider.value)

    # what is shown

    def _draw(self, lines: list[Line]) -> None:
        at = self.table.verticalScrollBar().value()
        with self._keeping():
            self.model.take(lines, clock.local(clock.now()).date())
        names = sorted({line.facts.provider for line in lines})
        value = self.provider.value if self.provider.value in names else ""
        self.provider.set_options([*_ALL, *((name, name) for name in names)], value)
        self.table.verticalScrollBar().setValue(at)
        self.refresh_button.setVisible(not self._session.read_only)
        self._tell()

    @contextmanager
    def _keeping(self) -> Generator[None]:
        """Keep the model that is chosen while the rows change, if it is still shown."""
        chosen = self._chosen()
        yield
        row = -1 if chosen is None else self.model.row_of(chosen.facts.key)
        if row >= 0:
            self.table.selectRow(row)

    def _look(self, _: object = None) -> None:
        with self._keeping():
            self.model.look_for(
                self.field.text(), self.provider.value, favourites=self.favourites.isChecked()
            )
        self._tell()

    def _tell(self) -> None:
        shown, whole = len(self.model.lines), self.model.count()
        self.table.setVisible(bool(shown) or not whole)
        self.nothing.setVisible(bool(whole) and not shown)
        words = f"“{self.field.text()}”" if self.field.text() else "here"
        if self.favourites.isChecked() and not self.field.text():
            self.nothing.show_text(
                "No favourite yet", "Press the star before a model's name.", "Show all"
            )
        else:
            self.nothing.show_text(f"No model matches {words}", "", "Show all")
        some = f"{figures.number(shown)} of " if shown != whole else ""
        keys = "Enter shows all of a model, Space makes it a favourite"
        self.count.setText(figures.facts(f"{some}{figures.plural(whole, 'model')}", keys))
        self.count.setVisible(bool(shown))

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))

    def _to_table(self) -> None:
        if self.model.lines:
            self.table.selectRow(max(0, self.table.currentIndex().row()))
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _chosen(self) -> Line | None:
        row = self.table.currentIndex().row()
        return self.model.lines[row] if 0 <= row < len(self.model.lines) else None

    # what is done

    def _activated(self, index: QModelIndex) -> None:
        self._open(index.row())

    def _open(self, row: int) -> None:
        if self.sheet is None:
            self.sheet = ModelFacts(self._window, self._session, self.model.lines[row].facts)
            self.sheet.closed.connect(self._closed)
            self.sheet.open()

    def _closed(self) -> None:
        self.sheet = None
        self.arrive()

    def _star(self, row: int) -> None:
        if self._session.read_only:
            return
        facts = self.model.lines[row].facts
        self.table.selectRow(row)
        write = partial(models.set_favourite, key=facts.key, favourite=not facts.favourite)
        self._session.writer.write(write, self._wrote, self._session.failed.emit)

    def _wrote(self, _: object) -> None:
        self.arrive()

    def _menu(self, row: int, where: QPoint) -> None:
        facts, menu = self.model.lines[row].facts, QMenu(self)
        menu.addAction(icons.icon("panel-right"), "Show all of it", partial(self._open, row))
        if not self._session.read_only:
            words = "No longer a favourite" if facts.favourite else "Make it a favourite"
            menu.addAction(icons.icon("star"), words, partial(self._star, row))
        copy = partial(QGuiApplication.clipboard().setText, self.table.copied())
        menu.addAction(icons.icon("copy"), "Copy as text", copy)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)

    def _came(self, answer: protocol.Refreshed) -> None:
        self.refresh_button.setEnabled(True)
        lines = [refreshing.words(one) for one in answer.lists]
        self._say("\n".join(lines) or "No provider here has a list. Add one under Providers.")
        self.arrive()

    def _did_not_come(self, error: Exception) -> None:
        self.refresh_button.setEnabled(True)
        known = isinstance(error, ProofroomError)
        self._say(f"{error.what}. {error.fix}" if known else str(error))

    def _room(self) -> None:
        self._bar.setSpacing(px(Space.S))
        self._column.setSpacing(px(Space.S))
        self._column.setContentsMargins(0, px(Space.S), 0, 0)
        self.nothing.setFixedHeight(self.table.height())


def _read(db: sqlite3.Connection) -> list[Line]:
    return models.listed(db)
