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
from proofroom.domain.message import storable
from proofroom.domain.provider import Provider, host_of, stays_here
from proofroom.engine import protocol
from proofroom.errors import ProofroomError
from proofroom.ui.session import Session
from proofroom.ui.settings.rows import Row, Section
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.choices import CheckBox, Combo
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.panels import Sheet
from proofroom.workspace import providers

_GGUF = b"GGUF"
OTHER = "Another address"
_NONE = "no models yet: add one by its name"


class _Known(Struct, frozen=True):
    provider: Provider
    models: int
    files: tuple[str, ...]


class Providers(Section):
    """A line for each provider of this workspace, and the ways to add one."""

    added = Signal(str)

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__("providers", "Providers")
        self._session, self._window = session, window
        self.more: dict[str, Button] = {}
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
        self.more = {}
        for one in found:
            provider, host = one.provider, host_of(one.provider)
            here = stays_here(provider)
            words = figures.facts(
                f"Text stays on {host}" if here else f"Text goes to {host}",
                figures.plural(one.models, "model") if one.models else _NONE,
                f"{figures.plural(provider.concurrency, 'call')} at once",
                ", ".join(one.files),
            )
            buttons = self._buttons_of(provider)
            self.add(Row(provider.name, words, *buttons, icon="laptop" if here else "globe"))
        self.put_in_order()
        for button in (self.add_provider, self.add_file):
            button.setVisible(not self._session.read_only)

    def _buttons_of(self, provider: Provider) -> list[Button]:
        """Return the button that adds a model by its name; a model file has a way of its own."""
        if provider.adapter == "embedded" or self._session.read_only:
            return []
        button = Button("Add a model…", small=True)
        button.setAccessibleName(f"Add a model: {provider.name}")
        button.clicked.connect(partial(self._add_model, provider))
        self.more[provider.name] = button
        return [button]

    def _add_model(self, provider: Provider, _checked: bool = False) -> None:
        sheet = ModelSheet(self._window, self._session, provider)
        sheet.added.connect(self._added)
        sheet.open()

    def _add_provider(self) -> None:
        sheet = ProviderSheet(self._window, self._session)
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


class ProviderSheet(Sheet):
    """Asks for a known provider, or for a name and an address."""

    added = Signal(str)

    def __init__(self, over: QWidget, session: Session) -> None:
        super().__init__(over, "Add a provider", icon="server")
        self._session = session
        self._known: tuple[Provider, ...] = ()
        self.kind = Combo("Provider")
        self.kind.addItem(OTHER)
        self.name = LineEdit("Name", hint="office")
        self.url = LineEdit("Address", hint="http://127.0.0.1:11434/v1", mono=True)
        self.needs_key = CheckBox("It needs an API key")
        self.where = Paragraph("", 12, ink="text2")
        self._name_field = Field("Name", self.name, above=True)
        self._url_field = Field(
            "Address",
            self.url,
            help_text="A server that speaks OpenAI's chat completions.",
            above=True,
        )
        self.body.addWidget(Field("Provider", self.kind, above=True))
        for part in (self.where, self._name_field, self._url_field, self.needs_key):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.cancel_button = Button("Cancel")
        self.add_button = Button("Add provider", Kind.PRIMARY)
        self.footer.addWidget(self.cancel_button)
        self.footer.addWidget(self.add_button)
        self.kind.currentIndexChanged.connect(self._choose)
        self.add_button.clicked.connect(self._add)
        self.url.returnPressed.connect(self._add)
        self.cancel_button.clicked.connect(self.close_it)
        self.closed.connect(self.deleteLater)
        self._choose(0)
        session.engine.ask(protocol.ListKnown(), self._show_known, session.failed.emit)

    def _show_known(self, answer: protocol.Known) -> None:
        self._known = answer.providers
        self.kind.blockSignals(True)
        self.kind.clear()
        for one in self._known:
            self.kind.addItem(one.name)
        self.kind.addItem(OTHER)
        self.kind.blockSignals(False)
        self._choose(self.kind.currentIndex())

    def _choose(self, at: int) -> None:
        known = self._known[at] if at < len(self._known) else None
        for part in (self._name_field, self._url_field, self.needs_key):
            part.setVisible(known is None)
        if known is None:
            self.where.setText("Text goes to the address you give.")
        else:
            key = "needs an API key" if known.needs_key else "needs no key"
            self.where.setText(f"Text goes to {host_of(known)}. It {key}.")

    def _add(self) -> None:
        at = self.kind.currentIndex()
        known = self._known[at] if at < len(self._known) else None
        request = protocol.AddProvider(
            workspace=str(self._session.path),
            name=known.name if known else self.name.text(),
            url="" if known else self.url.text(),
            needs_key=None if known else self.needs_key.isChecked(),
        )
        if known is None and not request.url.strip():
            self._url_field.set_error("Give the server's address.")
            return
        self.add_button.setEnabled(False)
        self._session.engine.ask(request, self._was_added, self._was_not_added)

    def _was_added(self, answer: protocol.Added) -> None:
        self._session.look()
        self.close_it()
        self.added.emit(answer.name)

    def _was_not_added(self, error: Exception) -> None:
        self.add_button.setEnabled(True)
        words = f"{error.what}. {error.fix}" if isinstance(error, ProofroomError) else str(error)
        of_name = isinstance(error, ProofroomError) and error.where == "the name"
        (self._name_field if of_name else self._url_field).set_error(words)


class ModelSheet(Sheet):
    """Asks for the name that a provider's server knows a model by."""

    added = Signal(str)

    def __init__(self, over: QWidget, session: Session, provider: Provider) -> None:
        super().__init__(over, f"Add a model of {provider.name}", icon="server")
        self._session, self._provider = session, provider
        self.name = LineEdit("Model", hint="llama3.2", mono=True)
        self.field = Field(
            "Model",
            self.name,
            help_text=f"The name that {host_of(provider)} knows it by.",
            above=True,
        )
        self.body.addWidget(self.field)
        self.body.addStretch(1)
        self.cancel_button = Button("Cancel")
        self.add_button = Button("Add model", Kind.PRIMARY)
        self.footer.addWidget(self.cancel_button)
        self.footer.addWidget(self.add_button)
        self.add_button.clicked.connect(self._add)
        self.name.returnPressed.connect(self._add)
        self.cancel_button.clicked.connect(self.close_it)
        self.closed.connect(self.deleteLater)

    def focus_first(self) -> None:
        """Put focus into the field."""
        self.name.setFocus()

    def _add(self) -> None:
        name = self.name.text().strip()
        if not name:
            self.field.set_error("Give the model's name.")
            return
        self.add_button.setEnabled(False)
        full = f"{self._provider.name}/{name}"
        write = partial(providers.ask_for, full_name=full)
        self._session.writer.write(write, self._was_added, self._was_not_added)

    def _was_added(self, model: providers.Model) -> None:
        self.close_it()
        self.added.emit(model.full_name)

    def _was_not_added(self, error: Exception) -> None:
        self.add_button.setEnabled(True)
        known = isinstance(error, ProofroomError)
        self.field.set_error(f"{error.what}. {error.fix}" if known else str(error))


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
