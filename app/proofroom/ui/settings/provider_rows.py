"""Settings: where calls go; known providers, any address, and model files of this laptop."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

from msgspec import Struct
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from proofroom.domain import figures
from proofroom.domain.known_provider import KnownProvider
from proofroom.domain.message import storable
from proofroom.domain.provider import Provider, host_of, stays_here
from proofroom.errors import ProofroomError
from proofroom.ui.session import Session
from proofroom.ui.settings.provider_sheets import ModelSheet, ProviderSheet
from proofroom.ui.settings.rows import Row, Section
from proofroom.ui.settings.trial import Trials
from proofroom.ui.widgets.buttons import Button
from proofroom.ui.widgets.menu_button import MoreButton
from proofroom.workspace import providers

_GGUF = b"GGUF"
_NONE = "no models yet: add one by its name"


class _Known(Struct, frozen=True):
    provider: Provider
    models: int
    files: tuple[str, ...]


class Providers(Section):
    """A line for each provider of this workspace, in the order people use them, ways to add one."""

    added = Signal(str)
    listed = Signal(object)  # the names of those that are set up

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__("providers", "Providers")
        self._session, self._window = session, window
        self._trials = Trials(self, session)
        self.known: tuple[KnownProvider, ...] = ()
        self.more: dict[str, Button] = {}
        self.tests: dict[str, Button] = {}
        self.menus: dict[str, MoreButton] = {}
        self.add_provider = Button("Add a provider…", icon="plus")
        self.add_file = Button("Add a model file…", icon="file-text")
        self.add_button(self.add_provider, self.add_file)
        self.add_provider.clicked.connect(self._add_provider)
        self.add_file.clicked.connect(self._add_file)

    def arrive(self) -> None:
        """Read the providers anew."""
        self._session.reader.latest("providers", _known, self._draw, self._session.failed.emit)

    def _draw(self, found: list[_Known]) -> None:
        self.clear()
        self._trials.clear()
        self.more, self.tests, self.menus = {}, {}, {}
        order = {row.name: at for at, row in enumerate(self.known) if row.name}
        # this laptop's own model first: it needs nothing
        found.sort(key=lambda one: -1 if _own(one) else order.get(one.provider.name, len(order)))
        for one in found:
            self._draw_one(one)
        self.put_in_order()
        for button in (self.add_provider, self.add_file):
            button.setVisible(not self._session.read_only)
        self.listed.emit([one.provider.name for one in found])

    def _draw_one(self, one: _Known) -> None:
        provider, host = one.provider, host_of(one.provider)
        here = stays_here(provider)
        words = figures.facts(
            f"Text stays on {host}" if here else f"Text goes to {host}",
            figures.plural(one.models, "model") if one.models else _NONE,
            f"{figures.plural(provider.concurrency, 'call')} at once",
            ", ".join(one.files),
        )
        icon = "laptop" if here else "globe"
        if provider.forbidden:
            words, icon = "Forbidden in this workspace: the engine refuses every call to it.", "ban"
        known = self._row_of(provider)
        title = known.title if known is not None else provider.name
        row = Row(title, words, *self._buttons_of(provider), icon=icon)
        if (test := self.tests.get(provider.name)) is not None:
            self._trials.attach(provider, row, test)
        self.add(row)

    def _buttons_of(self, provider: Provider) -> list[QWidget]:
        """Return what can be done with it; this laptop's own model has ways of its own."""
        if provider.adapter == "embedded" or self._session.read_only:
            return []
        name = provider.name
        if provider.forbidden:
            allow = Button("Allow", small=True)
            allow.setAccessibleName(f"Allow: {name}")
            allow.clicked.connect(partial(self._forbid, name, forbidden=False))
            self.more[name] = allow
            return [allow]
        model = Button("Add a model…", small=True)
        model.setAccessibleName(f"Add a model: {name}")
        model.clicked.connect(partial(self._add_model, provider))
        test = Button("Test", small=True)
        test.setAccessibleName(f"Test: {name}")
        self.more[name], self.tests[name] = model, test
        menu = MoreButton(f"More: {name}", dense=True)
        if self._row_of(provider) is None or self._plain_of(provider):
            menu.menu.addAction("Change…", partial(self._change, provider))
        forbid = partial(self._forbid, name, forbidden=True)
        menu.menu.addAction("Forbid in this workspace", forbid)
        self.menus[name] = menu
        return [model, test, menu]

    def _row_of(self, provider: Provider) -> KnownProvider | None:
        return next((row for row in self.known if row.name and row.name == provider.name), None)

    def _plain_of(self, provider: Provider) -> bool:
        row = self._row_of(provider)
        return row is not None and bool(row.plain)

    def _forbid(self, name: str, _checked: bool = False, *, forbidden: bool) -> None:
        write = partial(providers.forbid, name=name, forbidden=forbidden)
        self._session.writer.write(write, self._forbade, self._session.failed.emit)

    def _forbade(self, _: object) -> None:
        self.arrive()

    def _add_model(self, provider: Provider, _checked: bool = False) -> None:
        sheet = ModelSheet(self._window, self._session, provider)
        sheet.added.connect(self._added)
        sheet.open()

    def _change(self, provider: Provider) -> None:
        sheet = ProviderSheet(self._window, self._session, self.known, there=provider)
        sheet.added.connect(self._added)
        sheet.open()

    def _add_provider(self) -> None:
        self.set_up("")

    def set_up(self, name: str) -> None:
        """Ask for what a provider needs besides its key, chosen by name; '' chooses none."""
        sheet = ProviderSheet(self._window, self._session, self.known, name=name)
        sheet.added.connect(self._added)
        sheet.open()

    def _added(self, name: str) -> None:
        self.arrive()
        self.added.emit(name)

    def _add_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Add a model file", str(Path.home()), "Model files (*.gguf)"
        )
        if name:
            self.take_file(Path(name))

    def take_file(self, file: Path) -> None:
        """Add a GGUF file as a model of this laptop; it is read where it lies."""
        self._session.errand(partial(_looked_at, file), self._write_file, self._session.failed.emit)

    def _write_file(self, file: Path) -> None:
        offer = providers.embedded_offer(storable(file.stem), path=str(file))
        write: Callable[[sqlite3.Connection], None] = partial(
            providers.offer, provider=providers.EMBEDDED.name, offers=[offer]
        )
        self._session.writer.write(write, partial(self._wrote, file), self._session.failed.emit)

    def _wrote(self, file: Path, _: object) -> None:
        self._added(f"local/{storable(file.stem)}")


def _looked_at(file: Path) -> Path:
    with file.open("rb") as opened:
        if file.stem == providers.SMOLLM2 or opened.read(len(_GGUF)) != _GGUF:
            raise ProofroomError(
                "This is not a GGUF model", where=str(file), fix="Choose a file that ends in .gguf."
            )
    return file.resolve()


def _known(db: sqlite3.Connection) -> list[_Known]:
    found: list[_Known] = []
    for one in providers.listed(db):
        models = providers.models(db, provider=one.name)
        files = tuple(f"{model.name} from {model.path}" for model in models if model.path)
        found.append(_Known(one, len(models), files))
    return found


def _own(one: _Known) -> bool:
    return one.provider.adapter == "embedded"
