"""What can be done on the Prompts page, each by its key, button or menu."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot
from tests.ui.support.accessible import faults
from tests.ui.support.prompts_hands import (
    GUARD,
    answer,
    ask,
    names,
    saved,
    shown,
    text,
    type_at_end,
    words,
)
from tests.ui.support.prompts_rig import Rig, make, one_prompt, refund_reply, stored

from proofroom.domain.message import text_of
from proofroom.ui.prompts.new_sheet import NewSheet
from proofroom.ui.widgets.labels import Paragraph
from proofroom.workspace import marks

Key, Mod = Qt.Key, Qt.KeyboardModifier
CONTROL, SHIFT = Mod.ControlModifier, Mod.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make(tmp_path / "test.proofspace", partial(one_prompt, name="other"), one_prompt)


@pytest.fixture
def rig(qtbot: QtBot, path: Path) -> Iterator[Rig]:
    rig = Rig(path).open(qtbot)
    yield rig
    rig.end()
    assert rig.failed == []


def test_a_duplicate_has_the_words_just_typed_and_is_shown(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    text(rig).setFocus()
    qtbot.keyClick(text(rig), Key.Key_End, CONTROL)
    qtbot.keyClicks(text(rig), " Now")
    rig.window.actions_.trigger("duplicate-prompt")
    title = rig.page.bench.header.title
    qtbot.waitUntil(lambda: title.text() == "greet-copy", timeout=GUARD)
    assert text_of(stored(path, 3).content.messages[0].parts).endswith("}}. Now")
    assert set(names(path)) == {"greet", "greet-copy", "other"}


def test_tags_are_set_shown_filtered_by_and_taken_away(qtbot: QtBot, rig: Rig, path: Path) -> None:
    rig.window.actions_.trigger("tag-prompt")
    answer(qtbot, rig, " support, mail ,, support")
    qtbot.waitUntil(lambda: rig.page.draft.now is not None
                    and rig.page.draft.now.tags == ("mail", "support"), timeout=GUARD)  # fmt: skip
    pane = rig.page.pane
    pane.tag = "mail"
    pane.filtered.emit()
    qtbot.waitUntil(lambda: pane.rows.model().rowCount() == 1, timeout=GUARD)
    rig.window.actions_.trigger("tag-prompt")
    answer(qtbot, rig, "")
    qtbot.waitUntil(pane.nothing.isVisible, timeout=GUARD)
    assert pane.nothing.title.text() == "No prompt matches the tag “mail”"
    pane.nothing.button.click()
    qtbot.waitUntil(lambda: pane.rows.model().rowCount() == 2, timeout=GUARD)
    assert ask(path, lambda db: marks.tags(db, "prompt")) == []


def test_an_archived_prompt_is_put_back_from_the_archived_ones(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    actions = rig.window.actions_
    assert not actions.action("unarchive-prompt").isEnabled()
    rig.page.pane.rows.setFocus()
    qtbot.keyClick(rig.page.pane.rows, Key.Key_Delete)
    qtbot.waitUntil(lambda: names(path) == ["other"], timeout=GUARD)
    rig.page.pane.archived = True
    rig.page.pane.filtered.emit()
    qtbot.waitUntil(lambda: rig.page.model.keys == [2], timeout=GUARD)
    rig.page.go(2)
    qtbot.waitUntil(lambda: actions.action("unarchive-prompt").isEnabled(), timeout=GUARD)
    assert not actions.action("archive").isEnabled()
    actions.trigger("unarchive-prompt")
    qtbot.waitUntil(lambda: set(names(path)) == {"other", "greet"}, timeout=GUARD)
    qtbot.waitUntil(lambda: actions.action("archive").isEnabled(), timeout=GUARD)


def test_after_an_archived_prompt_its_neighbour_is_shown(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    rig.page.pane.rows.setFocus()
    qtbot.keyClick(rig.page.pane.rows, Key.Key_Delete)
    qtbot.waitUntil(lambda: rig.page.bench.header.title.text() == "other", timeout=GUARD)
    assert names(path, archived=True) == ["greet"]


def test_the_keys_of_the_message_move_it_down_and_do_nothing_at_the_end(
    qtbot: QtBot, rig: Rig
) -> None:
    qtbot.mouseClick(rig.page.bench.editor.add_button, LEFT)
    qtbot.keyClicks(text(rig, 1), "Second")
    text(rig, 0).setFocus()
    for _ in range(3):
        qtbot.keyClick(rig.window.focusWidget(), Key.Key_Down, CONTROL | SHIFT)
    assert [text(rig, n).text() for n in (0, 1)] == ["Second", "Say hello to {{ name }}."]
    assert text(rig, 1).hasFocus()
    qtbot.keyClick(text(rig, 1), Key.Key_Z, CONTROL)
    assert text(rig, 1).text() == "Second"


def test_the_side_panel_goes_and_comes_by_key(qtbot: QtBot, rig: Rig) -> None:
    side = rig.page.bench.side_scroll
    rig.window.resize(1280, 800)
    qtbot.waitUntil(side.isVisible)
    qtbot.keyClick(text(rig), Key.Key_Backslash, CONTROL)
    assert not side.isVisible()
    qtbot.keyClick(text(rig), Key.Key_Backslash, CONTROL)
    assert side.isVisible()


def test_versions_are_walked_read_and_left_by_key(qtbot: QtBot, tmp_path: Path) -> None:
    rig = Rig(make(tmp_path / "six.proofspace", refund_reply)).open(qtbot)
    strip, bench = rig.page.bench.strip, rig.page.bench
    strip.setFocus()
    qtbot.keyClick(strip, Key.Key_Home)
    qtbot.keyClick(strip, Key.Key_Space)
    qtbot.waitUntil(bench.back.isVisible, timeout=GUARD)
    assert "v1 · first policy" in bench.header.fact.text()
    assert text(rig).isReadOnly()
    assert not rig.window.actions_.action("undo").isEnabled()
    qtbot.keyClick(strip, Key.Key_End)
    assert "v1" in bench.header.fact.text()  # moving along the strip opens nothing
    qtbot.keyClick(strip, Key.Key_Return)
    assert not bench.back.isVisible()
    assert not text(rig).isReadOnly()
    rig.end()


CHAT = '{"model": "m", "max_tokens": 9, %s"messages": [{"role": "user", "content": "x"}]}'
PASTES = {
    "messages": ('[{"role": "user", "content": "Hi {{ name }}"}]', "A list of messages", "jinja2"),
    "responses": ('{"model": "gpt-5", "input": "x"}', "An OpenAI Responses request", "none"),
    "anthropic": (CHAT % '"system": "S", ', "An Anthropic request", "none"),
    "gemini": ('{"contents": [{"parts": [{"text": "x"}]}]}', "A Gemini request", "none"),
    "curl": (f"curl https://api.openai.com/v1/x -d '{CHAT % ''}'", "An OpenAI request", "none"),
    "python": ("messages = [{'role': 'user', 'content': 'x'}]", "A list of messages", "none"),
    "markdown": ("# System\nBe brief.\n\n# User\nHi {name}", "Markdown", "braces"),
    "text": ("Only a text.", "Plain text", "none"),
}


@pytest.mark.parametrize("kind", PASTES)
def test_each_form_of_a_paste_is_named_and_taken_apart(
    qtbot: QtBot, rig: Rig, path: Path, kind: str
) -> None:
    pasted, form, language = PASTES[kind]
    qtbot.keyClick(text(rig), Key.Key_N, CONTROL)
    sheet = shown(qtbot, rig, NewSheet)
    qtbot.keyClicks(sheet.name, "pasted")
    sheet.paste.insertPlainText(pasted)
    qtbot.waitUntil(lambda: bool(sheet.found.text()), timeout=GUARD)
    assert sheet.found.text().startswith(form)
    with qtbot.waitSignal(rig.page.draft.opened, timeout=GUARD):
        qtbot.keyClick(sheet.name, Key.Key_Return)
    made = stored(path, 3).content
    roles = ["system", "user"] if kind in {"anthropic", "markdown"} else ["user"]
    assert [message.role for message in made.messages] == roles
    if language != "none":
        assert made.template == language
    qtbot.waitUntil(lambda: rig.window.focusWidget() is text(rig), timeout=GUARD)
    assert rig.page.bench.banner.isVisible() == ("{" in text_of(made.messages[-1].parts))


def test_a_new_prompt_without_a_name_or_with_a_taken_one_is_refused_in_place(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    qtbot.keyClick(text(rig), Key.Key_N, CONTROL)
    sheet = shown(qtbot, rig, NewSheet)
    qtbot.mouseClick(sheet.create_button, LEFT)
    assert sheet.name_field.error == "Give it a name."
    qtbot.keyClicks(sheet.name, "GREET")
    assert not sheet.name_field.error
    qtbot.keyClick(sheet.name, Key.Key_Return)
    qtbot.waitUntil(lambda: "already" in sheet.name_field.error, timeout=GUARD)
    qtbot.keyClick(sheet.name, Key.Key_Escape)
    assert not sheet.isVisible()
    assert len(names(path)) == 2


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_number_that_json_cannot_hold_is_told_and_not_taken(rig: Rig, number: str) -> None:
    schema = rig.page.bench.inspector.schema
    schema.pencil.click()
    schema.text.setPlainText('{"type": "object", "maximum": ' + number + "}")
    assert schema.field.error == f"{number} is no JSON. Write a number, a text or null."
    assert rig.page.draft.content.response_schema is None


@pytest.mark.parametrize(
    ("name", "bad", "error", "good", "value"),
    [
        ("temperature", "2.1", "Temperature goes from 0 to 2.", "1,5", 1.5),
        ("top_p", "-1", "Top p goes from 0 to 1.", "0.9", 0.9),
        ("max_tokens", "0", "Max tokens is 1 or more.", "1,000", 1000),
        ("seed", "x", "Seed is a whole number.", "-7", -7),
    ],
)
def test_each_setting_is_checked_on_leaving_and_cleared_by_a_good_value(  # noqa: PLR0913, PLR0917
    qtbot: QtBot, rig: Rig, name: str, bad: str, error: str, good: str, value: float
) -> None:
    form = rig.page.bench.inspector.settings
    line = form.line(name)
    line.setFocus()
    qtbot.keyClicks(line, bad)
    qtbot.keyClick(line, Key.Key_Tab)
    assert form.fields[name].error == error
    assert line.text() == bad
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, good)
    assert not form.fields[name].error
    assert getattr(rig.page.draft.content.settings, name) == value


def test_all_undo_is_there_again_after_a_restart_settings_and_messages(
    qtbot: QtBot, path: Path
) -> None:
    first = Rig(path).open(qtbot)
    line = first.page.bench.inspector.settings.line("temperature")
    line.setFocus()
    qtbot.keyClicks(line, "0.5")
    qtbot.mouseClick(first.page.bench.editor.add_button, LEFT)
    qtbot.keyClicks(text(first, 1), "Two")
    first.end()
    again = Rig(path).open(qtbot)
    assert text(again, 1).text() == "Two"
    form = again.page.bench.inspector.settings
    for _ in range(9):
        again.page.deeds.undo()
    assert not again.page.draft.journal.can_undo
    assert len(again.page.bench.editor.blocks) == 1
    assert form.line("temperature").text() == ""
    for _ in range(9):
        again.page.deeds.redo()
    assert (text(again, 1).text(), form.line("temperature").text()) == ("Two", "0.5")
    again.end()


def paste(words: str) -> None:
    """Put words on the clipboard, as another program would."""
    QApplication.clipboard().setText(words)


LARGE = "\N{GRINNING FACE}é" + "word\N{NO-BREAK SPACE}" * 400_000


def test_a_large_paste_is_held_whole_and_only_its_start_is_laid_out(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    qtbot.keyClick(text(rig), Key.Key_N, CONTROL)
    sheet = shown(qtbot, rig, NewSheet)
    qtbot.keyClicks(sheet.name, "large")
    paste(LARGE[:1_000_000])
    sheet.paste.setFocus()
    qtbot.keyClick(sheet.paste, Key.Key_V, CONTROL)
    assert sheet.paste.document().characterCount() < 1_000
    qtbot.waitUntil(lambda: sheet.found.text().startswith("Plain text"), timeout=GUARD)
    assert sheet.held.text() == "All 1,000,000 characters are kept; the start is shown."
    assert faults(sheet) == []
    with qtbot.waitSignal(rig.page.draft.opened, timeout=GUARD):
        qtbot.mouseClick(sheet.create_button, LEFT)
    assert words(path, 3) == [LARGE[:1_000_000]]


def test_a_large_paste_keeps_what_was_typed_around_it_and_can_be_taken_out(
    qtbot: QtBot, rig: Rig
) -> None:
    qtbot.keyClick(text(rig), Key.Key_N, CONTROL)
    sheet = shown(qtbot, rig, NewSheet)
    sheet.paste.insertPlainText("\N{GRINNING FACE}[old]]\nend")
    cursor = sheet.paste.textCursor()
    cursor.setPosition(3)
    cursor.setPosition(6, QTextCursor.MoveMode.KeepAnchor)
    sheet.paste.setTextCursor(cursor)
    paste(LARGE)
    sheet.paste.paste()
    assert sheet.paste.text() == f"\N{GRINNING FACE}[{LARGE}]]\nend"
    shown_start = sheet.paste.toPlainText()
    qtbot.keyClicks(sheet.paste, "not taken")
    assert (sheet.paste.held, sheet.paste.toPlainText()) == (True, shown_start)
    sheet.take_out.click()
    assert (sheet.paste.text(), sheet.paste.isReadOnly()) == ("", False)
    assert not sheet.held.isVisible()
    qtbot.keyClicks(sheet.paste, "typed")
    assert sheet.paste.text() == "typed"


@pytest.mark.parametrize(
    ("key", "modifier", "left"),
    [(Key.Key_Backspace, Mod.NoModifier, ""), (Key.Key_V, CONTROL, "small")],
)
def test_what_is_held_is_replaced_by_a_paste_and_deleted_by_key(
    qtbot: QtBot, rig: Rig, key: Qt.Key, modifier: Qt.KeyboardModifier, left: str
) -> None:
    qtbot.keyClick(text(rig), Key.Key_N, CONTROL)
    sheet = shown(qtbot, rig, NewSheet)
    paste(LARGE)
    sheet.paste.paste()
    paste("small")
    qtbot.keyClick(sheet.paste, key, modifier)
    assert (sheet.paste.text(), sheet.paste.held) == (left, False)


def test_more_than_two_megabytes_are_refused_in_place(qtbot: QtBot, rig: Rig) -> None:
    qtbot.keyClick(text(rig), Key.Key_N, CONTROL)
    sheet = shown(qtbot, rig, NewSheet)
    qtbot.keyClicks(sheet.name, "large")
    paste("x" * (2 * 1024 * 1024 + 1))
    sheet.paste.paste()
    qtbot.keyClick(sheet.name, Key.Key_Return)  # before it was read
    qtbot.waitUntil(lambda: "larger than 2 MB" in sheet.paste_field.error, timeout=GUARD)
    assert sheet.isVisible()


def test_a_long_line_pasted_into_a_message_is_folded_saved_and_undone(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    block = rig.page.bench.editor.blocks[0]
    type_at_end(qtbot, rig, " ")
    text(rig).textCursor().insertText("\N{GRINNING FACE}: .")  # no key types it
    saved(qtbot, rig)
    qtbot.keyClick(text(rig), Key.Key_Left)
    paste(LARGE)
    qtbot.keyClick(text(rig), Key.Key_V, CONTROL)
    assert text(rig).folded
    assert block.fold_button.isVisible()
    assert text(rig).document().characterCount() < 1_000
    saved(qtbot, rig)
    assert words(path, 2) == [f"Say hello to {{{{ name }}}}. \N{GRINNING FACE}: {LARGE}."]
    rig.page.deeds.undo()
    assert text(rig).text().endswith("}}. \N{GRINNING FACE}: .")
    assert not block.fold_button.isVisible()


@pytest.mark.qt_log_ignore("does not support")  # a tooltip, offscreen
def test_the_words_of_a_remark_are_shown_whole_by_f8_and_by_the_pointer(
    qtbot: QtBot, rig: Rig
) -> None:
    type_at_end(qtbot, rig, " {{ user name }}")
    qtbot.waitUntil(lambda: rig.page.remarks.found.warnings > 0, timeout=GUARD)
    said = rig.page.remarks.found.notes[0].text
    qtbot.keyClick(text(rig), Key.Key_F8)
    qtbot.waitUntil(lambda: QToolTip.text() == said)
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())
    port = text(rig).viewport()
    at = text(rig).cursorRect().center()
    QApplication.sendEvent(port, QHelpEvent(QEvent.Type.ToolTip, at, port.mapToGlobal(at)))
    assert (QToolTip.text(), said.startswith("“name” in “{{ user name }}”")) == (said, True)
    QToolTip.hideText()


def test_the_hint_for_variables_is_of_the_language_when_the_last_one_goes(
    qtbot: QtBot, rig: Rig
) -> None:
    form = rig.page.bench.inspector.variables
    rig.page.draft.put(template="braces")
    text(rig).setFocus()
    qtbot.keyClicks(text(rig), "{a}")
    qtbot.waitUntil(lambda: list(form.fields) == ["a"], timeout=GUARD)
    text(rig).selectAll()
    qtbot.keyClick(text(rig), Key.Key_Delete)
    qtbot.waitUntil(lambda: not form.fields, timeout=GUARD)
    said = [one.text() for one in form.findChildren(Paragraph) if one.isVisible()]
    assert said == ["Write {name} in a message to make a variable."]
