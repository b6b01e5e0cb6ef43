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
from proofroom.domain.provider import Provider
from proofroom.domain.setting import Setting
from proofroom.ui.engine_link import EngineLink
from proofroom.ui.reader import Reader
from proofroom.ui.worker import Errands, Worker, receiver
from proofroom.ui.writer import Open, Writer
from proofroom.workspace import (
    budget_state,
    changes,
    daily,
    high_water,
    left_runs,
    machine,
    old_runs,
    opening,
    rollups,
)
from proofroom.workspace import settings as workspace_settings
from proofroom.workspace.changes import Changes
from proofroom.workspace.machine import Machine
from proofroom.workspace.rollups import Total

POLL_MS = 500
DAILY_FIRST_MS, DAILY_LOOK_MS = 60_000, 1_800_000
"""The daily backup waits until the window has begun; then it is looked whether the day is new."""


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
    restore_asked = Signal(object)  # Path of a backup
    compact_asked = Signal()
    old_runs = Signal(int)  # how many are older than the workspace's age limit; once a day
    kept_aside = Signal(str, str)  # a prompt whose draft was changed elsewhere, and its copy
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
        self.daily = QTimer(self)
        self.daily.setInterval(DAILY_LOOK_MS)
        self.daily.timeout.connect(self._back_up)
        self._told_full, self._offered = False, -1
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

    def load_settings(self, then: Callable[[], None]) -> None:
        """Load this laptop's settings anew, behind all changes asked for before; call `then`."""
        self._machine.do(machine.load, partial(self._changed_machine, receiver(then)), self._fail)

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
        providers: Sequence[Provider],
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
            for provider in providers:
                one = resolve(
                    provider.name,
                    name=provider.key_name,
                    allowed_variables=allowed,
                    environ=os.environ,
                    session=own,
                    patience=patience,
                )
                if one is not None:
                    found[provider.name] = one.secret.reveal()
            return found

        self._errands.run(work, show, fail)
        return patience

    def close(self, timeout_s: float = 2.0) -> int:
        """Stop the engine, write what waits, checkpoint; return how many writes were not kept."""
        self._poll.stop()
        self.daily.stop()
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
        if not self.read_only:
            self.daily.start(DAILY_FIRST_MS)
        self.opened.emit(opened.notices)

    def _back_up(self) -> None:
        """Make today's backup where there is none, in a thread; a full disk is said once."""
        if not self.read_only:
            self.daily.start(DAILY_LOOK_MS)
            self.errand(partial(daily.back_up, self.path), self._backed_up, self._not_backed_up)
            at = clock.now()
            today = clock.local_day(at, clock.local_offset_s(at))
            if today != self._offered:
                self._offered = today
                self.reader.read(old_runs.over_limit, self._offer, self._fail)

    def _backed_up(self, made: Path | None) -> None:
        self._told_full = self._told_full and made is None

    def _offer(self, count: int) -> None:
        if count:
            self.old_runs.emit(count)

    def _not_backed_up(self, error: Exception) -> None:
        if not self._told_full:
            self._told_full = True
            self.failed.emit(error)

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
