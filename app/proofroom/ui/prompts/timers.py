"""A timer that fires once after each start: a pause while typing, the time to a save."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


def once(parent: QObject, milliseconds: int, then: Callable[[], None]) -> QTimer:
    """Return such a timer, not started; it dies with its parent."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(then)
    return timer
