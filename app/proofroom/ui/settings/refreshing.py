"""Asks providers for their lists of models when the user says so: keys first, then the engine."""

from __future__ import annotations

import sqlite3
from functools import partial

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from proofroom.domain import figures, setting
from proofroom.domain.provider import Provider, goes_home, host_of
from proofroom.engine import protocol
from proofroom.ui.session import Session
from proofroom.workspace import machine, providers


class _Wanted(Struct, frozen=True):
    """What may be asked, and what is to be said of the others."""

    providers: tuple[Provider, ...]
    refused: tuple[protocol.RefreshedList, ...]


class Refresh(QObject):
    """One refresh at a time; `ended` carries what came, `failed` why nothing did."""

    ended = Signal(object)  # protocol.Refreshed
    failed = Signal(object)  # Exception

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.is_running = False

    def bring_up(self) -> None:
        """Take what a new version's price file says; nothing is asked of the network."""
        request = protocol.RefreshModels(workspace=str(self._session.path))
        self._session.engine.ask(request, self._nothing, self._session.failed.emit)

    def start(self, provider: str = "") -> None:
        """Ask a provider, or all of this workspace."""
        if not self.is_running:
            self.is_running = True
            self._session.reader.read(partial(_listed, provider), self._found, self._fail)

    def _found(self, found: tuple[Provider, ...]) -> None:
        self._session.errand(partial(_wanted, found), self._get_keys, self._fail)

    def _get_keys(self, wanted: _Wanted) -> None:
        needs = [one for one in wanted.providers if one.needs_key]
        if needs:
            ask, without = partial(self._ask, wanted), partial(self._ask_others, wanted)
            self._session.resolve_keys(needs, ask, without)
        else:
            self._ask(wanted, {})

    def _ask_others(self, wanted: _Wanted, error: Exception) -> None:
        """Ask those that need no key where the keychain gives none."""
        what, fix = getattr(error, "what", str(error)), getattr(error, "fix", "")
        problem = protocol.Fault(what=what, where="the keychain", fix=fix)
        keyless = tuple(one for one in wanted.providers if not one.needs_key)
        others = tuple(
            protocol.RefreshedList(provider=one.name, problem=problem)
            for one in wanted.providers
            if one.needs_key
        )
        self._ask(_Wanted(keyless, wanted.refused + others), {})

    def _ask(self, wanted: _Wanted, keys: dict[str, str]) -> None:
        request = protocol.RefreshModels(
            workspace=str(self._session.path),
            providers=tuple(one.name for one in wanted.providers),
            api_keys=keys,
            addresses={one.name: one.url for one in wanted.providers},
            ca_file=self._session.value(setting.CA_FILE) or "",
        )
        self._session.engine.ask(request, partial(self._came, wanted), self._fail)

    def _came(self, wanted: _Wanted, answer: protocol.Refreshed) -> None:
        self.is_running = False
        self._session.look()
        lists = answer.lists + wanted.refused
        self.ended.emit(protocol.Refreshed(release=answer.release, lists=lists))

    def _fail(self, error: Exception) -> None:
        self.is_running = False
        self.failed.emit(error)

    def _nothing(self, _: object) -> None:
        self._session.look()


def words(one: protocol.RefreshedList) -> str:
    """Return what a refresh says of one provider."""
    if one.problem is not None:
        return f"{one.provider}: {one.problem.what}. {one.problem.fix}"
    changes = ", ".join(
        f"{figures.number(count)} {word}"
        for count, word in ((one.new, "new"), (one.gone, "gone"), (one.back, "back again"))
        if count
    )
    return f"{one.provider}: {figures.plural(one.models, 'model')}, {changes or 'none new'}"


def _listed(provider: str, db: sqlite3.Connection) -> tuple[Provider, ...]:
    return tuple(
        one
        for one in providers.listed(db)
        if one.adapter != "embedded" and not one.forbidden and provider in {"", one.name}
    )


def _wanted(found: tuple[Provider, ...]) -> _Wanted:
    kept = machine.load()
    moved = tuple(
        one
        for one in found
        if one.needs_key and not goes_home(one) and not kept.confirmed(one.name, one.url)
    )
    may = tuple(one for one in found if one not in moved)
    return _Wanted(may, tuple(map(_not_confirmed, moved)))


def _not_confirmed(one: Provider) -> protocol.RefreshedList:
    problem = protocol.Fault(
        what=f"This workspace sends your {one.name} key to {host_of(one)}, which nobody has "
        "confirmed on this laptop",
        where="this workspace",
        fix="It was not asked. Run a prompt on it, or add its key again, to confirm the address.",
    )
    return protocol.RefreshedList(provider=one.name, problem=problem)
