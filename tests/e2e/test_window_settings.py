"""What Settings, palette and key help do in the real window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from tests.e2e.support import CONTROL, Desk, fault_workspace

from proofroom.domain import setting
from proofroom.ui.key_sheet import KeySheet
from proofroom.ui.theme import theme
from proofroom.workspace import machine

Key = Qt.Key


def test_the_palette_changes_the_theme(desk: Desk, tmp_path: Path) -> None:
    window = desk.open(fault_workspace(tmp_path / "a.proofspace", {}), page="prompts")
    for words, dark in (("dark theme", True), ("light theme", False)):
        desk.front()
        desk.press(Key.Key_K, CONTROL)
        desk.until(window.palette_.isVisible)
        desk.type(words)
        desk.press(Key.Key_Return)
        desk.until(lambda dark=dark: theme().dark is dark)
        assert machine.load().value(setting.THEME) == words.split()[0]
    assert desk.leave() == 0


def test_the_keys_of_a_page_are_those_that_act_on_it(desk: Desk, tmp_path: Path) -> None:
    window = desk.open(fault_workspace(tmp_path / "a.proofspace", {}), page="prompts")
    for page in ("compare", "settings", "prompts"):
        window.go(page)
    ids = {"new", "compare-new"}  # both pages are built
    desk.until(lambda: ids <= {spec.id for spec in window.actions_.specs()})
    shown: dict[str, list[str]] = {}
    for page in ("settings", "prompts", "compare"):
        window.go(page)
        window.actions_.trigger("keys")
        sheet = desk.shown(KeySheet)
        shown[page] = sheet.shown
        sheet.close_it()
        desk.until(lambda sheet=sheet: sheet not in window.findChildren(KeySheet))
    others = {"new", "run", "save-version", "undo", "rename", "pick", "compare-new"}
    assert others & {*shown["settings"]} == set()
    assert {"palette", "go-prompts", "stop"} <= {*shown["settings"]}
    assert others & {*shown["prompts"]} == others - {"pick", "compare-new"}
    assert others & {*shown["compare"]} == {"pick", "compare-new"}
    assert desk.leave() == 0
