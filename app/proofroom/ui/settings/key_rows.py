"""Settings: the API key of each provider, where it is, and what to do with it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection
from functools import partial

from msgspec import Struct, structs
from PySide6.QtWidgets import QWidget

from proofroom import clock
from proofroom.domain import setting
from proofroom.domain.known_provider import KnownProvider
from proofroom.domain.provider import DEFAULT_KEY, Provider, host_of
from proofroom.keys import keychain, resolve
from proofroom.keys.failure import KeychainError
from proofroom.keys.patience import at_the_window
from proofroom.ui.session import Session
from proofroom.ui.settings.key_entry import KeyEntry
from proofroom.ui.settings.key_rename import RenameSheet
from proofroom.ui.settings.rows import Row, Section
from proofroom.ui.settings.trial import Trials
from proofroom.ui.widgets import moments
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.menu_button import MoreButton
from proofroom.workspace import machine, provider_keys, providers


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
    own = keychain.entry(provider.name, provider.key_name)
    saved, in_use = own in kept, bool(offered) and offered in allowed
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


class _Found(Struct, frozen=True):
    """The providers that need a key, and the keys they have."""

    providers: tuple[Provider, ...]
    keys: tuple[provider_keys.NamedKey, ...]

    def lines(self) -> list[Provider]:
        """Return a provider for each of its keys, as it would be with that one in use."""
        found: list[Provider] = []
        for one in self.providers:
            own = [key for key in self.keys if key.provider == one.name]
            found += [
                structs.replace(one, key_name=key.name, key_added_at=key.added_at) for key in own
            ]
            if not own:
                found.append(one)
        return found

    def key_of(self, line: Provider) -> provider_keys.NamedKey | None:
        """Return the key of a line, None for a provider that has none yet."""
        mine = (line.name, line.key_name)
        return next((key for key in self.keys if (key.provider, key.name) == mine), None)

    def count(self, provider: str) -> int:
        """Return how many keys a provider has."""
        return sum(key.provider == provider for key in self.keys)


class Keys(Section):
    """A line for each key of each provider that needs one, or has one in the environment."""

    def __init__(self, session: Session, window: QWidget) -> None:
        text = "Kept in this system's keychain, never in a workspace, a log or a report."
        super().__init__("keys", "API keys", text)
        self._session, self._window = session, window
        self._found = _Found((), ())
        self._kept: frozenset[str] = frozenset()
        self._trouble = ""
        self._trials = Trials(self, session)
        self.known: tuple[KnownProvider, ...] = ()
        self.buttons: dict[tuple[str, str], Button] = {}
        self.menus: dict[str, MoreButton] = {}
        session.settings_changed.connect(self._draw)

    def arrive(self) -> None:
        """Read the providers, then ask the keychain which of them have a key."""
        self._session.reader.latest("keys", _with_keys, self._listed, self._session.failed.emit)

    def _listed(self, found: _Found) -> None:
        self._found = found
        self._draw()
        entries = [keychain.entry(one.name, one.key_name) for one in found.lines()]
        work = partial(keychain.listed, entries, patience=at_the_window())
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
        self._trials.clear()
        self.buttons, self.menus = {}, {}
        if self._trouble:
            self.add(Row("Keychain", self._trouble, icon="triangle-alert", ink="warn"))
        offered = resolve.offered(os.environ)
        order = {row.name: at for at, row in enumerate(self.known) if row.name}
        lines = sorted(self._found.lines(), key=lambda one: order.get(one.name, len(order)))
        for one in lines:
            state = state_of(
                one,
                kept=self._kept,
                session=self._session.session_keys.listed(),
                offered=offered.get(one.name, ""),
                allowed=self._session.value(setting.KEY_VARIABLES),
            )
            self._draw_one(one, state)
        if not lines:
            words = "No provider of this workspace needs a key. Add one under Providers."
            self.add(Row("Nothing to keep", words, icon="key-round"))
        self.put_in_order()

    def _draw_one(self, one: Provider, state: KeyState) -> None:
        key = self._found.key_of(one)
        several = self._found.count(one.name) > 1
        words = state.words
        if key is not None and key.used_at:
            words = f"{words.rstrip('.')}. Last used {moments.day(key.used_at)}"
        if several and key is not None:
            words = f"In use. {words}" if key.chosen else f"Not in use. {words}"
        entry = keychain.entry(one.name, one.key_name)
        row = self._row_of(one)
        name = row.title if row is not None and row.name == one.name else one.name
        name = f"{name}, {one.key_name}" if several or one.key_name != DEFAULT_KEY else name
        line = Row(
            f"{name}  ·  {host_of(one)}",
            words,
            *self._buttons_of(one, state, entry),
            icon=state.icon,
            ink=state.ink,
        )
        if (test := self.buttons.get((entry, "Test"))) is not None:
            self._trials.attach(one, line, test)
        self.add(line)

    def _buttons_of(self, provider: Provider, state: KeyState, entry: str) -> list[QWidget]:
        found: list[QWidget] = []

        def add(words: str, then: partial[None] | None, kind: Kind = Kind.NORMAL) -> None:
            button = Button(words, kind, small=True)
            button.setAccessibleName(f"{words.rstrip('…')}: {entry}")
            if then is not None:
                button.clicked.connect(then)
            self.buttons[entry, words] = button
            found.append(button)

        key = self._found.key_of(provider)
        in_memory = provider.name in self._session.session_keys.listed()
        if state.saved or in_memory or state.in_use:
            add("Test", None)
        if state.in_use:
            add("Stop using it", partial(self._allow, provider, state.variable, False))
        elif state.variable:
            add("Use it", partial(self._allow, provider, state.variable, True))
        if key is not None and not key.chosen and not self._session.read_only:
            add("Use this one", partial(self._choose, provider))
        add("Replace…" if state.saved else "Add key…", partial(self._enter, provider))
        if state.saved or in_memory:
            add("Delete", partial(self._delete, provider), Kind.DANGER)
        if key is not None and not self._session.read_only:
            found.append(self._menu_of(provider, entry))
        return found

    def _menu_of(self, provider: Provider, entry: str) -> MoreButton:
        menu = MoreButton(f"More: {entry}", dense=True)
        menu.menu.addAction("Rename…", partial(self._rename, provider))
        menu.menu.addAction("Add another key…", partial(self._enter_another, provider))
        self.menus[entry] = menu
        return menu

    def enter(self, name: str) -> None:
        """Ask for the key of a provider that was just set up, if it needs one and has none."""
        self._session.reader.latest(
            "new key", _with_keys, partial(self._enter_new, name), self._session.failed.emit
        )

    def _enter_new(self, name: str, found: _Found) -> None:
        self._listed(found)
        new = next((one for one in found.providers if one.name == name), None)
        if new is not None and new.key_added_at is None:
            self._enter(new)

    def _enter(self, provider: Provider, _checked: bool = False) -> None:
        self._open(KeyEntry(self._window, self._session, provider, self._row_of(provider)))

    def _enter_another(self, provider: Provider) -> None:
        taken = [one.name for one in self._found.keys if one.provider == provider.name]
        row = self._row_of(provider)
        self._open(KeyEntry(self._window, self._session, provider, row, names_taken=taken))

    def _open(self, entry: KeyEntry) -> None:
        entry.saved.connect(self._saved)
        entry.open()

    def _row_of(self, provider: Provider) -> KnownProvider | None:
        own = provider.dialect or provider.name
        return next((row for row in self.known if row.name and row.name == own), None)

    def _saved(self, entry: str, place: str) -> None:
        if place == "keychain":
            name, _, key = entry.partition("/")
            note = partial(
                provider_keys.put, provider=name, name=key or DEFAULT_KEY, at=clock.now()
            )
            self._write(note)
        else:
            self._draw()

    def _choose(self, provider: Provider, _checked: bool = False) -> None:
        self._write(partial(provider_keys.choose, provider=provider.name, name=provider.key_name))

    def _rename(self, provider: Provider) -> None:
        taken = [one.name for one in self._found.keys if one.provider == provider.name]
        sheet = RenameSheet(self._window, self._session, provider, taken)
        sheet.renamed.connect(self.arrive)
        sheet.open()

    def _delete(self, provider: Provider, _checked: bool = False) -> None:
        self._session.session_keys.delete(provider.name)
        if keychain.entry(provider.name, provider.key_name) not in self._kept:
            self._draw()
            return
        work = partial(
            keychain.delete, provider.name, name=provider.key_name, patience=at_the_window()
        )
        self._session.errand(work, partial(self._deleted, provider), self._not_looked)

    def _deleted(self, provider: Provider, _: object) -> None:
        self._write(partial(provider_keys.remove, provider=provider.name, name=provider.key_name))

    def _write(self, note: Callable[[sqlite3.Connection], None]) -> None:
        """Note something of a key in the workspace; its value is never there."""
        if self._session.read_only:
            self.arrive()
            return
        self._session.writer.write(note, self._noted, self._session.failed.emit)

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


def _with_keys(db: sqlite3.Connection) -> _Found:
    needed = [one for one in providers.listed(db) if one.needs_key]
    return _Found(tuple(needed), tuple(provider_keys.listed(db)))
