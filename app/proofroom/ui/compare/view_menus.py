"""The menus of a comparison: those of its columns, and the ellipsis of its header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu

from proofroom.ui import icons
from proofroom.ui.compare.model import FILTERS

if TYPE_CHECKING:
    from proofroom.ui.compare.comparison_view import ComparisonView

HEIGHT_WORDS = (("small", "Small"), ("medium", "Medium"), ("large", "Large"))


class ViewMenus(QObject):
    """Fills menus when they are asked for, with what can be done at that moment."""

    def __init__(self, view: ComparisonView) -> None:
        super().__init__(view)
        self._view = view
        view.grid.heads.menu_asked.connect(self._head_menu)
        view.header.more.menu.aboutToShow.connect(self._fill_more)

    def _head_menu(self, number: int, where: QPoint) -> None:
        menu = QMenu(self._view)
        self.fill_column_menu(menu, number)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)

    def fill_column_menu(self, menu: QMenu, number: int) -> None:
        """Offer what can be done with a column."""
        column = self._view.model.columns[number]
        can, busy = not self._view.session.read_only, self._view.running.is_running()
        changing = self._view.changing
        if number:
            menu.addAction(
                icons.icon("diff"), "Make base", partial(self._view.make_base, column.key)
            )
        if can:
            menu.addAction(icons.icon("rotate-cw"), "Run column again",
                           partial(changing.run_column, column.key))  # fmt: skip
            menu.addAction(icons.icon("trophy"), "Pick for all rows…",
                           partial(self._view.acts.ask_pick_all, column.key))  # fmt: skip
        if busy:
            menu.addAction(icons.icon("circle-stop"), "Stop column",
                           partial(self._view.running.stop, None, column.key))  # fmt: skip
        if can and len(self._view.model.columns) > 1:
            menu.addSeparator()
            menu.addAction(
                icons.icon("x"), "Remove column", partial(changing.remove_column, column.key)
            )
        self._offer_removed(menu)

    def _fill_more(self) -> None:
        menu = self._view.header.more.menu
        menu.clear()
        changing = self._view.changing
        if not self._view.session.read_only:
            menu.addAction(icons.icon("rotate-cw"), "Ask anew", self._view.ask_anew)
            menu.addAction(icons.icon("plus"), "Add inputs…", changing.add_inputs)
            menu.addAction(icons.icon("pencil-line"), "Rename…", changing.rename)
            if self._view.controller.archived:
                menu.addAction(icons.icon("undo-2"), "Unarchive", changing.unarchive)
            else:
                menu.addAction(icons.icon("archive"), "Archive", changing.archive)
            menu.addAction(icons.icon("plus"), "Add columns…", changing.add_columns)
        menu.addAction(icons.icon("download"), "Export…", self._view.export.ask)
        view, columns = self._view, self._view.model.columns
        if not view.heights.isVisible():
            self._offer(menu, "Rows", HEIGHT_WORDS, view.heights.value, view.choose_height)
        if not view.filters.isVisible():
            self._offer(menu, "Show", FILTERS, view.filters.value, view.choose_filter)
        if len(columns) > 1 and not view.base.isVisible():
            bases = [(str(one.key), one.name) for one in columns]
            self._offer(menu, "Base", bases, view.base.value, view.base.chosen.emit)
        self._offer_removed(menu)
        menu.addSeparator()
        menu.addAction(icons.icon("columns-2"), "New comparison…", self._view.new_asked.emit)
        menu.addAction(icons.icon("arrow-left"), "All comparisons", self._view.list_asked.emit)

    def _offer_removed(self, menu: QMenu) -> None:
        """Offer to bring back what was taken out, one by one or all."""
        removed = self._view.controller.removed
        if not removed or self._view.session.read_only:
            return
        inner = menu.addMenu("Removed columns")
        inner.setIcon(icons.icon("columns-2"))
        for one in removed:
            inner.addAction(one.name, partial(self._view.controller.bring_back, [one.key]))
        if len(removed) > 1:
            inner.addSeparator()
            every = [one.key for one in removed]
            inner.addAction("Bring all back", partial(self._view.controller.bring_back, every))

    def _offer(
        self, menu: QMenu, title: str, options: Sequence[tuple[str, str]], value: str,
        then: Callable[[str], None],
    ) -> None:  # fmt: skip
        """Offer in a menu what a button of the toolbar offers where there is room."""
        inner = menu.addMenu(title)
        for name, words in options:
            action = inner.addAction(words, partial(then, name))
            action.setCheckable(True)
            action.setChecked(name == value)
