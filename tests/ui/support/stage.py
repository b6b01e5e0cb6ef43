"""A window with all its pages over a real workspace, to be drawn; no engine is started."""

from __future__ import annotations

from pathlib import Path

from tests.ui.shots_compare import settle

from proofroom.ui.pages import PAGES, page_of
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.ui.window import MainWindow


class Stage:
    """Shows one page of a workspace, as in the pictures."""

    def __init__(self, path: Path, page: str, place: str | None = None) -> None:
        self.session, self.window = Session(path), MainWindow()
        presses = Presses(self.session)
        for entry in PAGES:
            self.window.add_page(page_of(entry, self.session, self.window, presses))
        self.window.sidebar.set_workspace("acme-support")
        self.window.status.engine.say("Engine ready", "circle-check", "ok")
        self.window.show()
        self.window.activateWindow()
        self.window.go(page, place)

    def shoot(self, out: Path, name: str, wide: int, high: int) -> None:
        """Draw the window at a size into OUT/NAME.png."""
        self.window.resize(wide, high)
        settle()
        self.window.grab().save(str(out / f"{name}.png"))

    def close(self) -> None:
        """Close the window and its session."""
        self.window.close()
        self.session.close()
        settle()
