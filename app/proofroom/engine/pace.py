"""How many calls a provider gets at once, and until when it asked to be left alone."""

from __future__ import annotations

import asyncio


class Slot:
    """The right to one call at a time."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots: asyncio.Semaphore | None = slots

    def give_back(self) -> None:
        """Let another call leave; more than once changes nothing."""
        slots, self._slots = self._slots, None
        if slots is not None:
            slots.release()


class Pace:
    """The slots of every provider, shared by all jobs of this engine."""

    def __init__(self) -> None:
        # by provider and number, so that another number holds from the next call on
        self._slots: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._quiet_until: dict[str, float] = {}

    async def slot(self, provider: str, at_once: int) -> Slot:
        """Wait for one of the provider's slots, and for what it asked to wait for.

        Who has it gives it back; a wait that is cut short leaves none taken.
        """
        slots = self._slots.get((provider, at_once))
        if slots is None:
            slots = self._slots[provider, at_once] = asyncio.Semaphore(at_once)
        await slots.acquire()
        slot = Slot(slots)
        if self._quiet_until:
            try:
                await self.quiet(provider)
            except BaseException:
                slot.give_back()
                raise
        return slot

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
