"""Sheets that add a provider with exactly what it asks for, or a model of one by its name."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from proofroom.domain.known_provider import KnownProvider
from proofroom.domain.provider import Provider, host_of
from proofroom.engine import protocol
from proofroom.errors import ProofroomError
from proofroom.ui.session import Session
from proofroom.ui.widgets.buttons import Button, Kind, LinkButton
from proofroom.ui.widgets.choices import CheckBox, Combo
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.panels import Sheet
from proofroom.workspace import providers

OTHER = "Another address"


class ProviderSheet(Sheet):
    """Asks for a known provider and its fields, or for a name and an address.

    `added` carries the provider's name; its key is asked for after that, by another sheet.
    """

    added = Signal(str)

    def __init__(
        self,
        over: QWidget,
        session: Session,
        known: tuple[KnownProvider, ...] = (),
        *,
        name: str = "",
        there: Provider | None = None,
    ) -> None:
        """Take the table of known providers, the name chosen first, and the one to be changed."""
        super().__init__(over, "Change a provider" if there else "Add a provider", icon="server")
        self._session, self._there = session, there
        self._known: tuple[KnownProvider, ...] = ()
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
        self.fields: dict[str, Field] = {}
        self._kind_field = Field("Provider", self.kind, above=True)
        for part in (self._kind_field, self.where, self._name_field, self._url_field):
            self.body.addWidget(part)
        self.body.addWidget(self.needs_key)
        self.body.addStretch(1)
        self.cancel_button = Button("Cancel")
        self.add_button = Button("Save" if there else "Add provider", Kind.PRIMARY)
        self.footer.addWidget(self.cancel_button)
        self.footer.addWidget(self.add_button)
        self.kind.currentIndexChanged.connect(self._choose)
        self.add_button.clicked.connect(self._add)
        self.url.returnPressed.connect(self._add)
        self.cancel_button.clicked.connect(self.close_it)
        self.closed.connect(self.deleteLater)
        self._first = there.name if there else name
        self._kind_field.setVisible(there is None)
        self._choose(0)
        if known:
            self._show_known(protocol.Known(providers=known))
        else:
            session.engine.ask(protocol.ListKnown(), self._show_known, session.failed.emit)

    def focus_first(self) -> None:
        """Put focus into the first field that is to be filled in."""
        fields = [one.control for one in self.fields.values()]
        parts = (*fields, self.name, self.url, self.kind)
        next(one for one in parts if one.isVisibleTo(self)).setFocus()

    def _row(self) -> KnownProvider | None:
        at = self.kind.currentIndex()
        return self._known[at] if at < len(self._known) else None

    def _show_known(self, answer: protocol.Known) -> None:
        self._known = tuple(one for one in answer.providers if one.name)
        self.kind.blockSignals(True)
        self.kind.clear()
        for one in self._known:
            self.kind.addItem(one.title)
        self.kind.addItem(OTHER)
        names = [one.name for one in self._known]
        wanted = names.index(self._first) if self._first in names else len(names)
        self.kind.setCurrentIndex(wanted if self._first else 0)
        self.kind.blockSignals(False)
        self._choose(self.kind.currentIndex())
        self.focus_first()

    def _choose(self, _at: int) -> None:
        """Show the fields of the chosen provider, and no others."""
        row, there = self._row(), self._there
        for field in self.fields.values():
            self.body.removeWidget(field)
            field.hide()
            field.deleteLater()
        self.fields = {}
        for number, one in enumerate(row.plain if row else ()):
            line = LineEdit(one.label, hint=one.example, mono=True)
            line.setText(there.field(one.name) if there else "")
            line.returnPressed.connect(self._add)
            label = one.label if one.required else f"{one.label} (optional)"
            field = Field(label, line, help_text=one.help, above=True)
            self.fields[one.name] = field
            self.body.insertWidget(2 + number, field)
        self._name_field.setVisible(row is None and there is None)
        self._url_field.setVisible(row is None)
        self.needs_key.setVisible(row is None)
        if there is not None and row is None:
            self.url.setText(there.url)
            self.needs_key.setChecked(there.needs_key)
        self.where.setText(_goes(row))

    def _add(self) -> None:
        row = self._row()
        values = {name: _text(field) for name, field in self.fields.items() if _text(field)}
        name = row.name if row else self._there.name if self._there else self.name.text()
        request = protocol.AddProvider(
            workspace=str(self._session.path),
            name=name,
            url="" if row else self.url.text(),
            needs_key=None if row else self.needs_key.isChecked(),
            fields=values,
        )
        if row is None and not request.url.strip():
            self._url_field.set_error("Give the server's address.")
            return
        missing = [one for one in (row.plain if row else ()) if one.required]
        for one in (one for one in missing if one.name not in values):
            self.fields[one.name].set_error(f"Give it, for example {one.example}.")
        if any(field.error for field in self.fields.values()):
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
        where = error.where if isinstance(error, ProofroomError) else ""
        own = {"the name": self._name_field, **self.fields}
        first = next(iter(self.fields.values()), self._url_field)
        own.get(where.rpartition(" ")[2] if where not in own else where, first).set_error(words)


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


def key_link(row: KnownProvider | None) -> LinkButton | None:
    """Return a link to the page where a key of a provider is made, None if it has none."""
    if row is None or not row.key_page:
        return None
    link = LinkButton("Get a key", size=12)
    link.setToolTip(row.key_page)
    link.clicked.connect(partial(_open, row.key_page))
    return link


def _open(page: str, _checked: bool = False) -> None:
    QDesktopServices.openUrl(QUrl(page))


def _text(field: Field) -> str:
    return field.control.text().strip() if isinstance(field.control, LineEdit) else ""


def _goes(row: KnownProvider | None) -> str:
    if row is None:
        return "Text goes to the address you give."
    key = "needs an API key" if row.needs_key else "needs no key"
    if row.plain:
        return f"It {key}, which is asked for next and goes to the keychain."
    url = row.url or row.home
    here = Provider(name=row.name, adapter=row.adapter, url=url)
    return f"Text goes to {host_of(here)}. It {key}."
