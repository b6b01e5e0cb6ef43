"""`python -m tests.ui.shots_start OUT`: the first start, Settings, palette, keys and licences."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

HOME = tempfile.TemporaryDirectory(prefix="proofroom-shots-")
os.environ["HOME"] = HOME.name
for name in ("DATA", "CONFIG", "STATE", "CACHE"):
    os.environ[f"XDG_{name}_HOME"] = f"{HOME.name}/{name.lower()}"
os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QThread  # noqa: E402
from PySide6.QtGui import QCursor  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from proofroom.domain import setting  # noqa: E402
from proofroom.ui import app  # noqa: E402
from proofroom.ui.about import About, LicenceSheet  # noqa: E402
from proofroom.ui.key_sheet import KeySheet  # noqa: E402
from proofroom.ui.shell import Shell  # noqa: E402
from proofroom.ui.theme import Look, theme  # noqa: E402
from proofroom.workspace import sample  # noqa: E402

SIZES = (("", 1280, 800, 100), ("-wide", 1920, 1080, 100), ("-small", 1024, 700, 100))
LARGE = ("-200", 1280, 800, 200)


def settle(seconds: float) -> None:
    """Let answers arrive and timers run."""
    end = QDeadlineTimer(round(seconds * 1000))
    while not end.hasExpired():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        QThread.msleep(5)


def what_floats(shell: Shell, out: Path, words: str) -> None:
    """Save the palette, the key sheet and the licences under About."""
    window = shell.window

    def shoot(name: str) -> None:
        settle(0.6)
        window.grab().save(str(out / f"{name}{words}.png"))

    window.go("prompts")
    window.palette_.ask("ex")
    shoot("palette")
    window.palette_.close_it()
    window.actions_.trigger("keys")
    shoot("keys")
    for sheet in window.findChildren(KeySheet):
        sheet.close_it()
    window.go("settings", "about")
    shoot("about")
    for about in window.findChildren(About):
        about.licences.click()
    settle(1)
    shoot("licences")
    for sheet in window.findChildren(LicenceSheet):
        sheet.close_it()
    window.go("settings", "keyboard")
    shoot("keyboard")


def main(out: Path) -> None:
    """Save all pictures."""
    out.mkdir(parents=True, exist_ok=True)
    application = app.make_application()
    QCursor.setPos(3000, 3000)  # no row and no button is under the pointer
    theme().set_bundled_fonts(True)
    theme().set_still(True)
    started = app.App(application)
    started.start(sample.ensure_sample())
    settle(3)
    shell = started.shell
    if shell is None:
        raise RuntimeError("the window did not open")
    for page in ("first-run", "settings"):
        shell.window.go(page)
        for look in (Look.LIGHT, Look.DARK):
            for words, width, height, zoom in (*SIZES, LARGE):
                shell.session.set_setting(setting.THEME, look.value)
                shell.session.set_setting(setting.ZOOM, zoom)
                shell.window.resize(width, height)
                while theme().zoom != zoom:  # the setting is kept first
                    settle(0.1)
                settle(0.6)
                shell.window.grab().save(str(out / f"{page}{words}-{look.value}.png"))
    shell.session.set_setting(setting.ZOOM, 100)
    for look in (Look.LIGHT, Look.DARK):
        shell.session.set_setting(setting.THEME, look.value)
        for words, width, height, _ in SIZES[:2]:
            shell.window.resize(width, height)
            settle(0.6)
            what_floats(shell, out, f"{words}-{look.value}")
    started.quit()
    settle(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
