"""`python -m tests.ui.shots_prompts OUT`: pictures of the Prompts page, in each look and state."""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

HOME = tempfile.TemporaryDirectory(prefix="proofroom-shots-")
os.environ["HOME"] = HOME.name
for name in ("DATA", "CONFIG", "STATE", "CACHE"):
    os.environ[f"XDG_{name}_HOME"] = f"{HOME.name}/{name.lower()}"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QDeadlineTimer, QEventLoop, Qt, QThread  # noqa: E402
from PySide6.QtGui import QCursor  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402
from tests.ui.support.prompts_rig import Rig, make, one_prompt, refund_reply  # noqa: E402

from proofroom.ui import pages  # noqa: E402
from proofroom.ui.theme import Look, theme  # noqa: E402

NAMES = ("house-style", "invoice-extract", "csv-column-map", "sql-explain", "changelog-style",
         "release-notes", "escalation-note", "order-lookup", "ticket-triage")  # fmt: skip


def settle(seconds: float = 1.2) -> None:
    """Let answers arrive and timers run."""
    end = QDeadlineTimer(round(seconds * 1000))
    while not end.hasExpired():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        QThread.msleep(5)


def counted(rig: Rig) -> None:
    """Let the first count arrive, for which the engine has to start."""
    end = QDeadlineTimer(20_000)
    while rig.page.draft.key and not rig.page.bench.footer.tokens.text():
        if end.hasExpired():
            raise TimeoutError
        settle(0.1)


def many(db: sqlite3.Connection) -> None:
    """Make some prompts and the one of the pictures last."""
    for name in NAMES:
        one_prompt(db, name)
    refund_reply(db)


def thousands(db: sqlite3.Connection) -> None:
    """Make ten thousand prompts."""
    for number in range(10_000):
        one_prompt(db, f"prompt-{number:05}", saved=False)


def shot(  # noqa: PLR0913, PLR0917 - a picture
    out: Path, name: str, path: Path, size: tuple[int, int], dark: bool,
         zoom: int = 100, act: Callable[[Rig], None] | None = None) -> None:  # fmt: skip
    """Save one picture."""
    theme().set_look(Look.DARK if dark else Look.LIGHT)
    theme().set_zoom(zoom)
    rig = Rig(path)
    for entry in pages.PAGES[1:]:  # the sidebar has them all
        rig.window.add_page(pages.page_of(entry, rig.session, rig.window, rig.presses))
    rig.window.resize(*size)
    rig.window.show()
    rig.window.activateWindow()
    settle()
    theme().set_look(Look.DARK if dark else Look.LIGHT)  # over what the settings say
    theme().set_zoom(zoom)
    rig.window.resize(size[0] + 1, size[1])
    rig.window.resize(*size)
    settle(0.3)
    counted(rig)
    if act is not None:
        act(rig)
        settle()
    rig.window.grab().save(str(out / f"{name}.png"))
    rig.end()


def compare(rig: Rig) -> None:
    """Open the sheet of versions."""
    rig.page.deeds.compare_draft()


def paste(rig: Rig) -> None:
    """Open the New prompt sheet with a request in it."""
    rig.page.deeds.new()
    sheet: Any = rig.page.deeds.sheet
    sheet.name.setText("ticket-triage-2")
    sheet.paste.setPlainText(
        '{"model": "gpt-4o-mini", "temperature": 0.2, "messages": [{"role": "system",'
        ' "content": "Sort the ticket."}, {"role": "user", "content": "{ticket}"}], "user": "u1"}'
    )


def version(rig: Rig) -> None:
    """Look at v4."""
    rig.page.bench.strip.chosen.emit(4 + len(NAMES))


def save(rig: Rig) -> None:
    """Ask for a note."""
    rig.page.deeds.save_version()


def complete(rig: Rig) -> None:
    """Ask for the variables at the end of the first message."""
    text = rig.page.bench.editor.blocks[0].texts[0]
    text.setFocus()
    QTest.keyClick(text, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(text, " About {{ ")
    QTest.keyClick(text, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)


def main(out: Path) -> None:
    """Save all pictures."""
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    QCursor.setPos(3000, 3000)  # nothing is under the pointer
    theme().set_bundled_fonts(True)
    theme().set_still(True)
    folder = Path(HOME.name)
    usual = make(folder / "acme-support.proofspace", many)
    only = make(folder / "one.proofspace", one_prompt)
    none = make(folder / "empty.proofspace")
    for dark in (False, True):
        look = "dark" if dark else "light"
        shot(out, f"prompts-{look}", usual, (1280, 800), dark)
        shot(out, f"prompts-wide-{look}", usual, (1920, 1080), dark)
        shot(
            out,
            f"prompts-complete-{look}",
            make(folder / f"typed-{look}.proofspace", many),
            (1280, 800),
            dark,
            act=complete,
        )
        shot(out, f"prompts-compare-{look}", usual, (1280, 800), dark, act=compare)
    shot(out, "prompts-small", usual, (1024, 700), False)
    shot(out, "prompts-200", usual, (1280, 800), False, zoom=200)
    shot(out, "prompts-version", usual, (1280, 800), False, act=version)
    shot(out, "prompts-save", usual, (1280, 800), False, act=save)
    shot(out, "prompts-paste", usual, (1280, 800), True, act=paste)
    shot(out, "prompts-one", only, (1280, 800), False)
    shot(out, "prompts-empty", none, (1280, 800), False)
    if "--quick" not in sys.argv:
        lots = make(folder / "lots.proofspace", thousands)
        shot(out, "prompts-10000", lots, (1280, 800), False, act=partial(settle_more))
        shot(out, "prompts-read-only", only, (1280, 800), False, act=read_only)
    app.processEvents()


def read_only(rig: Rig) -> None:
    """Let the session be as one of a file that can only be read."""
    rig.session.read_only = True
    rig.page.show_session()
    rig.page.version.show(0)


def settle_more(rig: Rig) -> None:
    """Give ten thousand prompts a second more."""
    del rig
    settle()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
