"""The app in a process of its own, told on standard input what to do with the prompt it shows."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import cast

from PySide6.QtCore import QSocketNotifier, Qt, QTimer
from PySide6.QtTest import QTest

from proofroom.ui import app
from proofroom.ui.prompts.page import PromptsPage
from proofroom.ui.widgets.buttons import LinkButton


class Told:
    """Does a line at a time (`type WORDS`, `undo`, `answer WORDS`) and prints what is shown."""

    def __init__(self) -> None:
        self._lines = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
        self._lines.activated.connect(self._read)
        self._timer = QTimer()  # keeps Python's signals heard
        self._timer.start(100)

    def _read(self) -> None:
        data = os.read(sys.stdin.fileno(), 65536)
        if not data:
            self._lines.setEnabled(False)
        for line in data.decode().splitlines():
            verb, _, words = line.partition(" ")
            page = self._page()
            if page is not None:
                self._do(page, verb, words)
            sys.stdout.write(f"{json.dumps(self._state(page))}\n")
            sys.stdout.flush()

    def _page(self) -> PromptsPage | None:
        found = app.make_application().findChild(app.App)
        if found is None or found.shell is None or found.shell.window.page != "prompts":
            return None
        page = cast("PromptsPage", found.shell.window.widget("prompts"))
        return page if page.draft.now is not None and page.bench.editor.blocks else None

    def _do(self, page: PromptsPage, verb: str, words: str) -> None:
        text = page.bench.editor.blocks[0].texts[0]
        if verb == "type":
            QTest.keyClick(text, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
            QTest.keyClicks(text, words)
        elif verb == "undo":
            QTest.keyClick(text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        elif verb == "answer":
            buttons = (*page.bench.banner.answers, *page.bench.held.answers)
            one: LinkButton = next(one for one in buttons if one.text() == words)
            one.click()

    def _state(self, page: PromptsPage | None) -> dict[str, object]:
        if page is None:
            return {}
        bench = page.bench
        return {
            "text": bench.editor.blocks[0].texts[0].toPlainText(),
            "held": bench.held.isVisible(),
            "conflict": bench.banner.isVisible(),
            "unsaved": page.draft.journal.dirty,
        }


if __name__ == "__main__":
    app.make_application()
    told = Told()
    sys.exit(app.run_app(Path(sys.argv[1])))
