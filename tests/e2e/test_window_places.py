"""Workspaces in the real window: switched, read-only, refused, and shared with the command line."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import Qt
from tests.e2e.support import CONTROL, Desk, add_comparison, fault_workspace
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS
from tests.ui.support.accessible import faults

from proofroom.ui.compare.page import ComparePage
from proofroom.ui.session import Session
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.panels import ErrorDialog
from proofroom.workspace import opening

Key = Qt.Key


def command(path: Path, *arguments: str, given: str = "") -> None:
    """Run the command line in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "proofroom", "--workspace", str(path), *arguments],
        input=given, text=True, check=True, capture_output=True, timeout=GUARD_MS / 1000,
    )  # fmt: skip


def names(desk: Desk) -> list[str]:
    model = desk.prompts.model
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def said(desk: Desk, row: int) -> str:
    return str(desk.prompts.model.index(row).data(Qt.ItemDataRole.AccessibleTextRole))


def test_new_open_and_recent_switch_the_workspace_in_place(desk: Desk, tmp_path: Path) -> None:
    first = fault_workspace(tmp_path / "first.proofspace", {}, local=True)
    desk.open(first, page="prompts")
    assert desk.app is not None
    desk.app.new(tmp_path / "second.proofspace")
    desk.until(lambda: desk.app is not None and desk.session.name == "second")
    desk.until(lambda: desk.window.page == "prompts")
    recent = f"recent-{first}"
    desk.until(lambda: recent in [one.id for one in desk.window.actions_.specs()])
    desk.window.actions_.trigger(recent)
    desk.until(lambda: desk.session.name == "first" and desk.window.page == "prompts")
    desk.app.open(tmp_path / "missing.proofspace")
    dialog = desk.shown(ErrorDialog)
    assert dialog.accessibleName() == "There is no workspace"
    dialog.close_button.click()
    assert desk.session.name == "first"
    assert desk.leave() == 0
    assert desk.open().isVisible()
    assert desk.session.path == first


def test_a_file_that_is_no_workspace_is_refused_with_what_to_do(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "holiday.proofspace"
    path.write_text("my holiday\n" * 400)
    window = desk.open(path, page="refused")
    empty = window.widget("refused")
    assert isinstance(empty, EmptyState)
    assert faults(window) == []
    for page in ("prompts", "compare", "settings"):
        window.go(page)
    window.go("refused")
    empty.second_pressed.emit()
    desk.until(lambda: desk.window is not window and desk.window.page == "first-run")
    assert path.read_text() == "my holiday\n" * 400


def test_a_read_only_workspace_says_so_and_every_page_shows(
    desk: Desk, server: FaultServer, tmp_path: Path
) -> None:
    path = fault_workspace(tmp_path / "old.proofspace", {"fault": server.url("ok")})
    key = add_comparison(path, ["fault"])
    desk.open()
    assert desk.app is not None
    reading = Session(path, partial(opening.open_workspace, read_only=True))
    desk.app.come(reading)  # for root every file can be written
    desk.until(lambda: desk.session is reading and desk.window.page == "prompts")
    window = desk.window
    assert desk.session.read_only
    assert "read" in desk.shell.notices.shown
    view = desk.show_comparison(key, 1)
    assert not view.run_button.isVisible()
    for page in ("settings", "first-run", "prompts"):
        window.go(page)
    desk.until(desk.shows_prompt)
    assert not window.actions_.action("new").isEnabled()
    assert server.requests == []
    assert desk.leave() == 0


def test_what_the_command_line_does_shows_in_the_window_by_itself(
    desk: Desk, server: FaultServer, tmp_path: Path
) -> None:
    path = fault_workspace(tmp_path / "both.proofspace", {"fault": server.url("ok")})
    window = desk.open(path, page="prompts")
    command(path, "prompt", "new", "greet", "--model", "fault/tester", given="Say hello.")
    desk.until(lambda: names(desk) == ["greet"])
    command(path, "prompt", "save", "greet", "-m", "first")
    desk.until(lambda: "v1" in said(desk, 0))
    window.go("compare", "list")
    kept = cast("ComparePage", window.widget("compare"))
    command(path, "compare", "greet", "--model", "fault/tester")
    assert kept.isVisible()
    desk.until(lambda: kept.kept.model.rowCount() == 1)
    assert server.count() == 1


def test_the_palette_reaches_every_action_and_prompt(desk: Desk, tmp_path: Path) -> None:
    path = fault_workspace(tmp_path / "reach.proofspace", {"fault": "http://127.0.0.1:9/v1"})
    key = add_comparison(path, ["fault"])
    window = desk.open(path, page="prompts")
    desk.until(desk.shows_prompt)
    for page, place in (("compare", str(key)), ("settings", None), ("prompts", None)):
        window.go(page, place)
        desk.until(lambda page=page: window.widget(page).isVisible())
        desk.front()
        desk.press(Key.Key_K, CONTROL)
        desk.until(window.palette_.isVisible)
        reached = set[str]()
        for spec in window.actions_.specs():
            window.palette_.ask(f">{window.actions_.action(spec.id).text()}")
            reached |= {entry.text for entry in window.palette_.entries}
        on = {
            window.actions_.action(spec.id).text()
            for spec in window.actions_.specs()
            if window.actions_.action(spec.id).isEnabled()
        }
        assert on - reached == {"Search or run…"}, page  # what is open already
        window.palette_.ask("@say")
        assert "say" in {entry.text for entry in window.palette_.entries}
        window.palette_.close_it()
