"""Opens a real window offscreen, measures one thing in it, and prints that as JSON.

`python -m tests.bench.window_child WHAT FILE`; the parent says in BEGAN when it started us.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"
BEGAN = float(os.environ.get("BEGAN", "0")) or time.monotonic()

from msgspec import json  # noqa: E402
from PySide6.QtCore import QEvent, QObject, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget  # noqa: E402

GUARD_S = 60
KEYS = 60
FIRST = Qt.EventPriority.HighEventPriority.value


def since_began() -> float:
    """Return milliseconds since the parent started this process."""
    return (time.monotonic() - BEGAN) * 1000


class Painted(QObject):
    """Notes when the next paint of a widget is over, of those that find something so (`when`).

    The event filter hears its beginning; an event posted then, before all others, comes once the
    whole window is painted. It filters this widget alone: one of the whole application makes
    PySide wrap every widget and build its enums, tens of milliseconds that nobody else pays.
    """

    def __init__(self, widget: QWidget, when: Callable[[], Any] = lambda: True) -> None:
        super().__init__()
        self.at, self._widget, self._when = 0.0, widget, when
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        del watched
        if event.type() == QEvent.Type.Paint and self._when():
            self._widget.removeEventFilter(self)
            QApplication.postEvent(self, QEvent(QEvent.Type.User), FIRST)
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.User:
            self.at = since_began()
            return True
        return super().event(event)


class Gaps(QObject):
    """The longest time (ms) between two ticks of a timer of 1 ms."""

    def __init__(self) -> None:
        super().__init__()
        self.longest, self._last = 0.0, 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Begin to watch."""
        self.longest, self._last = 0.0, time.monotonic()
        self._timer.start(1)

    def stop(self) -> float:
        """Return the longest gap."""
        self._timer.stop()
        return self.longest

    def _tick(self) -> None:
        now = time.monotonic()
        self.longest, self._last = max(self.longest, (now - self._last) * 1000), now


def until(done: Callable[[], Any], seconds: float = GUARD_S) -> None:
    """Turn the event loop until something is so."""
    end = time.monotonic() + seconds
    while not done():
        QApplication.processEvents()
        if time.monotonic() > end:
            raise TimeoutError(sys.argv[1])


def bare(_: Path) -> float:
    """Return when a bare QMainWindow was painted."""
    application = QApplication([])
    window = QMainWindow()
    window.resize(1280, 800)
    window.show()
    painted = Painted(window)
    until(lambda: painted.at)
    del application
    return painted.at


def _app(path: Path) -> tuple[Any, Any, Painted]:
    from proofroom.ui import app  # noqa: PLC0415 - counted: the product imports it at its start

    application = app.make_application()
    started = app.App(application)
    started.start(path)  # shows the window; events, its paint among them, come later
    shell = started.shell
    assert shell is not None, "start makes it"
    return application, started, Painted(shell.window)


def window(path: Path) -> float:
    """Return when our window was painted."""
    _, _, painted = _app(path)
    until(lambda: painted.at)
    return painted.at


def usable(path: Path) -> float:
    """Return when the list of prompts was there to be used."""
    _, started, _ = _app(path)
    window = started.shell.window
    until(lambda: window.page == "prompts")
    rows = window.widget("prompts").pane.rows
    listed = Painted(rows.viewport(), when=rows.model().rowCount)
    until(lambda: listed.at)
    return listed.at


def runs_page(path: Path) -> float:
    """Return when the first page of the runs was there to be used, opened from nothing."""
    _, started, painted = _app(path)
    window = started.shell.window
    until(lambda: painted.at)
    window.go("runs")
    page = window.widget("runs")
    listed = Painted(page.table.viewport(), when=page.model.rowCount)
    until(lambda: listed.at)
    return listed.at


def resident(path: Path) -> float:
    """Return this process's memory (MiB) with the runs shown, 2,000 of them read, and the costs."""
    runs_page(path)
    application = QApplication.instance()
    window: Any = next(w for w in QApplication.topLevelWidgets() if hasattr(w, "palette_"))
    page = window.widget("runs")
    while page.model.rowCount() < min(2000, _count(path)):
        page.table.scrollToBottom()
        before = page.model.rowCount()
        until(lambda before=before: page.model.rowCount() > before)
    window.go("cost")
    _turn(3.0)
    del application
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _count(path: Path) -> int:
    import sqlite3  # noqa: PLC0415 - the count alone, not a figure

    with sqlite3.connect(path) as db:
        return db.execute("SELECT count(*) FROM runs").fetchone()[0]


