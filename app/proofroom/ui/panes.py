"""The way of focus through a window: Tab in reading order, F6 from pane to pane."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

from proofroom.ui.widgets.frames import Splitter
from proofroom.ui.widgets.news import Toast
from proofroom.ui.widgets.overlay import tab_stops


def panes_of(page: QWidget) -> list[QWidget]:
    """Return what a page's splitters hold, those inside another one too; else the page itself."""
    shown = (one for one in page.findChildren(Splitter) if one.isVisibleTo(page))
    splitter = next(shown, None)
    if splitter is None:
        return [page]
    held = (splitter.widget(number) for number in range(splitter.count()))
    return [inner for pane in held if pane is not None for inner in panes_of(pane)]


class InOrder(QWidget):
    """Lets Tab go through parts one after the other, whenever what is in them was made.

    Qt's own chain is in the order in which widgets were made, and pages are made last.
    """

    def __init__(self, parts: Callable[[], Sequence[QWidget]]) -> None:
        super().__init__()
        self._parts = parts

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's name
        shown = [part for part in self._parts() if part.isVisibleTo(self)]
        stops = [stop for part in shown for stop in tab_stops(part)]
        now = QApplication.focusWidget()
        if now not in stops:
            return super().focusNextPrevChild(next)
        reason = Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason
        stops[(stops.index(now) + (1 if next else -1)) % len(stops)].setFocus(reason)
        return True


def landing(pane: QWidget) -> QWidget:
    """Return where focus goes in a pane: where it last was, else to its list, table or text."""
    stops, last = tab_stops(pane), pane.focusWidget()
    if last in stops:
        return last
    return next((stop for stop in stops if isinstance(stop, QAbstractScrollArea)), stops[0])


class PaneWalk:
    """Where F6 goes next: first to a toast that asks something, once, then on round the panes."""

    def __init__(self) -> None:
        self._seen: Toast | None = None
        self._from: QWidget | None = None

    def step(self, panes: Sequence[QWidget], toasts: Sequence[Toast]) -> None:
        """Move focus to the next pane, or to the newest toast if it was not gone to yet."""
        now = QApplication.focusWidget()
        asking = [toast for toast in toasts if toast.asks]
        if asking and asking[-1] is not self._seen:
            self._seen, self._from = asking[-1], now
            self._seen.take_focus(now)
            return
        if now is not None and any(toast.isAncestorOf(now) for toast in asking):
            now = self._from if self._from and shiboken6.isValid(self._from) else None
        reachable = [pane for pane in panes if pane.isVisible() and tab_stops(pane)]
        pane = reachable[(_place(reachable, now) + 1) % len(reachable)]
        landing(pane).setFocus(Qt.FocusReason.TabFocusReason)


def _place(panes: Sequence[QWidget], now: QWidget | None) -> int:
    """Return which pane has focus; above panes, as in a header, the one before the first below."""
    while now is not None:
        if now in panes:
            return panes.index(now)
        below = [number for number, pane in enumerate(panes) if now.isAncestorOf(pane)]
        if below:
            return below[0] - 1
        now = now.parentWidget()
    return -1
