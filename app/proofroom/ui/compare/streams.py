"""Hears what the engine says of cells and keeps what is under way, whichever page is shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from proofroom import clock
from proofroom.engine import protocol
from proofroom.ui.compare.states import Live
from proofroom.ui.engine_link import EngineLink

Place = tuple[int, int, int]
TICK_MS, SLOW_TICK_MS = 33, 100
TOO_SLOW_S = 0.016
"""A tick that takes longer makes the next ones rarer, so that keys are never late."""


class Streams(QObject):
    """Answers under way by (row, column, sample) keys.

    `began` and `waits` carry a place, `grew` the places whose text grew since the last tick,
    `ended` (place, protocol.CellEnded).
    """

    began = Signal(object)
    waits = Signal(object, object)
    grew = Signal(object)
    ended = Signal(object, object)
    lost = Signal()

    def __init__(self, engine: EngineLink) -> None:
        super().__init__(engine)
        self.lives: dict[Place, Live] = {}
        self.waiting: dict[Place, protocol.CellWaiting] = {}
        self._grown: set[Place] = set()
        self._tick = QTimer(self)
        self._tick.setSingleShot(True)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._tell)
        engine.news.connect(self._hear)
        engine.lost.connect(self._lose)

    def took(self, seconds: float) -> None:
        """Note how long the last tick's painting took, to slow down or speed up."""
        self._tick.setInterval(SLOW_TICK_MS if seconds > TOO_SLOW_S else TICK_MS)

    def _hear(self, item: protocol.News) -> None:
        match item:
            case protocol.Deltas():
                self._grow(item)
            case protocol.CellStarted():
                place = (item.row_key, item.column_key, item.sample)
                self.waiting.pop(place, None)
                self.lives[place] = Live(began_us=clock.monotonic_us(), attempt=item.attempt)
                self.began.emit(place)
            case protocol.CellWaiting():
                place = (item.row_key, item.column_key, item.sample)
                self.waiting[place] = item
                self.waits.emit(place, item)
            case protocol.CellEnded():
                place = (item.row_key, item.column_key, item.sample)
                self.waiting.pop(place, None)
                live = self.lives.pop(place, None)
                if live is not None:
                    live.over = True
                self.ended.emit(place, item)
            case _:
                pass

    def _grow(self, item: protocol.Deltas) -> None:
        now = clock.monotonic_us()
        for delta in item.items:
            place = (delta.row_key, delta.column_key, delta.sample)
            live = self.lives.get(place)
            if live is None:
                continue
            if live.first_us is None:
                live.first_us = now
            if delta.kind == "text":
                live.text += delta.text
            elif delta.kind == "reasoning":
                live.thinking += delta.text
            else:
                live.calls += delta.text
            self._grown.add(place)
        if self._grown and not self._tick.isActive():
            self._tick.start()

    def _tell(self) -> None:
        grown, self._grown = self._grown, set()
        self.grew.emit(grown)

    def _lose(self) -> None:
        self.lives.clear()
        self.waiting.clear()
        self._grown.clear()
        self.lost.emit()
