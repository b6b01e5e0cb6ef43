"""Inputs and the sets they are kept in, on the Prompts page, through its menus."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from tests.ui.support.accessible import faults
from tests.ui.support.prompts_hands import GUARD, answer, ask
from tests.ui.support.prompts_rig import Rig, make, one_prompt

from proofroom.ui.compare import setting_up
from proofroom.ui.compare.inputs_sheet import InputsForm
from proofroom.ui.prompts.variables_form import VariablesForm
from proofroom.workspace import comparisons, inputs
from proofroom.workspace.comparisons import NewRow

Names = dict[str, list[str]]
pytestmark = pytest.mark.qt_log_ignore("does not support")  # menus, offscreen


def two_sets(db: sqlite3.Connection) -> None:
    key = one_prompt(db)
    inputs.add(db, key, [("One", {"name": "Ada"}), ("Two", {"name": "Bob"})])
    inputs.add(db, key, [("Odd", {"name": "O'Hara"})], to="Edge cases")
    one_prompt(db, "other")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make(tmp_path / "test.proofspace", two_sets)


@pytest.fixture
def rig(qtbot: QtBot, path: Path) -> Iterator[Rig]:
    rig = Rig(path).open(qtbot)
    rig.page.go(1)
    qtbot.waitUntil(lambda: form(rig).input is not None, timeout=GUARD)
    yield rig
    rig.end()
    assert rig.failed == []


def form(rig: Rig) -> VariablesForm:
    return rig.page.bench.inspector.variables


def press(qtbot: QtBot, rig: Rig, *words: str) -> None:
    """Choose an entry of the form's menu, through its submenus."""
    qtbot.mouseClick(form(rig).more, Qt.MouseButton.LeftButton)
    menu: QMenu = form(rig).more.menu
    for step in words[:-1]:
        menu = next(m for m in menu.findChildren(QMenu) if m.title() == step)
    next(action for action in menu.actions() if action.text() == words[-1]).trigger()
    form(rig).more.menu.close()


def choose(qtbot: QtBot, rig: Rig, set_name: str) -> None:
    """Choose a set by keys."""
    combo = form(rig).sets
    combo.setFocus()
    key = Qt.Key.Key_Down if combo.findText(set_name) > combo.currentIndex() else Qt.Key.Key_Up
    qtbot.keyClick(combo, key)
    assert combo.currentText() == set_name


def offered(rig: Rig) -> list[str]:
    """Return the inputs that the button offers."""
    found: list[str] = []
    button = form(rig).choice
    button.open()
    menu = next(m for m in button.findChildren(QMenu) if m.isVisible())
    found = [action.text() for action in menu.actions()]
    menu.close()
    return found


def kept(path: Path) -> Names:
    def read(db: sqlite3.Connection) -> Names:
        found = inputs.sets(db, 1)
        return {one.name: [row.name for row in inputs.of_set(db, one.key)] for one in found}

    return ask(path, read)


def test_a_set_is_chosen_by_key_and_offers_its_inputs_alone(qtbot: QtBot, rig: Rig) -> None:
    assert form(rig).set_field.isVisible()
    assert offered(rig) == ["Values typed here", "One", "Two"]
    choose(qtbot, rig, "Edge cases")
    assert offered(rig) == ["Values typed here", "Odd"]
    assert form(rig).values == {"name": "Ada"}  # what was filled in stays until one is chosen
    assert faults(form(rig)) == []


def test_values_are_saved_into_the_set_that_is_chosen(qtbot: QtBot, rig: Rig, path: Path) -> None:
    choose(qtbot, rig, "Edge cases")
    press(qtbot, rig, "Save as input…")
    answer(qtbot, rig, "Third")
    qtbot.waitUntil(lambda: kept(path)["Edge cases"] == ["Odd", "Third"], timeout=GUARD)
    qtbot.waitUntil(lambda: "Third" in form(rig).choice.accessibleName(), timeout=GUARD)
    assert form(rig).sets.currentText() == "Edge cases"


