"""No part of a page is ever a window of its own: it would flash and take the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from proofroom.ui.pages import PAGES
from proofroom.ui.shell import Shell


class _Windows(QObject):
    """Notes every widget that is shown as a window."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        shown = event.type() == QEvent.Type.Show
        if shown and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(type(watched).__name__)
        return False


def test_pages_are_built_without_a_window_of_their_own(
    qapp: QApplication, qtbot: QtBot, shell: Shell
) -> None:
    windows = _Windows()
    qapp.installEventFilter(windows)
    try:
        for entry in PAGES:
            page = entry.id
            shell.window.go(page)
            qtbot.waitUntil(shell.window.widget(page).isVisible)
        shell.window.palette_.ask()
        assert windows.seen == []
        QWidget().show()  # it does see one
        assert windows.seen == ["QWidget"]
    finally:
        qapp.removeEventFilter(windows)
