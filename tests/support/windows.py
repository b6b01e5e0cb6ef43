"""Fixtures: a workspace file, a session with its real engine, and a window with all its pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS, new_workspace

from proofroom.ui.pages import PAGES, page_of
from proofroom.ui.session import Session
from proofroom.ui.shell import Shell
from proofroom.ui.theme import Look, theme
from proofroom.ui.window import MainWindow


@pytest.fixture
def workspace_path(tmp_path: Path) -> Path:
    return new_workspace(tmp_path / "test.proofspace")


@pytest.fixture
def session(qtbot: QtBot, workspace_path: Path) -> Iterator[Session]:
    """An open session; its engine starts when it is first asked."""
    session = Session(workspace_path)
    with qtbot.waitSignal(session.opened, timeout=GUARD_MS):
        pass
    yield session
    session.close()


@pytest.fixture
def shell(qtbot: QtBot, workspace_path: Path) -> Iterator[Shell]:
    """A window with all pages on a session, as the app makes it."""
    theme().set_bundled_fonts(True)
    theme().set_look(Look.LIGHT)
    window = MainWindow()
    session = Session(workspace_path)
    shell = Shell(session, window)
    for entry in PAGES:
        window.add_page(page_of(entry, session, window, shell.presses))
    with qtbot.waitSignal(shell.opened, timeout=GUARD_MS):
        window.show()
    yield shell
    shell.end()
    qtbot.addWidget(window)


@pytest.fixture
def window(shell: Shell) -> MainWindow:
    return shell.window


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server
