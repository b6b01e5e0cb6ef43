"""Lets the grid follow what the engine says: cells that wait, stream and end."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from proofroom import clock
from proofroom.engine import protocol
from proofroom.ui.compare import states
from proofroom.ui.compare.grid import Grid
from proofroom.ui.compare.model import GridModel
from proofroom.ui.compare.states import GridRow, Phase, Sample
from proofroom.ui.compare.streams import Place, Streams

READ_AGAIN_MS = 50
CLOCK_MS = 500


class Following(QObject):
    """`rows_ended` carries the keys of rows whose cells ended, `over` that nothing more comes."""

    rows_ended = Signal(object)
    over = Signal()

    def __init__(self, model: GridModel, grid: Grid, streams: Streams) -> None:
        super().__init__(grid)
        self._model, self._grid, self.streams = model, grid, streams
        self._ended: set[int] = set()
        self._served: set[Place] = set()
        self._taken: dict[str, list[int]] = {}
        self._read = QTimer(self)
        self._read.setSingleShot(True)
        self._read.setInterval(READ_AGAIN_MS)
        self._read.timeout.connect(self._tell)
        self._seconds = QTimer(self)
        self._seconds.setInterval(CLOCK_MS)
        self._seconds.timeout.connect(self._tick)
        streams.began.connect(self._began)
        streams.waits.connect(self._waits)
        streams.grew.connect(self._grew)
        streams.ended.connect(self._cell_ended)
        streams.lost.connect(self.unexpect)

    def join(self, sample: Sample, place: Place, *, running: bool) -> None:
        """Give a sample what is under way for it; while a job runs the unasked ones wait."""
        live, waits = self.streams.lives.get(place), self.streams.waiting.get(place)
        if live is not None:
            sample.live, sample.phase = live, Phase.STREAMING
            self._seconds.start()
        elif waits is not None:
            _let_wait(sample, waits)
            self._seconds.start()
        elif running and (sample.run is None or sample.run.status is None):
            sample.phase = Phase.WAITING  # a run may have begun before its turn

    def expect(self, places: set[tuple[int, int]] | None, *, fresh: bool) -> None:
        """Show cells as waiting that a press of Run will ask; None means all without an answer."""
        self._taken = {}
        queued: dict[str, int] = {}
        for row in self._model.rows:
            for column in self._model.columns:
                provider = column.column.provider
                if places is not None and (row.row.key, column.key) not in places:
                    continue
                for sample in row.cells.get(column.key, []):
                    done = sample.run is not None and sample.run.status == "ok"
                    if (fresh or not done) and not states.is_busy(sample):
                        sample.phase, sample.why, sample.until_us = Phase.WAITING, "", None
                        sample.number = queued[provider] = queued.get(provider, 0) + 1
                        sample.taken = self._taken.setdefault(provider, [0])
        self._grid.viewport().update()
        self._model.heads_changed.emit()

    def unexpect(self) -> None:
        """Nothing more will come: what still waits shows what is kept of it."""
        for row in self._model.rows:
            for sample in row.all():
                if states.is_busy(sample):
                    sample.live = None
                    sample.phase = Phase.EMPTY if sample.run is None else Phase.ENDED
        self._seconds.stop()
        self._model.heads_changed.emit()
        self.over.emit()

    def _sample(self, place: Place) -> Sample | None:
        row = self._model.row_of(place[0])
        if row is None or place[1] not in row.cells:
            return None
        return row.at(place[1], place[2])

    def _began(self, place: Place) -> None:
        sample = self._sample(place)
        if sample is not None:
            _take(sample)
            sample.live, sample.phase = self.streams.lives[place], Phase.STREAMING
            self._seconds.start()
            self._model.say_cell(place[0], place[1])
            self._model.heads_changed.emit()

    def _waits(self, place: Place, item: protocol.CellWaiting) -> None:
        sample = self._sample(place)
        if sample is not None:
            _take(sample)
            _let_wait(sample, item)
            self._seconds.start()
            self._model.say_cell(place[0], place[1])

    def _grew(self, places: set[Place]) -> None:
        self.streams.took(self._grid.last_paint_s)
        if not self._grid.isVisible():
            return
        shown = self._grid.viewport().rect()
        for row_key, column_key, number in places:
            index = self._model.index_of(row_key, column_key)
            if (
                not index.isValid()
                or self._model.grid_row(index.row()).shown.get(column_key, 0) != number
            ):
                continue
            rect = self._grid.visualRect(index)
            if rect.intersects(shown):
                self._grid.viewport().update(rect)

    def _cell_ended(self, place: Place, item: protocol.CellEnded) -> None:
        sample = self._sample(place)
        if sample is None:
            return
        if sample.live is not None:
            sample.live.over = True
        _take(sample)
        if item.cached or (item.run_key and sample.live is None):
            self._served.add(place)
        elif not item.run_key:
            sample.live = None
            sample.phase = Phase.EMPTY if sample.run is None else Phase.ENDED
            sample.why = item.detail or "Stopped before it was sent"
            self._model.say_cell(place[0], place[1])
        self._ended.add(place[0])
        if not self._read.isActive():
            self._read.start()

    def _tell(self) -> None:
        ended, self._ended = self._ended, set()
        self.rows_ended.emit(ended)

    def settle(self, row: GridRow) -> set[int]:
        """Let go of waiting where an answer came unseen; return the keys of those columns."""
        settled: set[int] = set()
        for key, samples in row.cells.items():
            for number, sample in enumerate(samples):
                place = (row.row.key, key, number)
                if sample.phase == Phase.WAITING and place in self._served:
                    self._served.discard(place)
                    settled.add(key)
                    sample.phase = Phase.EMPTY if sample.run is None else Phase.ENDED
        return settled

    def _tick(self) -> None:
        """Let clocks go on in the cells on screen that are under way."""
        busy = False
        for place in self._grid.seen(0) if self._grid.isVisible() else ():
            row = self._model.grid_row(2 * place)
            for number, column in enumerate(self._model.columns):
                if states.is_busy(row.sample(column.key)):
                    busy = True
                    rect = self._grid.visualRect(self._model.index(2 * place + 1, number))
                    self._grid.viewport().update(rect)
        if not busy and not self.streams.lives and not self.streams.waiting:
            self._seconds.stop()


def _let_wait(sample: Sample, item: protocol.CellWaiting) -> None:
    until = None
    if item.seconds:
        until = clock.monotonic_us() + round(item.seconds * 1_000_000)
    sample.phase, sample.why, sample.until_us = Phase.WAITING, item.why, until


def _take(sample: Sample) -> None:
    """Note that a cell got its slot, so that those behind it move up."""
    if sample.taken is not None:
        sample.taken[0] += 1
        sample.taken = None
