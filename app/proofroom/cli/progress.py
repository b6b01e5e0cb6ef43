"""Progress of a comparison on stderr, where somebody looks at it."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from proofroom.cli.output import plural
from proofroom.engine import protocol


class Shown:
    """Follows a job's news; nothing is drawn where nobody looks."""

    def __init__(self, total: int) -> None:
        self._done = self._failed = 0
        self._bar: Progress | None = None
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.completed}/{task.total}"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("Asking", total=total)

    def hear(self, item: protocol.News) -> None:
        """Take a piece of news."""
        if isinstance(item, protocol.CellEnded):
            self._done += 1
            self._failed += item.status not in ("ok", "cancelled")
            self._show("Asking")
        elif isinstance(item, protocol.CellWaiting) and item.seconds:
            self._show(f"Waiting {item.seconds:.0f} s ({item.why})")
        elif isinstance(item, protocol.Notice) and item.text:
            Console(stderr=True).print(item.text)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()

    def _show(self, what: str) -> None:
        if self._bar is not None:
            failed = f", {plural(self._failed, 'failed', 'failed')}" if self._failed else ""
            self._bar.update(self._task, completed=self._done, description=what + failed)
