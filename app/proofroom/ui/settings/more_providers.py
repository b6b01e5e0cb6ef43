"""Settings: what can be set up, servers that run on this laptop first, then in people's order."""

from __future__ import annotations

import logging
from functools import partial

from PySide6.QtCore import Signal

from proofroom.domain import figures
from proofroom.domain.known_provider import KnownProvider
from proofroom.engine import protocol
from proofroom.ui.session import Session
from proofroom.ui.settings.rows import Row, Section
from proofroom.ui.widgets.buttons import Button

LOG = logging.getLogger(__name__)
OTHER = "other"


class MoreProviders(Section):
    """A line for each known provider that is not set up, and for each server found running."""

    known = Signal(object)  # the table, once the engine has told it
    wanted = Signal(str)  # set this one up: its name, '' for any server
    added = Signal(str)

    def __init__(self, session: Session) -> None:
        text = "Not set up yet. Servers that run on this laptop are found by themselves."
        super().__init__("more-providers", "More providers", text)
        self._session = session
        self._table: tuple[KnownProvider, ...] = ()
        self._servers: tuple[protocol.Server, ...] = ()
        self._there: frozenset[str] = frozenset()
        self.buttons: dict[str, Button] = {}

    def arrive(self) -> None:
        """Ask the engine what is known, and what runs on this laptop now."""
        if not self._table:
            self._session.engine.ask(protocol.ListKnown(), self._told, self._session.failed.emit)
        self._session.engine.ask(protocol.Discover(), self._found, self._not_found)

    def show_others(self, there: list[str]) -> None:
        """Show all but those that are set up."""
        self._there = frozenset(there)
        self._draw()

    def _told(self, answer: protocol.Known) -> None:
        self._table = answer.providers
        self.known.emit(self._table)
        self._draw()

    def _found(self, answer: protocol.Found) -> None:
        if answer.servers != self._servers:
            self._servers = answer.servers
            self._draw()

    def _not_found(self, error: Exception) -> None:
        """Note it alone: nobody asked, and the next look comes with the next visit."""
        LOG.warning("servers of this laptop were not looked for: %s", error)

    def _draw(self) -> None:
        self.clear()
        self.buttons = {}
        running = [one for one in self._servers if one.name and one.name not in self._there]
        for one in running:
            words = figures.facts("Runs on this laptop", one.url, _count(one))
            self._line(one.name, one.title, words, "Add", "laptop", partial(self._add, one))
        shown = self._there | {one.name for one in running}
        for row in self._table:
            if row.name not in shown:
                ask = partial(self._want, row.name)
                self._line(row.name or OTHER, row.title, _asks(row), "Set up…", "plus", ask)
        self.put_in_order()
        self.setVisible(bool(self.rows) and not self._session.read_only)

    def _line(  # noqa: PLR0913, PLR0917 - the parts of a line
        self, name: str, title: str, words: str, verb: str, icon: str, then: partial[None]
    ) -> None:
        button = Button(verb, small=True)
        button.setAccessibleName(f"{verb.rstrip('…')}: {title}")
        button.clicked.connect(then)
        self.buttons[name] = button
        self.add(Row(title, words, button, icon=icon))

    def _want(self, name: str, _checked: bool = False) -> None:
        self.wanted.emit(name)

    def _add(self, one: protocol.Server, _checked: bool = False) -> None:
        request = protocol.AddProvider(
            workspace=str(self._session.path), name=one.name, url=one.url, models=one.models
        )
        self._session.engine.ask(request, self._was_added, self._session.failed.emit)

    def _was_added(self, answer: protocol.Added) -> None:
        self._session.look()
        self.added.emit(answer.name)


def _count(one: protocol.Server) -> str:
    return figures.plural(len(one.models), "model") if one.models else "no model loaded"


def _asks(row: KnownProvider) -> str:
    names = [one.label if one.required else f"{one.label} (optional)" for one in row.fields]
    if not names:
        return f"Asks for nothing. Not found at {row.url}"
    return f"Asks for: {', '.join(names)}"
