"""`python -m tests.ui.shots_start OUT`: pictures of the first start and of Settings."""

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
from PySide6.QtWidgets import QApplication  # noqa: E402

from proofroom.domain import setting  # noqa: E402
from proofroom.ui import app  # noqa: E402
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


def main(out: Path) -> None:
    """Save all pictures."""
    out.mkdir(parents=True, exist_ok=True)
    application = app.make_application()
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
    started.quit()
    settle(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
