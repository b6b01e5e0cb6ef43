"""Kept comparisons are found by name, put away and brought back, by keys and the palette too."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import cast

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS, read
from tests.ui.support import compare_data
from tests.ui.support.accessible import faults
from tests.ui.support.compare_rig import chosen, front, menu_words, more_menu

from proofroom.ui.compare.kept import KeptList
from proofroom.ui.compare.page import ComparePage
from proofroom.ui.shell import Shell
from proofroom.workspace import comparisons, database

Key, Mod = Qt.Key, Qt.KeyboardModifier


def fill(db: sqlite3.Connection) -> list[int]:
    """Keep three comparisons, the middle one archived."""
    first = compare_data.comparison(db, rows=1)
    comparisons.rename(db, first, "Tone of voice")
    others = [comparisons.create(db, [], [], name=name).key for name in ("Old 50% run", "Length")]
    comparisons.archive(db, others[0])
    return [first, *others]


@pytest.fixture
def keys(shell: Shell) -> list[int]:
    with closing(database.connect(shell.session.path)) as db:
        return fill(db)


@pytest.fixture
def page(qtbot: QtBot, shell: Shell, keys: list[int]) -> ComparePage:
    shell.window.activateWindow()
    shell.window.go("compare", "list")
    page = cast("ComparePage", shell.window.widget("compare"))
    qtbot.waitUntil(lambda: shown(page.kept) == ["Length", "Tone of voice"], timeout=GUARD_MS)
    assert len(keys) == 3
    return page


def shown(kept: KeptList) -> list[str]:
    return [item.name for item in kept.model.items]


def waits(qtbot: QtBot, kept: KeptList, *names: str) -> None:
    qtbot.waitUntil(lambda: shown(kept) == list(names), timeout=GUARD_MS)


def test_archived_comparisons_have_a_list_of_their_own(qtbot: QtBot, page: ComparePage) -> None:
    assert page.kept.filter_button.isVisible()
    page.kept.show_archived(True)
    waits(qtbot, page.kept, "Old 50% run")
    assert page.kept.header.title.text() == "Archived comparisons"
    assert page.kept.header.fact.text() == "1 archived"
    assert not page.kept.new_button.isVisible()
    qtbot.waitUntil(lambda: faults(page.kept) == [], timeout=GUARD_MS)  # once it is laid out


def test_unarchive_puts_a_comparison_back_and_undo_takes_that_back(
    qtbot: QtBot, shell: Shell, page: ComparePage
) -> None:
    page.kept.show_archived(True)
    waits(qtbot, page.kept, "Old 50% run")
    page.kept.back_button.click()
    waits(qtbot, page.kept)
    assert page.kept.nothing.title.text() == "No archived comparison"
    page.kept.nothing.button.click()
    waits(qtbot, page.kept, "Length", "Old 50% run", "Tone of voice")
    shell.window.toasts.shown[-1].pressed.emit()
    waits(qtbot, page.kept, "Length", "Tone of voice")


def test_the_palette_shows_archived_ones_and_brings_one_back(
    qtbot: QtBot, shell: Shell, page: ComparePage
) -> None:
    actions = shell.window.actions_
    actions.trigger("compare-archived")
    waits(qtbot, page.kept, "Old 50% run")
    assert actions.action("compare-archived").text() == "Show kept comparisons"
    actions.trigger("compare-unarchive")
    waits(qtbot, page.kept)
    actions.trigger("compare-archived")
    waits(qtbot, page.kept, "Length", "Old 50% run", "Tone of voice")


def test_delete_archives_the_row_and_goes_on_to_the_next(qtbot: QtBot, page: ComparePage) -> None:
    front(qtbot, page)
    waits(qtbot, page.kept, "Length", "Tone of voice")
    page.kept.table.setFocus()
    qtbot.waitUntil(page.kept.table.hasFocus, timeout=GUARD_MS)  # or its key would act nowhere
    page.kept.table.selectRow(0)
    qtbot.waitUntil(lambda: page.kept.chosen() is not None, timeout=GUARD_MS)
    front(qtbot, page)
    qtbot.keyClick(page.kept.table, Key.Key_Delete)
    waits(qtbot, page.kept, "Tone of voice")
    now = page.kept.chosen()
    assert now is not None
    assert now.name == "Tone of voice"


def test_delete_beside_the_rows_archives_nothing(
    qtbot: QtBot, shell: Shell, page: ComparePage
) -> None:
    front(qtbot, page)
    page.kept.table.selectRow(0)
    page.kept.filter_button.setFocus()
    qtbot.keyClick(page.kept.filter_button, Key.Key_Delete)
    archived = read(qtbot, shell.session, lambda db: comparisons.listed(db, archived=True))
    assert [one.name for one in archived] == ["Old 50% run"]


def test_the_key_to_find_puts_the_caret_into_the_search(qtbot: QtBot, page: ComparePage) -> None:
    front(qtbot, page)
    page.kept.table.setFocus()
    qtbot.keyClick(page.kept.table, Key.Key_F, Mod.ControlModifier)
    qtbot.waitUntil(page.kept.search.hasFocus, timeout=GUARD_MS)


def test_a_comparison_is_found_by_a_part_of_its_name_or_of_its_prompts(
    qtbot: QtBot, page: ComparePage
) -> None:
    page.kept.search.setText("VOICE")
    waits(qtbot, page.kept, "Tone of voice")
    page.kept.search.setText("refund-r")
    waits(qtbot, page.kept, "Tone of voice")
    page.kept.search.setText("_")
    waits(qtbot, page.kept)  # it stands for itself, not for any letter
    page.kept.search.setText("0%")
    title = page.kept.nothing.title
    qtbot.waitUntil(lambda: title.text() == "No comparison matches “0%”", timeout=GUARD_MS)
    page.kept.show_archived(True)
    waits(qtbot, page.kept, "Old 50% run")
    qtbot.keyClick(page.kept.search, Key.Key_Escape)
    page.kept.nothing.pressed.emit()
    waits(qtbot, page.kept, "Length", "Tone of voice")


def test_an_archived_comparison_that_is_open_says_so_and_offers_the_way_back(
    qtbot: QtBot, page: ComparePage, keys: list[int]
) -> None:
    page.open(keys[1])
    qtbot.waitUntil(lambda: page.view.changing.name == "Old 50% run", timeout=GUARD_MS)
    assert page.view.header.fact.text().startswith("Archived")
    words = menu_words(more_menu(page.view))
    assert "Unarchive" in words
    assert "Archive" not in words
    chosen(more_menu(page.view), "Unarchive")
    qtbot.waitUntil(lambda: "Archived" not in page.view.header.fact.text(), timeout=GUARD_MS)
    assert "Archive" in menu_words(more_menu(page.view))


def test_the_way_to_archived_ones_is_there_when_nothing_else_is(
    qtbot: QtBot, shell: Shell, page: ComparePage, keys: list[int]
) -> None:
    with closing(database.connect(shell.session.path)) as db:
        for key in keys:
            comparisons.archive(db, key)
    waits(qtbot, page.kept)
    qtbot.waitUntil(page.kept.filter_button.isVisible, timeout=GUARD_MS)
    assert page.kept.empty.isVisible()
