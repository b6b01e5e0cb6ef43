"""Presses of Test: the cheapest call of a provider, and how it went, said in its line."""

from __future__ import annotations

from functools import partial

from msgspec import Struct
from PySide6.QtCore import QObject

from proofroom.domain import setting
from proofroom.domain.provider import Provider, goes_home, host_of
from proofroom.engine import protocol
from proofroom.errors import ProofroomError
from proofroom.ui.session import Session
from proofroom.ui.settings.rows import Row
from proofroom.ui.widgets.buttons import Button

TESTING = "Asking the provider"
_Place = tuple[str, str]


class _State(Struct, frozen=True):
    """What is known of one test: `error` and `words` are '' while it is under way."""

    provider: Provider
    words: str = ""
    error: str = ""


class Trials(QObject):
    """The tests of a section; lines that are drawn anew show again what was found."""

    def __init__(self, parent: QObject, session: Session) -> None:
        super().__init__(parent)
        self._session = session
        self._lines: dict[_Place, tuple[Row, Button, str]] = {}
        self._states: dict[_Place, _State] = {}

    def clear(self) -> None:
        """Leave the lines, which are about to go; what was found is kept."""
        self._lines = {}

    def attach(self, provider: Provider, row: Row, button: Button) -> None:
        """Test `provider` when the button is pressed; show what is known of it as it is."""
        place = (provider.name, provider.key_name)
        self._lines[place] = (row, button, row.help.text())
        button.clicked.connect(partial(self._begin, provider))
        state = self._states.get(place)
        if state is not None and state.provider == provider:
            self._show(state)

    def _begin(self, provider: Provider, _checked: bool = False) -> None:
        """Find the key, then make the call; nothing is sent to an address nobody confirmed."""
        self._set(_State(provider))
        if not provider.needs_key:
            self._ask(provider, {})
        elif goes_home(provider) or self._confirmed(provider):
            show, fail = partial(self._ask, provider), partial(self._failed, provider)
            self._session.resolve_keys([provider], show, fail)
        else:
            self._set(_State(provider, error=_unconfirmed(provider)))

    def _confirmed(self, provider: Provider) -> bool:
        return self._session.settings.confirmed(provider.name, provider.url)

    def _ask(self, provider: Provider, keys: dict[str, str]) -> None:
        request = protocol.TestProvider(
            workspace=str(self._session.path),
            name=provider.name,
            api_key=keys.get(provider.name, ""),
            address=provider.url,
            ca_file=self._session.value(setting.CA_FILE),
        )
        show, fail = partial(self._tested, provider), partial(self._failed, provider)
        self._session.engine.ask(request, show, fail)

    def _tested(self, provider: Provider, answer: protocol.Tested) -> None:
        if answer.failure:
            self._set(_State(provider, error=f"{answer.title}. {answer.detail}"))
        else:
            self._set(_State(provider, words=f"Works. {answer.detail}"))

    def _failed(self, provider: Provider, error: Exception) -> None:
        known = isinstance(error, ProofroomError)
        words = f"{error.what}. {error.fix}" if known else str(error)
        self._set(_State(provider, error=words))

    def _set(self, state: _State) -> None:
        self._states[state.provider.name, state.provider.key_name] = state
        self._show(state)

    def _show(self, state: _State) -> None:
        line = self._lines.get((state.provider.name, state.provider.key_name))
        if line is None:
            return
        row, button, facts = line
        over = bool(state.words or state.error)
        row.set_error(state.error)
        button.setEnabled(over)
        row.say(f"{facts}\n{state.words if over else TESTING}".strip())
        if state.words:
            row.mark.set_icon("check", "ok")


def _unconfirmed(provider: Provider) -> str:
    return (
        f"Nobody has confirmed on this laptop that its key may go to {host_of(provider)}. "
        "Enter the key again under API keys, or run it once, which asks."
    )
