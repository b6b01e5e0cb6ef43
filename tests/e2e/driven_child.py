"""The app in a process of its own that types into a draft and runs a comparison, then goes on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest

from proofroom.ui import app
from proofroom.ui.compare.page import ComparePage
from proofroom.ui.prompts.page import PromptsPage
from proofroom.ui.window import MainWindow

SAVED_MS, LOOK_MS = 1000, 20


class Hands:
    """Does one step after another, each once what it needs is on screen."""

    def __init__(self, comparison: str, words: str) -> None:
        self._comparison, self._words = comparison, words
        self._steps = [self._type, self._press]
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_MS)

    def _look(self) -> None:
        found = app.make_application().findChild(app.App)
        if found is not None and found.shell is not None and found.shell.window.page:
            if self._steps[0](found.shell.window):
                self._steps.pop(0)
            if not self._steps:
                self._timer.stop()

    def _type(self, window: MainWindow) -> bool:
        page = cast("PromptsPage", window.widget("prompts"))
        blocks = page.bench.editor.blocks
        if page.draft.now is None or not blocks:
            return False
        text = blocks[0].texts[0]
        QTest.keyClick(text, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(text, self._words)
        self._timer.setInterval(SAVED_MS)
        return True

    def _press(self, window: MainWindow) -> bool:
        self._timer.setInterval(LOOK_MS)
        page = cast("ComparePage", window.widget("compare"))
        if window.page != "compare":
            window.go("compare", self._comparison)
        button = page.view.run_button
        if not page.view.model.rows or not (button.isVisible() and button.isEnabled()):
            return False
        button.click()
        return True


if __name__ == "__main__":
    app.make_application()
    hands = Hands(sys.argv[2], sys.argv[3])
    sys.exit(app.run_app(Path(sys.argv[1])))
