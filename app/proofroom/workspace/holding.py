"""Who edits a draft: each window or command holds a lock file that dies with its process."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from proofroom import ids, paths
from proofroom.workspace import drafts, locks

_BETWEEN = ","


class Holder:
    """The name of one window, or of one command, in the drafts it has open."""

    def __init__(self) -> None:
        self.id = ids.new_id()
        self._descriptor: int | None = locks.take(_lock(self.id))

    def release(self) -> None:
        """Let others see that this one is gone; what it held, it holds no longer."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            _lock(self.id).unlink(missing_ok=True)

    def take(self, db: sqlite3.Connection, prompt_key: int) -> bool:
        """Hold a draft, and tell whether others that live hold it too."""
        others: list[str] = []

        def with_us(holders: str) -> str:
            others[:] = [one for one in living(holders) if one != self.id]
            return _BETWEEN.join([*others, self.id])

        drafts.hold(db, prompt_key, with_us)
        return bool(others)

    def leave(self, db: sqlite3.Connection, prompt_key: int) -> None:
        """Hold a draft no longer; who else holds it goes on."""

        def without_us(holders: str) -> str:
            return _BETWEEN.join(one for one in living(holders) if one != self.id)

        drafts.hold(db, prompt_key, without_us)


def living(holders: str) -> list[str]:
    """Return those of a draft's holders whose processes live."""
    return [one for one in holders.split(_BETWEEN) if one and locks.is_held(_lock(one))]


def _lock(holder: str) -> Path:
    return paths.state() / "windows" / f"{holder}.lock"
