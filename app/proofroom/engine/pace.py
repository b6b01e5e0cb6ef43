"""How many calls a provider gets at once, and until when it asked to be left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager


class Pace:
    """The slots of every provider, shared by all jobs of this engine."""

    def __init__(self) -> None:
        # by provider and number, so that another number holds from the next call on
        self._slots: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._quiet_until: dict[str, float] = {}

    @asynccontextmanager
    async def slot(self, provider: str, at_once: int) -> AsyncGenerator[Callable[[], None]]:
        """Hold one of the provider's slots; what it asked to wait for is waited for first.

        Yields what gives the slot back before the block ends: its answer is there, and another
        call may leave while this one is being recorded.
        """
        slots = self._slots.setdefault((provider, at_once), asyncio.Semaphore(at_once))
        await slots.acquire()
        held = [slots]

        def give_back() -> None:
            while held:
                held.pop().release()

        try:
            await self.quiet(provider)
            yield give_back
        finally:
            give_back()

    def is_free(self, provider: str, at_once: int) -> bool:
        """Tell whether a slot waits for a call."""
        slots = self._slots.get((provider, at_once))
        return slots is None or not slots.locked()

    async def quiet(self, provider: str) -> None:
        """Wait until the provider may be asked; another call may have made it longer meanwhile."""
        left = self.quiet_for(provider)
        if left > 0:
            await asyncio.sleep(left)
            await self.quiet(provider)

    def quiet_for(self, provider: str) -> float:
        """Return for how many seconds the provider wants no call."""
        until = self._quiet_until.get(provider)
        if until is None:
            return 0.0
        left = until - asyncio.get_running_loop().time()
        if left <= 0:
            self._quiet_until.pop(provider, None)
            return 0.0
        return left

    def leave_alone(self, provider: str, seconds: float) -> None:
        """Send nothing to a provider for so many seconds (its Retry-After)."""
        until = asyncio.get_running_loop().time() + seconds
        self._quiet_until[provider] = max(until, self._quiet_until.get(provider, 0.0))
