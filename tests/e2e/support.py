"""The whole app as `run_app` builds it, on a home of its own, with hands to use it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar, cast

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS

from proofroom.domain.message import text_message
from proofroom.domain.provider import Provider
from proofroom.domain.version import Content, Settings
from proofroom.ui.app import App
from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.compare.page import ComparePage
from proofroom.ui.compare.states import Phase, Sample, spoken
from proofroom.ui.prompts.new_sheet import NewSheet
from proofroom.ui.prompts.page import PromptsPage
from proofroom.ui.prompts.popover import Popover
from proofroom.ui.session import Session
from proofroom.ui.shell import Shell
from proofroom.ui.theme import Look, theme
from proofroom.ui.window import MainWindow
from proofroom.workspace import comparisons, database, prompts, providers

Key, Mod = Qt.Key, Qt.KeyboardModifier
CONTROL, SHIFT = Mod.ControlModifier, Mod.ShiftModifier
NEVER_ENDED = 99
W = TypeVar("W", bound=QWidget)


class Desk:
    """One app after another on the same home, as one person starts and closes it."""

    def __init__(self, qtbot: QtBot, application: QApplication) -> None:
        self.qtbot, self.application = qtbot, application
        self.app: App | None = None
        self._ended: list[App] = []  # PySide may take a new menu bar for a freed one at its address
        theme().set_bundled_fonts(True)

    def open(self, path: Path | None = None, *, page: str = "") -> MainWindow:
        """Start the app and wait for its first page."""
        self.app = App(self.application)
        self.app.start(path)
        theme().set_look(Look.LIGHT)
        self.until(lambda: bool(self.window.page) and (not page or self.window.page == page))
        self.front()
        return self.window

    def front(self) -> None:
        """Bring the window to the front; the offscreen platform forgets it now and then."""
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)

    def leave(self, close: Callable[[], object] | None = None) -> int:
        """Close the window, let the app end as it does, and return its exit code."""
        assert self.app is not None
        guard = QTimer()
        guard.setSingleShot(True)
        guard.timeout.connect(lambda: self.application.exit(NEVER_ENDED))
        guard.start(GUARD_MS)
        QTimer.singleShot(0, close or self.window.close)
        code = self.application.exec()
        self._ended.append(self.app)
        self.app = None
        return code

    def end(self) -> None:
        """Leave nothing behind, whatever the test found."""
        if self.app is not None and self.app.shell is not None:
            self.app.shell.end()
            QTimer.singleShot(0, self.application.quit)
            self.application.exec()  # takes the app's own exit; else no loop would run again
        theme().set_zoom(100)

    @property
    def shell(self) -> Shell:
        assert self.app is not None
        assert self.app.shell is not None
        return self.app.shell

    @property
    def window(self) -> MainWindow:
        return self.shell.window

    @property
    def session(self) -> Session:
        return self.shell.session

    @property
    def view(self) -> ComparisonView:
        return cast("ComparePage", self.window.widget("compare")).view

    @property
    def prompts(self) -> PromptsPage:
        return cast("PromptsPage", self.window.widget("prompts"))

    def shows_prompt(self) -> bool:
        """Tell whether a prompt is open and on screen."""
        page = self.prompts  # the tries are the last to be shown
        return bool(page.bench.editor.blocks) and 0 < page.draft.key == page.tries.prompt

    def write_prompt(self, name: str, words: str) -> None:
        """Make a prompt by the keys alone, from the Prompts page."""
        self.until(lambda: "new" in {spec.id for spec in self.window.actions_.specs()})
        self.prompts.pane.rows.setFocus()
        self.press(Key.Key_N, CONTROL)
        sheet = self.shown(NewSheet)
        self.until(sheet.name.hasFocus)
        self.type(name)
        self.press(Key.Key_Return)
        self.until(self.shows_prompt)
        blocks = self.prompts.bench.editor.blocks
        self.until(lambda: bool(blocks) and blocks[0].texts[0].isVisible())
        self.front()
        self.until(blocks[0].texts[0].hasFocus)
        self.type(words)

    def save_version(self, note: str) -> None:
        """Save the draft that focus is in as a version with a note."""
        self.press(Key.Key_S, CONTROL)
        ask = self.shown(Popover)
        self.until(ask.line.hasFocus)
        self.type(note)
        with self.qtbot.waitSignal(self.prompts.draft.version_saved, timeout=GUARD_MS):
            self.press(Key.Key_Return)

    def until(self, holds: Callable[[], bool], guard_ms: int = GUARD_MS) -> None:
        """Wait for a condition, never for a time."""
        self.qtbot.waitUntil(holds, timeout=guard_ms)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Mod.NoModifier) -> None:
        """Press a key where focus is."""
        self.qtbot.keyClick(self.focused(), key, modifier)

    def type(self, words: str) -> None:
        """Type where focus is."""
        self.qtbot.keyClicks(self.focused(), words)

    def focused(self) -> QWidget:
        """Return the widget that a key would reach."""
        if QApplication.activeWindow() is None:
            self.front()
        return QApplication.focusWidget() or self.window

    def shown(self, kind: type[W]) -> W:
        """Wait for a sheet or dialog over the window and return it."""
        self.until(lambda: any(one.isVisible() for one in self.window.findChildren(kind)))
        return next(one for one in self.window.findChildren(kind) if one.isVisible())

    def show_comparison(self, key: int, rows: int) -> ComparisonView:
        """Open a comparison and wait for its rows."""
        self.window.go("compare", str(key))
        self.until(lambda: len(self.view.model.rows) == rows)
        return self.view

    def samples(self) -> list[Sample]:
        """Return the samples of the comparison shown, row by row."""
        keys = [column.key for column in self.view.model.columns]
        return [row.sample(key) for row in self.view.model.rows for key in keys]

    def statuses(self) -> list[str | None]:
        return [one.run.status if one.run else None for one in self.samples()]

    def ended(self, wanted: Sequence[str], guard_ms: int = GUARD_MS) -> None:
        """Wait until the cells shown have ended so."""
        self.until(lambda: self.statuses() == list(wanted), guard_ms)
        self.until(lambda: all(one.phase == Phase.ENDED for one in self.samples()))

    def words(self) -> list[str]:
        """Return the cells as assistive tools say them."""
        model = self.view.model
        return [spoken(row, column) for row in model.rows for column in model.columns]


def fault_workspace(path: Path, addresses: dict[str, str], *, local: bool = False) -> Path:
    """Make a workspace with a provider for each name and address, model 'tester'."""
    database.create(path, fill=providers.first_rows if local else None)
    with closing(database.connect(path)) as db:
        for name, url in addresses.items():
            add_provider(db, name, url)
    return path


def add_provider(db: sqlite3.Connection, name: str, url: str) -> None:
    provider = Provider(name=name, adapter="direct", dialect="compatible", url=url, needs_key=False)
    providers.put(db, provider)
    providers.ask_for(db, f"{name}/tester")


def add_comparison(path: Path, names: Sequence[str], *, rows: int = 1) -> int:
    """Add a comparison with a column for each model ('slow' is slow/tester); return its key."""
    content = Content(
        messages=(text_message("user", "Say {{ word }}."),), settings=Settings(max_tokens=16)
    )
    with closing(database.connect(path)) as db:
        made = prompts.create(db, prompts.free_name(db, "say"), content)
        columns = [
            comparisons.NewColumn(
                prompt_key=made.key,
                version_key=None,
                content=content,
                label="Draft",
                model_key=providers.ask_for(db, name if "/" in name else f"{name}/tester").key,
            )
            for name in names
        ]
        inputs = [
            comparisons.NewRow(name=f"row {number}", values={"word": f"w{number}"})
            for number in range(rows)
        ]
        return comparisons.create(db, columns, inputs, name="faults").key


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return what another connection reads in the file."""
    with closing(database.connect(path, read_only=True)) as db:
        return db.execute(sql).fetchall()
