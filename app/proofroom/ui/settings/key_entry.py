"""A sheet that takes an API key and gives it to the keychain, or to this session where it fails."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from proofroom.domain.provider import Provider, host_of
from proofroom.errors import ProofroomError
from proofroom.keys import keychain
from proofroom.keys.failure import KeychainError
from proofroom.keys.patience import Patience, at_the_window
from proofroom.keys.secret import Secret, cleaned
from proofroom.ui.session import Session
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.labels import Paragraph
from proofroom.ui.widgets.news import Banner, Tone
from proofroom.ui.widgets.panels import Sheet
from proofroom.workspace import machine

_LOOK_MS = 200
WAITS = "Waiting for your keychain"


class KeyEntry(Sheet):
    """Asks for one provider's key; `saved` carries the provider's name and where it went."""

    saved = Signal(str, str)

    def __init__(self, over: QWidget, session: Session, provider: Provider) -> None:
        super().__init__(over, f"API key of {provider.name}", icon="key-round")
        self._session, self._provider = session, provider
        self._patience: Patience | None = None
        self._secret: Secret | None = None
        self.banner = Banner()
        self.key = LineEdit("API key")
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.field = Field("API key", self.key, above=True)
        self.session_button = Button("Use it for this session")
        self.cancel_button = Button("Cancel")
        self.save_button = Button("Save in the keychain", Kind.PRIMARY)
        self.body.addWidget(self.banner)
        self.body.addWidget(
            Paragraph(f"It is sent to {host_of(provider)} and to nobody else.", 12, ink="text2")
        )
        self.body.addWidget(self.field)
        self.body.addStretch(1)
        for button in (self.session_button, self.cancel_button, self.save_button):
            self.footer.addWidget(button)
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._say_waiting)
        self.key.returnPressed.connect(self._save)
        self.save_button.clicked.connect(self._save)
        self.session_button.clicked.connect(self._keep_for_session)
        self.cancel_button.clicked.connect(self._cancel)
        self.closed.connect(self._closed)

    def focus_first(self) -> None:
        """Put focus into the field."""
        self.key.setFocus()

    def _typed(self) -> Secret | None:
        try:
            return cleaned(self.key.text(), where=f"the key of {self._provider.name}")
        except ProofroomError as error:
            self.field.set_error(f"{error.what}. {error.fix}")
            return None

    def _save(self) -> None:
        self._secret = self._typed()
        if self._secret is None or self._patience is not None:
            return
        self._patience = at_the_window()
        self._set_busy(busy=True)
        work = partial(keychain.store, self._provider.name, self._secret, patience=self._patience)
        self._session.errand(work, self._stored, self._not_stored)

    def _stored(self, _: object) -> None:
        self._patience = None
        # one in memory would win over it
        self._session.session_keys.delete(self._provider.name)
        self._confirm()
        self.close_it()
        self.saved.emit(self._provider.name, "keychain")

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
        self.session_button.setEnabled(not busy)
        self.note.setText("Asking your keychain" if busy else "")
        if busy:
            self._look.start()
        else:
            self._look.stop()

    def _closed(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self.key.clear()
        self._look.stop()
        self.deleteLater()
