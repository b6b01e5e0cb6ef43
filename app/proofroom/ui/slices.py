"""Work of the window's thread in slices: between two of them it paints and hears keys."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

Step = Callable[[], object]
PAUSE_MS = 2
LONG_S = 0.008
"""After a step that took so long there is a pause: all else that is due comes before the next."""


class Slices(QObject):
    """Steps that are carried out in order, one in each turn of the event loop."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._steps: deque[Step] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._turn)

    def put(self, *steps: Step) -> None:
        """Keep steps until `begin`, or until someone needs what they make and calls `finish`."""
        self._steps.extend(steps)

    def begin(self) -> None:
        """Carry out what waits, the first step in the next turn."""
        if self._steps:
            self._timer.start()

    def then(self, *steps: Step) -> None:
        """Carry out steps after those that wait; at once if none do."""
        at_once = not self._steps
        self._steps.extend(steps)
        if at_once:
            self.finish()

    def next(self, *steps: Step) -> None:
        """Carry out steps before those that wait; called by one of them."""
        self._steps.extendleft(reversed(steps))

    def finish(self) -> None:
        """Carry out at once what waits."""
        while self._steps:
            self._next()

    def _turn(self) -> None:
        start = time.perf_counter()
        if self._steps:
            self._next()
        if not self._steps:
            self._timer.stop()
            return
        pause = PAUSE_MS if time.perf_counter() - start > LONG_S else 0
        if pause != self._timer.interval():
            self._timer.setInterval(pause)

    def _next(self) -> None:
        self._steps.popleft()()
