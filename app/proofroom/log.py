"""The local log: rotating files that the owner alone can read, each line without secrets."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO

import msgspec

from proofroom import __version__, paths
from proofroom.redact import redacted

if TYPE_CHECKING:
    import asyncio  # 50 ms that the window would wait for

LOG = logging.getLogger("proofroom.log")
BYTES = 1_000_000
FILES = 5
_OWNER_ONLY = 0o600


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """An uncaught exception: its kind, one line about it, and a report to copy; no secrets."""

    kind: str
    title: str
    report: str


Tell = Callable[[Fault], None]
_tell: list[Tell] = []
_seen: Counter[str] = Counter()
_lock = threading.Lock()
_crash_files: list[IO[str]] = []  # faulthandler keeps only the number of an open file


def setup(process: str) -> Path | None:
    """Send this process's log to `PROCESS.log` in our folder, and crashes to `PROCESS.crash`.

    Returns the log's path; None if it cannot be written, then the log goes to stderr. A second
    call replaces the first.
    """
    root = logging.getLogger()
    close()
    root.setLevel(logging.WARNING)  # libraries' chatter may hold prompts
    logging.getLogger("proofroom").setLevel(logging.INFO)
    try:
        folder = paths.private(paths.logs())
        path = folder / f"{process}.log"
        handler: logging.Handler = _File(path)
        _watch_crashes(folder / f"{process}.crash")
    except OSError as error:
        _add(root, _Stderr())
        LOG.warning("the log cannot be written to a file: %s", error)
        return None
    _add(root, handler)
    return path


def close() -> None:
    """End what `setup` began."""
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, _Handlers)]:
        root.removeHandler(old)
        with contextlib.suppress(OSError):  # the disk is full, and that was said when it was met
            old.close()
    _watch_crashes(None)


def watch(tell: Tell | None) -> None:
    """Record what nobody caught in this process's threads; call `tell` once for each kind.

    `tell` runs in the thread where it happened. A second call begins to count anew.
    """
    with _lock:
        _seen.clear()
    _tell[:] = [tell] if tell else []
    sys.excepthook = _sys_hook
    threading.excepthook = _thread_hook
    sys.unraisablehook = _unraisable_hook


def loop_handler(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Record what an asyncio loop reports; give it to `loop.set_exception_handler`."""
    error = context.get("exception")
    message = str(context.get("message", "asyncio"))
    if isinstance(error, BaseException):
        caught(error, message)
    else:
        LOG.error("asyncio: %s", message)
    del loop


def caught(error: BaseException, where: str) -> None:
    """Record an exception: its first of a kind in full and told, the 10th, 100th ... in a line.

    A kind is the class and the line that raised it.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    kind = f"{type(error).__qualname__} at {place}"
    with _lock:
        _seen[kind] += 1
        times = _seen[kind]
    if times == 1:
        LOG.error("uncaught in %s", where, exc_info=error)
        _tell_first(Fault(kind=kind, title=_title(error), report=_report(error, where)))
    elif str(times).strip("0") == "1":
        LOG.error("uncaught in %s: %s, %d times by now", where, kind, times)


class _Formatter(logging.Formatter):
    """UTC, one record a line (a traceback's lines are indented), and no secrets."""

    converter = time.gmtime
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(process)d %(threadName)s %(name)s %(message)s"
        )

    def format(self, record: logging.LogRecord) -> str:
        # a bad record (fewer arguments than places) must not reach stderr as it is
        try:
            text = super().format(record)
        except (TypeError, ValueError) as error:
            text = f"{record.levelname} {record.name} {record.msg!r} cannot be formatted: {error}"
        return "\n    ".join(redacted(text).splitlines())


class _File(logging.FileHandler):
    """Begins a new file at `BYTES` and keeps `FILES` of them: NAME.log, NAME.log.1 ...

    The library's rotating handler would bring pickle and sockets to the window's start.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8")

    def _open(self) -> Any:  # noqa: ANN401 - the stub has a private type
        return _private_file(Path(self.baseFilename))

    def emit(self, record: logging.LogRecord) -> None:
        stream = self.stream
        try:
            if (
                stream is not None
                and (held := stream.tell())
                and held + len(self.format(record).encode("utf-8", "replace")) >= BYTES
            ):
                stream.close()
                self._rotate()
        except (OSError, ValueError):
            self.handleError(record)
        super().emit(record)

    def _rotate(self) -> None:
        path = Path(self.baseFilename)
        # another process has a file open (Windows), or the folder is gone: go on in the present one
        with contextlib.suppress(OSError):
            for number in range(FILES - 1, 0, -1):
                older = path.with_name(f"{path.name}.{number}")
                newer = path.with_name(f"{path.name}.{number - 1}") if number > 1 else path
                if newer.exists():
                    newer.replace(older)
        self.stream = self._open()

    def handleError(self, record: logging.LogRecord) -> None:
        _last_resort(record)


class _Stderr(logging.StreamHandler[TextIO]):
    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def handleError(self, record: logging.LogRecord) -> None:
        _last_resort(record)


_Handlers = _File | _Stderr


def _add(root: logging.Logger, handler: logging.Handler) -> None:
    handler.setFormatter(_Formatter())
    root.addHandler(handler)


def _private_file(path: Path) -> IO[str]:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _OWNER_ONLY)
    with contextlib.suppress(OSError):  # a file system without modes
        path.chmod(_OWNER_ONLY)  # it may have been made by someone less careful
    return os.fdopen(number, "a", encoding="utf-8", errors="backslashreplace")


def _watch_crashes(path: Path | None) -> None:
    old = _crash_files.copy()
    _crash_files.clear()
    if path is not None:
        _crash_files.append(_private_file(path))
        faulthandler.enable(_crash_files[0])
    elif old:
        faulthandler.disable()
    for file in old:
        file.close()


def _last_resort(record: logging.LogRecord) -> None:
    """Say on stderr that a line was lost; logging's own words would show its arguments."""
    error = sys.exc_info()[1]
    if sys.stderr is not None:  # pyright: ignore[reportUnnecessaryComparison] - pythonw has none
        with contextlib.suppress(OSError, ValueError):  # closed too: nowhere is left to say it
            sys.stderr.write(redacted(f"proofroom: a line of {record.name} was lost: {error}\n"))


def _sys_hook(kind: type[BaseException], error: BaseException, trace: Any) -> None:  # noqa: ANN401
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    caught(error, "the main thread")


def _thread_hook(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        caught(args.exc_value, f"thread {args.thread.name if args.thread else '?'}")


def _unraisable_hook(args: sys.UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        caught(args.exc_value, args.err_msg or f"{type(args.object).__name__}, on its end")


def _tell_first(fault: Fault) -> None:
    for tell in _tell:
        try:
            tell(fault)
        except Exception:  # a fault in the telling must not hide the one that is told
            LOG.exception("the fault could not be shown")


def _title(error: BaseException) -> str:
    return redacted("".join(traceback.format_exception_only(error)).strip().splitlines()[-1])


def _report(error: BaseException, where: str) -> str:
    import platform  # noqa: PLC0415 - of a fault alone

    head = f"Proofroom {__version__}, Python {platform.python_version()}, {platform.platform()}"
    trace = "".join(traceback.format_exception(error))  # never with locals: they may hold a key
    return redacted(f"{head}\nIn {where}:\n{trace}")
