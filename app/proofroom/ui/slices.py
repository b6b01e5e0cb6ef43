"""Work of the window's thread in slices: between two of them it paints and hears keys."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

Step = Callable[[], object]


class Slices(QObject):
    """Steps that are carried out in order, one in each turn of the event loop."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._steps: deque[Step] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._turn)

    def begin(self, *steps: Step) -> None:
        """Carry out steps, the first of them in the next turn."""
        self._steps.extend(steps)
        self._timer.start()

    def then(self, *steps: Step) -> None:
        """Carry out steps after those that wait; at once if none do."""
        if self._steps:
            self._steps.extend(steps)
        else:
            for step in steps:
                step()

    def next(self, *steps: Step) -> None:
        """Carry out steps before those that wait; called by one of them."""
        self._steps.extendleft(reversed(steps))

    def finish(self) -> None:
        """Carry out at once what waits."""
        while self._steps:
            self._next()

    def _turn(self) -> None:
        if self._steps:
            self._next()
        if not self._steps:
            self._timer.stop()

    def _next(self) -> None:
        self._steps.popleft()()
