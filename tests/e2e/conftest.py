"""What tests of whole ways begin with: the window's fixtures, and the whole app at a desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.e2e.support import Desk
from tests.support.windows import server, session, shell, window, workspace_path

__all__ = ["server", "session", "shell", "window", "workspace_path"]


@pytest.fixture
def desk(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """The whole app on an empty home of this test alone."""
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    desk = Desk(qtbot, qapp)
    yield desk
    desk.end()
