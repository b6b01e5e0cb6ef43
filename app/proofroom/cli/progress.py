"""Progress of a comparison on stderr, where somebody looks at it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from proofroom.cli import output
from proofroom.cli.context import say
from proofroom.domain import figures
from proofroom.engine import protocol

if TYPE_CHECKING:
    from rich.progress import Progress

Costs = Callable[[int], tuple[int, bool]]
"""The known cost of a row so far (nano-USD), and whether some of it is unknown."""
_LOOK_S = 0.5
_WIDE = 100


class Shown:
    """Follows a job's news; nothing is drawn where nobody looks."""

    def __init__(self, total: int, expected_s: float | None, costs: Costs) -> None:
        self._total, self._expected_s, self._costs = total, expected_s, costs
        self._done = self._failed = 0
        self._rows: dict[int, tuple[int, bool]] = {}
        self._fresh: set[int] = set()
        self._waits = ""
        self._begun = self._looked = time.monotonic()
        self._bar: Progress | None = None

    def open(self) -> None:
        """Draw from now on, if somebody looks."""
        if sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
            self._task = self._bar.add_task("Asking", total=self._total, figures="")

    def hear(self, item: protocol.News) -> None:
        """Take a piece of news."""
        if isinstance(item, protocol.CellEnded):
            self._done += 1
            self._failed += item.status not in {"ok", "cancelled"}
            self._fresh.add(item.row_key)
            self._waits = ""
        elif isinstance(item, protocol.CellWaiting):
            length = f" {item.seconds:.0f} s" if (item.seconds or 0) >= 1 else ""
            self._waits = f"waiting{length}: {item.why}"
        elif isinstance(item, protocol.CellStarted | protocol.Deltas):
            self._waits = ""
        elif isinstance(item, protocol.Notice | protocol.BudgetWarned):
            self._notice(item.text.replace(figures.NBSP, " "))
        self._draw()

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _notice(self, text: str) -> None:
        if text and self._bar is not None:
            self._bar.console.print(output.clean(text))
        elif text:
            say(text)

    def _draw(self) -> None:
        if self._bar is None:
            return
        now = time.monotonic()
        # a look into the workspace for the costs, not more often than an eye follows
        if self._fresh and now - self._looked >= _LOOK_S:
            self._rows |= {row: self._costs(row) for row in self._fresh}
            self._fresh, self._looked = set(), now
        self._bar.update(self._task, completed=self._done, figures=self._figures(now))

    def _figures(self, now: float) -> str:
        cost = sum(row[0] for row in self._rows.values())
        unknown = " and some unknown" if any(row[1] for row in self._rows.values()) else ""
        parts = [
            f"{figures.money(cost)}{unknown}" if self._rows else "",
            f"{self._failed:,} failed" if self._failed else "",
            self._left(now),
            self._waits,
        ]
        return output.clean(" · ".join(part for part in parts if part))

    def _left(self, now: float) -> str:
        passed = now - self._begun
        if self._done:
            left = passed / self._done * (self._total - self._done)
        elif self._expected_s is not None:
            left = self._expected_s - passed
        else:
            return ""
        if left < 1:
            return ""
        return figures.time_left(left)


def _bar() -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    console = output.console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        *((BarColumn(bar_width=20),) if console.width >= _WIDE else ()),
        MofNCompleteColumn(),
        TextColumn("{task.fields[figures]}", markup=False),
        console=console,
        transient=True,
    )
