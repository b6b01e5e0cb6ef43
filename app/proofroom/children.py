"""Starts a child process that dies with its parent, on each system; the only door to one.

Linux: the kernel kills the child (PR_SET_PDEATHSIG). It does so too when the thread that started
the child ends, so a child of any other thread than the main one watches a pidfd instead. macOS: a
thread of the child waits for its parent's exit (kqueue). Windows: a job object kills all children
when the parent's last handle on it is closed. On each, a child whose stdin ends goes too.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import IO, TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import asyncio

PARENT_VARIABLE = "PROOFROOM_PARENT"
NICENESS = 10
Stderr = int | IO[bytes] | None
_PR_SET_PDEATHSIG = 1


def own_command(*args: str) -> list[str]:
    """Return the command line that runs this program again, installed or frozen, with `args`."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *args]
    return [sys.executable, "-P", "-m", "proofroom", *args]  # -P: not from the current folder


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` for a child of this thread: it says whose death ends the child.

    Needed only where something else than this module starts the child (QProcess).
    """
    main = threading.current_thread() is threading.main_thread()
    return {**environ, PARENT_VARIABLE: f"{os.getpid()} {'main' if main else 'thread'}"}


def start(
    command: Sequence[str], *, environ: Mapping[str, str], stderr: Stderr = None
) -> subprocess.Popen[bytes]:
    """Start `command` with pipes to its stdin and stdout; raises OSError if it cannot be started.

    The child must call `watch_parent`. Ctrl+C in a terminal does not reach it.
    """
    child = subprocess.Popen(  # noqa: S603 - our own command line, no shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=environment(environ),
        start_new_session=True,
        creationflags=_creation_flags(),
    )
    adopt(child.pid)
    return child


async def start_async(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    stderr: Stderr = None,
    limit: int = 1024 * 1024,
) -> asyncio.subprocess.Process:
    """Do as `start` does, within a running loop; `limit` (bytes) bounds what is read ahead."""
    import asyncio  # noqa: PLC0415 - the window needs this module and no loop

    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=environment(environ),
        start_new_session=True,
        creationflags=_creation_flags(),
        limit=limit,
    )
    adopt(child.pid)
    return child


def watch_parent(*, stdin: bool = False) -> None:
    """End this process at once when its parent is gone, or already is; called in the child, first.

    With `stdin`, its end ends this process too: for a child that does not read it itself.
    """
    pid, _, thread = os.environ.pop(PARENT_VARIABLE, f"{os.getppid()} main").partition(" ")
    if sys.platform == "linux":
        _watch_on_linux(int(pid), main=thread == "main")
    elif sys.platform == "darwin":
        _watch_on_macos(int(pid))
    if stdin:
        end_with_stdin()


def end_with_stdin() -> None:
    """End this process when its stdin ends; for a child that has read from it what it wanted."""
    _in_background(_end_with_stdin)


def lower_priority() -> None:
    """Let every other process of this machine go first; called in the child."""
    if sys.platform == "win32":
        _windows_low_priority()
    else:
        os.nice(NICENESS)


def adopt(pid: int) -> None:
    """Bind the life of the child `pid` to ours where the parent has to do it (Windows alone)."""
    if sys.platform == "win32":
        _windows_adopt(pid)


def _in_background(work: Callable[..., None], *args: int) -> None:
    threading.Thread(target=work, args=args, daemon=True, name="parent watch").start()


def _end_with_stdin() -> None:
    with suppress(OSError):  # a stdin that cannot be read has ended
        while os.read(0, 4096):
            pass
    os._exit(0)


def _creation_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0


if sys.platform == "linux":

    def _watch_on_linux(parent: int, *, main: bool) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if main and libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
        if os.getppid() != parent:  # it went before we asked
            os._exit(0)
        if not main:
            with suppress(ProcessLookupError):
                _in_background(_end_with_pidfd, os.pidfd_open(parent))
                return
            os._exit(0)

    def _end_with_pidfd(pidfd: int) -> None:
        watch = select.poll()
        watch.register(pidfd, select.POLLIN)
        watch.poll()
        os._exit(0)


if sys.platform == "darwin":

    def _watch_on_macos(parent: int) -> None:
        queue = select.kqueue()
        exit_of_parent = select.kevent(
            parent,
            filter=select.KQ_FILTER_PROC,
            flags=select.KQ_EV_ADD | select.KQ_EV_ONESHOT,
            fflags=select.KQ_NOTE_EXIT,
        )

        def wait() -> None:
            queue.control(None, 1)
            os._exit(0)

        try:
            queue.control([exit_of_parent], 0)
        except ProcessLookupError:
            os._exit(0)
        if os.getppid() != parent:
            os._exit(0)
        _in_background(wait)


if sys.platform == "win32":
    _KILL_ON_JOB_CLOSE = 0x2000
    _EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation
    _SET_QUOTA_AND_TERMINATE = 0x0100 | 0x0001
    _BELOW_NORMAL = 0x4000

    class _Limits(ctypes.Structure):
        """JOBOBJECT_EXTENDED_LIMIT_INFORMATION of winnt.h."""

        _fields_: ClassVar = [
            ("per_process_time", ctypes.c_int64),
            ("per_job_time", ctypes.c_int64),
            ("flags", ctypes.c_uint32),
            ("minimum_working_set", ctypes.c_size_t),
            ("maximum_working_set", ctypes.c_size_t),
            ("active_processes", ctypes.c_uint32),
            ("affinity", ctypes.c_size_t),
            ("priority_class", ctypes.c_uint32),
            ("scheduling_class", ctypes.c_uint32),
            ("io_counters", ctypes.c_uint64 * 6),
            ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t),
            ("peak_process_memory", ctypes.c_size_t),
            ("peak_job_memory", ctypes.c_size_t),
        ]

    def _kernel32() -> ctypes.WinDLL:
        library = ctypes.WinDLL("kernel32", use_last_error=True)
        for name in ("CreateJobObjectW", "OpenProcess", "GetCurrentProcess"):
            getattr(library, name).restype = ctypes.c_void_p  # a handle is as wide as a pointer
        return library

    @cache
    def _job() -> int:
        """Return the job of all our children; its handle is closed by our end alone."""
        kernel = _kernel32()
        job = kernel.CreateJobObjectW(None, None)
        limits = _Limits(flags=_KILL_ON_JOB_CLOSE)
        size = ctypes.sizeof(limits)
        if not job or not kernel.SetInformationJobObject(
            ctypes.c_void_p(job), _EXTENDED_LIMITS, ctypes.byref(limits), size
        ):
            raise ctypes.WinError(ctypes.get_last_error())
        return int(job)

    def _windows_adopt(pid: int) -> None:
        kernel = _kernel32()
        process = ctypes.c_void_p(kernel.OpenProcess(_SET_QUOTA_AND_TERMINATE, 0, pid))
        if not process or not kernel.AssignProcessToJobObject(ctypes.c_void_p(_job()), process):
            raise ctypes.WinError(ctypes.get_last_error())
        kernel.CloseHandle(process)

    def _windows_low_priority() -> None:
        kernel = _kernel32()
        process = ctypes.c_void_p(kernel.GetCurrentProcess())
        if not kernel.SetPriorityClass(process, _BELOW_NORMAL):
            raise ctypes.WinError(ctypes.get_last_error())
