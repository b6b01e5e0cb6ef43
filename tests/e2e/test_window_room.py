"""Every page, sheet, panel and dialog of the real window: names, room, and the way of Tab."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from tests.e2e.support import Desk, add_comparison, fault_workspace
from tests.support.fault_server import FaultServer
from tests.ui.support.accessible import faults, tab_faults

from proofroom.domain.comparison import Estimate
from proofroom.domain.message import text_message
from proofroom.domain.provider import Provider
from proofroom.errors import ProofroomError
from proofroom.ui.about import LicenceSheet
from proofroom.ui.compare.name_sheet import NameSheet
from proofroom.ui.compare.new_sheet import AddColumnsSheet, AddInputsSheet
from proofroom.ui.compare.pick_sheet import PickSheet
from proofroom.ui.engine_log import EngineLog
from proofroom.ui.help_sheet import HelpSheet
from proofroom.ui.prompts.new_sheet import NewSheet as NewPrompt
from proofroom.ui.prompts.versions_sheet import VersionsSheet
from proofroom.ui.questions import AddressSheet, Question, SpendSheet
from proofroom.ui.settings.key_entry import KeyEntry
from proofroom.ui.settings.provider_sheets import ModelSheet, ProviderSheet
from proofroom.ui.theme import Look, theme
from proofroom.ui.widgets.buttons import Kind
from proofroom.ui.widgets.overlay import Overlay
from proofroom.ui.widgets.panels import ErrorDialog
from proofroom.workspace import database, drafts, versions

Key = Qt.Key
SECTIONS = (
    "appearance", "keys", "providers", "running", "privacy", "workspace", "keyboard", "about",
)  # fmt: skip
LOOKS = [(80, Look.LIGHT), (100, Look.LIGHT), (100, Look.DARK), (200, Look.DARK)]
FAR = Provider(name="far", adapter="direct", url="https://api.far-away.example.com/v1")


def nothing(*_: object) -> None:
    return None


def answered(desk: Desk, server: FaultServer, tmp_path: Path) -> int:
    """Open a workspace with a comparison of two columns and its answers; return its key."""
    path = fault_workspace(tmp_path / "room.proofspace", {"fault": server.url("ok")}, local=True)
    key = add_comparison(path, ["fault", "fault"], rows=2)
    two_states(path)
    desk.open(path, page="prompts").resize(1280, 800)
    desk.until(lambda: desk.prompts.draft.now is not None)
    desk.show_comparison(key, 2).run_button.click()
    desk.ended(["ok"] * 4)
    return key


def two_states(path: Path) -> None:
    """Keep the first prompt as v1, and change its draft in a word, a message and a setting."""
    with closing(database.connect(path)) as db:
        versions.save(db, 1, note="first words")
        draft = drafts.of_prompt(db, 1)
        changed = structs.replace(
            draft.content,
            messages=(text_message("system", "Be brief."), text_message("user", "Tell {{ word }}")),
            settings=structs.replace(draft.content.settings, temperature=0.5),
        )
        drafts.save(db, 1, changed, revision=draft.revision)


@pytest.mark.parametrize(("zoom", "look"), LOOKS)
def test_every_page_has_names_and_room(
    desk: Desk, server: FaultServer, tmp_path: Path, zoom: int, look: Look
) -> None:
    key = answered(desk, server, tmp_path)
    window = desk.window
    theme().set_look(look)
    theme().set_zoom(zoom)
    places = [("prompts", None), ("compare", "list"), ("compare", str(key)), ("first-run", None)]
    for page, place in [*places, *(("settings", one) for one in SECTIONS)]:
        window.go(page, place)
        settled(desk, window, f"{page} {place}")
    window.go("compare", str(key))
    desk.until(desk.view.isVisible)
    opened_cell(desk)
    window.actions_.trigger("compare-panel")
    settled(desk, window, "output panel")
    assert desk.leave() == 0


def opened_cell(desk: Desk) -> None:
    """Open a cell over the grid by its key, look at it, and leave it."""
    desk.front()
    desk.view.grid.setFocus()
    desk.view.grid.setCurrentIndex(desk.view.model.index(1, 0))
    desk.press(Key.Key_Return)
    desk.until(lambda: desk.view.acts.opened_cell is not None)
    settled(desk, desk.window, "open cell")
    desk.press(Key.Key_Escape)


def sheets(desk: Desk, key: int) -> dict[str, Callable[[], object]]:
    """Return what opens each sheet and dialog over the window."""
    window, session = desk.window, desk.session
    trouble = ProofroomError("The file cannot be read", where="/a/b", fix="Choose another one.")
    estimate = Estimate(calls=400, paid_calls=400, nano_usd=2_000_000_000, unknown_cost=3,
                        tokens_in=9_000, tokens_out=20_000, seconds=90.0, exact=False)  # fmt: skip
    answers = (("Stop and quit", Kind.DANGER, nothing), ("Keep open", Kind.PRIMARY, nothing))
    rows = [row.row.key for row in desk.view.model.rows]
    return {
        "help": lambda: HelpSheet(window, session, "prompts").open(),
        "keys": lambda: window.actions_.trigger("keys"),
        "new prompt": lambda: NewPrompt(window, session).open(),
        "save version": lambda: window.actions_.trigger("save-version"),
        "tags": lambda: window.actions_.trigger("tag-prompt"),
        "versions": lambda: versions_of(desk),
        "new comparison": lambda: window.actions_.trigger("compare-new"),
        "columns": lambda: AddColumnsSheet(window, session, key).open(),
        "inputs": lambda: AddInputsSheet(window, session, key, rows, 1).open(),
        "name": lambda: NameSheet(window, session, key, "a name").open(),
        "pick": lambda: PickSheet(window, "Pick", "").open(),
        "key": lambda: KeyEntry(window, session, FAR).open(),
        "provider": lambda: ProviderSheet(window, session).open(),
        "model": lambda: ModelSheet(window, session, FAR).open(),
        "spend": lambda: SpendSheet(window, estimate, nothing, nothing).open(),
        "address": lambda: AddressSheet(window, [FAR], nothing, nothing).open(),
        "log": lambda: EngineLog(window, session.engine).open(),
        "licences": lambda: LicenceSheet(window, session).open(),
        "palette": window.palette_.ask,
        "error": lambda: desk.shell.show_error(trouble),
        "question": lambda: Question(window, "Work is running", "Two cells.", answers).open(),
    }


def versions_of(desk: Desk) -> None:
    """Open the sheet of versions and wait for what differs."""
    desk.window.actions_.trigger("compare-draft")
    sheet = desk.shown(VersionsSheet)
    desk.until(lambda: sheet.difference is not None)


@pytest.mark.parametrize(("zoom", "look"), LOOKS)
def test_every_sheet_and_dialog_has_names_and_room(
    desk: Desk, server: FaultServer, tmp_path: Path, zoom: int, look: Look
) -> None:
    key = answered(desk, server, tmp_path)
    theme().set_look(look)
    theme().set_zoom(zoom)
    for name, open_ in sheets(desk, key).items():
        open_()
        kind = {"error": ErrorDialog, "question": Question}.get(name, Overlay)
        sheet = cast("QWidget", desk.shown(kind))
        settled(desk, sheet, name)
        assert tab_faults(sheet) == [], name
        if isinstance(sheet, Overlay):
            sheet.close_it()
        else:
            sheet.close()
        desk.until(lambda kind=kind: not any(o.isVisible() for o in desk.window.findChildren(kind)))
    assert desk.leave() == 0


@pytest.mark.parametrize("zoom", [100, 200])
def test_tab_goes_through_each_page_in_reading_order_and_comes_round(
    desk: Desk, server: FaultServer, tmp_path: Path, zoom: int
) -> None:
    key = answered(desk, server, tmp_path)
    window = desk.window
    theme().set_zoom(zoom)
    for page, place in (
        ("prompts", None), ("compare", "list"), ("compare", str(key)), ("settings", None),
        ("first-run", None),
    ):  # fmt: skip
        window.go(page, place)
        settled(desk, window, page)
        desk.front()
        found = tab_faults(window.widget(page))
        assert found == [], f"{page} {place}"
    assert desk.leave() == 0


def settled(desk: Desk, root: QWidget, name: str) -> None:
    """Wait until nothing is wrong with what is shown; a layout takes a turn of the loop."""
    left: list[str] = []

    def fine() -> bool:
        left[:] = faults(root)
        return not left

    try:
        desk.until(fine)
    except desk.qtbot.TimeoutError:
        pytest.fail(f"{name}: {left}")
