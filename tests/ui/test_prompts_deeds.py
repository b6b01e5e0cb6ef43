"""What can be done on the Prompts page, each by its key, button or menu."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from tests.ui.support.prompts_rig import Rig, make, one_prompt, refund_reply, stored

from proofroom.domain.message import text_of
from proofroom.ui.prompts.message_text import MessageText
from proofroom.ui.prompts.new_sheet import NewSheet
from proofroom.ui.prompts.popover import Popover
from proofroom.workspace import marks, opening, prompts

Key, Mod = Qt.Key, Qt.KeyboardModifier
CONTROL, SHIFT = Mod.ControlModifier, Mod.ShiftModifier
LEFT = Qt.MouseButton.LeftButton
GUARD = 10_000
T = TypeVar("T")
W = TypeVar("W", bound=QWidget)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make(tmp_path / "test.proofspace", partial(one_prompt, name="other"), one_prompt)


@pytest.fixture
def rig(qtbot: QtBot, path: Path) -> Iterator[Rig]:
    rig = Rig(path).open(qtbot)
    yield rig
    rig.end()
    assert rig.failed == []


def text(rig: Rig, block: int = 0) -> MessageText:
    return rig.page.bench.editor.blocks[block].texts[0]


def ask(path: Path, query: Callable[[sqlite3.Connection], T]) -> T:
    opened = opening.open_workspace(path, read_only=True)
    with closing(opened.connection) as db:
        return query(db)


def shown(qtbot: QtBot, rig: Rig, kind: type[W]) -> W:
    qtbot.waitUntil(lambda: any(w.isVisible() for w in rig.window.findChildren(kind)))
    return next(w for w in rig.window.findChildren(kind) if w.isVisible())


def answer(qtbot: QtBot, rig: Rig, words: str) -> None:
    popover = shown(qtbot, rig, Popover)
    popover.line.setText(words)
    qtbot.keyClick(popover.line, Key.Key_Return)


def names(path: Path, *, archived: bool = False) -> list[str]:
    return [one.name for one in ask(path, partial(prompts.listed, archived=archived))]


def saved(qtbot: QtBot, rig: Rig) -> None:
    rig.page.flush()
    qtbot.waitUntil(lambda: not rig.page.draft.journal.dirty and not rig.session.writer.unsaved,
                    timeout=GUARD)  # fmt: skip


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
