"""Gathers the tokens of all cells and hands them on at most 30 times a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from proofroom.engine.protocol import Delta
from proofroom.providers.adapter import PieceKind

TICK_S = 1 / 30
Place = tuple[int, int, int]


class Gatherer:
    """The pieces that came since the last tick, joined by cell and kind."""

    def __init__(self, send: Callable[[tuple[Delta, ...]], None]) -> None:
        self._send = send
        self._pieces: dict[tuple[Place, PieceKind], list[str]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, place: Place, kind: PieceKind, text: str) -> None:
        """Take a piece of the answer at `place` (row, column, sample)."""
        self._pieces.setdefault((place, kind), []).append(text)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TICK_S, self.flush)

    def flush(self) -> None:
        """Hand on what is there; what ends a cell must come behind its text."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._pieces:
            return
        items = tuple(
            Delta(row_key=row, column_key=column, sample=sample, kind=kind, text="".join(texts))
            for ((row, column, sample), kind), texts in self._pieces.items()
        )
        self._pieces.clear()
        self._send(items)
