"""What goes wrong with a workspace's file, told so that a person can act on it."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from proofroom.errors import ProofroomError


class WorkspaceError(ProofroomError):
    """The workspace cannot be opened or written; nothing that was saved is lost."""


class DiskFullError(WorkspaceError):
    """There is no room for a write; it was taken back whole."""


class ReadOnlyError(WorkspaceError):
    """The file or its folder cannot be written."""


class BusyError(WorkspaceError):
    """Another program holds the file for longer than we wait."""


class DamagedError(WorkspaceError):
    """The file's pages do not hold together."""


class NotAWorkspaceError(WorkspaceError):
    """The path names something else; it was not touched."""


class NewerSchemaError(WorkspaceError):
    """A newer Proofroom made this file."""


@contextmanager
def translated(path: Path) -> Generator[None]:
    """Turn errors of the disk and of SQLite into ones that a person can act on.

    What is not known here (a fault of ours) passes unchanged.
    """
    try:
        yield
    except BrokenPipeError:  # no file ends so: nobody reads what is printed any more
        raise
    except (sqlite3.Error, OSError) as error:
        known = explained(error, path)
        if known is None:
            raise
        raise known from error


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether another connection held a lock for too long."""
    return error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def explained(error: Exception, path: Path) -> WorkspaceError | None:
    """Return what an error of the disk or of SQLite means for a person; None for our own faults."""
    name = getattr(error, "sqlite_errorname", "") or ""
    number = getattr(error, "errno", None)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return BusyError(
            f"The workspace is in use by {_holder(path)}",
            where=str(path),
            fix="Close that program, then try again; nothing was lost.",
        )
    for kind, names, numbers, what, fix in _EXPLANATIONS:
        if (name and name.startswith(names)) or number in numbers:
            return kind(what, where=str(path), fix=fix)
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_IOERR")) or isinstance(error, OSError):
        return WorkspaceError(
            f"The file cannot be read or written ({error})",
            where=str(path),
            fix="Check that its disk and folder are there.",
        )
    return None


_EXPLANATIONS: tuple[
    tuple[type[WorkspaceError], tuple[str, ...], tuple[int, ...], str, str], ...
] = (
    (
        DiskFullError,
        ("SQLITE_FULL", "SQLITE_IOERR_WRITE"),
        (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)),
        "The disk is full",
        "Free some space and save again; nothing was lost.",
    ),
    (
        ReadOnlyError,
        ("SQLITE_READONLY",),
        (errno.EACCES, errno.EROFS, errno.EPERM),
        "The file cannot be written",
        "Open it for reading, or allow writing in its folder.",
    ),
    (
        DamagedError,
        ("SQLITE_CORRUPT",),
        (),
        "The file is damaged",
        "Run `proofroom workspace verify`, then open the last backup.",
    ),
    (
        NotAWorkspaceError,
        ("SQLITE_NOTADB",),
        (),
        "This is not a workspace",
        "Choose a file that Proofroom made.",
    ),
)


def users(path: Path) -> str:
    """Name the other processes that have the file open, where the system tells (Linux)."""
    return _named(path, writers=False)


def _holder(path: Path) -> str:
    """Name the process that writes to the file, where the system tells (Linux)."""
    # readers of a WAL hold shared locks all the time
    return _named(path, writers=True)


def _named(path: Path, *, writers: bool) -> str:
    try:
        beside = [path.with_name(path.name + suffix) for suffix in ("", "-shm")]
        inodes = {str(file.stat().st_ino) for file in beside if file.exists()}
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return "another program"
    found = {
        fields[4]
        for fields in (line.split() for line in locks)
        if len(fields) > 5  # noqa: PLR2004 - the columns of proc_locks(5)
        and (fields[3] == "WRITE" or not writers)
        and fields[5].rpartition(":")[2] in inodes
        and fields[4] != str(os.getpid())
    }
    return f"process {', '.join(sorted(found))}" if found else "another program"
