"""One open workspace in the window: its reader, writer, engine, news, settings and keys."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct
from PySide6.QtCore import QObject, QTimer, Signal

from proofroom import clock
from proofroom.domain import setting
from proofroom.domain.budget import Standing
from proofroom.domain.setting import Setting
from proofroom.ui.engine_link import EngineLink
from proofroom.ui.reader import Reader
from proofroom.ui.worker import Errands, Worker, receiver
from proofroom.ui.writer import Open, Writer
from proofroom.workspace import (
    budget_state,
    changes,
    high_water,
    left_runs,
    machine,
    opening,
    rollups,
)
from proofroom.workspace import settings as workspace_settings
from proofroom.workspace.changes import Changes
from proofroom.workspace.machine import Machine
from proofroom.workspace.rollups import Total

POLL_MS = 500


class Today(Struct, frozen=True, kw_only=True):
    """What was spent on this day, and how the budget of a day for everything stands."""

    total: Total
    budget: Standing | None = None


class _Look(Struct, frozen=True):
    version: int
    changes: Changes | None = None
    today: Today | None = None
    local_only: bool = False
    high_water: tuple[str, high_water.Mark] | None = None


class Session(QObject):
    """What the pages of one window share; `open` begins, all signals come on this thread."""

    opened = Signal(object)  # tuple of opening.Notice
    open_failed = Signal(object)  # Exception
    changed = Signal(object)  # workspace.changes.Changes
    today_changed = Signal(object)  # Today
    settings_changed = Signal()
    failed = Signal(object)  # Exception that no page is waiting for
    leaving = Signal()  # the window is to close: write now what was typed a moment ago

    def __init__(self, path: Path, open_: Open = opening.open_workspace) -> None:
        super().__init__()
        self.path = path
        self.writer = Writer(path, open_)
        self.reader = Reader(path, self.writer.ready)
        self.engine = EngineLink()
        self.settings = Machine()
        self.today = Today(total=Total(runs=0, unknown_cost=0, cost_nano_usd=0))
        self.local_only = self.read_only = False
        self.notices: tuple[opening.Notice, ...] = ()
        self._session_keys: Any = None
        self._errands, self._machine = Errands(), Worker("settings")
        self._version = self._seq = -1
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self.look)
        self.writer.wrote.connect(self.look)
        self.engine.lost.connect(self._end_left)
        self._errands.run(self.writer.opened.result, self._opened, self._not_opened)
        self._machine.do(machine.load, self._loaded, self._fail)

    @property
    def name(self) -> str:
        """The workspace's name for people."""
        return self.path.stem

    def look(self) -> None:
        """See now what another process or our own writer wrote, not only twice a second."""
        query = partial(_look, self.path, self._version, self._seq)
        self.reader.latest("changes", query, self._seen, self._fail)

    def value(self, one: Setting) -> Any:  # noqa: ANN401 - as the setting says
        """Return one of this laptop's settings."""
        return self.settings.value(one)

    def set_setting(self, one: Setting, value: object) -> None:
        """Keep one of this laptop's settings; `settings_changed` follows, or `failed`."""
        self.machine(partial(machine.put, one, value))

    def machine(self, change: Callable[[], object], then: Callable[[], None] | None = None) -> None:
        """Carry out a change of workspace.machine off this thread, load anew, then call `then`."""

        def work() -> Machine:
            change()
            return machine.load()

        after = None if then is None else receiver(then)
        self._machine.do(work, partial(self._changed_machine, after), self._fail)

    def _changed_machine(self, then: Callable[[], None] | None, loaded: Machine) -> None:
        self._loaded(loaded)
        if then is not None:
            then()

    def set_local_only(self, local: bool) -> None:
        """Switch the workspace's local-only rule."""
        self.writer.write(
            lambda db: workspace_settings.put(db, workspace_settings.LOCAL_ONLY, local),
            self._done,
            self._fail,
        )

    def errand(
        self,
        work: Callable[[], Any],
        show: Callable[[Any], None],
        fail: Callable[[Exception], None],
    ) -> None:
        """Do something slow that is no query (a file, the keychain) in a thread of its own."""
        self._errands.run(work, show, fail)

    @property
    def session_keys(self) -> Any:  # noqa: ANN401 - proofroom.keys is imported when it is needed
        """The SessionKeys of this window."""
        if self._session_keys is None:
            from proofroom.keys.session import SessionKeys  # noqa: PLC0415 - after first paint

            self._session_keys = SessionKeys()
        return self._session_keys

    def resolve_keys(
        self,
        providers: Sequence[str],
        show: Callable[[dict[str, str]], None],
        fail: Callable[[Exception], None],
    ) -> Any:  # noqa: ANN401 - a proofroom.keys.patience.Patience
        """Get API keys by provider (those that have one); the Patience returned can cancel it."""
        from proofroom.keys.patience import at_the_window  # noqa: PLC0415 - after first paint

        patience, own = at_the_window(), self.session_keys
        allowed = self.value(setting.KEY_VARIABLES)

        def work() -> dict[str, str]:
            from proofroom.keys.resolve import resolve  # noqa: PLC0415 - keyring takes 0.5 s

            found: dict[str, str] = {}
            for name in providers:
                one = resolve(
                    name,
                    allowed_variables=allowed,
                    environ=os.environ,
                    session=own,
                    patience=patience,
                )
                if one is not None:
                    found[name] = one.secret.reveal()
            return found

        self._errands.run(work, show, fail)
        return patience

    def close(self, timeout_s: float = 2.0) -> int:
        """Stop the engine, write what waits, checkpoint; return how many writes were not kept."""
        self._poll.stop()
        self.engine.close(timeout_s)
        if self.writer.opened.done() and self.writer.opened.exception() is None:
            self.writer.write(partial(_remember, self.path), self._done, self._fail)
        self.reader.close(timeout_s)
        left = self.writer.flush_and_close(timeout_s)
        self._machine.close(timeout_s)
        self._errands.close()
        return left

    def _opened(self, opened: opening.Opened) -> None:
        self.read_only, self.notices = opened.read_only, opened.notices
        self.look()
        self._poll.start()
        self.opened.emit(opened.notices)

    def _not_opened(self, error: Exception) -> None:
        self.open_failed.emit(error)

    def _seen(self, look: _Look) -> None:
        self._version = look.version
        if look.changes is None or look.today is None:
            return
        first, self._seq = self._seq < 0, look.changes.seq
        if look.today != self.today or first:
            self.today = look.today
            self.today_changed.emit(look.today)
        self.local_only = look.local_only
        if look.high_water is not None:  # the reader waits for no disk
            self._machine.do(partial(opening.keep_high_water, look.high_water), _kept, self._fail)
        if not first:
            self.changed.emit(look.changes)

    def _loaded(self, loaded: Machine) -> None:
        self.settings = loaded
        self.settings_changed.emit()

    def _end_left(self) -> None:
        """End the runs of an engine that died, so that they show as interrupted."""
        if self.read_only:
            return
        self.writer.write(left_runs.end_left, self._done, self._fail)

    def _done(self, _: object) -> None:
        self.look()

    def _fail(self, error: Exception) -> None:
        self.failed.emit(error)


def _kept(_: object) -> None:
    """Nothing waits for it."""


def _look(path: Path, version: int, seq: int, db: sqlite3.Connection) -> _Look:
    now = changes.data_version(db)
    if now == version:
        return _Look(now)
    at = clock.now()
    day = clock.local_day(at, clock.local_offset_s(at))
    found = changes.since(db, max(seq, 0))
    return _Look(
        now,
        found,
        Today(total=rollups.of_day(db, day), budget=budget_state.of_day(db, day)),
        workspace_settings.local_only(db),
        high_water.due(path, db),
    )


def _remember(path: Path, db: sqlite3.Connection) -> None:
    opening.remember_high_water(path, db, now=True)
