"""Which engines are alive on this laptop: each holds a lock of the operating system."""

from __future__ import annotations

import json
import os
from pathlib import Path

from proofroom import clock, ids, paths
from proofroom.workspace import locks, sent

_SUFFIX = ".lock"


class Held:
    """An engine's own lock; `id` is what its runs carry."""

    def __init__(self, engine_id: str, path: Path, descriptor: int) -> None:
        self.id = engine_id
        self._path, self._descriptor = path, descriptor

    def release(self) -> None:
        """Say that this engine has ended; again changes nothing."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            # closed first: Windows does not remove an open file
            os.close(descriptor)
            self._path.unlink(missing_ok=True)


def hold() -> Held:
    """Take a new engine id and hold its lock until it is released or the process ends.

    The file names the process and when it took the lock (us, UTC). Raises OSError.
    """
    engine_id = ids.new_id()
    path = folder() / f"{engine_id}{_SUFFIX}"
    descriptor = locks.take(path)
    text = json.dumps({"pid": os.getpid(), "started_at": clock.now()})
    os.write(descriptor, text.encode())
    return Held(engine_id, path, descriptor)


def live() -> frozenset[str]:
    """Return the ids of engines that run; locks that nobody holds are removed."""
    sent.remove_old(folder())
    return frozenset(path.stem for path in folder().glob(f"*{_SUFFIX}") if _is_live(path))


def pid(engine_id: str) -> int | None:
    """Return the process of an engine; None if it left no readable lock."""
    try:
        text = (folder() / f"{engine_id}{_SUFFIX}").read_text(encoding="utf-8")
        return int(json.loads(text)["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def folder() -> Path:
    """Return the folder of the locks; it may not exist yet."""
    return paths.state() / "engines"


def _is_live(path: Path) -> bool:
    if locks.is_held(path):
        return True
    path.unlink(missing_ok=True)
    return False
