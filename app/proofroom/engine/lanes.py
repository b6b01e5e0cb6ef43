"""Lanes of cells, one for each provider, rendered in blocks just ahead of their workers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from proofroom.domain.message import Message
from proofroom.engine.plan import Plan, PlannedColumn
from proofroom.engine.render import Job as RenderJob
from proofroom.engine.render import Renderer
from proofroom.errors import ProofroomError
from proofroom.workspace.comparisons import Row

BLOCK = 64


class Square(Struct, frozen=True, kw_only=True):
    """One sample of one cell with its rendered messages, or why they could not be rendered."""

    row: Row
    column: PlannedColumn
    sample: int
    messages: tuple[Message, ...]
    error: ProofroomError | None = None


class Lane:
    """The squares of one provider, in reading order; workers take them one by one."""

    def __init__(self, plan: Plan, provider: str, renderer: Renderer) -> None:
        self._samples, self._renderer = plan.samples, renderer
        self._places = self._own(plan, provider)
        self._ready: deque[Square] = deque()
        self._lock = asyncio.Lock()

    async def next(self) -> Square | None:
        """Return the next square; None when there is none."""
        async with self._lock:
            if not self._ready:
                await self._fill()
            return self._ready.popleft() if self._ready else None

    async def _fill(self) -> None:
        places = list(islice(self._places, BLOCK))
        jobs = [RenderJob(content=column.content, values=row.values) for row, column in places]
        rendered = await self._renderer.render(jobs) if jobs else []
        for (row, column), result in zip(places, rendered, strict=True):
            failed = isinstance(result, ProofroomError)
            for sample in range(self._samples):
                self._ready.append(
                    Square(
                        row=row,
                        column=column,
                        sample=sample,
                        messages=() if failed else result,
                        error=result if failed else None,
                    )
                )

    @staticmethod
    def _own(plan: Plan, provider: str) -> Iterator[tuple[Row, PlannedColumn]]:
        return ((r, c) for r, c in plan.places() if c.provider.name == provider)
