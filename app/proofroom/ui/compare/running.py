"""Runs and stops the comparison shown, and says what that costs before and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from proofroom import clock
from proofroom.domain import figures
from proofroom.domain.comparison import Estimate
from proofroom.domain.version import Content
from proofroom.engine import protocol
from proofroom.ui.compare import loading, states
from proofroom.ui.compare.controller import Controller
from proofroom.ui.compare.model import GridModel
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.ui.widgets.progress import Progress

SUM_EVERY_US = 400_000
Cells = list[tuple[int, int]]


class Running(QObject):
    """`said` carries (strong words, facts, share or None), `running` whether Stop is due.

    `over` tells that a job ended, `settled` that its last answers are read.
    """

    said = Signal(str, object, object)
    running = Signal(bool)
    failed = Signal(object)
    over = Signal(object)
    settled = Signal()

    def __init__(
        self, session: Session, presses: Presses, model: GridModel, controller: Controller
    ) -> None:
        super().__init__(controller)
        self._session, self._presses = session, presses
        self._model, self._controller = model, controller
        self._asked: tuple[set[tuple[int, int]] | None, bool] = (None, False)
        self._then: Callable[[], None] | None = None
        self._summed_us, self._spent = 0, ""
        self._estimates = 0
        controller.follow_job(self.is_running)
        presses.starting.connect(self._starting)
        presses.started.connect(self._started)
        presses.not_started.connect(self._not_started)
        presses.progress.connect(self._progress)
        presses.ended.connect(self._ended)

    def is_running(self) -> bool:
        """Tell whether the comparison shown is started or runs."""
        return bool(self._controller.key) and self._presses.is_running(self._controller.key)

    def come(self) -> None:
        """Say how a comparison that was just opened stands."""
        running = self.is_running()
        self.running.emit(running)
        if not running:
            self._refresh_drafts(self.estimate)
        else:
            for job in self._presses.jobs.get(self._controller.key, []):
                self._progress(self._controller.key, job.progress())

    def estimate(self) -> None:
        """Ask the engine what a press of Run would do, and say it."""
        key = self._controller.key
        if not key or self.is_running():
            return
        self._estimates += 1  # an answer to an older question says nothing any more
        cells = self._to_ask()
        if cells is not None and not cells:
            self.say_kept()
            return
        ask = protocol.EstimateRun(
            workspace=str(self._session.path), comparison_key=key,
            cells=None if cells is None else tuple(cells),
        )  # fmt: skip
        self._session.engine.ask(
            ask, partial(self._estimated, (key, self._estimates)), self._no_estimate
        )

    def _to_ask(self) -> Cells | None:
        """Return the cells without an answer of what they would ask now; None means all."""
        stale, found = self._stale, Cells()
        every = True
        for row in self._model.rows:
            for column in self._model.columns:
                samples = row.cells.get(column.key, [])
                done = all(one.run is not None and one.run.status == "ok" for one in samples)
                if done and column.key not in stale:
                    every = False
                else:
                    found.append((row.row.key, column.key))
        return None if every else found

    _stale: frozenset[int] = frozenset()

    def _estimated(self, asked: tuple[int, int], estimate: Estimate) -> None:
        if asked != (self._controller.key, self._estimates) or self.is_running():
            return
        cost = figures.money(estimate.nano_usd, about=True)
        if not estimate.paid_calls:
            cost = "free"
        elif estimate.unknown_cost == estimate.paid_calls and not estimate.nano_usd:
            cost = "cost unknown"
        elif estimate.unknown_cost:
            cost += f" and {figures.plural(estimate.unknown_cost, 'call')} of unknown cost"
        seconds = estimate.seconds
        time = "" if seconds is None else f"about {figures.duration(round(seconds * 1_000_000))}"
        total = estimate.tokens_in + estimate.tokens_out
        facts = (figures.tokens(total, about=True), cost, time)
        self.said.emit(figures.plural(estimate.calls, "call"), facts, None)

    def _no_estimate(self, error: Exception) -> None:
        self.said.emit("No estimate", (getattr(error, "what", str(error)),), None)

    def sentence(self) -> str:
        """Return how far it is in words."""
        done, total, bad, _ = self._sums()
        return f"{done} of {total} done" + (f", {bad} failed" if bad else "")

    def say_kept(self) -> None:
        """Say that every cell has its answer."""
        done, total, bad, spent = self._sums()
        facts = (f"{bad} failed" if bad else "", spent)
        self.said.emit(f"{figures.number(done)} of {figures.number(total)} done", facts, None)

    def _sums(self) -> tuple[int, int, int, str]:
        """Return done, all, failed, and what the answers cost."""
        done = bad = total = nano = unknown = 0
        for row in self._model.rows:
            for column in self._model.columns:
                for sample in row.cells.get(column.key, []):
                    total += 1
                    if sample.run is None or states.is_busy(sample):
                        continue
                    done += sample.run.status == "ok"
                    bad += states.failed(sample)
                    if sample.run.status is not None and not sample.run.cached:
                        unknown += sample.run.cost_nano_usd is None
                        nano += sample.run.cost_nano_usd or 0
        spent = figures.money(nano) if nano or not unknown else ""
        if unknown:
            spent = figures.facts(spent, f"{unknown} cost unknown")
        return done, total, bad, spent

    def run(self, cells: Cells | None = None, *, fresh: bool = False) -> None:
        """Ask what changed, or some cells; drafts are asked as they are now."""
        self._refresh_drafts(partial(self._press, cells, fresh))

    def _press(self, cells: Cells | None, fresh: bool) -> None:
        key = self._controller.key
        self._asked = (None if cells is None else set(cells), fresh)
        self._presses.run(key, self._refused, cells=cells, fresh=fresh)

    def stop(self, row_key: int | None = None, column_key: int | None = None) -> None:
        """Stop all of it, a column or a cell."""
        self._presses.stop(self._controller.key, row_key, column_key)

    def _refresh_drafts(self, then: Callable[[], None]) -> None:
        self._then = then
        query = partial(loading.stale_drafts, key=self._controller.key)
        self._session.reader.read(query, self._stale_read, self._refused)

    def _stale_read(self, stale: tuple[tuple[int, Content], ...]) -> None:
        self._stale = self._stale | frozenset(key for key, _ in stale)
        if stale and not self._session.read_only:
            write = partial(loading.ask_with, columns=stale)
            self._session.writer.write(write, self._refreshed, self._refused)
        else:
            self._refreshed(None)

    def _refreshed(self, _: object) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    def _starting(self, key: object) -> None:
        if key == self._controller.key:
            self.running.emit(True)
            self.said.emit("Starting", (), 0.0)

    def _started(self, key: object) -> None:
        if key == self._controller.key:
            self._stale = frozenset()
            places, fresh = self._asked
            self._controller.following.expect(places, fresh=fresh)

    def _not_started(self, key: object) -> None:
        if key == self._controller.key:
            self.running.emit(False)
            self.estimate()

    def _progress(self, key: object, progress: Progress) -> None:
        if key != self._controller.key:
            return
        left = progress.seconds_left
        now = clock.monotonic_us()
        if now - self._summed_us > SUM_EVERY_US:  # thousands of cells, tens of ends a second
            self._summed_us, self._spent = now, self._sums()[3]
        spent = self._spent
        if spent and progress.expected:
            spent += f" of {figures.money(progress.expected)}"
        facts = (
            f"{progress.failed} failed" if progress.failed else "",
            "" if left is None else figures.time_left(left),
            spent,
        )
        done = f"{figures.number(progress.done)} of {figures.number(progress.total)} done"
        self.said.emit(done, facts, progress.done / progress.total if progress.total else 0.0)

    def _ended(self, key: object, end: protocol.JobEnded) -> None:
        if key != self._controller.key or self.is_running():
            return
        self._asked = (None, False)
        self._controller.following.unexpect()
        self.running.emit(False)
        self._controller.all_read.connect(self._settled)
        self.over.emit(end)

    def _settled(self) -> None:
        self._controller.all_read.disconnect(self._settled)
        if not self.is_running():
            self.settled.emit()
            self.estimate()

    def _refused(self, error: Exception) -> None:
        self.running.emit(self.is_running())
        self.failed.emit(error)
