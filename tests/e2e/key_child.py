"""The app in a process of its own that takes a key from its input and does a session's work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from proofroom.ui import app
from proofroom.ui.compare.page import ComparePage
from proofroom.ui.compare.states import Phase
from proofroom.ui.prompts.page import PromptsPage
from proofroom.ui.prompts.popover import Popover
from proofroom.ui.session import Session
from proofroom.ui.settings.key_entry import KeyEntry
from proofroom.ui.settings.page import SettingsPage
from proofroom.ui.widgets.panels import ErrorDialog
from proofroom.ui.window import MainWindow

LOOK_MS = 20
FORMS = ("html", "csv", "json", "md")
Step = Callable[[MainWindow, Session], bool]


class Hands(QObject):
    """Does one step after another, each once what it needs is on screen; says what is done."""

    def __init__(self, key: str, names: list[str], exports: Path) -> None:
        super().__init__()
        self._key, self._exports, self._state = key, exports, 0
        self._steps: list[tuple[str, Step]] = []
        for name in names:
            self._steps.append((f"opened {name}", self._open(name)))
            self._steps.append((f"saved {name}", self._typed(name)))
        self._steps += [("compared", self._compare(1)), ("version", self._save_version)]
        self._steps += [(form, self._export(form)) for form in FORMS]
        self._steps += [("backup", self._back_up), ("fault", self._fault), ("dialog", self._close)]
        self._steps += [("running", self._compare(2, ended=False))]
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_MS)

    def _look(self) -> None:
        found = app.make_application().findChild(app.App)
        if found is None or found.shell is None or not found.shell.window.page or not self._steps:
            return
        name, step = self._steps[0]
        if step(found.shell.window, found.shell.session):
            self._steps.pop(0)
            self._state = 0
            print(name, flush=True)  # noqa: T201 - the test waits for it

    def _first(self) -> bool:
        self._state += 1
        return self._state == 1

    def _open(self, name: str) -> Step:
        def step(window: MainWindow, _: Session) -> bool:
            if self._first():
                window.go("settings", "keys")
            page = cast("SettingsPage", window.widget("settings"))
            button = page.keys.buttons.get((name, "Add key…"))
            if button is not None:
                button.click()
            return button is not None

        return step

    def _typed(self, name: str) -> Step:
        def step(window: MainWindow, _: Session) -> bool:
            entries = [one for one in window.findChildren(KeyEntry) if one.isVisible()]
            if entries and self._first():
                QTest.keyClicks(entries[0].key, self._key)
                QTest.keyClick(entries[0].key, Qt.Key.Key_Return)
            page = cast("SettingsPage", window.widget("settings"))
            return (name, "Replace…") in page.keys.buttons and not entries

        return step

    def _compare(self, key: int, *, ended: bool = True) -> Step:
        cells_of = {1: 2, 2: 1}

        def step(window: MainWindow, _: Session) -> bool:
            if self._first():
                window.go("compare", str(key))
            view = cast("ComparePage", window.widget("compare")).view
            columns = [one.key for one in view.model.columns]
            cells = [row.sample(one) for row in view.model.rows for one in columns]
            if view.controller.key != key or len(cells) != cells_of[key]:
                return False
            if self._state > 0:
                self._state = -1_000_000
                view.run_button.click()
            wanted = Phase.ENDED if ended else Phase.STREAMING
            return all(one.phase == wanted for one in cells)

        return step

    def _save_version(self, window: MainWindow, _: Session) -> bool:
        page = cast("PromptsPage", window.widget("prompts"))
        if self._first():
            window.go("prompts")
        asks = [one for one in window.findChildren(Popover) if one.isVisible()]
        now = page.draft.now
        if now is None or not page.bench.editor.blocks or now.versions:
            return now is not None and bool(now.versions)
        if asks and self._state > 0:
            self._state = -1_000_000
            QTest.keyClicks(asks[0].line, "kept")
            QTest.keyClick(asks[0].line, Qt.Key.Key_Return)
        elif self._state > 0:
            window.actions_.trigger("save-version")
        return False

    def _export(self, form: str) -> Step:
        file = self._exports / f"answers.{form}"

        def step(window: MainWindow, _: Session) -> bool:
            if self._first():
                window.go("compare", "1")
            view = cast("ComparePage", window.widget("compare")).view
            if view.controller.key != 1 or not view.model.rows:
                return False
            if self._state > 0:
                self._state = -1_000_000
                view.export.ask()
                dialog = view.export.dialog
                if dialog is not None:
                    dialog.setDirectory(str(self._exports))
                    dialog.selectFile(str(file))
                    press(dialog, "Save")
            return file.exists()

        return step

    def _back_up(self, window: MainWindow, _: Session) -> bool:
        if self._first():
            window.actions_.trigger("back-up")
        return any("Backed up" in one.text.text() for one in window.toasts.shown)

    def _fault(self, window: MainWindow, _: Session) -> bool:
        if self._first():
            QTimer.singleShot(0, self, self._break)
        return any(one.isVisible() for one in window.findChildren(ErrorDialog))

    def _break(self) -> None:
        raise RuntimeError(f"a fault that tells {self._key}")

    def _close(self, window: MainWindow, _: Session) -> bool:
        for one in window.findChildren(ErrorDialog):
            one.copy_button.click()
            print(app.make_application().clipboard().text())  # noqa: T201 - to be searched too
            one.close_button.click()
        return True


def press(parent: QWidget, words: str) -> None:
    """Press the button with these words."""
    for button in parent.findChildren(QPushButton):
        if button.text().replace("&", "") == words:
            button.click()


if __name__ == "__main__":
    app.make_application()
    hands = Hands(sys.stdin.readline().strip(), sys.argv[2].split(","), Path(sys.argv[3]))
    sys.exit(app.run_app(Path(sys.argv[1])))
