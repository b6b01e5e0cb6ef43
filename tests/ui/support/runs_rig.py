"""The Runs page in a window: opened, waited for and read."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS
from tests.ui.support.compare_rig import front

from proofroom.ui.runs.columns import IDS
from proofroom.ui.runs.page import RunsPage
from proofroom.ui.shell import Shell
from proofroom.ui.widgets.labels import Label, Paragraph

Key = Qt.Key


def shown(qtbot: QtBot, shell: Shell, count: int) -> RunsPage:
    """Open the page and wait until it counted its runs."""
    shell.window.activateWindow()
    shell.window.go("runs")
    page = cast("RunsPage", shell.window.widget("runs"))
    waits(qtbot, page, count)
    return page


def waits(qtbot: QtBot, page: RunsPage, count: int) -> None:
    """Wait until the list has so many runs."""
    qtbot.waitUntil(lambda: page.controller.found == count, timeout=GUARD_MS)
    qtbot.waitUntil(lambda: page.model.rowCount() == count, timeout=GUARD_MS)


def cells(page: RunsPage, column: str) -> list[str]:
    """Return what a column says, row by row."""
    place = IDS.index(column)
    return [str(page.model.index(row, place).data()) for row in range(page.model.rowCount())]


def opened(qtbot: QtBot, page: RunsPage, row: int) -> RunsPage:
    """Open the panel of a row by Enter and wait until it is read."""
    front(qtbot, page)
    page.table.setFocus()
    page.table.select(row)
    with qtbot.waitSignal(page.panel.shown, timeout=GUARD_MS):
        qtbot.keyClick(page.table, Key.Key_Return)
    return page


def says(qtbot: QtBot, page: RunsPage, *words: str) -> None:
    """Wait until the panel says all of it."""
    qtbot.waitUntil(lambda: set(words) <= set(texts(page)), timeout=GUARD_MS)


def texts(page: RunsPage) -> list[str]:
    """Return every label that the panel shows."""
    labels = page.panel.findChildren(Label) + page.panel.findChildren(Paragraph)
    return [one.text().replace("\N{NO-BREAK SPACE}", " ") for one in labels if one.isVisible()]
