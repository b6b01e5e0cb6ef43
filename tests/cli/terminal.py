"""The command line on a real pseudo-terminal, and in real processes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import selectors
import struct
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

COMMAND = [sys.executable, "-P", "-m", "proofroom"]
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
GUARD_S = 60


class Terminal:
    """A command on a terminal of its own, to be read and typed into."""

    def __init__(
        self,
        path: Path,
        *arguments: str,
        width: int = 100,
        program: Sequence[str] = (),
        **environ: str,
    ) -> None:
        """Start it; `program` is another one, such as a shell."""
        command = [*program] or [*COMMAND, "--workspace", str(path), *arguments]
        env = {**os.environ, "TERM": "xterm-256color", **environ}
        for name in ("COLUMNS", "LINES"):  # pytest's workers say how wide their own terminal is
            env.pop(name, None)
        size = struct.pack("HHHH", 40, width, 0, 0)
        self.pid, self._end = pty.fork()
        if not self.pid:
            # here, so that the command never sees another size
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.execvpe(command[0], command, env)  # noqa: S606 - ours
        self.raw = ""

    @property
    def text(self) -> str:
        """What came so far, without codes."""
        return _CODES.sub("", self.raw).replace("\r\n", "\n")

    def until(self, words: str) -> None:
        """Read until these words came."""
        while words not in self.text:
            assert self._read(), self.text

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._end, keys.encode())

    def end(self) -> int:
        """Read to the end and return the exit code."""
        while self._read():
            pass
        os.close(self._end)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._end, selectors.EVENT_READ)
            assert selector.select(GUARD_S), self.text
        try:
            data = os.read(self._end, 65536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)
