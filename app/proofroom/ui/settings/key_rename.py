"""A sheet that gives an API key another name, in the keychain and in the workspace."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from proofroom.domain.provider import Provider
from proofroom.errors import ProofroomError
from proofroom.keys import keychain
from proofroom.keys.patience import at_the_window
from proofroom.ui.session import Session
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.form import Field
from proofroom.ui.widgets.panels import Sheet
from proofroom.workspace import provider_keys


class RenameSheet(Sheet):
    """Asks for the new name; `renamed` comes once both places have it."""

    renamed = Signal()

    def __init__(
        self, over: QWidget, session: Session, provider: Provider, taken: Collection[str]
    ) -> None:
        super().__init__(over, f"Rename a key of {provider.name}", icon="key-round")
        self._session, self._provider, self._taken = session, provider, taken
        self.name = LineEdit("Name", provider.key_name)
        self.field = Field(
            "Name", self.name, help_text="The key itself stays as it is.", above=True
        )
        self.cancel_button = Button("Cancel")
        self.rename_button = Button("Rename", Kind.PRIMARY)
        self.body.addWidget(self.field)
        self.body.addStretch(1)
        for button in (self.cancel_button, self.rename_button):
            self.footer.addWidget(button)
        self.name.returnPressed.connect(self._rename)
        self.rename_button.clicked.connect(self._rename)
        self.cancel_button.clicked.connect(self.close_it)
        self.closed.connect(self.deleteLater)

    def focus_first(self) -> None:
        """Put focus into the field, its text selected."""
        self.name.setFocus()
        self.name.selectAll()

    def _rename(self) -> None:
        name, provider = self.name.text().strip(), self._provider
        if name in self._taken and name != provider.key_name:
            self.field.set_error(f"There is a key “{name}” already.")
            return
        try:
            provider_keys.checked_name(name)
        except ProofroomError as error:
            self.field.set_error(f"{error.what}. {error.fix}")
            return
        if name == provider.key_name:
            self.close_it()
            return
        self.rename_button.setEnabled(False)
        work = partial(
            keychain.rename, provider.name, provider.key_name, name, patience=at_the_window()
        )
        self._session.errand(work, partial(self._moved, name), self._not_moved)

    def _moved(self, name: str, _: object) -> None:
        own = self._provider
        write = partial(provider_keys.rename, provider=own.name, name=own.key_name, new=name)
        self._session.writer.write(write, self._done, self._not_moved)

    def _done(self, _: object) -> None:
        self.close_it()
        self.renamed.emit()

    def _not_moved(self, error: Exception) -> None:
        self.rename_button.setEnabled(True)
        known = isinstance(error, ProofroomError)
        self.field.set_error(f"{error.what}. {error.fix}" if known else str(error))
