"""Opens a comparison into the grid, fills what is on screen, and follows what changes."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import partial

from msgspec import structs
from PySide6.QtCore import QObject, QTimer, Signal

from proofroom.domain.mark import Pick
from proofroom.ui.compare import bodies, loading, states
from proofroom.ui.compare.bodies import Body, Verdict, Wanted
from proofroom.ui.compare.following import Following
from proofroom.ui.compare.grid import Grid
from proofroom.ui.compare.loading import KeptView, LoadedRow, Opened, RowPage
from proofroom.ui.compare.model import GridModel
from proofroom.ui.compare.states import GridColumn, GridRow
from proofroom.ui.compare.streams import Streams
from proofroom.ui.session import Session
from proofroom.workspace import removed_columns
from proofroom.workspace.changes import Changes

KEEP_VIEW_MS = 600
LOOK_AGAIN_MS = 400
MOST_BODIES = 240
"""Cells whose answers stay laid out; those far from the screen are let go."""


class Controller(QObject):
    """One for the page; `opened` carries loading.Opened, `removed_one` a GridColumn.

    `all_read` tells that every row was read again since it was last asked for.
    """

    opened = Signal(object)
    removed_one = Signal(object)
    rows_loaded = Signal()
    cells_changed = Signal()
    all_read = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, model: GridModel, grid: Grid, streams: Streams) -> None:
        super().__init__(grid)
        self._session, self._model, self._grid, self.streams = session, model, grid, streams
        self.following = Following(model, grid, streams)
        self.key = 0
        self.view = KeptView()
        self.removed: tuple[GridColumn, ...] = ()
        self.archived = False
        self._own_job: Callable[[], bool] = bool
        self._restore_row: int | None = None
        self._restore_ring: tuple[int, int] | None = None
        self._opening = self._readings = 0
        self._with_bodies: dict[int, None] = {}
        self._unsaved = Counter[int]()
        self._keep = self._timer(KEEP_VIEW_MS, self.keep_now)
        self._look = self._timer(LOOK_AGAIN_MS, self._read_all)
        grid.seen_changed.connect(self._seen)
        session.changed.connect(self._changed)
        self.following.rows_ended.connect(self._read_rows)
        self.following.over.connect(self._read_all)

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
        self.key, self._restore_ring = key, None
        self._open(None)

    def open_again(self) -> None:
        """Read the columns and rows of the comparison shown anew; it is looked at as it is now."""
        here = self._grid.current()
        if here.isValid():
            row = self._model.grid_row(here.row()).row.key
            self._restore_ring = row, self._model.columns[here.column()].key
        self._open(self.view)

    def _open(self, view: KeptView | None) -> None:
        self._with_bodies.clear()
        query = partial(loading.opened, key=self.key)
        self._opening += 1
        self._session.reader.read(query, partial(self._opened, self._opening, view), self._fail)

    def _opened(self, opening: int, view: KeptView | None, opened: Opened) -> None:
        if opening != self._opening:
            return
        self.view, self.removed = view or opened.view, opened.removed
        self.archived = opened.summary.archived_at is not None
        self._restore_row = self.view.row
        self._grid.height_name = self.view.height
        self._model.filter = self.view.filter
        self._model.set_columns(self._ordered(opened.columns), opened.summary.samples)
        self.opened.emit(opened)
        self._ask_page(-1, loading.FIRST_PAGE)

    def _ordered(self, columns: Sequence[GridColumn]) -> list[GridColumn]:
        """Return columns with the base first, the others in their own order."""
        base = self.view.base
        return sorted(columns, key=lambda one: (one.key != base, one.column.number))

    def _ask_page(self, after: int, size: int) -> None:
        query = partial(loading.row_page, key=self.key, after=after, size=size)
        self._session.reader.read(query, partial(self._page, self._opening), self._fail)

    def _page(self, opening: int, page: RowPage) -> None:
        if opening != self._opening:
            return
        self._model.append([self._grid_row(loaded) for loaded in page.rows])
        if page.more:
            self._ask_page(page.rows[-1].row.number, loading.PAGE)
        self._restore(more=page.more)
        self.rows_loaded.emit()

    def _restore(self, *, more: bool) -> None:
        """Scroll to where the comparison was left once that row is there, ring included."""
        if self._restore_ring is not None:
            ring = self._model.index_of(*self._restore_ring)
            if ring.isValid():
                self._grid.setCurrentIndex(ring)
                self._restore_ring = None
        wanted = self._restore_row
        if wanted is None:
            return
        if wanted == 0 or 2 * wanted < self._model.rowCount() or not more:
            self._restore_row = None
            if 0 < wanted < self._model.rowCount() // 2:
                top = self._grid.ScrollHint.PositionAtTop
                self._grid.scrollTo(self._model.index(2 * wanted, 0), top)

    def _grid_row(self, loaded: LoadedRow) -> GridRow:
        row, running = GridRow(row=loaded.row), self._own_job()
        for column in self._model.columns:
            for number in range(self._model.samples):
                row.at(column.key, number)
        self._model.put_runs(row, loaded.runs)
        self._model.put_marks(row, loaded.marks)
        self._set_pick(row, loaded.pick)
        for key, samples in row.cells.items():
            for number, sample in enumerate(samples):
                self.following.join(sample, (row.row.key, key, number), running=running)
        return row

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
                _verdict(column, run.warnings or ""),
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

    def _set_pick(self, row: GridRow, pick: Pick | None) -> None:
        """Note a row's winner, unless its column was taken out."""
        there = pick is not None and any(one.key == pick.column for one in self._model.columns)
        row.pick, row.note = (pick.column, pick.note) if pick is not None and there else (None, "")

    # how it is looked at

    def set_view(self, **fields: object) -> None:
        """Look at it another way: base, view, height, filter."""
        before, self.view = self.view, structs.replace(self.view, **fields)
        if before.base != self.view.base:
            self._model.order_columns(self._ordered(self._model.columns))
        if before.height != self.view.height:
            self._grid.set_height(self.view.height)
        if before.filter != self.view.filter or before.base != self.view.base:
            self._model.set_filter(self.view.filter)
        self._seen()
        self._keep.start()

    def remove(self, column_key: int) -> None:
        """Take a column out of the comparison; its answers stay in the workspace."""
        write = partial(removed_columns.remove, comparison_key=self.key, column_key=column_key)
        done = partial(self._removed, self._opening, column_key)
        self._session.writer.write(write, done, self._fail)

    def _removed(self, opening: int, column_key: int, _: object) -> None:
        found = [one for one in self._model.columns if one.key == column_key]
        if opening != self._opening or not found:
            return
        here = self._grid.current()
        self.removed += (found[0],)
        self._model.drop_column(column_key)
        if here.isValid():
            column = min(here.column(), self._model.columnCount() - 1)
            self._grid.setCurrentIndex(self._model.index(here.row(), column))
        self._seen()
        self.removed_one.emit(found[0])

    def bring_back(self, column_keys: Sequence[int]) -> None:
        """Put columns back that were taken out, with the answers they had."""
        write = partial(
            removed_columns.bring_back, comparison_key=self.key, column_keys=column_keys
        )
        self._session.writer.write(write, self._brought_back, self._fail)

    def _brought_back(self, _: object) -> None:
        self.open_again()

    def fill_filter(self) -> None:
        """Show rows that pass the filter since something ended; the ring stays in its cell."""
        here = self._grid.current()
        row = self._model.grid_row(here.row()).row.key if here.isValid() else 0
        self._model.fill_filter()
        if here.isValid() and not self._grid.current().isValid():
            self._grid.go_to(self._model.index_of(row, self._model.columns[here.column()].key))
        self._seen()

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

    def write_shown(
        self, rows: Collection[int], write: Callable[[sqlite3.Connection], object]
    ) -> None:
        """Keep what these rows show already; what is read of them before that is older."""
        self._unsaved.update(rows)
        self._session.writer.write(write, partial(self._saved, rows), partial(self._unkept, rows))

    def _unkept(self, rows: Collection[int], error: Exception) -> None:
        self._saved(rows, None)  # what is kept shows again
        self._fail(error)

    def _saved(self, rows: Collection[int], _: object) -> None:
        keys = list(rows)
        for start in range(0, len(keys), loading.PAGE):
            part = keys[start : start + loading.PAGE]
            found = [row.row for key in part if (row := self._model.row_of(key)) is not None]
            query, then = partial(loading.again, rows=found), partial(self._read_saved, part)
            self._session.reader.read(query, then, self._fail)

    def _read_saved(self, keys: Sequence[int], rows: tuple[LoadedRow, ...]) -> None:
        self._unsaved -= Counter(keys)
        self._again(rows)

    def _read_rows(self, keys: set[int]) -> None:
        found = [row.row for key in keys if (row := self._model.row_of(key)) is not None]
        if found:
            query = partial(loading.again, rows=found)
            self._session.reader.read(query, self._again, self._fail)

    def _again(self, rows: tuple[LoadedRow, ...]) -> None:
        for loaded in rows:
            row = self._model.row_of(loaded.row.key)
            if row is None:
                continue
            changed = self._model.put_runs(row, loaded.runs) | self.following.settle(row)
            picked = row.pick
            if loaded.row.key not in self._unsaved:
                changed |= self._model.put_marks(row, loaded.marks)
                self._set_pick(row, loaded.pick)
            for key in set(row.cells) if picked != row.pick else changed:
                self._model.say_cell(loaded.row.key, key)
        self._model.heads_changed.emit()
        self._seen()
        self.cells_changed.emit()

    # what others write

    def _changed(self, changes: Changes) -> None:
        if self.key and not self._own_job() and not self._look.isActive():
            self._look.start()

    def _read_all(self) -> None:
        """Read every row again, those on screen first: another process may have written."""
        if not self.key:
            return
        self._readings += 1
        seen = [self._model.grid_row(2 * place).row for place in self._grid.seen()]
        if seen:
            self._session.reader.latest(
                "compare-seen", partial(loading.again, rows=seen), self._again, self._fail
            )
        after = self._model.rows[-1].row.number if self._model.rows else -1
        self._session.reader.latest(
            "compare-new",
            partial(loading.row_page, key=self.key, after=after, size=loading.PAGE),
            partial(self._more_rows, self._opening), self._fail,
        )  # fmt: skip
        rest = [row.row for row in self._model.rows]
        for start in range(0, len(rest), loading.PAGE):
            part = rest[start : start + loading.PAGE]
            self._session.reader.latest(
                f"compare-{start}", partial(loading.again, rows=part), self._again, self._fail
            )
        self._session.reader.latest(  # the last one: all before it is shown when it is answered
            "compare-columns", partial(loading.column_keys, key=self.key),
            partial(self._columns_read, self._opening, self._readings), self._fail,
        )  # fmt: skip

    def _columns_read(self, opening: int, reading: int, keys: tuple[int, ...]) -> None:
        if opening == self._opening and set(keys) != {one.key for one in self._model.columns}:
            self.open_again()
        if reading == self._readings:
            self.all_read.emit()

    def _more_rows(self, opening: int, page: RowPage) -> None:
        last = self._model.rows[-1].row.number if self._model.rows else -1
        if page.rows and page.rows[0].row.number > last:
            self._page(opening, page)

    def _fail(self, error: Exception) -> None:
        self.failed.emit(error)


def _verdict(column: GridColumn, warnings: str) -> Verdict:
    """Return whether the calls of an answer fit the schemas of the column's tools."""
    if "tool_call_against_schema" in warnings:
        return "misfit"
    return "fits" if column.has_tools else ""
