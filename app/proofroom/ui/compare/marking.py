"""Marks on one answer of the grid: star, tags and a note, each a row beside the run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import structs
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QWidget

from proofroom.domain.mark import Marked
from proofroom.ui import icons
from proofroom.ui.actions import COMPARE, Actions, ActionSpec
from proofroom.ui.compare.states import Sample
from proofroom.ui.mark_sheet import MarkSheet
from proofroom.workspace import marks

if TYPE_CHECKING:
    from proofroom.ui.compare.comparison_view import ComparisonView

STAR = ActionSpec(
    id="cell-star", text="Star or unstar the answer", group=COMPARE, icon="star", key="M"
)
MARK = ActionSpec(
    id="cell-mark", text="Tags and note of the answer…", group=COMPARE, icon="tag", key="Shift+M"
)


class Marking(QObject):
    """Marks the answer of the cell with the ring; a mark stays with its answer."""

    def __init__(self, view: ComparisonView) -> None:
        super().__init__(view)
        self._view, self._grid, self._model = view, view.grid, view.model
        self.sheet: MarkSheet | None = None

    def register(self, actions: Actions, owner: QWidget) -> None:
        """Let keys, palette and key help know of the marks."""
        actions.add(STAR, self.star, owner=owner)
        actions.add(MARK, self.ask, owner=owner)

    def fill(self, menu: QMenu, sample: Sample) -> None:
        """Offer the marks in a cell's menu."""
        words = "Unstar" if sample.marked.star else "Star"
        menu.addAction(icons.icon("star"), words, self.star)
        menu.addAction(icons.icon("tag"), "Tags and note…", self.ask)

    def _here(self) -> Sample | None:
        """Return the sample with the ring, if there is an answer and it may be marked."""
        index = self._grid.current()
        if not index.isValid() or self._view.session.read_only:
            return None
        sample = self._model.sample(index)
        return None if sample.run is None or sample.run.status is None else sample

    def star(self) -> None:
        """Star the answer, or take the star off."""
        sample = self._here()
        if sample is not None and sample.run is not None:
            marked = structs.replace(sample.marked, star=not sample.marked.star)
            self._keep(sample.run.run_key, marked)

    def ask(self) -> None:
        """Ask for the answer's tags and note."""
        sample, index = self._here(), self._grid.current()
        if sample is None or sample.run is None:
            return
        row, column = self._model.grid_row(index.row()), self._model.columns[index.column()]
        title = f"Mark {column.name} for {row.row.name}"
        self.sheet = MarkSheet(self._view.window_, title, sample.marked)
        self.sheet.marked.connect(partial(self._keep, sample.run.run_key))
        self.sheet.open()

    def _keep(self, run_key: int, marked: Marked) -> None:
        """Show a mark at once and keep it; another cell may show the same answer."""
        shown: list[int] = []
        for row in self._model.rows:
            for column, samples in row.cells.items():
                for sample in samples:
                    if sample.run is not None and sample.run.run_key == run_key:
                        sample.marked = marked
                        shown.append(row.row.key)
                        self._model.say_cell(row.row.key, column)
        write = partial(marks.mark_run, run_key=run_key, marked=marked)
        self._view.controller.write_shown(shown, write)
        self._view.acts.follow_panel()
