"""The button that lets only some runs count: of a model, a provider, a prompt, a version, a source.

Its menu is read from the days that are shown, when it is opened.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from proofroom.ui.theme import Space, px
from proofroom.ui.widgets.menu_button import MenuButton
from proofroom.workspace.cost_sums import By, Only

_HEADS: dict[By, str] = {
    "model": "Model",
    "provider": "Provider",
    "prompt": "Prompt",
    "version": "Version",
    "source": "Source",
}
_WIDEST = 200


class Filter(MenuButton):
    """'Runs openai' with a menu of menus; `wanted` asks for its words, `picked` carries Only."""

    wanted = Signal()
    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__("Runs", (("", "All"),), icon="list-filter")
        self._only: Only = ()
        self.menu: QMenu | None = None

    def _restyle(self) -> None:
        self.setMaximumWidth(px(_WIDEST))
        super()._restyle()

    def say(self, only: tuple[tuple[By, str, str], ...]) -> None:
        """Show what counts now."""
        self._only = tuple((by, group) for by, group, _ in only)
        words = ", ".join(name for _, _, name in only) or "All"
        self.set_options((("now", words),), "now")

    def open(self) -> None:
        self.wanted.emit()

    def offer(self, choices: Mapping[By, Mapping[str, str]]) -> None:
        """Show the menu under the button."""
        self.menu = menu = QMenu(self)
        self._add(menu, "All runs", (), checked=not self._only)
        menu.addSeparator()
        for by, groups in choices.items():
            part = menu.addMenu(_HEADS[by])
            part.setEnabled(bool(groups))
            for group, name in groups.items():
                chosen = (by, group) in self._only
                others = tuple(one for one in self._only if one[0] != by)
                only: Only = others if chosen else (*others, _rule(by, group))
                self._add(part, name, only, checked=chosen)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, self.height() + px(Space.XXS))))

    def _add(self, menu: QMenu, words: str, only: Only, *, checked: bool) -> None:
        action: QAction = menu.addAction(words.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(checked)
        action.triggered.connect(lambda: self.picked.emit(only))


def _rule(by: By, group: str) -> tuple[By, str]:
    return by, group
