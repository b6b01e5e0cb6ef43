"""Which runs of an engine had a request leave: a file beside its lock, written line by line.

A run may be begun before its turn. After a crash the line tells one whose request left from one
that only waited. The line is there before the request leaves, and a killed process leaves its
writes to the system; a power cut may lose them, so a file of an earlier boot says nothing.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from proofroom import paths

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SUFFIX = ".sent"
_KEPT_S = 30 * 86_400


class Sent:
    """The list of one engine, open for writing.

    Where the boot has no name nothing is written: every run may then have been sent.
    """

    def __init__(self, engine_id: str) -> None:
        self._path, self._descriptor = _path(engine_id), -1
        boot = _boot()
        if boot:
            paths.private(self._path.parent)
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND
            self._descriptor = os.open(self._path, flags, 0o600)
            self._add(boot)

    def leaves(self, run_id: str) -> None:
        """Note that the first request of a run leaves now.

        Where that cannot be noted the list goes, and says nothing of any run. Raises OSError if
        even that fails: the request must not leave.
        """
        if self._descriptor >= 0:
            self._add(run_id)

    def remove(self) -> None:
        """Take the list away: the engine has left nothing open."""
        if self._descriptor >= 0:
            self._path.unlink(missing_ok=True)  # first: while it stands it must be written
            descriptor, self._descriptor = self._descriptor, -1
            with contextlib.suppress(OSError):  # what was lost is gone with the file
                os.close(descriptor)

    def _add(self, line: str) -> None:
        data = f"{line}\n".encode("ascii")
        try:
            whole = os.write(self._descriptor, data) == len(data)
        except OSError:
            whole = False
        if not whole:
            self.remove()


def of_engine(engine_id: str) -> frozenset[str] | None:
    """Return the ids of the runs whose request left; None where nobody knows."""
    try:
        boot, *run_ids = _path(engine_id).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return None
    return frozenset(run_ids) if boot and boot == _boot() else None


def remove_old(folder: Path) -> None:
    """Remove lists that are a month old: those of engines that were killed are left behind."""
    for path in folder.glob(f"*{_SUFFIX}"):
        try:
            if path.stat().st_mtime < time.time() - _KEPT_S:
                path.unlink(missing_ok=True)
        except FileNotFoundError:  # another process was quicker
            continue


def _path(engine_id: str) -> Path:
    return paths.state() / "engines" / f"{engine_id}{_SUFFIX}"


def _boot() -> str:
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:  # not Linux
        return ""
