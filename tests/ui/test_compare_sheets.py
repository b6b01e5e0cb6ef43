"""Comparisons are set up, listed, renamed, archived and exported, over a real file."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS, read
from tests.ui.support import compare_data
from tests.ui.support.accessible import faults

from proofroom.ui.compare.new_sheet import NewSheet
from proofroom.ui.compare.page import ComparePage
from proofroom.ui.shell import Shell
from proofroom.workspace import comparisons, database, prompts

Key, Mod = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def page(shell: Shell) -> ComparePage:
    shell.window.activateWindow()
    shell.window.go("compare")
    return cast("ComparePage", shell.window.widget("compare"))


@pytest.fixture
def sheet(qtbot: QtBot, shell: Shell, page: ComparePage) -> NewSheet:
    """The sheet for a new comparison, over a workspace with one prompt."""
    with closing(database.connect(shell.session.path)) as db:
        compare_data.prompt(db)
    page.ask_new()
    sheet = page.sheet
    assert sheet is not None
    qtbot.waitUntil(lambda: len(sheet.chosen_sources()) == 2, timeout=GUARD_MS)
    return sheet


def kept(qtbot: QtBot, shell: Shell) -> list[comparisons.ComparisonSummary]:
    return read(qtbot, shell.session, comparisons.listed)


def made(qtbot: QtBot, page: ComparePage, sheet: NewSheet, rows: int) -> None:
    sheet.button.click()
    qtbot.waitUntil(lambda: len(page.view.model.rows) == rows, timeout=GUARD_MS)


def test_an_empty_page_leads_on(qtbot: QtBot, page: ComparePage) -> None:
    qtbot.waitUntil(page.kept.empty.isVisible, timeout=GUARD_MS)
    assert page.kept.empty.title.text() == "Nothing compared yet"
    assert faults(page) == []
    page.kept.empty.button.click()
    assert page.sheet is not None
    assert page.sheet.isVisible()


def test_two_versions_are_compared_with_the_prompts_inputs(
    qtbot: QtBot, page: ComparePage, sheet: NewSheet
) -> None:
    assert faults(sheet) == []
    made(qtbot, page, sheet, 4)
    labels = [column.column.label for column in page.view.model.columns]
    assert labels == ["v2", "Draft"]
    assert page.view.model.rows[0].row.name == "Damaged parcel"
    assert page.view.model.rows[0].row.input_key is not None


def test_versions_times_models_are_columns(
    qtbot: QtBot, shell: Shell, page: ComparePage, sheet: NewSheet
) -> None:
    sheet.models.check(["local/smollm2"])
    sheet.samples.set_value("3")
    sheet.name.setText("Two drafts")
    made(qtbot, page, sheet, 4)
    assert (page.view.header.title.text(), page.view.model.samples) == ("Two drafts", 3)
    assert [(item.columns, item.rows) for item in kept(qtbot, shell)] == [(2, 4)]


def test_a_pasted_table_becomes_rows(qtbot: QtBot, page: ComparePage, sheet: NewSheet) -> None:
    sheet.inputs.sets.check([])
    sheet.inputs.paste.setPlainText("name\tmessage\nFirst\tWhere is it?\nSecond\tIt broke.")
    qtbot.waitUntil(lambda: len(sheet.inputs.rows()) == 2, timeout=GUARD_MS)
    made(qtbot, page, sheet, 2)
    assert page.view.model.rows[1].row.values["message"] == "It broke."
    assert page.view.model.rows[1].row.name == "Second"


def test_a_file_that_is_no_table_says_why(qtbot: QtBot, sheet: NewSheet, tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text('{"message": "a"}\n{"message": \n', encoding="utf-8")
    sheet.inputs.read_file(path)
    qtbot.waitUntil(lambda: "broken.jsonl" in sheet.inputs.said.text(), timeout=GUARD_MS)


def test_rows_are_typed_by_the_prompts_variables(
    qtbot: QtBot, page: ComparePage, sheet: NewSheet
) -> None:
    sheet.inputs.sets.check([])
    sheet.inputs.fields["message"].control.setFocus()
    area = sheet.inputs.area("message")
    area.setPlainText("Where is my parcel?")
    sheet.inputs.name.setText("Typed")
    sheet.inputs.add_button.click()
    made(qtbot, page, sheet, 1)
    row = page.view.model.rows[0].row
    assert (row.name, row.values) == ("Typed", {"message": "Where is my parcel?"})


@pytest.fixture
def looped(qtbot: QtBot, shell: Shell, page: ComparePage) -> NewSheet:
    """The sheet over a prompt that loops over its variable."""
    text = "{% for one in orders %}{{ one.id }}{% endfor %} {{ words }}"
    with closing(database.connect(shell.session.path)) as db:
        prompts.create(db, "loop", compare_data.content(text))
    page.ask_new()
    sheet = page.sheet
    assert sheet is not None
    qtbot.waitUntil(lambda: "orders" in sheet.inputs.fields, timeout=GUARD_MS)
    return sheet


def test_a_key_that_stands_twice_in_a_typed_value_is_named_and_the_text_stays(
    qtbot: QtBot, page: ComparePage, looped: NewSheet
) -> None:
    twice = '[{"id": 1, "id": 2}]'
    form = looped.inputs
    for name in ("orders", "words"):  # what is no JSON to the prompt is a text
        form.area(name).setPlainText(twice)
    form.add_button.click()
    assert form.fields["orders"].error == "“id” stands twice in one object. Keep one of them."
    assert (form.fields["words"].error, form.rows()) == ("", [])
    assert form.area("orders").text() == twice
    form.area("orders").setPlainText('[{"id": 2}]')
    form.add_button.click()
    made(qtbot, page, looped, 1)
    assert page.view.model.rows[0].row.values == {"orders": [{"id": 2}], "words": twice}


def test_a_key_that_stands_twice_in_a_pasted_value_is_named_with_its_row(
    qtbot: QtBot, shell: Shell, looped: NewSheet
) -> None:
    table = 'name\torders\twords\nFirst\t[]\ta\nSecond\t[{"id": 1, "id": 2}]\tb'
    looped.inputs.paste.setPlainText(table)
    qtbot.waitUntil(lambda: len(looped.inputs.rows()) == 2, timeout=GUARD_MS)
    looped.button.click()
    words = "In orders of “Second” the key “id” stands twice. Keep one of them."
    qtbot.waitUntil(lambda: looped.note.text() == words, timeout=GUARD_MS)
    assert (looped.inputs.paste.text(), looped.isVisible()) == (table, True)
    assert kept(qtbot, shell) == []


def test_a_typed_number_without_end_is_told(looped: NewSheet) -> None:
    looped.inputs.area("orders").setPlainText("[" + "1" * 5000 + "]")
    looped.inputs.add_button.click()
    assert looped.inputs.fields["orders"].error == "A number in it has too many digits."


def test_space_checks_a_line(qtbot: QtBot, sheet: NewSheet) -> None:
    view = sheet.models.view
    view.setFocus()
    view.setCurrentIndex(view.model().index(0, 0))
    qtbot.keyClick(view, Key.Key_Space)
    assert sheet.chosen_models() == ["local/smollm2"]
    qtbot.keyClick(view, Key.Key_Space)
    assert sheet.chosen_models() == []


def test_a_column_that_is_there_already_is_not_added_twice(
    qtbot: QtBot, shell: Shell, page: ComparePage, sheet: NewSheet
) -> None:
    made(qtbot, page, sheet, 4)
    page.view.changing.add_columns()
    more = page.view.changing.columns_sheet
    assert more is not None
    qtbot.waitUntil(lambda: bool(more.choices.sources), timeout=GUARD_MS)
    more.sources.check([line.source for line in more.choices.sources])
    more.button.click()
    qtbot.waitUntil(lambda: len(page.view.model.columns) == 3, timeout=GUARD_MS)
    assert kept(qtbot, shell)[0].columns == 3


def test_a_comparison_is_renamed_and_archived_and_comes_back(
    qtbot: QtBot, shell: Shell, page: ComparePage, sheet: NewSheet
) -> None:
    made(qtbot, page, sheet, 4)
    page.view.changing.rename()
    names = page.view.changing.name_sheet
    assert names is not None
    names.edit.setText("Warmer")
    names.button.click()
    qtbot.waitUntil(lambda: page.view.header.title.text() == "Warmer", timeout=GUARD_MS)
    page.view.changing.archive()
    qtbot.waitUntil(lambda: kept(qtbot, shell) == [], timeout=GUARD_MS)
    shell.window.toasts.shown[-1].pressed.emit()
    qtbot.waitUntil(lambda: [one.name for one in kept(qtbot, shell)] == ["Warmer"],
                    timeout=GUARD_MS)  # fmt: skip


def test_enter_opens_a_kept_comparison(qtbot: QtBot, shell: Shell, page: ComparePage) -> None:
    with closing(database.connect(shell.session.path)) as db:
        key = compare_data.filled(db)
    page.arrive("list")
    qtbot.waitUntil(lambda: page.kept.model.rowCount() == 1, timeout=GUARD_MS)
    page.kept.table.selectRow(0)
    qtbot.keyClick(page.kept.table, Key.Key_Return)
    qtbot.waitUntil(lambda: page.view.model.rowCount() == 8, timeout=GUARD_MS)
    assert page.view.controller.key == key


def test_old_comparisons_come_in_pages(qtbot: QtBot, shell: Shell, page: ComparePage) -> None:
    with closing(database.connect(shell.session.path)) as db:
        for number in range(130):
            comparisons.create(db, [], [], name=f"number {number}")
    page.arrive("list")
    model = page.kept.model
    qtbot.waitUntil(lambda: model.rowCount() == 100, timeout=GUARD_MS)
    assert model.items[0].name == "number 129"
    assert model.canFetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    qtbot.waitUntil(lambda: model.rowCount() == 130, timeout=GUARD_MS)


@pytest.mark.parametrize("suffix", ["html", "csv", "json", "md"])
def test_a_comparison_is_exported(
    qtbot: QtBot, shell: Shell, page: ComparePage, tmp_path: Path, suffix: str
) -> None:
    with closing(database.connect(shell.session.path)) as db:
        key = compare_data.filled(db)
    page.open(key)
    qtbot.waitUntil(lambda: page.view.model.rowCount() == 8, timeout=GUARD_MS)
    path = tmp_path / f"report.{suffix}"
    page.view.export.write(path)
    qtbot.waitUntil(path.exists, timeout=GUARD_MS)
    qtbot.waitUntil(lambda: bool(shell.window.toasts.shown), timeout=GUARD_MS)
    text = path.read_text(encoding="utf-8")
    assert "Rate limit reached" in text
    if suffix == "json":
        assert len(json.loads(text)["columns"]) == 4


def test_a_place_that_cannot_be_written_is_told(
    qtbot: QtBot, shell: Shell, page: ComparePage, tmp_path: Path
) -> None:
    page.view.export.write(tmp_path / "nowhere" / "report.html")
    qtbot.waitUntil(lambda: bool(shell.window.toasts.shown), timeout=GUARD_MS)
