"""Settings: the API key of each provider, where it is, and what to do with it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection
from functools import partial

from msgspec import Struct
from PySide6.QtWidgets import QWidget

from proofroom import clock
from proofroom.domain import setting
from proofroom.domain.provider import Provider, host_of
from proofroom.keys import keychain, resolve
from proofroom.keys.failure import KeychainError
from proofroom.keys.patience import at_the_window
from proofroom.ui.session import Session
from proofroom.ui.settings.key_entry import KeyEntry
from proofroom.ui.settings.rows import Row, Section
from proofroom.ui.widgets import moments
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.workspace import machine, providers


class KeyState(Struct, frozen=True, kw_only=True):
    """Where a provider's key is, in words, and which buttons go with it."""

    words: str
    icon: str = "minus"
    ink: str = "text2"
    saved: bool = False
    variable: str = ""
    in_use: bool = False


def state_of(
    provider: Provider,
    *,
    kept: Collection[str],
    session: Collection[str],
    offered: str,
    allowed: Collection[str],
) -> KeyState:
    """Return what a line says; the order is that of `keys.resolve` (K9)."""
    saved, in_use = provider.name in kept, bool(offered) and offered in allowed
    kept_words = "saved in the keychain"
    if provider.key_added_at:
        kept_words += f", added {moments.day(provider.key_added_at)}"
    if provider.name in session:
        words = "In memory for this session only, until you quit."
        if saved:
            words += f" It wins over the one {kept_words}."
    elif in_use:
        words = f"Used from {offered}." + (f" It wins over the one {kept_words}." if saved else "")
    elif saved:
        words = f"S{kept_words[1:]}"
    elif offered:
        words = f"{offered} is set in the environment and is not used yet."
    else:
        gone = provider.key_added_at is not None
        words = "Key missing: it is no longer in the keychain." if gone else "No key"
    has = provider.name in session or in_use or saved
    return KeyState(
        words=words,
        icon="check" if has else "key-round",
        ink="ok" if has else "text2",
        saved=saved,
        variable=offered,
        in_use=in_use,
    )


class Keys(Section):
    """A line for each provider that needs a key, or has one in the environment."""

    def __init__(self, session: Session, window: QWidget) -> None:
        text = "Kept in this system's keychain, never in a workspace, a log or a report."
        super().__init__("keys", "API keys", text)
        self._session, self._window = session, window
        self._providers: list[Provider] = []
        self._kept: frozenset[str] = frozenset()
        self._trouble = ""
        self.buttons: dict[tuple[str, str], Button] = {}
        session.settings_changed.connect(self._draw)

    def arrive(self) -> None:
        """Read the providers, then ask the keychain which of them have a key."""
        self._session.reader.latest("keys", _with_keys, self._listed, self._session.failed.emit)

    def _listed(self, found: list[Provider]) -> None:
        self._providers = found
        self._draw()
        names = [one.name for one in found]
        work = partial(keychain.listed, names, patience=at_the_window())
        self._session.errand(work, self._looked, self._not_looked)

    def _looked(self, kept: frozenset[str]) -> None:
        self._kept, self._trouble = kept, ""
        self._draw()

    def _not_looked(self, error: Exception) -> None:
        self._kept = frozenset()
        known = isinstance(error, KeychainError)
        self._trouble = f"{error.what}. {error.fix}" if known else str(error)
        self._draw()

    def _draw(self) -> None:
        self.clear()
        self.buttons = {}
        if self._trouble:
            self.add(Row("Keychain", self._trouble, icon="triangle-alert", ink="warn"))
        offered = resolve.offered(os.environ)
        for one in self._providers:
            state = state_of(
                one,
                kept=self._kept,
                session=self._session.session_keys.listed(),
                offered=offered.get(one.name, ""),
                allowed=self._session.value(setting.KEY_VARIABLES),
            )
            buttons = self._buttons_of(one, state)
            title = f"{one.name}  ·  {host_of(one)}"
            self.add(Row(title, state.words, *buttons, icon=state.icon, ink=state.ink))
        if not self._providers:
            words = "No provider of this workspace needs a key. Add one under Providers."
            self.add(Row("Nothing to keep", words, icon="key-round"))
        self.put_in_order()

    def _buttons_of(self, provider: Provider, state: KeyState) -> list[Button]:
        found: list[Button] = []

        def add(words: str, then: partial[None], kind: Kind = Kind.NORMAL) -> None:
            button = Button(words, kind, small=True)
            button.setAccessibleName(f"{words.rstrip('…')}: {provider.name}")
            button.clicked.connect(then)
            self.buttons[provider.name, words] = button
            found.append(button)

        in_memory = provider.name in self._session.session_keys.listed()
        if state.saved or in_memory:
            add("Delete", partial(self._delete, provider.name), Kind.DANGER)
        if state.in_use:
            add("Stop using it", partial(self._allow, provider, state.variable, False))
        elif state.variable:
            add("Use it", partial(self._allow, provider, state.variable, True))
        add("Replace…" if state.saved else "Add key…", partial(self._enter, provider))
        return found

    def _enter(self, provider: Provider, _checked: bool = False) -> None:
        entry = KeyEntry(self._window, self._session, provider)
        entry.saved.connect(self._saved)
        entry.open()

    def _saved(self, name: str, place: str) -> None:
        if place == "keychain":
            self._note(name, clock.now())
        else:
            self._draw()

    def _delete(self, name: str, _checked: bool = False) -> None:
        self._session.session_keys.delete(name)
        if name not in self._kept:
            self._draw()
            return
        work = partial(keychain.delete, name, patience=at_the_window())
        self._session.errand(work, partial(self._deleted, name), self._not_looked)

    def _deleted(self, name: str, _: object) -> None:
        self._note(name, None)

    def _note(self, name: str, at: int | None) -> None:
        """Note in the workspace when a key was saved; its value is never there."""
        if self._session.read_only:
            self.arrive()
            return
        self._session.writer.write(
            partial(providers.key_saved, name=name, at=at), self._noted, self._session.failed.emit
        )

    def _noted(self, _: object) -> None:
        self.arrive()

    def _allow(
        self, provider: Provider, variable: str, allowed: bool, _checked: bool = False
    ) -> None:
        self._session.machine(partial(_allow, provider, variable, allowed=allowed))


def _allow(provider: Provider, variable: str, *, allowed: bool) -> None:
    if allowed:  # its line names the host
        machine.confirm(provider.name, provider.url)
    present = machine.load().value(setting.KEY_VARIABLES)
    others = [one for one in present if one != variable]
    machine.put(setting.KEY_VARIABLES, [*others, variable] if allowed else others)


def _with_keys(db: sqlite3.Connection) -> list[Provider]:
    return [one for one in providers.listed(db) if one.needs_key]
