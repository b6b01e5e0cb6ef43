"""Who edits a draft: each window holds a lock file that dies with its process."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from proofroom import ids, paths
from proofroom.workspace import drafts, locks


class Holder:
    """One window's name in the drafts it has open."""

    def __init__(self) -> None:
        self.id = ids.new_id()
        self._descriptor: int | None = locks.take(_lock(self.id))

    def release(self) -> None:
        """Let others see that this window is gone."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            _lock(self.id).unlink(missing_ok=True)

    def take(self, db: sqlite3.Connection, prompt_key: int) -> bool:
        """Hold a draft, and tell whether another living window held it before."""
        before = drafts.hold(db, prompt_key, self.id)
        return before != self.id and is_held(before)

    def leave(self, db: sqlite3.Connection, prompt_key: int) -> None:
        """Hold a draft no longer, unless another window took it meanwhile."""
        if drafts.of_prompt(db, prompt_key).holder == self.id:
            drafts.hold(db, prompt_key, "")


def is_held(holder: str) -> bool:
    """Tell whether the window of that name lives."""
    return bool(holder) and locks.is_held(_lock(holder))


def _lock(holder: str) -> Path:
    return paths.state() / "windows" / f"{holder}.lock"
