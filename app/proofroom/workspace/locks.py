"""Locks of the operating system on small files; they end with the process that holds them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from proofroom import paths

if sys.platform == "win32":
    import msvcrt

    # far behind the content: a locked byte cannot be read by others
    _PLACE = 1 << 20

    def _lock(descriptor: int, *, wait: bool, shared: bool) -> bool:
        del shared  # there is one kind of lock here
        while True:
            os.lseek(descriptor, _PLACE, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:  # LK_LOCK gives up after ten seconds
                if not wait:
                    return False
            else:
                return True

else:
    import fcntl

    def _lock(descriptor: int, *, wait: bool, shared: bool) -> bool:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(descriptor, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def take(path: Path) -> int:
    """Make the lock file `path`, lock it and return its descriptor; waits for a short look at it.

    Close the descriptor to let go.
    """
    paths.private(path.parent)
    while True:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        _lock(descriptor, wait=True, shared=False)
        if _is_at(descriptor, path):
            return descriptor
        # it was taken for a stale one and removed before we had it
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Tell whether a live process holds the lock; two that look at once do not see each other."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _lock(descriptor, wait=False, shared=True)
    finally:
        os.close(descriptor)


@contextmanager
def held(path: Path, waits: Callable[[], None] | None = None) -> Generator[None]:
    """Hold the lock `path`; calls `waits` once if another process has it. The file stays."""
    paths.private(path.parent)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if not _lock(descriptor, wait=False, shared=False):
            if waits is not None:
                waits()
            _lock(descriptor, wait=True, shared=False)
        yield
    finally:
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
