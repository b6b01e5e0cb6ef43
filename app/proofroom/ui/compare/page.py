"""The Compare page: the list of kept comparisons, or one of them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedLayout, QWidget

from proofroom.ui.actions import COMPARE, ActionSpec, Standard
from proofroom.ui.compare.changing import Changing
from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.compare.kept import KeptList
from proofroom.ui.compare.new_sheet import NewSheet
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.ui.window import MainWindow

LIST, NEW = "list", "new"
NEW_ONE = ActionSpec(
    id="compare-new", text="New comparison…", group=COMPARE, icon="plus", standard=Standard.New,
    key="Ctrl+N", menu="File",
)  # fmt: skip
RENAME = ActionSpec(
    id="compare-rename", text="Rename comparison…", group=COMPARE, icon="pencil-line", key="F2",
    menu="Edit",
)  # fmt: skip
ARCHIVE = ActionSpec(
    id="compare-archive", text="Archive comparison", group=COMPARE, icon="archive",
    standard=Standard.Delete, menu="Edit",
)  # fmt: skip
UNARCHIVE = ActionSpec(
    id="compare-unarchive", text="Unarchive comparison", group=COMPARE, icon="undo-2", menu="Edit"
)
ARCHIVED = ActionSpec(
    id="compare-archived", text="Show archived comparisons", group=COMPARE, icon="archive",
    menu="View",
)  # fmt: skip
FIND = ActionSpec(
    id="compare-find", text="Find a comparison", group=COMPARE, icon="search",
    standard=Standard.Find, key="Ctrl+F", menu="Edit",
)  # fmt: skip


class ComparePage(QWidget):
    """Opens what it is asked for; `arrive` takes a comparison's key, 'list' or 'new'."""

    def __init__(self, session: Session, window: MainWindow, presses: Presses) -> None:
        super().__init__()
        self.setAccessibleName("Compare")
        self._session, self._window = session, window
        self.view = ComparisonView(session, window, presses)
        self.kept = KeptList(session, window)
        self.sheet: NewSheet | None = None
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.kept)
        self._stack.addWidget(self.view)
        self.kept.opened.connect(self.open)
        self.kept.new_asked.connect(self.ask_new)
        self.kept.archived_shown.connect(self._archived_shown)
        self.view.list_asked.connect(self._go_list)
        self.view.new_asked.connect(self.ask_new)
        self.view.changing.archived.connect(self._archived)
        self._add_actions()

    def _add_actions(self) -> None:
        actions = self._window.actions_
        actions.add(NEW_ONE, self.ask_new, owner=self)
        actions.add(RENAME, self._rename, owner=self)
        actions.add(ARCHIVE, self._archive, owner=self.kept.table)
        actions.add(UNARCHIVE, self._unarchive, owner=self)
        actions.add(ARCHIVED, self._show_archived, owner=self)
        actions.add(FIND, self._find, owner=self)
        self.view.add_actions(self)

    def arrive(self, place: str | None) -> None:
        """Show a comparison by its key, the list, or the sheet for a new one."""
        if place is not None and place.isdecimal():
            self._show(int(place))
        elif place == NEW:
            self._list()
            self.ask_new()
        elif place == LIST or not self.view.controller.key:
            self._list()
        else:
            self._stack.setCurrentWidget(self.view)

    def take_table(self, path: Path) -> bool:
        """Read further inputs of the comparison that is open from a file."""
        if self._stack.currentWidget() is not self.view:
            return False
        return self.view.changing.add_inputs_of(path)

    def leave(self) -> None:
        """Keep how it is looked at before the window closes."""
        self.view.controller.keep_now()

    def open(self, key: int) -> None:
        """Open a comparison; Back returns from it."""
        self._window.went(str(key))
        self._show(key)

    def _show(self, key: int) -> None:
        self._stack.setCurrentWidget(self.view)
        self.view.open(key)
        self.view.grid.setFocus(Qt.FocusReason.OtherFocusReason)  # arrows and letters act at once

    def _go_list(self) -> None:
        self._window.went(LIST)
        self._list()

    def _list(self) -> None:
        self._stack.setCurrentWidget(self.kept)
        self.kept.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.kept.read_again()

    def ask_new(self) -> None:
        """Open the sheet that sets up a comparison."""
        if self._session.read_only:
            self._window.toasts.show("This workspace is open for reading")
            return
        if self.sheet is not None:
            self.sheet.deleteLater()
        self.sheet = NewSheet(self._window, self._session)
        self.sheet.made.connect(self.open)
        self.sheet.open()

    def _shown(self) -> Changing | KeptList:
        """Return what a change of name or place is about: the comparison, or a line of the list."""
        shows_one = self._stack.currentWidget() is self.view
        return self.view.changing if shows_one else self.kept

    def _rename(self) -> None:
        self._shown().rename()

    def _archive(self) -> None:
        self._shown().archive()

    def _unarchive(self) -> None:
        self._shown().unarchive()

    def _show_archived(self) -> None:
        in_list = self._stack.currentWidget() is self.kept
        if not in_list:
            self._go_list()
        self.kept.show_archived(not (in_list and self.kept.archived))

    def _archived_shown(self, archived: bool) -> None:
        words = "Show kept comparisons" if archived else ARCHIVED.text
        self._window.actions_.set_text(ARCHIVED.id, words)

    def _find(self) -> None:
        if self._stack.currentWidget() is self.view:
            self._go_list()
        self.kept.look_for()

    def _archived(self) -> None:
        self._go_list()


def build(session: Session, window: MainWindow, presses: Presses) -> QWidget:
    """Return the page, at its first show."""
    return ComparePage(session, window, presses)
