"""What a new user does on the Compare page, on the real engine and the fault server."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS
from tests.ui.support.compare_rig import compared, front, opened, ran, until

from proofroom.ui.compare import states
from proofroom.ui.compare.bodies import Body
from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.compare.states import Phase, Sample
from proofroom.ui.shell import Shell

Key, Mod = Qt.Key, Qt.KeyboardModifier


def view_of(
    qtbot: QtBot, shell: Shell, server: FaultServer, *modes: str, rows: int = 1
) -> ComparisonView:
    view = opened(qtbot, shell, compared(shell.session.path, server, modes, rows=rows), rows)
    view.grid.setFocus()
    view.grid.setCurrentIndex(view.model.index(1, 0))
    return view


def sample(view: ComparisonView, column: int = 0, row: int = 0) -> Sample:
    return view.model.rows[row].sample(view.model.columns[column].key)


def body(qtbot: QtBot, view: ComparisonView, column: int = 0) -> Body:
    qtbot.waitUntil(lambda: sample(view, column).body is not None, timeout=GUARD_MS)
    return cast("Body", sample(view, column).body)


def foot(view: ComparisonView, column: int = 0) -> states.Foot:
    return states.foot(sample(view, column), view.model.columns[column], 1, 0, 0)


def test_thoughts_stand_folded_above_the_answer(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    view = view_of(qtbot, shell, server, "reasoning")
    ran(qtbot, view)
    shown = body(qtbot, view)
    assert [block.kind for block in shown.blocks] == ["reasoning", "answer"]
    assert not sample(view).unfolded
    qtbot.keyClick(view.grid, Key.Key_T)
    assert sample(view).unfolded


def test_tool_calls_are_shown_as_calls(qtbot: QtBot, shell: Shell, server: FaultServer) -> None:
    view = view_of(qtbot, shell, server, "tools")
    ran(qtbot, view)
    shown = body(qtbot, view)
    assert [block.kind for block in shown.blocks] == ["call", "call"]
    assert shown.blocks[0].pieces[0] == ("get_weather", "strong")


def test_an_answer_cut_at_max_tokens_says_so_with_its_figures(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    view = view_of(qtbot, shell, server, "length")
    ran(qtbot, view)
    line = foot(view)
    assert line.right == "Cut at max tokens"
    assert line.facts[1:] == ("8\u00a0tok", "cost unknown")


def test_a_failure_stands_in_its_cell_and_retry_now_mends_it(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    server.script("404", ["404", "ok"])
    view = view_of(qtbot, shell, server, "404", "usage")
    ran(qtbot, view)
    assert states.failed(sample(view))
    spots = view.grid.cells.spots(
        view.grid.visualRect(view.model.index(1, 0)), sample(view), (-2, -2)
    )
    assert [spot.face for spot in spots] == ["Retry now", "Attempts"]
    with qtbot.waitSignal(view.running.settled, timeout=GUARD_MS):
        qtbot.mouseClick(view.grid.viewport(), Qt.MouseButton.LeftButton,
                         pos=spots[0].area.center())  # fmt: skip
    assert not states.failed(sample(view))
    assert (server.count("404"), server.count("usage")) == (2, 1)
    until(qtbot, view, "2 of 2 done")


def test_one_cell_is_stopped_and_what_came_is_kept(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    server.set("silentmid", text="Half of it is here and the rest never comes")
    view = view_of(qtbot, shell, server, "silentmid", "ok")
    front(qtbot, view)
    qtbot.keyClick(view.grid, Key.Key_Return, Mod.ControlModifier)
    qtbot.waitUntil(lambda: _streams(sample(view)), timeout=GUARD_MS)
    with qtbot.waitSignal(view.running.settled, timeout=GUARD_MS):
        view.acts.stop()
    assert states.spoken(view.model.rows[0], view.model.columns[0]).endswith("stopped")
    assert body(qtbot, view).text.startswith("Half of it")
    assert states.spoken(view.model.rows[0], view.model.columns[1]).endswith("done")


def _streams(one: Sample) -> bool:
    return one.phase == Phase.STREAMING and one.live is not None and bool(one.live.text)


def test_added_inputs_are_all_that_is_asked_next(
    qtbot: QtBot, shell: Shell, server: FaultServer, tmp_path: Path
) -> None:
    view = view_of(qtbot, shell, server, "ok", "usage")
    ran(qtbot, view)
    path = tmp_path / "more.jsonl"
    path.write_text('{"name": "From a file", "word": "boat"}\n', encoding="utf-8")
    view.changing.add_inputs()
    sheet = view.changing.inputs_sheet
    assert sheet is not None
    sheet.inputs.read_file(path)
    qtbot.waitUntil(lambda: len(sheet.inputs.rows()) == 1, timeout=GUARD_MS)
    sheet.button.click()
    until(qtbot, view, "2 calls")
    ran(qtbot, view)
    assert (server.count("ok"), server.count("usage")) == (2, 2)
    assert server.requests[-1].last_user_text == "Say boat."
    assert view.grid.current().column() == 0


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Enter])
def test_the_whole_answer_opens_by_either_enter(
    qtbot: QtBot, shell: Shell, server: FaultServer, key: Qt.Key
) -> None:
    view = view_of(qtbot, shell, server, "ok")
    ran(qtbot, view)
    qtbot.keyClick(view.grid, key)
    cell = view.acts.opened_cell
    assert cell is not None
    qtbot.waitUntil(lambda: "quiet harbour" in cell.edit.toPlainText(), timeout=GUARD_MS)


def test_json_answers_are_compared_by_their_keys(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    server.set("ok", text='{"a": 1, "b": 2}')
    server.set("usage", text='{"b": 2, "a": 3}')
    view = view_of(qtbot, shell, server, "ok", "usage")
    ran(qtbot, view)
    pieces = body(qtbot, view, 1).blocks[0].pieces
    changed = [(style, text.strip()) for text, style in pieces if style in {"added", "removed"}]
    assert sorted(changed) == [("added", '"a": 3'), ("removed", '"a": 1')]


def test_a_note_goes_with_a_pick_of_the_row(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    view = view_of(qtbot, shell, server, "ok", "usage")
    ran(qtbot, view)
    shell.window.actions_.trigger("pick-note")
    sheet = view.acts.sheet
    assert sheet is not None
    sheet.edit.setPlainText("Shorter")
    sheet.button.click()
    row = view.model.rows[0]
    assert (row.pick, row.note) == (view.model.columns[0].key, "Shorter")
    view.choose_filter("picked")
    assert view.model.rowCount() == 2


def test_the_palette_removes_a_column_and_brings_it_back(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    view = view_of(qtbot, shell, server, "ok", "usage")
    front(qtbot, view)
    shell.window.actions_.trigger("compare-remove-column")
    qtbot.waitUntil(lambda: len(view.model.columns) == 1, timeout=GUARD_MS)
    shell.window.actions_.trigger("compare-bring-back")
    qtbot.waitUntil(lambda: len(view.model.columns) == 2, timeout=GUARD_MS)


def test_a_sheet_closed_before_its_choices_came_takes_no_focus(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    view = view_of(qtbot, shell, server, "ok")
    front(qtbot, view)
    view.grid.setFocus()
    view.changing.add_inputs()
    sheet = view.changing.inputs_sheet
    assert sheet is not None
    sheet.close_it()
    qtbot.waitUntil(lambda: bool(sheet.choices.sources), timeout=GUARD_MS)
    assert view.grid.hasFocus()
