"""The main job in the real window: the sample answers, a prompt is written, compared and kept."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PySide6.QtCore import Qt
from tests.e2e.support import CONTROL, SHIFT, Desk, fault_workspace, rows
from tests.support.fault_server import FaultServer

from proofroom.ui.first_run.page import FirstRunPage
from proofroom.ui.prompts.new_sheet import NewSheet
from proofroom.workspace import sample

Key = Qt.Key
MODEL_MS = 120_000


def test_enter_on_the_first_page_runs_the_sample_on_the_local_model(desk: Desk) -> None:
    window = desk.open(page="first-run")
    page = cast("FirstRunPage", window.widget("first-run"))
    desk.until(page.run_button.hasFocus)
    desk.press(Key.Key_Return)
    desk.until(lambda: window.page == "compare")
    desk.until(lambda: bool(desk.samples()) and set(desk.statuses()) == {"ok"}, MODEL_MS)
    desk.until(lambda: all(one.body is not None and one.body.text for one in desk.samples()))
    assert all(words.endswith("done") for words in desk.words())
    assert desk.view.said.text().endswith("done")
    found = rows(sample.sample_path(), "SELECT status FROM runs")
    assert found == [("ok",)] * len(desk.samples())
    assert desk.leave() == 0


def test_write_a_prompt_on_the_first_page_opens_the_sheet_for_one(desk: Desk) -> None:
    window = desk.open(page="first-run")
    cast("FirstRunPage", window.widget("first-run")).write.click()
    sheet = desk.shown(NewSheet)
    desk.front()
    desk.until(sheet.name.hasFocus)
    assert window.page == "prompts"


def click(desk: Desk) -> None:
    """Click into the prompt's first text."""
    desk.front()
    text = desk.prompts.bench.editor.blocks[0].texts[0]
    desk.qtbot.mouseClick(text.viewport(), Qt.MouseButton.LeftButton)
    desk.until(text.hasFocus)


def beside(desk: Desk) -> None:
    """Change a word and run the draft beside the version that was saved."""
    click(desk)
    desk.press(Key.Key_End, CONTROL)
    desk.type(" Be brief.")
    desk.until(lambda: desk.window.actions_.action("run-beside").isEnabled())
    desk.press(Key.Key_Return, CONTROL | SHIFT)
    desk.until(lambda: desk.window.page == "compare")


def test_a_prompt_written_saved_compared_and_picked_is_there_the_next_day(
    desk: Desk, server: FaultServer, tmp_path: Path
) -> None:
    path = fault_workspace(tmp_path / "mine.proofspace", {"fault": server.url("ok")})
    desk.open(path, page="prompts")
    desk.write_prompt("harbour", "Describe a quiet harbour.")
    desk.save_version("first words")
    beside(desk)
    desk.until(lambda: len(desk.samples()) == 2)
    desk.ended(["ok", "ok"])
    desk.until(lambda: all(one.body is not None and one.body.text for one in desk.samples()))
    desk.front()
    desk.view.grid.setFocus()
    desk.view.grid.setCurrentIndex(desk.view.model.index(1, 1))
    desk.press(Key.Key_W)
    desk.until(lambda: desk.view.model.rows[0].pick is not None)
    desk.press(Key.Key_D)
    view = desk.view.views.value
    assert [one.last_user_text for one in server.requests] != []
    assert desk.leave() == 0
    assert not path.with_name(path.name + "-wal").exists()
    look_again(desk, path, view)
    assert server.count() == 2


def look_again(desk: Desk, path: Path, view: str) -> None:
    """Open it the next day: draft, version, comparison, answers, pick and view are there."""
    desk.open(path, page="prompts")
    desk.until(desk.shows_prompt)
    now = desk.prompts.draft.now
    assert now is not None
    assert [(one.label, one.note) for one in now.versions] == [("v1", "first words")]
    text = desk.prompts.bench.editor.blocks[0].texts[0].text()
    assert text == "Describe a quiet harbour. Be brief."
    key = rows(path, "SELECT max(key) FROM comparisons")[0][0]
    desk.show_comparison(key, 1)
    desk.ended(["ok", "ok"])
    desk.until(lambda: all(one.body is not None and one.body.text for one in desk.samples()))
    assert desk.words()[1].endswith("done, picked")
    assert desk.view.views.value == view
    assert desk.leave() == 0