def first_token(path: Path) -> float:
    """Return when the first token of the embedded model was in the window."""
    from proofroom.engine import protocol  # noqa: PLC0415

    _, started, _ = _app(path)
    came: list[float] = []

    def hear(item: object) -> None:
        if isinstance(item, protocol.Deltas) and not came:
            came.append(since_began())

    shell = started.shell
    shell.session.engine.news.connect(hear)
    shell.window.go("compare", "1")
    shell.presses.run(1, _failed)
    until(lambda: came)
    return came[0]


def engine_start(path: Path) -> float:
    """Return the longest stall from the first paint until engine and first page are there."""
    _, started, painted = _app(path)
    gaps, shell = Gaps(), started.shell
    until(lambda: painted.at)
    gaps.start()
    until(lambda: shell.session.engine.state == "ready" and shell.window.page == "prompts")
    until(lambda: shell.window.widget("prompts").draft.now is not None)
    _turn(1.0)
    return gaps.stop()


def open_rows(path: Path) -> float:
    """Return the longest stall while a comparison of 1,000 rows is opened."""
    application, started, painted = _app(path)
    shell = started.shell
    shell.window.go("compare", "list")
    until(lambda: painted.at and shell.session.engine.state == "ready")
    _turn(1.0)
    gaps = Gaps()
    gaps.start()
    shell.window.go("compare", "1")
    page = shell.window.widget("compare")
    until(lambda: page.view.model.rowCount() >= 2 * 1000)
    _turn(1.0)
    del application
    return gaps.stop()


def stream(path: Path) -> float:
    """Return the longest stall while 16 cells stream 100 tokens a second each."""
    from proofroom.engine import protocol  # noqa: PLC0415

    _, started, painted = _app(path)
    shell = started.shell
    running: set[int] = set()
    over: list[object] = []

    def hear(item: object) -> None:
        if isinstance(item, protocol.CellStarted):
            running.add(item.column_key)
        elif isinstance(item, protocol.JobEnded):
            over.append(item)

    shell.session.engine.news.connect(hear)
    shell.window.resize(1920, 1080)
    shell.window.go("compare", "1")
    until(lambda: painted.at and shell.session.engine.state == "ready")
    _turn(1.0)
    shell.presses.run(1, _failed)
    until(lambda: len(running) == 16)
    gaps = Gaps()
    gaps.start()
    _turn(3.0)
    longest = gaps.stop()
    until(lambda: over)
    return longest


def typing(path: Path) -> float:
    """Return the median time from a key to its paint in a prompt of 20,000 words, in ms."""
    from PySide6.QtTest import QTest  # noqa: PLC0415

    _, started, painted = _app(path)
    shell = started.shell
    shell.window.go("prompts", "1")
    until(lambda: painted.at and shell.window.widget("prompts").draft.now is not None)
    _turn(2.0)
    text: Any = shell.window.widget("prompts").bench.editor.blocks[0].texts[0]
    text.setFocus()
    cursor = text.textCursor()
    cursor.setPosition(text.document().characterCount() // 2)
    text.setTextCursor(cursor)
    _turn(1.0)
    took: list[float] = []
    for _ in range(KEYS):
        viewport = text.viewport()
        painted = Painted(viewport)
        start = since_began()
        QTest.keyClick(text, Qt.Key.Key_A)
        until(lambda one=painted: one.at)
        took.append(painted.at - start)
        _turn(0.03)
    return sorted(took)[KEYS // 2]


def _turn(seconds: float) -> None:
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() >= end)


def _failed(error: Exception) -> None:
    raise error


WAYS = {
    way.__name__: way
    for way in (
        bare,
        window,
        usable,
        runs_page,
        resident,
        first_token,
        engine_start,
        open_rows,
        stream,
        typing,
    )
}


if __name__ == "__main__":
    found = WAYS[sys.argv[1]](Path(sys.argv[2]))
    sys.stdout.write(json.encode({"value": found}).decode() + "\n")
    sys.stdout.flush()
    # the window's threads and children end with the process; only the figure was wanted
    os._exit(0)
