"""Opens a comparison into the grid, fills what is on screen, and follows what changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import structs
from PySide6.QtCore import QObject, QTimer, Signal

from proofroom import clock
from proofroom.engine import protocol
from proofroom.ui.compare import bodies, loading, states
from proofroom.ui.compare.bodies import Body, Wanted
from proofroom.ui.compare.grid import Grid
from proofroom.ui.compare.loading import KeptView, LoadedRow, Opened, Pick, RowPage
from proofroom.ui.compare.model import GridModel
from proofroom.ui.compare.states import GridColumn, GridRow, Phase, Sample
from proofroom.ui.compare.streams import Place, Streams
from proofroom.ui.session import Session
from proofroom.workspace.changes import Changes

KEEP_VIEW_MS = 600
READ_AGAIN_MS = 50
LOOK_AGAIN_MS = 400
CLOCK_MS = 500
MOST_BODIES = 240
"""Cells whose answers stay laid out; those far from the screen are let go."""


class Controller(QObject):
    """One for the page; `opened` carries loading.Opened, `failed` an Exception."""

    opened = Signal(object)
    rows_loaded = Signal()
    cells_changed = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, model: GridModel, grid: Grid, streams: Streams) -> None:
        super().__init__(grid)
        self._session, self._model, self._grid, self.streams = session, model, grid, streams
        self.key = 0
        self.view = KeptView()
        self.all_columns: tuple[GridColumn, ...] = ()
        self._own_job: Callable[[], bool] = bool
        self._restore_row: int | None = None
        self._ended: set[int] = set()
        self._served: set[Place] = set()
        self._with_bodies: dict[int, None] = {}
        self._keep = self._timer(KEEP_VIEW_MS, self.keep_now)
        self._read_ended = self._timer(READ_AGAIN_MS, self._read_rows)
        self._look = self._timer(LOOK_AGAIN_MS, self._read_all)
        self._seconds = QTimer(self)
        self._seconds.setInterval(CLOCK_MS)
        self._seconds.timeout.connect(self._tick)
        grid.seen_changed.connect(self._seen)
        session.changed.connect(self._changed)
        streams.began.connect(self._began)
        streams.waits.connect(self._waits)
        streams.grew.connect(self._grew)
        streams.ended.connect(self._cell_ended)
        streams.lost.connect(self._lost)

    def refresh(self) -> None:
        """Read the comparison shown again, for it is shown again."""
        self._read_all()

    def _timer(self, milliseconds: int, then: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(then)
        return timer

    def follow_job(self, is_running: Callable[[], bool]) -> None:
        """Take what tells whether a job of this window fills the comparison shown."""
        self._own_job = is_running

    def open(self, key: int) -> None:
        """Show another comparison as it was left."""
        self.keep_now()
        self.key = key
        self._with_bodies.clear()
        self._ended.clear()
        query = partial(loading.opened, key=key)
        self._session.reader.read(query, self._opened, self._fail)

    def _opened(self, opened: Opened) -> None:
        if opened.summary.key != self.key:
            return
        self.view, self.all_columns = opened.view, opened.columns
        self._restore_row = opened.view.row
        self._grid.height_name = opened.view.height
        self._model.filter = opened.view.filter
        self._model.set_columns(self._ordered(), opened.summary.samples)
        self.opened.emit(opened)
        self._ask_page(-1, loading.FIRST_PAGE)

    def _ordered(self) -> list[GridColumn]:
        """Return the columns that are shown, the base first."""
        hidden = self.view.hidden
        shown = [one for one in self.all_columns if one.key not in hidden] or [*self.all_columns]
        return sorted(shown, key=lambda one: one.key != self.view.base)

    def _ask_page(self, after: int, size: int) -> None:
        query = partial(loading.row_page, key=self.key, after=after, size=size)
        self._session.reader.read(query, self._page, self._fail)

    def _page(self, page: RowPage) -> None:
        if page.key != self.key:
            return
        self._model.append([self._grid_row(loaded) for loaded in page.rows])
        if page.more:
            self._ask_page(page.rows[-1].row.number, loading.PAGE)
        self._restore(more=page.more)
        self.rows_loaded.emit()

    def _restore(self, *, more: bool) -> None:
        """Scroll to where the comparison was left once that row is there."""
        wanted = self._restore_row
        if wanted is None:
            return
        if wanted == 0 or 2 * wanted < self._model.rowCount() or not more:
            self._restore_row = None
            if 0 < wanted < self._model.rowCount() // 2:
                top = self._grid.ScrollHint.PositionAtTop
                self._grid.scrollTo(self._model.index(2 * wanted, 0), top)

    def _grid_row(self, loaded: LoadedRow) -> GridRow:
        row = GridRow(row=loaded.row)
        for column in self.all_columns:
            for number in range(self._model.samples):
                row.at(column.key, number)
        self._model.put_runs(row, loaded.runs)
        _set_pick(row, loaded.pick)
        for key, samples in row.cells.items():
            for number, sample in enumerate(samples):
                self._join(sample, (row.row.key, key, number))
        return row

    def _join(self, sample: Sample, place: Place) -> None:
        """Give a sample what is under way for it."""
        live, waits = self.streams.lives.get(place), self.streams.waiting.get(place)
        if live is not None:
            sample.live, sample.phase = live, Phase.STREAMING
            self._seconds.start()
        elif waits is not None:
            _let_wait(sample, waits)
            self._seconds.start()
        elif sample.run is not None and sample.run.status is None:
            sample.phase = Phase.ENDED

    # what is on screen

    def _seen(self) -> None:
        """Read the answers of the cells on screen that have none yet."""
        if not self.key or not self._model.rowCount():
            return
        wanted: list[Wanted] = []
        for place in self._grid.seen():
            row = self._model.grid_row(2 * place)
            self._with_bodies.pop(row.row.key, None)
            self._with_bodies[row.row.key] = None
            wanted += self._missing(row)
        if wanted:
            query = partial(bodies.made, wanted=wanted)
            self._session.reader.read(query, self._made, self._fail)
        self._let_go()
        self.note_view()

    def _missing(self, row: GridRow) -> list[Wanted]:
        base = row.sample(self._model.base).run
        found: list[Wanted] = []
        for column in self._model.columns:
            sample = row.sample(column.key)
            run = sample.run
            if run is None or run.status is None or states.is_busy(sample):
                continue
            compared = (
                column.key != self._model.base
                and run.status == "ok"
                and base is not None
                and base.status == "ok"
            )
            wanted = Wanted(
                row.row.key, column.key, row.shown.get(column.key, 0), run.output_key,
                base.output_key if compared and base is not None else None, self.view.view,
                "tool_call_against_schema" in (run.warnings or ""),
            )  # fmt: skip
            if sample.asked != wanted:
                sample.asked = wanted
                found.append(wanted)
        return found

    def _made(self, made: list[tuple[Wanted, Body]]) -> None:
        for wanted, body in made:
            row = self._model.row_of(wanted.row_key)
            if row is None:
                continue
            sample = row.at(wanted.column_key, wanted.sample)
            if sample.asked == wanted:
                sample.body, sample.laid = body, None
                self._model.say_cell(wanted.row_key, wanted.column_key)
        self.cells_changed.emit()

    def _let_go(self) -> None:
        most = max(20, MOST_BODIES // max(1, len(self._model.columns)))
        while len(self._with_bodies) > most:
            row = self._model.row_of(next(iter(self._with_bodies)))
            del self._with_bodies[next(iter(self._with_bodies))]
            for sample in row.all() if row is not None else ():
                sample.body, sample.laid, sample.asked = None, None, None

    # how it is looked at

    def set_view(self, **fields: object) -> None:
        """Look at it another way: base, view, height, filter, hidden."""
        before, self.view = self.view, structs.replace(self.view, **fields)
        if (before.base, before.hidden) != (self.view.base, self.view.hidden):
            self._model.order_columns(self._ordered())
        if before.height != self.view.height:
            self._grid.set_height(self.view.height)
        if before.filter != self.view.filter or before.base != self.view.base:
            self._model.set_filter(self.view.filter)
        self._seen()
        self._keep.start()

    def note_view(self) -> None:
        """Keep where it was scrolled to, soon."""
        if self._restore_row is None and self.key:
            top = max(0, self._grid.rowAt(0)) // 2
            if top != self.view.row:
                self.view = structs.replace(self.view, row=top)
                self._keep.start()

    def keep_now(self) -> None:
        """Keep how it is looked at, if that changed."""
        if self.key and self._keep.isActive() and not self._session.read_only:
            write = partial(loading.keep_view, key=self.key, view=self.view)
            self._session.writer.write(write, self._kept, self._fail)
        self._keep.stop()

    def _kept(self, _: object) -> None:
        return None

    # what the engine says

    def expect(self, places: set[tuple[int, int]] | None, *, fresh: bool) -> None:
        """Show cells as waiting that a press of Run will ask; None means all without an answer."""
        for row in self._model.rows:
            for column in self._model.columns:
                if places is not None and (row.row.key, column.key) not in places:
                    continue
                for sample in row.cells.get(column.key, []):
                    done = sample.run is not None and sample.run.status == "ok"
                    if (fresh or not done) and not states.is_busy(sample):
                        sample.phase, sample.why, sample.until_us = Phase.WAITING, "", None
        self._grid.viewport().update()

    def unexpect(self) -> None:
        """Nothing more will come: what still waits shows what is kept of it."""
        for row in self._model.rows:
            for sample in row.all():
                if states.is_busy(sample):
                    sample.live = None
                    sample.phase = Phase.EMPTY if sample.run is None else Phase.ENDED
        self._seconds.stop()
        self._read_all()

    def _sample(self, place: Place) -> Sample | None:
        row = self._model.row_of(place[0])
        if row is None or place[1] not in row.cells:
            return None
        return row.at(place[1], place[2])

    def _began(self, place: Place) -> None:
        sample = self._sample(place)
        if sample is not None:
            sample.live, sample.phase = self.streams.lives[place], Phase.STREAMING
            self._seconds.start()
            self._model.say_cell(place[0], place[1])

    def _waits(self, place: Place, item: protocol.CellWaiting) -> None:
        sample = self._sample(place)
        if sample is not None:
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
        if item.cached or (item.run_key and sample.live is None):
            self._served.add(place)
        elif not item.run_key:
            sample.live = None
            sample.phase = Phase.EMPTY if sample.run is None else Phase.ENDED
            sample.why = item.detail or "Stopped before it was sent"
            self._model.say_cell(place[0], place[1])
        self._ended.add(place[0])
        if not self._read_ended.isActive():
            self._read_ended.start()

    def _read_rows(self) -> None:
        keys, self._ended = self._ended, set()
        found = [row.row for key in keys if (row := self._model.row_of(key)) is not None]
        if found:
            query = partial(loading.again, rows=found)
            self._session.reader.read(query, self._again, self._fail)

    def _again(self, rows: tuple[LoadedRow, ...]) -> None:
        for loaded in rows:
            row = self._model.row_of(loaded.row.key)
            if row is None:
                continue
            self._model.put_runs(row, loaded.runs)
            _set_pick(row, loaded.pick)
            self._settle_kept(row)
            for key in row.cells:
                self._model.say_cell(loaded.row.key, key)
        self._model.heads_changed.emit()
        self._seen()
        self.cells_changed.emit()

    def _settle_kept(self, row: GridRow) -> None:
        """Let go of waiting where an equal answer was found to be kept."""
        for key, samples in row.cells.items():
            for number, sample in enumerate(samples):
                place = (row.row.key, key, number)
                if sample.phase == Phase.WAITING and place in self._served:
                    self._served.discard(place)
                    sample.phase = Phase.EMPTY if sample.run is None else Phase.ENDED

    def _lost(self) -> None:
        self.unexpect()

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

    # what others write

    def _changed(self, changes: Changes) -> None:
        if self.key and not self._own_job() and not self._look.isActive():
            self._look.start()

    def _read_all(self) -> None:
        """Read every row again, those on screen first: another process may have written."""
        if not self.key:
            return
        seen = [self._model.grid_row(2 * place).row for place in self._grid.seen()]
        if seen:
            self._session.reader.latest(
                "compare-seen", partial(loading.again, rows=seen), self._again, self._fail
            )
        after = self._model.rows[-1].row.number if self._model.rows else -1
        self._session.reader.latest(
            "compare-new",
            partial(loading.row_page, key=self.key, after=after, size=loading.PAGE),
            self._more_rows, self._fail,
        )  # fmt: skip
        rest = [row.row for row in self._model.rows]
        for start in range(0, len(rest), loading.PAGE):
            part = rest[start : start + loading.PAGE]
            self._session.reader.latest(
                f"compare-{start}", partial(loading.again, rows=part), self._again, self._fail
            )

    def _more_rows(self, page: RowPage) -> None:
        if page.key == self.key and page.rows:
            self._page(page)

    def _fail(self, error: Exception) -> None:
        self.failed.emit(error)


def _let_wait(sample: Sample, item: protocol.CellWaiting) -> None:
    until = None
    if item.seconds:
        until = clock.monotonic_us() + round(item.seconds * 1_000_000)
    sample.phase, sample.why, sample.until_us = Phase.WAITING, item.why, until


def _set_pick(row: GridRow, pick: Pick | None) -> None:
    row.pick = None if pick is None else pick.column
    row.note = "" if pick is None else pick.note
