"""What floats over the window: a scrim, focus held inside while open and given back after."""

from __future__ import annotations

from collections.abc import Sequence

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from proofroom.ui.theme import theme


def tab_stops(root: QWidget) -> list[QWidget]:
    """Return the widgets inside `root` that Tab stops at, in their order."""
    stops: list[QWidget] = []
    widget = root.nextInFocusChain()
    while widget is not None and widget is not root:
        takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if takes and root.isAncestorOf(widget) and widget.isVisibleTo(root) and widget.isEnabled():
            stops.append(widget)
        widget = widget.nextInFocusChain()
    return stops


def tab_after(holder: QWidget, parts: Sequence[QWidget]) -> None:
    """Let Tab go through the parts where `holder` stands: what is added later comes after all."""
    within = (holder, *parts)
    before: QWidget | None = holder
    while before and (not _stops(before) or any(one.isAncestorOf(before) for one in within)):
        before = before.previousInFocusChain()
        if before is holder:  # nothing else takes focus
            return
    if before is None:
        return
    for part in parts:
        for stop in filter(_stops, part.findChildren(QWidget)):
            QWidget.setTabOrder(before, stop)
            before = stop


def _stops(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)


class Overlay(QWidget):
    """Covers a window with the scrim; Esc and a click beside its content close it."""

    closed = Signal()

    def __init__(self, over: QWidget, name: str) -> None:
        """Stay hidden over a window until `open`."""
        super().__init__(over)
        self._over = over
        self._before: QWidget | None = None
        self.setAccessibleName(name)
        self.hide()
        over.installEventFilter(self)
        theme().changed.connect(self._place)

    def open(self) -> None:
        """Show it, keeping in mind where focus was."""
        if self.isVisible():
            return
        self._before = QApplication.focusWidget()
        self._place()
        self.show()
        self.raise_()
        self.focus_first()

    def close_it(self) -> None:
        """Hide it and give focus back to where it came from."""
        if not self.isVisible():
            return
        before, self._before = self._before, None
        if before is not None and shiboken6.isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self.closed.emit()

    def focus_first(self) -> None:
        """Put focus on the first stop inside."""
        stops = tab_stops(self)
        (stops[0] if stops else self).setFocus(Qt.FocusReason.OtherFocusReason)

    def place(self) -> None:
        """Lay out the content after a change of the window's size; for subclasses."""

    def content(self) -> QWidget:
        """Return the widget that a click beside closes; for subclasses."""
        return self

    def _place(self) -> None:
        self.setGeometry(self._over.rect())
        self.place()
        self.update()

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's name
        stops, now = tab_stops(self), QApplication.focusWidget()
        if not stops:
            return False
        at = stops.index(now) if now in stops else -1
        reason = Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason
        stops[(at + (1 if next else -1)) % len(stops)].setFocus(reason)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_it()
            return
        event.accept()  # nothing below may hear keys meant for what floats

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.content().geometry().contains(event.position().toPoint()):
            self.close_it()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # the type first: while a window is destroyed, events come after our attributes are gone
        resized = event.type() == QEvent.Type.Resize and watched is self.parentWidget()
        if resized and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().c.scrim)
