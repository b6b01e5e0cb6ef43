"""What the keys, spots and menus of a cell do: open, peek, pick, retry, copy, go on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from proofroom.domain.mark import Pick
from proofroom.domain.message import Reasoning, ToolCall, text_of
from proofroom.ui import icons
from proofroom.ui.actions import COMPARE, RUNNING, Actions, ActionSpec
from proofroom.ui.compare import loading, states
from proofroom.ui.compare.open_cell import OpenCell
from proofroom.ui.compare.pick_sheet import PickSheet
from proofroom.workspace import cell_runs

if TYPE_CHECKING:
    from proofroom.ui.compare.comparison_view import ComparisonView

NEXT_SAMPLE = ActionSpec(
    id="next-sample", text="Next sample", group=COMPARE, icon="arrow-right", key="."
)
LAST_SAMPLE = ActionSpec(
    id="last-sample", text="Previous sample", group=COMPARE, icon="arrow-left", key=","
)
THOUGHTS = ActionSpec(
    id="thoughts", text="Show or fold the thoughts", group=COMPARE, icon="chevron-right", key="T"
)
STOP_CELL = ActionSpec(id="stop-cell", text="Stop this cell", group=COMPARE, icon="circle-stop")
COPY_ANSWER = ActionSpec(
    id="copy-answer", text="Copy the answer", group=COMPARE, icon="copy", key="Y"
)
ASK_ANEW = ActionSpec(
    id="ask-anew", text="Ask all cells anew", group=RUNNING, icon="rotate-cw", menu="Run"
)

# Its keys are those of the same act on other pages; an id can have one page alone.
RUN = ActionSpec(
    id="compare-run", text="Run the comparison", group=RUNNING, icon="play",
    key="Ctrl+Return; Ctrl+Enter", menu="Run",
)  # fmt: skip
PANEL = ActionSpec(
    id="compare-panel", text="Show or hide this output", group=COMPARE, icon="panel-right",
    key="Ctrl+\\", menu="View",
)  # fmt: skip


class Acts(QObject):
    """Carries out what was asked of the cell with the ring."""

    def __init__(self, view: ComparisonView) -> None:
        super().__init__(view)
        self._view, self._grid, self._model = view, view.grid, view.model
        self._actions: Actions | None = None
        self.opened_cell: OpenCell | None = None
        self.sheet: PickSheet | None = None
        self._grid.key_pressed.connect(self._key)
        self._grid.spot_pressed.connect(self._spot)
        self._grid.menu_asked.connect(self._menu)
        self._grid.moved.connect(self.follow_panel)

    def _table(self) -> dict[str, Callable[[], None]]:
        return {
            "cell-open": self.open_cell, "cell-peek": self.peek, "pick": self.pick,
            "retry": self.retry, "base": self.base, "diff-kind": self._view.cycle_view,
            "next-difference": partial(self.seek, 1), "last-difference": partial(self.seek, -1),
            "next-sample": partial(self.step_sample, 1), "copy-answer": self.copy,
            "last-sample": partial(self.step_sample, -1), "stop-cell": self.stop,
            "thoughts": self.fold,
        }  # fmt: skip

    def register(self, actions: Actions, owner: QWidget) -> None:
        """Let keys, palette and key help know what can be done here."""
        self._actions = actions
        own = {one.id: one for one in (NEXT_SAMPLE, LAST_SAMPLE, STOP_CELL, COPY_ANSWER, THOUGHTS)}
        for id_, callback in self._table().items():
            if id_ in own:
                actions.add(own[id_], callback, owner=owner)
            else:
                actions.on(id_, callback, owner=owner)
        for spec, callback in (
            (RUN, self._view.run_key),
            (ASK_ANEW, self._view.ask_anew),
            (PANEL, self.toggle_panel),
        ):
            actions.add(spec, callback, owner=owner)

    def _key(self, words: str) -> None:
        if self._actions is not None:
            id_ = self._actions.pressed(words, COMPARE)
            if id_:
                self._actions.trigger(id_)

    def _spot(self, action: str, index: QModelIndex) -> None:
        {
            "pick": self.pick, "copy": self.copy, "peek": self.peek, "stop": self.stop,
            "retry": self.retry, "retry-now": self.retry, "attempts": self.show_attempts,
            "add-key": self._add_key, "budgets": self._show_budgets, "fold": self.fold,
            "star": self._view.marking.star,
        }[action]()  # fmt: skip

    def _menu(self, index: QModelIndex, where: QPoint) -> None:
        menu, sample = QMenu(self._grid), self._model.sample(index)
        can = not self._view.session.read_only

        def add(icon: str, words: str, then: Callable[[], None]) -> None:
            menu.addAction(icons.icon(icon), words, then)

        if sample.run is not None:
            add("panel-right", "Open", self.open_cell)
            add("panel-right-open", "This output", self.peek)
            add("copy", "Copy the answer", self.copy)
        if can and sample.run is not None:
            add("trophy", "Pick the winner", self.pick)
            add("message-square", "Pick with a note…", self.ask_pick)
            self._view.marking.fill(menu, sample)
        if states.is_busy(sample):
            add("circle-stop", "Stop this cell", self.stop)
        elif can:
            add("rotate-cw", "Retry" if states.failed(sample) else "Ask again", self.retry)
        menu.addSeparator()
        self._view.menus.fill_column_menu(menu, index.column())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)

    def follow_panel(self) -> None:
        """Let the panel show the cell with the ring, if it is open."""
        index = self._grid.current()
        if self._view.panel.isVisible() and index.isValid():
            self._show_output(index)

    # one cell

    def open_cell(self) -> None:
        """Open the answer over its cell, for reading whole, selecting and copying."""
        index = self._grid.current()
        if not index.isValid():
            return
        self.close_cell()
        sample = self._model.sample(index)
        row, column = self._model.grid_row(index.row()), self._model.columns[index.column()]
        name = states.spoken(row, column)
        self.opened_cell = OpenCell(self._grid, self._grid.visualRect(index), name)
        self.opened_cell.closed.connect(self._forget_cell)
        if sample.live is not None:
            self.opened_cell.show_text(sample.live.shown)
        elif sample.run is not None:
            query = partial(_whole_text, run=sample.run)
            self._view.session.reader.read(query, self.opened_cell.show_text, self._fail)

    def close_cell(self) -> None:
        """Close the open cell, if there is one."""
        if self.opened_cell is not None:
            self.opened_cell.close_it()

    def _forget_cell(self) -> None:
        self.opened_cell = None

    def peek(self) -> None:
        """Show where this output comes from, in the panel beside the grid."""
        index = self._grid.current()
        if self._view.panel.isVisible():
            self._view.panel.close_it()
        elif index.isValid() and self._model.sample(index).run is not None:
            self._show_output(index)
            self._view.panel.open()
            self._grid.setFocus()  # arrows go on, and the panel follows them

    def show_attempts(self) -> None:
        """Show the panel with every request of this cell."""
        self._show_output(self._grid.current())
        self._view.panel.open()
        self._grid.setFocus()

    def _show_output(self, index: QModelIndex) -> None:
        run = self._model.sample(index).run
        if run is not None:
            column = self._model.columns[index.column()]
            marked = self._model.sample(index).marked
            self._view.panel.show_run(run.run_key, column.column.label, column.place, marked)

    def toggle_panel(self) -> None:
        """Show or hide the panel of this output."""
        if self._view.panel.isVisible():
            self._view.panel.close_it()
        else:
            self.peek()

    def copy(self) -> None:
        """Copy the answer's text whole."""
        index = self._grid.current()
        run = self._model.sample(index).run if index.isValid() else None
        if run is not None:
            self._view.session.reader.read(partial(_output_text, run=run), self._copied, self._fail)

    def _copied(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._view.window_.toasts.show("Answer copied")

    def retry(self) -> None:
        """Ask this cell again, whatever is kept."""
        index = self._grid.current()
        if index.isValid() and not self._view.session.read_only:
            row = self._model.grid_row(index.row())
            cell = (row.row.key, self._model.columns[index.column()].key)
            if not states.is_busy(self._model.sample(index)):
                self._view.running.run([cell], fresh=True)

    def stop(self) -> None:
        """Stop this cell; what came is kept."""
        index = self._grid.current()
        if index.isValid():
            row = self._model.grid_row(index.row())
            self._view.running.stop(row.row.key, self._model.columns[index.column()].key)

    def fold(self) -> None:
        """Show the thoughts above this answer whole, or fold them to a line."""
        index = self._grid.current()
        if index.isValid():
            sample = self._model.sample(index)
            sample.unfolded, sample.laid = not sample.unfolded, None
            self._grid.viewport().update(self._grid.visualRect(index))

    def base(self) -> None:
        """Compare the others with this column."""
        index = self._grid.current()
        if index.isValid():
            row_key = self._model.grid_row(index.row()).row.key
            self._view.make_base(self._model.columns[index.column()].key)
            self._grid.go_to(self._model.index_of(row_key, self._model.base))

    def step_sample(self, by: int) -> None:
        """Show the next or previous sample of this cell."""
        index = self._grid.current()
        if not index.isValid():
            return
        row, key = self._model.grid_row(index.row()), self._model.columns[index.column()].key
        count = len(row.cells.get(key, []))
        row.shown[key] = (row.shown.get(key, 0) + by) % max(1, count)
        self._model.say_cell(row.row.key, key)
        self._grid.seen_changed.emit()
        self.follow_panel()

    # the winner

    def pick(self) -> None:
        """Pick this column as the row's winner, or take that back."""
        index = self._grid.current()
        if not index.isValid() or self._view.session.read_only:
            return
        row, column = self._model.grid_row(index.row()), self._model.columns[index.column()]
        value = None if row.pick == column.key else Pick(column.key)
        self.keep_pick(row.row.key, value)
        if value is not None:
            words = f"{column.name} picked for {row.row.name}"
            self._view.window_.toasts.show(words, "Add a note", self.ask_pick)

    def keep_pick(self, row_key: int, value: Pick | None) -> None:
        """Keep a row's winner and show it at once."""
        row = self._model.row_of(row_key)
        if row is None:
            return
        self._show_pick(row, value)
        write = partial(loading.pick, row_key=row_key, value=value)
        self._view.controller.write_shown([row_key], write)

    def _show_pick(self, row: states.GridRow, value: Pick | None) -> None:
        row.pick, row.note = (None, "") if value is None else (value.column, value.note)
        for column in self._model.columns:
            self._model.say_cell(row.row.key, column.key)

    def ask_pick(self) -> None:
        """Ask for a note to this row's winner."""
        index = self._grid.current()
        if index.isValid():
            row, column = self._model.grid_row(index.row()), self._model.columns[index.column()]
            self._ask(f"Pick {column.name} for {row.row.name}", row.note,
                      partial(self._pick_with, row.row.key, column.key))  # fmt: skip

    def _pick_with(self, row_key: int, column_key: int, note: str) -> None:
        self.keep_pick(row_key, Pick(column_key, note))

    def ask_pick_all(self, column_key: int) -> None:
        """Ask for a note to the winner of all rows."""
        name = next(one.name for one in self._model.columns if one.key == column_key)
        self._ask(f"Pick {name} for all rows", "", partial(self._pick_all, column_key))

    def _pick_all(self, column_key: int, note: str) -> None:
        others = [row for row in self._model.rows if row.pick != column_key]
        for row in others:
            self._show_pick(row, Pick(column_key))
        write = partial(
            loading.pick_all, key=self._view.controller.key, value=Pick(column_key, note)
        )
        self._view.controller.write_shown([row.row.key for row in others], write)

    def _ask(self, title: str, note: str, then: Callable[[str], None]) -> None:
        self.sheet = PickSheet(self._view.window_, title, note)
        self.sheet.picked.connect(then)
        self.sheet.open()

    # the next difference

    def seek(self, by: int) -> None:
        """Go to the next cell, in reading order, whose answer is another than the base's."""
        count, wide = self._model.rowCount() // 2, self._model.columnCount()
        here = self._grid.current()
        at = (here.row() // 2) * wide + here.column() if here.isValid() else -1
        for step in range(1, count * wide + 1):
            place = (at + by * step) % max(1, count * wide)
            row, column = divmod(place, wide)
            found = self._model.grid_row(2 * row)
            if states.differs(found, self._model.columns[column].key, self._model.base):
                self._grid.go_to(self._model.index(2 * row + 1, column))
                return
        self._view.window_.toasts.show("No answer differs from the base column")

    def reached(self) -> None:
        """Give the grid its first ring once there are rows."""
        if not self._grid.current().isValid() and self._grid.hasFocus():
            self._grid.setCurrentIndex(self._model.index(1, 0))

    def _add_key(self) -> None:
        self._view.window_.go("settings", "keys")

    def _show_budgets(self) -> None:
        self._view.window_.go("cost")

    def _fail(self, error: Exception) -> None:
        self._view.fail(error)


def _whole_text(db: sqlite3.Connection, run: cell_runs.CellRun) -> str:
    """Return an output with its thoughts and calls, for reading."""
    output = cell_runs.output(db, run.output_key)
    thoughts = "".join(part.text for part in output if isinstance(part, Reasoning))
    calls = [f"{part.name} {part.arguments}" for part in output if isinstance(part, ToolCall)]
    parts = [f"Thoughts\n{thoughts}" if thoughts else "", *calls, text_of(output)]
    return "\n\n".join(part for part in parts if part) or run.detail or run.title or ""


def _output_text(db: sqlite3.Connection, run: cell_runs.CellRun) -> str:
    output = cell_runs.output(db, run.output_key)
    return text_of(output) or run.detail or run.title or ""