def test_a_new_set_is_made_and_chosen_and_a_taken_name_is_refused_in_place(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    press(qtbot, rig, "New set…")
    popover = answer(qtbot, rig, "edge cases")
    qtbot.waitUntil(lambda: "already" in popover.field.error, timeout=GUARD)
    answer(qtbot, rig, "Angry")
    qtbot.waitUntil(lambda: form(rig).sets.currentText() == "Angry", timeout=GUARD)
    assert kept(path)["Angry"] == []
    assert not form(rig).choice.isVisible()


def test_a_set_is_renamed(qtbot: QtBot, rig: Rig, path: Path) -> None:
    choose(qtbot, rig, "Edge cases")
    press(qtbot, rig, "Rename set “Edge cases”…")
    popover = answer(qtbot, rig, " ")
    qtbot.waitUntil(lambda: "needs a name" in popover.field.error, timeout=GUARD)
    answer(qtbot, rig, "Rare")
    qtbot.waitUntil(lambda: form(rig).sets.currentText() == "Rare", timeout=GUARD)
    assert list(kept(path)) == ["Inputs", "Rare"]


def test_a_set_is_archived_and_the_toast_puts_it_back(qtbot: QtBot, rig: Rig, path: Path) -> None:
    choose(qtbot, rig, "Edge cases")
    press(qtbot, rig, "Archive set “Edge cases”")
    qtbot.waitUntil(lambda: not form(rig).set_field.isVisible(), timeout=GUARD)
    assert kept(path) == {"Inputs": ["One", "Two"]}
    toast = rig.window.toasts.shown[-1]
    assert toast.text.text() == "Set Edge cases archived"
    toast.action.click()
    qtbot.waitUntil(lambda: form(rig).sets.currentText() == "Edge cases", timeout=GUARD)
    assert kept(path)["Edge cases"] == ["Odd"]


def test_an_input_moves_to_another_set_and_undo_moves_it_back(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    press(qtbot, rig, "Move “One” to", "Edge cases")
    qtbot.waitUntil(lambda: form(rig).sets.currentText() == "Edge cases", timeout=GUARD)
    assert kept(path) == {"Inputs": ["Two"], "Edge cases": ["Odd", "One"]}
    assert form(rig).choice.accessibleName().endswith("One")
    rig.window.toasts.shown[-1].action.click()
    qtbot.waitUntil(lambda: form(rig).sets.currentText() == "Inputs", timeout=GUARD)
    assert kept(path) == {"Inputs": ["Two", "One"], "Edge cases": ["Odd"]}


def test_an_input_moves_to_a_set_that_is_made_for_it(qtbot: QtBot, rig: Rig, path: Path) -> None:
    press(qtbot, rig, "Move “One” to", "New set…")
    answer(qtbot, rig, "Fresh")
    qtbot.waitUntil(lambda: form(rig).sets.currentText() == "Fresh", timeout=GUARD)
    assert kept(path)["Fresh"] == ["One"]


def test_another_prompt_has_sets_of_its_own(qtbot: QtBot, rig: Rig, path: Path) -> None:
    choose(qtbot, rig, "Edge cases")
    rig.page.go(2)
    qtbot.waitUntil(lambda: form(rig).sets.count() == 0, timeout=GUARD)
    assert not form(rig).set_field.isVisible()
    press(qtbot, rig, "Save as input…")
    answer(qtbot, rig, "Mine")
    qtbot.waitUntil(lambda: "Mine" in form(rig).choice.accessibleName(), timeout=GUARD)
    assert [one.name for one in ask(path, lambda db: inputs.sets(db, 2))] == ["Inputs"]
    rig.page.go(1)
    qtbot.waitUntil(lambda: form(rig).sets.currentText() == "Inputs", timeout=GUARD)


def test_an_input_is_saved_into_renamed_and_archived(qtbot: QtBot, rig: Rig, path: Path) -> None:
    form(rig).fields["name"].control.setFocus()
    qtbot.keyClicks(form(rig).fields["name"].control, "!")
    press(qtbot, rig, "Save into “One”")
    qtbot.waitUntil(lambda: bool(rig.window.toasts.shown), timeout=GUARD)
    press(qtbot, rig, "Rename “One”…")
    answer(qtbot, rig, "First")
    qtbot.waitUntil(lambda: kept(path)["Inputs"] == ["First", "Two"], timeout=GUARD)
    assert "!" in str(ask(path, lambda db: inputs.of_prompt(db, 1))[0].values["name"])
    qtbot.waitUntil(lambda: form(rig).choice.accessibleName().endswith("First"), timeout=GUARD)
    press(qtbot, rig, "Archive “First”")
    qtbot.waitUntil(lambda: kept(path)["Inputs"] == ["Two"], timeout=GUARD)
    qtbot.waitUntil(lambda: "archived" in rig.window.toasts.shown[-1].text.text(), timeout=GUARD)
    rig.window.toasts.shown[-1].action.click()
    qtbot.waitUntil(lambda: kept(path)["Inputs"] == ["First", "Two"], timeout=GUARD)


def test_a_rename_keeps_values_that_another_window_saved_meanwhile(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    press(qtbot, rig, "Rename “One”…")
    make(path, lambda db: inputs.change(db, 1, "One", {"name": "Grace"}), create=False)
    answer(qtbot, rig, "First")
    qtbot.waitUntil(lambda: kept(path)["Inputs"] == ["First", "Two"], timeout=GUARD)
    assert ask(path, lambda db: inputs.of_prompt(db, 1))[0].values == {"name": "Grace"}


@pytest.mark.parametrize("waits", [False, True])
def test_values_of_a_prompt_that_was_left_do_not_follow_to_the_next(
    qtbot: QtBot, tmp_path: Path, *, waits: bool
) -> None:
    def fill(db: sqlite3.Connection) -> None:
        two_sets(db)
        row = NewRow(name="Try", values={"name": "Mallory"})
        ask_for = setting_up.new_columns(db, [setting_up.Source(2, None)], [])
        comparisons.create(db, ask_for, [row], name="Try", source="draft")

    rig = Rig(make(tmp_path / "tried.proofspace", fill)).open(qtbot)
    assert rig.page.draft.key == 2
    if waits:
        qtbot.waitUntil(lambda: form(rig).values == {"name": "Mallory"}, timeout=GUARD)
    rig.page.go(1)
    qtbot.waitUntil(lambda: form(rig).values == {"name": "Ada"}, timeout=GUARD)
    rig.end()


def test_typed_values_are_still_there_after_another_prompt_was_looked_at(
    qtbot: QtBot, rig: Rig
) -> None:
    qtbot.waitUntil(lambda: form(rig).values == {"name": "Ada"}, timeout=GUARD)
    qtbot.keyClicks(form(rig).fields["name"].control, "Queen ")
    qtbot.waitUntil(lambda: form(rig).values == {"name": "Queen Ada"}, timeout=GUARD)
    rig.page.go(2)
    qtbot.waitUntil(lambda: form(rig).sets.count() == 0, timeout=GUARD)
    assert form(rig).values == {}
    rig.page.go(1)
    qtbot.waitUntil(lambda: form(rig).values == {"name": "Queen Ada"}, timeout=GUARD)


def nothing(_: object) -> None:
    """Hear an answer that nobody wants."""


def go_slowly(rig: Rig, key: int) -> threading.Event:
    """Open a prompt; all that is read after it itself waits until the event is set."""
    gate = threading.Event()
    rig.page.go(key)
    rig.session.reader.read(lambda _: gate.wait(GUARD / 1000), nothing, rig.failed.append)
    return gate


def type_name(qtbot: QtBot, rig: Rig, words: str) -> None:
    qtbot.waitUntil(lambda: "name" in form(rig).fields, timeout=GUARD)
    qtbot.keyClicks(form(rig).fields["name"].control, words)


def test_typed_values_stay_of_a_prompt_that_is_left_before_its_last_try_was_read(
    qtbot: QtBot, rig: Rig
) -> None:
    qtbot.waitUntil(lambda: form(rig).values == {"name": "Ada"}, timeout=GUARD)
    type_name(qtbot, rig, "Queen ")
    gate = go_slowly(rig, 2)
    qtbot.waitUntil(lambda: form(rig).values == {}, timeout=GUARD)
    qtbot.waitUntil(lambda: rig.page.tries.prompt == 2, timeout=GUARD)
    type_name(qtbot, rig, "Eve")
    rig.page.go(1)  # of the other only its text was read
    gate.set()
    qtbot.waitUntil(lambda: form(rig).values == {"name": "Queen Ada"}, timeout=GUARD)
    rig.page.go(2)
    qtbot.waitUntil(lambda: form(rig).values == {"name": "Eve"}, timeout=GUARD)


def test_values_typed_before_the_last_try_was_read_stay(qtbot: QtBot, rig: Rig) -> None:
    qtbot.waitUntil(lambda: form(rig).values == {"name": "Ada"}, timeout=GUARD)
    with qtbot.waitSignal(rig.page.tries.shown, timeout=GUARD):
        rig.page.go(2)
    gate = go_slowly(rig, 1)
    qtbot.waitUntil(lambda: rig.page.tries.prompt == 1, timeout=GUARD)
    type_name(qtbot, rig, "Eve")
    with qtbot.waitSignal(rig.page.tries.shown, timeout=GUARD):
        gate.set()
    assert form(rig).values == {"name": "Eve"}


def test_a_long_name_of_an_input_is_cut_with_its_whole_in_the_tooltip(
    qtbot: QtBot, rig: Rig
) -> None:
    name = "An angry letter about a parcel that came late, twice"
    press(qtbot, rig, "Save as input…")
    answer(qtbot, rig, name)
    qtbot.waitUntil(lambda: form(rig).choice.toolTip() == name, timeout=GUARD)
    assert form(rig).choice.width() <= form(rig).choice.maximumWidth()


def test_a_comparison_offers_the_inputs_of_living_sets_with_their_names(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    def change(db: sqlite3.Connection) -> None:
        first, second = (one.key for one in inputs.sets(db, 1))
        inputs.rename_set(db, second, "Rare")
        inputs.move(db, inputs.of_set(db, first)[1].key, second)
        inputs.archive_set(db, first)

    make(path, change, create=False)
    sheet = InputsForm(rig.session)
    qtbot.addWidget(sheet)
    sheet.offer(ask(path, setting_up.choices), [1])
    assert [(row.name, row.values) for row in sheet.rows()] == [
        ("Odd", {"name": "O'Hara"}), ("Two", {"name": "Bob"}),
    ]  # fmt: skip
    assert [one.set_name for one in ask(path, setting_up.choices).inputs] == ["Rare", "Rare"]
