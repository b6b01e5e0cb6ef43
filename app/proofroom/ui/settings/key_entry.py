"""A sheet that takes an API key and gives it to the keychain, or to this session where it fails."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from proofroom.domain import known_provider, setting
from proofroom.domain.known_provider import KnownProvider
from proofroom.domain.provider import Provider, host_of
from proofroom.engine import protocol
from proofroom.errors import ProofroomError
from proofroom.keys import keychain
from proofroom.keys.failure import KeychainError
from proofroom.keys.patience import Patience, at_the_window
from proofroom.keys.secret import Secret, of_fields
from proofroom.ui.session import Session
from proofroom.ui.settings.provider_sheets import key_link
from proofroom.ui.settings.trial import TESTING
from proofroom.ui.widgets.buttons import Button, Kind, LinkButton
from proofroom.ui.widgets.fields import LineEdit, TextArea
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.news import Banner, Tone
from proofroom.ui.widgets.panels import Sheet
from proofroom.workspace import machine

_LOOK_MS = 200
_ONE = known_provider.Field(name="api_key", label="API key", secret=True)
WAITS = "Waiting for your keychain"


class KeyEntry(Sheet):
    """Asks for one provider's key; `saved` carries the provider's name and where it went.

    What a provider asks for stands in `row`; with `names_taken` the key gets a name of its own.
    """

    saved = Signal(str, str)

    def __init__(
        self,
        over: QWidget,
        session: Session,
        provider: Provider,
        row: KnownProvider | None = None,
        names_taken: Collection[str] | None = None,
    ) -> None:
        own = row is not None and row.name == provider.name
        title = row.title if row is not None and own else provider.name
        super().__init__(over, f"API key of {title}", icon="key-round")
        self._session, self._provider = session, provider
        self._patience: Patience | None = None
        self._secret: Secret | None = None
        self._taken = names_taken
        self.banner = Banner()
        secrets = row.secrets if row is not None and row.secrets else (_ONE,)
        self.secrets = {one.name: _Secret(one) for one in secrets}
        self.field = next(iter(self.secrets.values()))
        self.key = cast("LineEdit", self.field.control)  # or a TextArea, for a whole file
        self.name = LineEdit("Name", hint="work")
        self.name_field = Field("Name of the key", self.name, above=True)
        self.session_button = Button("Use it for this session")
        self.test_button = Button("Test")
        self.cancel_button = Button("Cancel")
        self.save_button = Button("Save in the keychain", Kind.PRIMARY)
        self._fill(key_link(row))
        buttons = (self.session_button, self.test_button, self.cancel_button, self.save_button)
        for button in buttons:
            self.footer.addWidget(button)
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._say_waiting)
        for field in self.secrets.values():
            if isinstance(field.control, LineEdit):
                field.control.returnPressed.connect(self._save)
        self.test_button.clicked.connect(self._test)
        self.save_button.clicked.connect(self._save)
        self.session_button.clicked.connect(self._keep_for_session)
        self.cancel_button.clicked.connect(self._cancel)
        self.closed.connect(self._closed)

    def _fill(self, link: LinkButton | None) -> None:
        where = f"It is sent to {host_of(self._provider)} and to nobody else."
        self.body.addWidget(self.banner)
        self.body.addWidget(Paragraph(where, 12, ink="text2"))
        if self._taken is not None:
            self.body.addWidget(self.name_field)
        else:
            self.name_field.hide()
        for field in self.secrets.values():
            self.body.addWidget(field)
        if link is not None:
            self.body.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addStretch(1)

    def focus_first(self) -> None:
        """Put focus into the first field."""
        (self.key if self._taken is None else self.name).setFocus()

    def _typed(self) -> Secret | None:
        """Return what was typed as one key; what is wrong with it is said under its field."""
        values = {name: _text(field) for name, field in self.secrets.items()}
        for name, field in self.secrets.items():
            if len(values) > 1 and not values[name].strip() and field.required:
                field.set_error("This is needed.")
                return None
        try:
            return of_fields(values, where=f"the key of {self._provider.name}")
        except ProofroomError as error:
            self.secrets.get(error.where, self.field).set_error(f"{error.what}. {error.fix}")
            return None

    def _named(self) -> str | None:
        """Return the name to keep the key under, None after saying why the typed one is none."""
        if self._taken is None:
            return self._provider.key_name
        name = self.name.text().strip()
        try:
            keychain.entry(self._provider.name, name)
        except ValueError:
            self.name_field.set_error("Give it a name without a slash, such as work.")
            return None
        if name in self._taken:
            self.name_field.set_error(f"There is a key “{name}” already.")
            return None
        return name

    def _save(self) -> None:
        name = self._named()
        self._secret = self._typed()
        if self._secret is None or name is None or self._patience is not None:
            return
        self._patience = at_the_window()
        self._set_busy(busy=True)
        work = partial(
            keychain.store, self._provider.name, self._secret, name=name, patience=self._patience
        )
        self._session.errand(work, self._stored, self._not_stored)

    def _test(self) -> None:
        """Make the provider's cheapest call with what was typed; nothing is kept."""
        secret = self._typed()
        if secret is None or self._patience is not None:
            return
        self.banner.hide()
        self.test_button.setEnabled(False)
        self.note.setText(TESTING)
        request = protocol.TestProvider(
            workspace=str(self._session.path),
            name=self._provider.name,
            api_key=secret.reveal(),
            address=self._provider.url,
            ca_file=self._session.value(setting.CA_FILE),
        )
        self._session.engine.ask(request, self._tested, self._not_tested)

    def _tested(self, answer: protocol.Tested) -> None:
        self._test_over()
        tone = Tone.BAD if answer.failure else Tone.OK
        self.banner.show_news(f"{answer.title}. {answer.detail}", tone=tone)
        if answer.failure == "bad_key":
            self.field.set_error("The provider refused it.")

    def _not_tested(self, error: Exception) -> None:
        self._test_over()
        known = isinstance(error, ProofroomError)
        words = f"{error.what}. {error.fix}" if known else str(error)
        self.banner.show_news(words, tone=Tone.BAD)

    def _test_over(self) -> None:
        self.test_button.setEnabled(True)
        self.note.setText("")

    def _stored(self, _: object) -> None:
        self._patience = None
        # one in memory would win over it
        self._session.session_keys.delete(self._provider.name)
        self._confirm()
        self.close_it()
        self.saved.emit(self._named_entry(), "keychain")

    def _named_entry(self) -> str:
        name = self.name.text().strip() if self._taken is not None else self._provider.key_name
        return keychain.entry(self._provider.name, name)

    def _not_stored(self, error: Exception) -> None:
        self._patience = None
        self._set_busy(busy=False)
        if isinstance(error, KeychainError) and error.kind == "cancelled":
            self.note.setText("")
            return
        known = isinstance(error, ProofroomError)
        words = f"{error.what}. {error.fix}" if known else str(error)
        self.banner.show_news(words, tone=Tone.WARN)
        self.note.setText("For this session it stays in memory until you quit.")

    def _keep_for_session(self) -> None:
        secret = self._typed()
        if secret is not None:
            self._session.session_keys.store(self._provider.name, secret)
            self._confirm()
            self.close_it()
            self.saved.emit(self._provider.name, "this session")

    def _confirm(self) -> None:
        """Let it go to the address that this sheet has shown."""
        provider = self._provider
        self._session.machine(partial(machine.confirm, provider.name, provider.url))

    def _cancel(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        else:
            self.close_it()

    def _say_waiting(self) -> None:
        if self._patience is not None and self._patience.waits_for_user:
            self.note.setText(WAITS)

    def _set_busy(self, *, busy: bool) -> None:
        self.banner.hide()
        self.save_button.setEnabled(not busy)
        self.test_button.setEnabled(not busy)
        self.session_button.setEnabled(not busy)
        self.note.setText("Asking your keychain" if busy else "")
        if busy:
            self._look.start()
        else:
            self._look.stop()

    def _closed(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        for field in self.secrets.values():
            if isinstance(field.control, (LineEdit, TextArea)):
                field.control.clear()
        self._look.stop()
        self.deleteLater()


class _Secret(Field):
    """A field for one secret; `required` says that a key cannot be without it."""

    def __init__(self, one: known_provider.Field) -> None:
        control: LineEdit | TextArea
        if one.lines:
            control = TextArea(one.label, hint="{ … }", lines=6)
        else:
            control = LineEdit(one.label)
            control.setEchoMode(QLineEdit.EchoMode.Password)
        label = one.label if one.required else f"{one.label} (optional)"
        super().__init__(label, control, help_text=one.help, above=True)
        self.required = one.required


def _text(field: Field) -> str:
    control = field.control
    return control.text() if isinstance(control, (LineEdit, TextArea)) else ""
