"""Changes what a comparison is made of: its columns, its rows, its name, its place in the list."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from proofroom.ui.compare.kept import put_away
from proofroom.ui.compare.name_sheet import NameSheet
from proofroom.ui.compare.new_sheet import AddColumnsSheet, AddInputsSheet
from proofroom.ui.compare.states import GridColumn

if TYPE_CHECKING:
    from proofroom.ui.compare.comparison_view import ComparisonView


class Changing(QObject):
    """One for the view; `archived` tells that the comparison shown left the list."""

    archived = Signal()

    def __init__(self, view: ComparisonView) -> None:
        super().__init__(view)
        self._view, self._controller = view, view.controller
        self._session, self._window = view.session, view.window_
        self.name = ""
        self.columns_sheet: AddColumnsSheet | None = None
        self.inputs_sheet: AddInputsSheet | None = None
        self.name_sheet: NameSheet | None = None
        self._controller.removed_one.connect(self._removed)

    def show_name(self, name: str) -> None:
        """Call the comparison so, here and in the header."""
        self.name = name
        self._view.header.title.setText(name)

    def _can(self) -> bool:
        here = bool(self._controller.key) and self._view.isVisible()
        return here and not self._session.read_only

    # columns and rows

    def run_column(self, key: int) -> None:
        """Ask a column's cells again."""
        self._view.running.run([(row.row.key, key) for row in self._view.model.rows], fresh=True)

    def remove_column(self, key: int) -> None:
        """Take a column out; its answers are kept, Undo and the menu bring it back."""
        if self._view.running.is_running():
            self._view.running.stop(None, key)
        self._view.acts.close_cell()
        self._controller.remove(key)

    def _removed(self, column: GridColumn) -> None:
        self._view.columns_changed()
        self._view.running.come()
        undo = partial(self._controller.bring_back, [column.key])
        self._window.toasts.show(f"{column.name} removed", "Undo", undo)

    def bring_all_back(self) -> None:
        """Put every removed column back."""
        keys = [one.key for one in self._controller.removed]
        if keys and self._can():
            self._controller.bring_back(keys)

    def add_columns(self) -> None:
        """Ask for further versions and models."""
        if not self._can():
            return
        self.columns_sheet = AddColumnsSheet(self._window, self._session, self._controller.key)
        self.columns_sheet.added.connect(self._grown)
        self.columns_sheet.open()

    def add_inputs(self) -> None:
        """Ask for further rows."""
        if not self._can():
            return
        model = self._view.model
        keys = [c.column.prompt_key for c in model.columns if c.column.prompt_key is not None]
        calls = len(model.columns) * model.samples
        self.inputs_sheet = AddInputsSheet(
            self._window, self._session, self._controller.key, keys, calls
        )
        self.inputs_sheet.added.connect(self._grown)
        self.inputs_sheet.open()

    def add_inputs_of(self, path: Path) -> bool:
        """Ask for further rows with those of a file read; False if none can be added now."""
        before = self.inputs_sheet
        self.add_inputs()
        if self.inputs_sheet is None or self.inputs_sheet is before:
            return False
        self.inputs_sheet.inputs.begin_with(path)
        return True

    def _grown(self) -> None:
        self._view.grid.setFocus(Qt.FocusReason.OtherFocusReason)  # Run's key acts at once
        self._controller.open_again()

    # the comparison itself

    def rename(self) -> None:
        """Ask for another name."""
        if self._controller.key and not self._session.read_only:
            self.name_sheet = NameSheet(
                self._window, self._session, self._controller.key, self.name
            )
            self.name_sheet.renamed.connect(self.show_name)
            self.name_sheet.open()

    def archive(self) -> None:
        """Take the comparison out of the list; Undo puts it back."""
        if self._move(archived=True):
            self.archived.emit()

    def unarchive(self) -> None:
        """Put the comparison back into the list of those that are kept."""
        self._move(archived=False)

    def _move(self, *, archived: bool) -> bool:
        """Return whether it could be moved."""
        here = bool(self._controller.key) and not self._session.read_only
        if not here or self._controller.archived == archived:
            return False
        put_away(self._session, self._window, self._controller.key, self.name,
                 self._controller.open_again, archived=archived)  # fmt: skip
        return True
