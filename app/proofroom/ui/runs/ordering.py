"""How the list of runs is sorted and whether it is gathered: the choices, and what was kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QWidget

from proofroom.domain import setting
from proofroom.domain.run_order import BY, Order, order_of
from proofroom.ui.actions import RUNS, ActionSpec
from proofroom.workspace.run_groups import By

if TYPE_CHECKING:
    from proofroom.ui.runs.page import RunsPage

ORDER = ActionSpec(
    id="runs-order", text="Sort the runs by…", group=RUNS, icon="chevrons-up-down", key="S",
    menu="View",
)  # fmt: skip
TURN = ActionSpec(
    id="runs-turn", text="Turn the order around", group=RUNS, icon="chevrons-up-down",
    key="Shift+S", menu="View",
)  # fmt: skip
GROUP = ActionSpec(
    id="runs-group", text="Group the runs by prompt, by comparison or not", group=RUNS,
    icon="list-filter", key="G", menu="View",
)  # fmt: skip
GATHERED: dict[By | None, str] = {
    None: "Not grouped", "prompt": "Group by prompt", "comparison": "Group by comparison",
}  # fmt: skip


class Ordering(QObject):
    """Offers the orders and groupings of one page."""

    def __init__(self, page: RunsPage) -> None:
        super().__init__(page)
        self._page = page
        page.table.order_asked.connect(self.sort)
        page.footer.order.clicked.connect(self.ask_order)
        page.controller.order = order_of(page.session.value(setting.RUNS_ORDER))
        page.table.show_order(page.controller.order)

    def register(self, owner: QWidget) -> None:
        """Let keys, palette and key help know what can be done here."""
        actions = self._page.window_.actions_
        actions.add(ORDER, self.ask_order, owner=owner)
        actions.add(TURN, self._turn, owner=owner)
        actions.add(GROUP, self._next_group, owner=owner)

    def follow(self) -> None:
        """Sort as was kept, by another window or as the settings were read."""
        order = order_of(self._page.session.value(setting.RUNS_ORDER))
        if order != self._page.controller.order:
            self._sort(order)

    def sort(self, order: Order) -> None:
        """Sort the runs, and keep that."""
        self._page.session.set_setting(setting.RUNS_ORDER, order.written)
        self._sort(order)

    def _sort(self, order: Order) -> None:
        self._page.table.show_order(order)
        self._page.footer.say_order(order.words)
        self._page.table.scrollToTop()
        self._page.begin_anew()
        self._page.controller.sort(order)

    def _turn(self) -> None:
        self.sort(self._page.controller.order.turned)

    def ask_order(self) -> None:
        """Offer the orders."""
        menu = QMenu(self._page)
        self.fill_orders(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        button = self._page.footer.order
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def fill_orders(self, menu: QMenu) -> None:
        """Put the orders into a menu."""
        for by in BY:
            for order in (Order(by), Order(by, rising=True)):
                words = order.words
                action = menu.addAction(words[0].upper() + words[1:], partial(self.sort, order))
                action.setCheckable(True)
                action.setChecked(order == self._page.controller.order)
        menu.addSeparator()
        for by, text in GATHERED.items():
            action = menu.addAction(text, partial(self.gather, by))
            action.setCheckable(True)
            action.setChecked(by == self._page.controller.by)

    def gather(self, by: By | None) -> None:
        """Show the runs gathered, or one by one."""
        self._page.table.scrollToTop()
        self._page.begin_anew()
        self._page.controller.gather(by)

    def _next_group(self) -> None:
        ways = list(GATHERED)
        self.gather(ways[(ways.index(self._page.controller.by) + 1) % len(ways)])
