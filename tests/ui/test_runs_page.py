"""The Runs page lists every run, finds them by a query, follows what comes, and shows one whole."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS, read, value
from tests.ui.support import runs_data
from tests.ui.support.accessible import faults, tab_faults
from tests.ui.support.compare_rig import compared, front
from tests.ui.support.runs_rig import cells, opened, says, shown, waits

from proofroom.domain import setting
from proofroom.ui.compare.page import ComparePage
from proofroom.ui.prompts.page import PromptsPage
from proofroom.ui.runs.columns import IDS
from proofroom.ui.runs.model import HIT_ROLE
from proofroom.ui.runs.page import RunsPage
from proofroom.ui.shell import Shell
from proofroom.ui.theme import Look, Size, theme
from proofroom.workspace import database, marks

Key, Mod = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def comparison(shell: Shell) -> int:
    return runs_data.filled(shell.session.path)


@pytest.fixture
def page(qtbot: QtBot, shell: Shell, comparison: int) -> RunsPage:
    assert comparison
    return shown(qtbot, shell, 15)


def test_runs_are_listed_newest_first_and_counted(page: RunsPage) -> None:
    assert list(page.model.keys) == sorted(page.model.keys, reverse=True)
    assert page.field.count == "15 runs"
    assert cells(page, "status")[:3] == ["Done", "Failed", "Failed"]
    assert cells(page, "version")[:5] == ["v2", "v2", "v2", "v2", "draft"]
    assert cells(page, "cost")[1] == "unknown"  # and never $0.00


def test_a_query_filters_and_the_count_says_of_how_many(qtbot: QtBot, page: RunsPage) -> None:
    page.to_query()
    qtbot.keyClicks(page.field, "status:failed model:claude-haiku-4.5")
    waits(qtbot, page, 2)
    assert page.field.count == "2 of 15 runs"
    assert set(cells(page, "status")) == {"Failed"}
    qtbot.keyClick(page.field, Key.Key_Escape)
    waits(qtbot, page, 15)


def test_enter_goes_on_to_what_was_found_and_opens_it(qtbot: QtBot, page: RunsPage) -> None:
    front(qtbot, page)
    page.to_query()
    qtbot.keyClicks(page.field, "status:failed model:claude-haiku-4.5")
    waits(qtbot, page, 2)
    qtbot.keyClick(page.field, Key.Key_Return)
    assert (page.table.hasFocus(), page.table.current_row()) == (True, 0)
    with qtbot.waitSignal(page.panel.shown, timeout=GUARD_MS):
        qtbot.keyClick(page.table, Key.Key_Return)


def test_a_word_of_an_answer_finds_its_run_and_is_shown(qtbot: QtBot, page: RunsPage) -> None:
    page.field.set_query("Thursday")
    waits(qtbot, page, 1)
    hit = page.model.index(0, IDS.index("answer")).data(HIT_ROLE)
    assert [hit.snippet.text[start:end] for start, end in hit.snippet.hits] == ["Thursday"]
    assert page.model.headerData(IDS.index("answer"), Qt.Orientation.Horizontal) == "Found in"


def test_what_is_wrong_with_a_query_stands_under_it_and_the_list_stays(
    qtbot: QtBot, page: RunsPage
) -> None:
    page.field.set_query("statsu:failed")
    assert page.problem.isVisible()
    assert "Did you mean status?" in page.problem.text.text()
    assert "Did you mean status?" in page.field.accessibleDescription()
    assert page.model.rowCount() == 15
    page.field.set_query("model:gpt-9")  # known only to the workspace
    qtbot.waitUntil(lambda: "gpt-9" in page.problem.text.text(), timeout=GUARD_MS)
    page.field.set_query("")
    waits(qtbot, page, 15)
    assert not page.problem.isVisible()


def test_nothing_found_names_the_filter_and_drops_it(qtbot: QtBot, page: RunsPage) -> None:
    page.field.set_query("status:ok cost>5")
    qtbot.waitUntil(lambda: "without" in page.nothing.text.text(), timeout=GUARD_MS)
    assert page.nothing.text.text() == "13 do without cost>5"
    page.nothing.button.click()
    waits(qtbot, page, 13)
    assert page.field.text() == "status:ok"


def test_an_empty_workspace_says_what_brings_runs(qtbot: QtBot, shell: Shell) -> None:
    page = shown(qtbot, shell, 0)
    assert page.empty.isVisible()
    assert page.empty.title.text() == "No runs yet"
    page.empty.button.click()
    assert shell.window.page == "compare"


def test_enter_opens_the_run_whole_and_the_panel_follows_the_arrows(
    qtbot: QtBot, page: RunsPage
) -> None:
    opened(qtbot, page, 2)
    says(qtbot, page, "attempt 1, rate limit", "Usage", "Attempts", "14.2 s")
    assert page.table.hasFocus()
    with qtbot.waitSignal(page.panel.shown, timeout=GUARD_MS):
        qtbot.keyClick(page.table, Key.Key_Down)
    assert page.panel.found is not None
    assert page.panel.found.line.key == page.model.keys[3]
    says(qtbot, page, "api.anthropic.com", "req_8f31c2", "128", "384", "44", "Usage", "Attempts")
    qtbot.keyClick(page.table, Key.Key_Escape)
    assert not page.panel.isVisible()


def test_the_panel_shows_what_was_asked_and_answered(qtbot: QtBot, page: RunsPage) -> None:
    opened(qtbot, page, 0)
    page.panel.parts.step(1)
    says(qtbot, page, "User", "Settings", "Body as sent")
    page.panel.parts.step(1)
    says(qtbot, page, "Thoughts", "Calls open_search", "Raw response")


def test_a_star_and_tags_are_kept_and_found(qtbot: QtBot, shell: Shell, page: RunsPage) -> None:
    front(qtbot, page)
    page.table.setFocus()
    page.table.select(4)
    key = page.model.keys[4]
    qtbot.keyClick(page.table, Key.Key_M)
    qtbot.keyClick(page.table, Key.Key_M, Mod.ShiftModifier)
    sheet = page.acts.sheet
    assert sheet is not None
    sheet.tags.setText("tone")
    sheet.button.click()
    page.field.set_query("is:starred tag:tone")
    qtbot.waitUntil(lambda: list(page.model.keys) == [key], timeout=GUARD_MS)
    kept = read(qtbot, shell.session, partial(marks.on_runs, run_keys=[key]))[key]
    assert (kept.star, kept.tags) == (True, ("tone",))


def test_rows_are_copied_as_text_answers_and_ids_too(qtbot: QtBot, page: RunsPage) -> None:
    front(qtbot, page)
    page.table.setFocus()
    page.table.select(1)
    qtbot.keyClick(page.table, Key.Key_Down, Mod.ShiftModifier)
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("")
    qtbot.keyClick(page.table, Key.Key_C, Mod.ControlModifier)
    qtbot.waitUntil(lambda: clipboard.text().count("\n") == 2, timeout=GUARD_MS)
    heads, first, second = (line.split("\t") for line in clipboard.text().split("\n"))
    assert (heads[0], first[0], second[0]) == ("Status", "Failed", "Failed")
    page.table.select(3)
    copies = QMenu()
    qtbot.addWidget(copies)
    page.acts.fill_copies(copies)
    for words, wanted in (
        ("Answer", "Hi there"),
        ("Run id", "01"),
        ("Request as JSON", "{"),
        ("Request as curl", "curl "),
    ):
        next(one for one in copies.actions() if one.text() == words).trigger()
        qtbot.waitUntil(partial(begins, wanted), timeout=GUARD_MS)


def begins(wanted: str) -> bool:
    return QGuiApplication.clipboard().text().startswith(wanted)


def test_a_run_leads_to_its_comparison_and_its_version_and_back(
    qtbot: QtBot, shell: Shell, page: RunsPage, comparison: int
) -> None:
    front(qtbot, page)
    page.table.setFocus()
    page.table.select(5)  # v2
    qtbot.keyClick(page.table, Key.Key_C)
    qtbot.waitUntil(lambda: shell.window.page == "compare", timeout=GUARD_MS)
    assert cast("ComparePage", shell.window.widget("compare")).view.controller.key == comparison
    shell.window.back()
    front(qtbot, page)
    page.table.setFocus()
    qtbot.keyClick(page.table, Key.Key_V)
    qtbot.waitUntil(lambda: shell.window.page == "prompts", timeout=GUARD_MS)
    prompts = cast("PromptsPage", shell.window.widget("prompts"))
    qtbot.waitUntil(lambda: prompts.version.label == "v2", timeout=GUARD_MS)
    shell.window.back()
    assert shell.window.page == "runs"


def test_runs_are_exported_those_found_or_those_selected(
    qtbot: QtBot, page: RunsPage, tmp_path: Path
) -> None:
    page.field.set_query("status:failed")
    waits(qtbot, page, 2)
    page.export.write(tmp_path / "failed.jsonl")
    qtbot.waitUntil((tmp_path / "failed.jsonl").exists, timeout=GUARD_MS)
    runs = [json.loads(line) for line in (tmp_path / "failed.jsonl").read_text().splitlines()]
    assert [run["title"] for run in runs] == ["Stream ended early", "Rate limit reached"]
    page.field.set_query("")
    waits(qtbot, page, 15)
    page.table.selectAll()
    page.export.write(tmp_path / "all.csv")
    qtbot.waitUntil((tmp_path / "all.csv").exists, timeout=GUARD_MS)
    written = (tmp_path / "all.csv").read_text("utf-8")
    assert len(list(csv.reader(written.splitlines(keepends=True)))) == 16


def test_a_run_is_asked_again_in_its_cell(qtbot: QtBot, shell: Shell, server: FaultServer) -> None:
    key = compared(shell.session.path, server, ["ok"], rows=1)
    page = shown(qtbot, shell, 0)
    shell.presses.run(key, page.fail)
    waits(qtbot, page, 1)
    qtbot.waitUntil(lambda: cells(page, "status") == ["Done"], timeout=GUARD_MS)
    front(qtbot, page)
    page.table.setFocus()
    qtbot.keyClick(page.table, Key.Key_P)
    waits(qtbot, page, 2)
    qtbot.waitUntil(lambda: cells(page, "status") == ["Done", "Done"], timeout=GUARD_MS)
    assert cells(page, "prompt") == ["say", "say"]


def test_a_run_of_no_cell_is_asked_again_as_it_was_sent_or_with_another_model(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    key = compared(shell.session.path, server, ["ok"], rows=1)
    page = shown(qtbot, shell, 0)
    shell.presses.run(key, page.fail)
    waits(qtbot, page, 1)
    qtbot.waitUntil(lambda: cells(page, "status") == ["Done"], timeout=GUARD_MS)
    with closing(database.connect(shell.session.path)) as db, database.writing(db):
        db.execute("UPDATE runs SET cell_key = NULL")  # as one that an application sent
    front(qtbot, page)
    page.table.setFocus()
    qtbot.keyClick(page.table, Key.Key_P)
    waits(qtbot, page, 2)
    qtbot.waitUntil(lambda: cells(page, "status") == ["Done", "Done"], timeout=GUARD_MS)
    qtbot.keyClick(page.table, Key.Key_P, Mod.ShiftModifier)
    replay = page.acts.replay
    qtbot.waitUntil(lambda: replay.sheet is not None, timeout=GUARD_MS)
    assert replay.sheet is not None
    replay.sheet.form.line("temperature").setText("0.5")
    replay.sheet.button.click()
    waits(qtbot, page, 3)
    qtbot.waitUntil(lambda: cells(page, "status") == ["Done"] * 3, timeout=GUARD_MS)
    bodies = [cast("dict[str, object]", one.body) for one in server.requests]
    assert len({str(one["messages"]) for one in bodies}) == 1
    assert [one.get("temperature") for one in bodies] == [None, None, 0.5]


def test_selected_runs_are_starred_and_tagged_together(
    qtbot: QtBot, shell: Shell, page: RunsPage
) -> None:
    front(qtbot, page)
    page.table.setFocus()
    page.table.select(0)
    for _ in range(2):
        qtbot.keyClick(page.table, Key.Key_Down, Mod.ShiftModifier)
    qtbot.keyClick(page.table, Key.Key_M)
    stars = "SELECT count(*) FROM marks WHERE kind = 'star' AND removed_at IS NULL"
    qtbot.waitUntil(lambda: value(shell.session.path, stars) == 3, timeout=GUARD_MS)
    qtbot.keyClick(page.table, Key.Key_M, Mod.ShiftModifier)
    assert page.acts.sheet is not None
    page.acts.sheet.tags.setText("odd")
    page.acts.sheet.button.click()
    page.field.set_query("tag:odd is:starred")
    waits(qtbot, page, 3)


def test_columns_are_chosen_and_kept(qtbot: QtBot, shell: Shell, page: RunsPage) -> None:
    place = IDS.index("id")
    assert page.table.isColumnHidden(place)
    shell.window.resize(1920, 1080)
    page.choose_column("id")
    assert not page.table.isColumnHidden(place)
    kept = lambda: shell.session.value(setting.RUNS_COLUMNS)  # noqa: E731 - asked again and again
    qtbot.waitUntil(lambda: "id" in kept(), timeout=GUARD_MS)
    page.choose_column("id")
    assert page.table.isColumnHidden(place)


def test_the_slash_goes_to_the_query_and_down_comes_back(qtbot: QtBot, page: RunsPage) -> None:
    front(qtbot, page)
    page.table.setFocus()
    qtbot.keyClick(page.table, Key.Key_Slash)
    qtbot.waitUntil(page.field.hasFocus, timeout=GUARD_MS)
    assert page.field.text() == ""
    qtbot.keyClick(page.field, Key.Key_Down)
    qtbot.waitUntil(page.table.hasFocus, timeout=GUARD_MS)


@pytest.mark.parametrize("zoom", [80, 100, 200])
def test_nothing_is_nameless_small_or_cut(qtbot: QtBot, page: RunsPage, zoom: int) -> None:
    theme().set_zoom(zoom)
    qtbot.waitUntil(lambda: faults(page) == [], timeout=GUARD_MS)
    opened(qtbot, page, 2)
    qtbot.waitUntil(lambda: faults(page) == [], timeout=GUARD_MS)
    assert tab_faults(page) == []


def test_a_row_is_read_aloud_with_its_state(page: RunsPage) -> None:
    said = page.model.index(2, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("Failed, Rate limit reached, refund-reply, v2, claude-haiku-4.5")


def test_the_list_follows_the_theme_and_shrinks_with_the_zoom(page: RunsPage) -> None:
    theme().set_look(Look.DARK)
    for part in (page.table, page.table.viewport()):
        assert part.palette().color(QPalette.ColorRole.Base) == theme().c.surface
    theme().set_zoom(200)
    theme().set_zoom(100)
    assert page.table.rowHeight(0) == Size.ROW
