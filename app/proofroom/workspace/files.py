"""Small files written beside and renamed, so that nobody ever reads half of one."""

from __future__ import annotations

import os
from pathlib import Path

from proofroom import ids, paths


def replace(path: Path, data: bytes) -> None:
    """Let the file hold `data`, readable by its owner alone, or leave it as it was.

    Raises OSError.
    """
    paths.private(path.parent)
    part = path.with_name(f".{path.name}.{ids.new_id()}")
    descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Wait until a file's content is on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where a folder can be opened."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refuse_taken(path: Path) -> None:
    """Raise FileExistsError if something stands at `path`, a broken link included."""
    if os.path.lexists(path):
        raise FileExistsError(path)


def place(part: Path, path: Path) -> None:
    """Give a finished workspace its name, unless something bears it already.

    What SQLite left of a file that went is kept aside. Raises FileExistsError, or another OSError.
    """
    refuse_taken(path)
    _set_aside_left(path)
    if os.name == "nt":
        part.rename(path)  # refuses by itself there
        return
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:  # a file system without links, such as FAT
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        part.replace(path)
        return
    part.unlink()


def _set_aside_left(path: Path) -> None:
    # SQLite would play what it finds under these names into the new file
    for suffix in ("-wal", "-journal"):
        left = path.with_name(path.name + suffix)
        if os.path.lexists(left):
            left.rename(path.with_name(f"{path.stem}-left-{ids.new_id()}{path.suffix}{suffix}"))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
