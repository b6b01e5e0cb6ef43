"""Presses of Test: the cheapest call of a provider, and how it went, said in its line."""

from __future__ import annotations

from functools import partial

from msgspec import Struct, structs
from PySide6.QtCore import QObject

from proofroom import clock
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
    """What is known of one test: `error` and `words` are '' while it is under way.

    It began `at` a time (us, UTC).
    """

    provider: Provider
    at: int
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
        if state is not None and _holds(state, provider):
            self._show(state)

    def _begin(self, provider: Provider, _checked: bool = False) -> None:
        """Find the key, then make the call; nothing is sent to an address nobody confirmed."""
        state = _State(provider, clock.now())
        self._set(state)
        if not provider.needs_key:
            self._ask(state, {})
        elif goes_home(provider):
            self._find_key(state)
        else:  # a sheet that just closed or the terminal may have confirmed the address
            self._session.load_settings(partial(self._check_address, state))

    def _check_address(self, state: _State) -> None:
        provider = state.provider
        if self._session.settings.confirmed(provider.name, provider.url):
            self._find_key(state)
        else:
            self._set(structs.replace(state, error=_unconfirmed(provider)))

    def _find_key(self, state: _State) -> None:
        show, fail = partial(self._ask, state), partial(self._failed, state)
        self._session.resolve_keys([state.provider], show, fail)

    def _ask(self, state: _State, keys: dict[str, str]) -> None:
        provider = state.provider
        request = protocol.TestProvider(
            workspace=str(self._session.path),
            name=provider.name,
            api_key=keys.get(provider.name, ""),
            address=provider.url,
            ca_file=self._session.value(setting.CA_FILE),
        )
        show, fail = partial(self._tested, state), partial(self._failed, state)
        self._session.engine.ask(request, show, fail)

    def _tested(self, state: _State, answer: protocol.Tested) -> None:
        if answer.failure:
            self._set(structs.replace(state, error=f"{answer.title}. {answer.detail}"))
        else:
            self._set(structs.replace(state, words=f"Works. {answer.detail}"))

    def _failed(self, state: _State, error: Exception) -> None:
        known = isinstance(error, ProofroomError)
        words = f"{error.what}. {error.fix}" if known else str(error)
        self._set(structs.replace(state, error=words))

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


def _holds(state: _State, provider: Provider) -> bool:
    """Tell whether a test still speaks of a provider: it began after the last key was noted."""
    noted = provider.key_added_at
    same = structs.replace(state.provider, key_added_at=noted) == provider
    return same and (noted is None or state.at >= noted)


def _unconfirmed(provider: Provider) -> str:
    return (
        f"Nobody has confirmed on this laptop that its key may go to {host_of(provider)}. "
        "Enter the key again under API keys, or run it once, which asks."
    )
