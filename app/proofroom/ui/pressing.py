"""Presses of Run: asked once when they are dear, one job each, followed to their end."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from PySide6.QtCore import QObject, QTimer, Signal

from proofroom import clock, ids
from proofroom.domain import figures, setting
from proofroom.domain.comparison import Estimate, must_ask
from proofroom.domain.provider import Provider, goes_home, host_of
from proofroom.engine import protocol
from proofroom.errors import ProofroomError
from proofroom.ui.session import Session
from proofroom.ui.widgets.progress import Progress
from proofroom.workspace import comparisons, machine, providers

Cells = Sequence[tuple[int, int]]
Ask = Callable[[Estimate, Callable[[], None], Callable[[], None]], None]
Confirm = Callable[[Sequence[Provider], Callable[[], None], Callable[[], None]], None]
_NANO = 1_000_000_000
_LOOK_MS = 200


class Job(Struct, kw_only=True):
    """A job under way, as far as the window knows."""

    comparison_key: int
    job_id: str
    total: int
    expected: int | None
    done: int = 0
    failed: int = 0
    stopped: int = 0
    began_us: int = 0

    def progress(self) -> Progress:
        """Return how far it is."""
        ended = self.done + self.failed + self.stopped
        spent_s = (clock.monotonic_us() - self.began_us) / 1_000_000
        left = spent_s / ended * (self.total - ended) if ended else None
        return Progress(
            done=ended,
            total=self.total,
            unit="cells",
            failed=self.failed,
            seconds_left=left,
            expected=self.expected,
        )


class _Press(Struct, kw_only=True):
    press_id: str
    comparison_key: int
    cells: tuple[tuple[int, int], ...] | None
    samples: int | None
    fresh: bool
    ask: Ask | None
    fail: Callable[[Exception], None]
    expected: int | None = None
    needs: tuple[Provider, ...] = ()


class Presses(QObject):
    """Starts comparisons and keeps their jobs; one for each session.

    `progress` carries (comparison_key, widgets.progress.Progress), `ended` (comparison_key,
    protocol.JobEnded), `starting` and `not_started` a comparison_key each. `keychain_waits` tells
    whether the keychain asks its user while a press waits for API keys (K2).
    """

    starting = Signal(object)
    started = Signal(object)
    not_started = Signal(object)
    progress = Signal(object, object)
    ended = Signal(object, object)
    text_changed = Signal(str)
    keychain_waits = Signal(bool)

    def __init__(
        self, session: Session, ask: Ask | None = None, confirm: Confirm | None = None
    ) -> None:
        """Ask a person through `ask` (estimate, go, leave) unless a press brings its own way.

        `confirm` (providers, go, leave) asks whether API keys may go to new addresses.
        """
        super().__init__(session)
        self._session, self._ask, self._confirm = session, ask, confirm
        self._starting: dict[int, _Press] = {}
        self._jobs: dict[str, Job] = {}
        self._patience: Any = None
        self._asking = False
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._look_at_keychain)
        session.engine.news.connect(self._hear)
        session.engine.lost.connect(self._lost)

    def run(  # noqa: PLR0913 - a press is one thing
        self,
        comparison_key: int,
        fail: Callable[[Exception], None],
        *,
        cells: Cells | None = None,
        samples: int | None = None,
        fresh: bool = False,
        ask: Ask | None = None,
    ) -> bool:
        """Start one press; False if another of this comparison is being started just now."""
        if comparison_key in self._starting:
            return False
        press = _Press(
            press_id=ids.new_id(),
            comparison_key=comparison_key,
            cells=None if cells is None else tuple(cells),
            samples=samples,
            fresh=fresh,
            ask=ask or self._ask,
            fail=fail,
        )
        self._starting[comparison_key] = press
        self.starting.emit(comparison_key)
        self._session.reader.read(
            partial(_needs, comparison_key),
            partial(self._needed, press),
            partial(self._refuse, press),
        )
        return True

    @property
    def jobs(self) -> dict[int, list[Job]]:
        """The jobs under way by comparison."""
        found: dict[int, list[Job]] = {}
        for job in self._jobs.values():
            found.setdefault(job.comparison_key, []).append(job)
        return found

    def is_running(self, comparison_key: int) -> bool:
        """Tell whether a press of this comparison is being started or runs."""
        return comparison_key in self._starting or comparison_key in self.jobs

    def stop(
        self, comparison_key: int, row_key: int | None = None, column_key: int | None = None
    ) -> None:
        """Stop a comparison's jobs, or a row's, a column's or a cell's part of them."""
        if row_key is None and column_key is None:
            self.leave(comparison_key)
        for job in self.jobs.get(comparison_key, []):
            cancel = protocol.CancelRun(job_id=job.job_id, row_key=row_key, column_key=column_key)
            self._session.engine.ask(cancel, self._stopped, self._session.failed.emit)

    def stop_all(self) -> None:
        """Stop everything (Ctrl+.)."""
        for key in {*self._starting, *self.jobs}:
            self.stop(key)

    def leave_all(self) -> None:
        """Give up every press that has not started yet."""
        for key in list(self._starting):
            self.leave(key)

    def leave(self, comparison_key: int) -> None:
        """Give up a press that has not started yet."""
        press = self._starting.pop(comparison_key, None)
        if press is not None:
            if self._patience is not None:
                self._patience.cancel()
                self._settle_keychain()
            self.not_started.emit(comparison_key)

    def _needed(self, press: _Press, needs: tuple[Provider, ...]) -> None:
        if not self._is_starting(press):
            return
        press.needs = needs
        estimate = protocol.EstimateRun(
            workspace=str(self._session.path),
            comparison_key=press.comparison_key,
            cells=press.cells,
            samples=press.samples,
            fresh=press.fresh,
            money_only=True,
        )
        self._session.engine.ask(
            estimate, partial(self._estimated, press), partial(self._refuse, press)
        )

    def _estimated(self, press: _Press, estimate: Estimate) -> None:
        if not self._is_starting(press):
            return
        press.expected = estimate.nano_usd
        dear = must_ask(
            estimate,
            nano_usd=round(self._session.value(setting.ASK_OVER_USD) * _NANO),
            paid_calls=self._session.value(setting.ASK_OVER_CALLS),
        )
        if not dear:
            self._get_keys(press)
        elif press.ask is None:
            self.leave(press.comparison_key)
        else:
            press.ask(
                estimate, partial(self._get_keys, press), partial(self.leave, press.comparison_key)
            )

    def _get_keys(self, press: _Press) -> None:
        if not self._is_starting(press):
            return
        if not press.needs:
            self._start(press, {})
            return
        self._session.errand(
            partial(_unconfirmed, press.needs),
            partial(self._addressed, press),
            partial(self._refuse, press),
        )

    def _addressed(self, press: _Press, new: tuple[Provider, ...]) -> None:
        """Go on once each API key may go where the workspace sends it."""
        if not self._is_starting(press):
            return
        if not new:
            self._resolve(press)
        elif self._confirm is None:
            self._refuse(press, _not_confirmed(new[0]))
        else:
            leave = partial(self.leave, press.comparison_key)
            self._confirm(new, partial(self._keep_addresses, press, new), leave)

    def _keep_addresses(self, press: _Press, new: tuple[Provider, ...]) -> None:
        self._session.errand(
            partial(_keep, new), partial(self._kept, press), partial(self._refuse, press)
        )

    def _kept(self, press: _Press, _: object) -> None:
        self._resolve(press)

    def _resolve(self, press: _Press) -> None:
        if not self._is_starting(press):
            return
        self._patience = self._session.resolve_keys(
            press.needs,
            partial(self._start, press),
            partial(self._refuse, press),
        )
        self._look.start()

    def _look_at_keychain(self) -> None:
        asking = self._patience is not None and self._patience.waits_for_user
        if asking != self._asking:
            self._asking = asking
            self.keychain_waits.emit(asking)

    def _settle_keychain(self) -> None:
        self._patience = None
        self._look.stop()
        self._look_at_keychain()

    def _start(self, press: _Press, api_keys: dict[str, str]) -> None:
        self._settle_keychain()
        if not self._is_starting(press):
            return
        session = self._session
        start = protocol.StartRun(
            press_id=press.press_id,
            workspace=str(session.path),
            comparison_key=press.comparison_key,
            cells=press.cells,
            samples=press.samples,
            fresh=press.fresh,
            api_keys=api_keys,
            addresses={one.name: one.url for one in press.needs},
            timing=setting.timing(session.value),
            retry_uncertain=session.value(setting.RETRY_UNCERTAIN),
            ca_file=session.value(setting.CA_FILE),
        )
        session.engine.ask(start, partial(self._began, press), partial(self._refuse, press))

    def _began(self, press: _Press, started: protocol.Started) -> None:
        key = press.comparison_key
        if not self._is_starting(press):  # given up while the engine took it up
            cancel = protocol.CancelRun(job_id=started.job_id)
            self._session.engine.ask(cancel, self._stopped, self._session.failed.emit)
            return
        del self._starting[key]
        if started.again:
            self.not_started.emit(key)
            return
        job = Job(
            comparison_key=key,
            job_id=started.job_id,
            total=started.cells,
            expected=press.expected,
            began_us=clock.monotonic_us(),
        )
        self._jobs[job.job_id] = job
        self.started.emit(key)
        self._tell(job)

    def _refuse(self, press: _Press, error: Exception) -> None:
        if self._starting.get(press.comparison_key) is press:
            del self._starting[press.comparison_key]
            self._settle_keychain()
            self.not_started.emit(press.comparison_key)
            press.fail(error)

    def _is_starting(self, press: _Press) -> bool:
        return self._starting.get(press.comparison_key) is press

    def _hear(self, item: protocol.News) -> None:
        match item:
            case protocol.CellEnded() if job := self._jobs.get(item.job_id):
                if item.status == "ok":
                    job.done += 1
                elif item.status == "cancelled":
                    job.stopped += 1
                else:
                    job.failed += 1
                self._tell(job)
            case protocol.JobEnded():
                self._jobs.pop(item.job_id, None)
                self.ended.emit(item.comparison_key, item)
                self.text_changed.emit(self.text())
            case _:
                pass

    def _lost(self) -> None:
        """End the jobs of an engine that died; their runs are interrupted."""
        jobs, self._jobs = self._jobs, {}
        for job in jobs.values():
            end = protocol.JobEnded(
                job_id=job.job_id,
                comparison_key=job.comparison_key,
                reason="interrupted",
                done=job.done,
                failed=job.failed,
                cost_nano_usd=0,
                unknown_cost=0,
            )
            self.ended.emit(job.comparison_key, end)
        self.text_changed.emit(self.text())

    def _tell(self, job: Job) -> None:
        self.progress.emit(job.comparison_key, job.progress())
        self.text_changed.emit(self.text())

    def text(self) -> str:
        """Return what runs, for the status line; '' if nothing does."""
        if not self._jobs:
            return ""
        total = sum(job.total for job in self._jobs.values())
        ended = sum(job.done + job.failed + job.stopped for job in self._jobs.values())
        left = [job.progress().seconds_left for job in self._jobs.values()]
        longest = max((seconds for seconds in left if seconds is not None), default=None)
        return figures.facts(
            f"{figures.number(ended)} of {figures.plural(total, 'cell')}",
            "" if longest is None else figures.time_left(longest),
        )

    def _stopped(self, _: object) -> None:
        return None


def _unconfirmed(needs: tuple[Provider, ...]) -> tuple[Provider, ...]:
    """Return the providers whose API key nobody of this laptop lets go to their address."""
    kept = machine.load()
    return tuple(
        one for one in needs if not goes_home(one) and not kept.confirmed(one.name, one.url)
    )


def _keep(new: tuple[Provider, ...]) -> None:
    for one in new:
        machine.confirm(one.name, one.url)


def _not_confirmed(provider: Provider) -> ProofroomError:
    return ProofroomError(
        f"This workspace sends your {provider.name} key to {host_of(provider)}, which nobody has "
        "confirmed on this laptop",
        where="this workspace",
        fix=f"If it is right, run `proofroom keys confirm {provider.name}`.",
    )


def _needs(comparison_key: int, db: sqlite3.Connection) -> tuple[Provider, ...]:
    """Return the providers of a comparison that want an API key."""
    names = {column.provider for column in comparisons.columns(db, comparison_key)}
    found = [one for one in providers.listed(db) if one.name in names]
    return tuple(one for one in found if one.needs_key)
