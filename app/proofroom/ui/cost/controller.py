"""Asks the workspace for the cost of a span, and looks for the dearest runs in short steps."""

from __future__ import annotations

import sqlite3
from functools import partial

from msgspec import Struct, structs
from PySide6.QtCore import QObject, QTimer, Signal

from proofroom import clock
from proofroom.domain import period
from proofroom.domain.budget import Standing
from proofroom.domain.period import Per, Preset, Span
from proofroom.ui.session import Session
from proofroom.workspace import budget_state, costs, dear_runs
from proofroom.workspace.cost_sums import By, Only
from proofroom.workspace.costs import Costs
from proofroom.workspace.dear_runs import Look

_SETTLE_MS = 400
"""Runs that end one after the other are read together."""
MOST_HOURS = 31
MOST_DAYS = 400
_SMALL = 20
"""Steps of a look that is done anew by itself when a run ends."""


class Asked(Struct, frozen=True, kw_only=True):
    """What the page shows; `preset` is empty for a span that was clicked."""

    preset: Preset | None
    span: Span
    per: Per
    by: By
    only: Only = ()


def today() -> int:
    """Return the local day it is."""
    now = clock.now()
    return clock.local_day(now, clock.local_offset_s(now))


def pers(span: Span) -> tuple[Per, ...]:
    """Return into what a span can be cut so that its bars can still be seen."""
    short: tuple[Per, ...] = ("hour",) if span.days <= MOST_HOURS else ()
    days: tuple[Per, ...] = ("day",) if span.days <= MOST_DAYS else ()
    return (*short, *days, "week", "month")


class Read(Struct, frozen=True, kw_only=True):
    """What was read for the page; `is_empty`: no run ever ended here."""

    costs: Costs
    is_empty: bool
    standings: tuple[Standing, ...]


class Controller(QObject):
    """Reads on the reader's thread; a look at the rows is many short questions, and can stop."""

    read = Signal(object)  # Read
    looked = Signal(object)  # Look
    failed = Signal(object)  # Exception

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        span = period.preset("month", today())
        self.asked = Asked(preset="month", span=span, per=period.fitting(span), by="model")
        self.costs: Costs | None = None
        self.look: Look | None = None
        self.is_stale = False
        self._looks, self._newest, self._awake = 0, -1, False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._again)
        session.changed.connect(self._changed)

    def ask(self, **over: object) -> None:
        """Show something else: another preset, span, cut or group."""
        before, self.asked = self.asked, structs.replace(self.asked, **over)
        changed = (self.asked.span, self.asked.only) != (before.span, before.only)
        if changed or self.look is None:
            self._begin_look()
        self._read()

    def preset(self, name: Preset) -> None:
        """Show the days that a name means now."""
        span = period.preset(name, today())
        self.ask(preset=name, span=span, per=period.fitting(span))

    def wake(self) -> None:
        """Read what is shown, at each show of the page; a name may mean other days by now."""
        self._awake = True
        if self.asked.preset is not None:
            self.ask(span=period.preset(self.asked.preset, today()))
        else:
            self.ask()

    def sleep(self) -> None:
        """Read nothing more until it is shown again."""
        self._awake = False

    def look_again(self) -> None:
        """Look up the dearest runs and identical calls anew."""
        self._begin_look()

    def stop(self) -> None:
        """Look no further; what was found stays."""
        self._looks += 1
        if self.look is not None:
            self.looked.emit(self.look)

    @property
    def is_looking(self) -> bool:
        """Whether a look is under way."""
        return self._running == self._looks

    _running = -1

    def _read(self) -> None:
        one = self.asked
        query = partial(_read, one.span, one.per, one.by, one.only)
        self._session.reader.latest("cost", query, self._show, self.failed.emit)

    def _show(self, read: Read) -> None:
        self.costs = read.costs
        self.read.emit(read)

    def _begin_look(self) -> None:
        self._looks += 1
        self._running = self._looks
        self.is_stale = False
        self.look = None
        query = partial(dear_runs.begin, span=self.asked.span, only=self.asked.only)
        self._session.reader.read(query, partial(self._next, self._looks), self.failed.emit)

    def _next(self, number: int, look: Look) -> None:
        if number != self._looks:
            return  # another span was asked for, or Stop was pressed
        self.look = look
        if look.is_whole:
            self._running = -1
        else:
            query = partial(dear_runs.step, look=look)
            self._session.reader.read(query, partial(self._next, number), self.failed.emit)
        self.looked.emit(look)

    def _changed(self, _: object) -> None:
        if self._awake:
            self._settle.start()

    def _again(self) -> None:
        self._read()
        look = self.look
        if look is not None and look.is_whole and look.steps <= _SMALL:
            self._begin_quietly()
        else:
            self.is_stale = True

    def _begin_quietly(self) -> None:
        """Look again, what was found staying in sight meanwhile."""
        self._looks += 1
        query = partial(dear_runs.whole, span=self.asked.span, only=self.asked.only)
        self._session.reader.latest(
            "dear runs", query, partial(self._next, self._looks), self.failed.emit
        )


def _read(span: Span, per: Per, by: By, only: Only, db: sqlite3.Connection) -> Read:
    return Read(
        costs=costs.of_span(db, span, per, by, only),
        is_empty=costs.is_empty(db),
        standings=tuple(budget_state.standings(db, budget_state.today())),
    )
