"""A comparison on the fault server in the real window, and ways to look at it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS

from proofroom.domain.message import text_message
from proofroom.domain.provider import Provider
from proofroom.domain.version import Content, Settings
from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.compare.page import ComparePage
from proofroom.ui.compare.states import Phase
from proofroom.ui.shell import Shell
from proofroom.workspace import comparisons, database, prompts, providers, versions

T = TypeVar("T")


def compared(
    path: Path, server: FaultServer, modes: Sequence[str], *, rows: int = 2, samples: int = 1
) -> int:
    """Keep a comparison of one version with a column for each mode; return its key."""
    with closing(database.connect(path)) as db:
        for mode in modes:
            provider = Provider(
                name=mode, adapter="direct", dialect="compatible", url=server.url(mode),
                needs_key=False,
            )  # fmt: skip
            providers.put(db, provider)
        text = text_message("user", "Say {{ word }}.")
        content = Content(messages=(text,), model=f"{modes[0]}/m", settings=Settings(max_tokens=16))
        prompt = prompts.create(db, prompts.free_name(db, "say"), content)
        version = versions.save(db, prompt.key, note="first")
        columns = [
            comparisons.NewColumn(
                prompt_key=prompt.key, version_key=version.key, content=content, label="v1",
                model_key=providers.ask_for(db, f"{mode}/m").key,
            )
            for mode in modes
        ]  # fmt: skip
        new = [comparisons.NewRow(name=f"row {n}", values={"word": f"w{n}"}) for n in range(rows)]
        return comparisons.create(db, columns, new, name="Say: two models", samples=samples).key


def page_of(shell: Shell) -> ComparePage:
    """Return the Compare page, built if it was not."""
    return cast("ComparePage", shell.window.widget("compare"))


def shown(qtbot: QtBot, shell: Shell, key: int, rows: int = 2) -> ComparisonView:
    """Open a comparison by its place and wait for its rows and the answers on screen."""
    shell.window.activateWindow()
    shell.window.go("compare", str(key))
    view = page_of(shell).view
    qtbot.waitUntil(lambda: len(view.model.rows) == rows, timeout=GUARD_MS)
    qtbot.waitUntil(partial(read_on_screen, view), timeout=GUARD_MS)
    return view


def opened(qtbot: QtBot, shell: Shell, key: int, rows: int = 2) -> ComparisonView:
    """Open a comparison as `shown` does and wait for its estimate, too."""
    view = shown(qtbot, shell, key, rows)
    qtbot.waitUntil(lambda: bool(view.said.text()), timeout=GUARD_MS)
    return view


def written(shell: Shell, work: Callable[[sqlite3.Connection], T]) -> T:
    """Write into the workspace as another process would."""
    with closing(database.connect(shell.session.path)) as db:
        return work(db)


def read_on_screen(view: ComparisonView) -> bool:
    """Tell whether every ended answer on screen is laid out."""
    rows = [view.model.grid_row(2 * place) for place in view.grid.seen(0)]
    keys = [column.key for column in view.model.columns]
    samples = [row.sample(key) for row in rows for key in keys]
    return all(s.body is not None for s in samples if s.run is not None and s.run.status)


def at(view: ComparisonView, row: int, column: int) -> None:
    """Put the ring on a cell, with focus."""
    view.grid.setFocus()
    view.grid.setCurrentIndex(view.model.index(2 * row + 1, column))


def front(qtbot: QtBot, widget: QWidget) -> None:
    """Bring the window to the front, or its shortcuts would not act; offscreen forgets it."""
    widget.window().activateWindow()
    qtbot.waitUntil(widget.window().isActiveWindow, timeout=GUARD_MS)


def ran(qtbot: QtBot, view: ComparisonView) -> None:
    """Press Run by its key and wait until every answer is read and the toolbar says so."""
    front(qtbot, view)
    with qtbot.waitSignal(view.running.settled, timeout=GUARD_MS):
        qtbot.keyClick(view.grid, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(partial(_read, view), timeout=GUARD_MS)


def _read(view: ComparisonView) -> bool:
    samples = [sample for row in view.model.rows for sample in row.all()]
    return all(one.phase == Phase.ENDED and one.run and one.run.status for one in samples)


def names(view: ComparisonView) -> list[str]:
    """Return what the columns on screen are called."""
    return [column.name for column in view.model.columns]


def menu_words(menu: QMenu) -> list[str]:
    """Return what a menu offers."""
    return [action.text() for action in menu.actions() if action.text()]


def more_menu(view: ComparisonView) -> QMenu:
    """Return the ellipsis menu of the header as it is filled when it opens."""
    menu = view.header.more.menu
    menu.aboutToShow.emit()
    return menu


def chosen(menu: QMenu, *words: str) -> None:
    """Choose an entry of a menu, through its inner menus."""
    for step in words[:-1]:
        found = next(action for action in menu.actions() if action.text() == step)
        inner = found.menu()
        assert isinstance(inner, QMenu)
        menu = inner
    next(action for action in menu.actions() if action.text() == words[-1]).trigger()


def until(qtbot: QtBot, view: ComparisonView, words: str) -> None:
    """Wait until the toolbar says it."""
    qtbot.waitUntil(partial(_says, view, words), timeout=GUARD_MS)


def _says(view: ComparisonView, words: str) -> bool:
    return view.said.text() == words
