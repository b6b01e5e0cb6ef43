"""The Prompts page over a real workspace file, by real keys."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.ui.support.accessible import faults
from tests.ui.support.prompts_hands import (
    GUARD,
    answer,
    ask,
    saved,
    shown,
    text,
    type_at_end,
    words,
)
from tests.ui.support.prompts_rig import Rig, make, one_prompt, refund_reply, stored

from proofroom.domain.message import text_of
from proofroom.ui.prompts.new_sheet import NewSheet
from proofroom.ui.prompts.popover import Popover
from proofroom.ui.prompts.versions_sheet import VersionsSheet
from proofroom.ui.theme import theme
from proofroom.ui.widgets import paint
from proofroom.workspace import inputs, prompts, versions

Key, Mod = Qt.Key, Qt.KeyboardModifier
CONTROL, SHIFT = Mod.ControlModifier, Mod.ShiftModifier


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make(tmp_path / "test.proofspace", one_prompt)


@pytest.fixture
def rig(qtbot: QtBot, path: Path) -> Iterator[Rig]:
    rig = Rig(path).open(qtbot)
    yield rig
    rig.end()
    assert rig.failed == []


def test_typed_text_is_in_the_file_within_a_second(qtbot: QtBot, rig: Rig, path: Path) -> None:
    with qtbot.waitSignal(rig.page.draft.saved, timeout=GUARD):
        type_at_end(qtbot, rig, " Be kind.")
    saved(qtbot, rig)
    assert words(path) == ["Say hello to {{ name }}. Be kind."]
    assert rig.page.bench.header.fact.text().startswith("Draft saved ")


def test_undo_goes_back_over_blocks_and_redo_forward(qtbot: QtBot, rig: Rig) -> None:
    type_at_end(qtbot, rig, " One.")
    qtbot.mouseClick(rig.page.bench.editor.add_button, Qt.MouseButton.LeftButton)
    type_at_end(qtbot, rig, "Two", block=1)
    qtbot.keyClick(text(rig, 1), Key.Key_Z, CONTROL)
    assert text(rig, 1).text() == ""
    qtbot.keyClick(text(rig, 1), Key.Key_Z, CONTROL)
    assert len(rig.page.bench.editor.blocks) == 1
    qtbot.keyClick(text(rig), Key.Key_Z, CONTROL)
    assert text(rig).text() == "Say hello to {{ name }}."
    for _ in range(3):
        qtbot.keyClick(text(rig), Key.Key_Z, CONTROL | SHIFT)
    assert [text(rig).text(), text(rig, 1).text()] == ["Say hello to {{ name }}. One.", "Two"]


def test_undo_works_after_the_window_was_closed_and_opened(qtbot: QtBot, path: Path) -> None:
    first = Rig(path).open(qtbot)
    type_at_end(qtbot, first, " More")
    first.end()
    again = Rig(path).open(qtbot)
    assert text(again).text() == "Say hello to {{ name }}. More"
    qtbot.keyClick(text(again), Key.Key_Z, CONTROL)
    qtbot.keyClick(text(again), Key.Key_Z, CONTROL)
    assert text(again).text() == "Say hello to {{ name }}."
    again.end()


def test_saving_a_version_asks_for_a_note_and_undo_archives_it(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    type_at_end(qtbot, rig, " Shortly.")
    qtbot.keyClick(text(rig), Key.Key_S, CONTROL)
    with qtbot.waitSignal(rig.page.draft.version_saved, timeout=GUARD):
        answer(qtbot, rig, "shorter")
    toast = rig.window.toasts.shown[-1]
    assert toast.text.text() == "v2 saved"
    found = ask(path, partial(versions.of_prompt, prompt_key=1))
    assert [(one.label, one.note) for one in found] == [("v2", "shorter"), ("v1", "first")]
    toast.action.click()
    qtbot.waitUntil(lambda: len(ask(path, partial(versions.of_prompt, prompt_key=1))) == 1)
    since = rig.page.bench.inspector.settings.since
    qtbot.waitUntil(lambda: since.text() == "same as v1", timeout=GUARD)


def test_an_unchanged_draft_is_not_saved_as_a_version(qtbot: QtBot, rig: Rig) -> None:
    qtbot.keyClick(text(rig), Key.Key_S, CONTROL)
    assert rig.window.toasts.shown[-1].text.text() == "The draft is the same as v1"


def test_compare_shows_the_draft_against_the_last_version_word_by_word(
    qtbot: QtBot, rig: Rig
) -> None:
    type_at_end(qtbot, rig, " Now.")
    rig.page.bench.inspector.settings.line("temperature").setText("0.5")
    qtbot.keyClick(text(rig), Key.Key_D, CONTROL)
    sheet = shown(qtbot, rig, VersionsSheet)
    qtbot.waitUntil(lambda: sheet.difference is not None)
    found = sheet.difference
    assert found is not None
    assert [(r.op, r.text) for r in found.messages[0].runs][-1] == ("+", " Now.")
    assert [(f.name, f.old, f.new) for f in found.fields] == [("temperature", None, "0.5")]


def test_shift_and_a_click_compare_any_two_versions(qtbot: QtBot, tmp_path: Path) -> None:
    rig = Rig(make(tmp_path / "six.proofspace", refund_reply)).open(qtbot)
    strip = rig.page.bench.strip
    strip.setFocus()
    for _ in range(4):
        qtbot.keyClick(strip, Key.Key_Left)
    qtbot.keyClick(strip, Key.Key_Return)
    qtbot.waitUntil(rig.page.bench.back.isVisible)
    assert text(rig).isReadOnly()
    qtbot.keyClick(strip, Key.Key_Left)
    qtbot.keyClick(strip, Key.Key_Return, SHIFT)
    sheet = shown(qtbot, rig, VersionsSheet)
    qtbot.waitUntil(lambda: sheet.difference is not None)
    assert sheet.old.currentText().startswith("v2")
    assert sheet.new.currentText().startswith("v3")
    rig.end()


def test_a_version_is_restored_into_the_draft_and_undo_takes_it_back(
    qtbot: QtBot, rig: Rig
) -> None:
    type_at_end(qtbot, rig, " Wrong.")
    now = rig.page.draft.now
    assert now is not None
    rig.page.version.show(now.versions[0].key)
    qtbot.waitUntil(rig.page.bench.restore.isVisible)
    since = rig.page.bench.inspector.settings.since
    assert not since.text()  # what was said of the draft
    qtbot.mouseClick(rig.page.bench.restore, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not rig.page.on_version and not text(rig).isReadOnly())
    qtbot.waitUntil(lambda: since.text() == "same as v1", timeout=GUARD)
    assert text(rig).text() == "Say hello to {{ name }}."
    qtbot.keyClick(text(rig), Key.Key_Z, CONTROL)
    assert text(rig).text() == "Say hello to {{ name }}. Wrong."


def test_messages_move_by_key_and_take_another_role(qtbot: QtBot, rig: Rig, path: Path) -> None:
    qtbot.mouseClick(rig.page.bench.editor.add_button, Qt.MouseButton.LeftButton)
    type_at_end(qtbot, rig, "Second", block=1)
    qtbot.keyClick(text(rig, 1), Key.Key_Up, CONTROL | SHIFT)
    assert text(rig, 0).text() == "Second"
    assert text(rig, 0).hasFocus()
    rig.page.bench.editor.blocks[0].asked.emit("system")
    saved(qtbot, rig)
    roles = [message.role for message in stored(path).content.messages]
    assert (roles, words(path)[0]) == (["system", "user"], "Second")


def test_a_prompt_is_renamed_by_key_and_a_taken_name_is_refused_in_place(
    qtbot: QtBot, tmp_path: Path
) -> None:
    path = make(tmp_path / "two.proofspace", one_prompt, partial(one_prompt, name="other"))
    rig = Rig(path).open(qtbot)
    qtbot.keyClick(text(rig), Key.Key_F2)
    answer(qtbot, rig, "greet")
    popover = shown(qtbot, rig, Popover)
    qtbot.waitUntil(lambda: "already" in popover.field.error)
    answer(qtbot, rig, "welcome")
    qtbot.waitUntil(lambda: rig.page.bench.header.title.text() == "welcome")
    assert ask(path, partial(prompts.by_name, name="welcome")).key == 2
    rig.end()


def test_delete_archives_a_prompt_and_the_toast_puts_it_back(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    rig.page.pane.rows.setFocus()
    qtbot.keyClick(rig.page.pane.rows, Key.Key_Delete)
    qtbot.waitUntil(lambda: ask(path, prompts.listed) == [], timeout=GUARD)
    qtbot.waitUntil(lambda: bool(rig.window.toasts.shown))
    qtbot.waitUntil(rig.page.empty.isVisible)
    rig.window.toasts.shown[-1].action.click()
    qtbot.waitUntil(lambda: rig.page.draft.now is not None, timeout=GUARD)
    assert [one.name for one in ask(path, prompts.listed)] == ["greet"]


def test_a_new_prompt_takes_a_pasted_request_apart(qtbot: QtBot, rig: Rig, path: Path) -> None:
    qtbot.keyClick(text(rig), Key.Key_N, CONTROL)
    sheet = shown(qtbot, rig, NewSheet)
    qtbot.keyClicks(sheet.name, "triage")
    sheet.paste.insertPlainText(
        '{"model": "gpt-4o-mini", "temperature": 0.2, "messages": [{"role": "system", "content":'
        ' "Sort."}, {"role": "user", "content": "Ticket {ticket}"}]}'
    )
    with qtbot.waitSignal(rig.page.draft.opened, timeout=GUARD):
        qtbot.mouseClick(sheet.create_button, Qt.MouseButton.LeftButton)
    made = stored(path, 2).content
    assert [message.role for message in made.messages] == ["system", "user"]
    assert (made.settings.temperature, made.template) == (0.2, "braces")
    qtbot.waitUntil(lambda: rig.window.focusWidget() is text(rig), timeout=GUARD)
    banner = rig.page.bench.banner
    assert banner.isVisible()
    banner.answers[0].click()
    saved(qtbot, rig)
    assert stored(path, 2).content.template == "none"


def test_a_paste_with_a_key_is_not_stored_unasked(qtbot: QtBot, rig: Rig, path: Path) -> None:
    key = "sk-proj-" + "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gH3kM5oP7r"
    qtbot.keyClick(text(rig), Key.Key_N, CONTROL)
    sheet = shown(qtbot, rig, NewSheet)
    qtbot.keyClicks(sheet.name, "leak")
    sheet.paste.insertPlainText(f"Use {key} for the call.")
    qtbot.waitUntil(sheet.warning.isVisible, timeout=GUARD)
    qtbot.mouseClick(sheet.create_button, Qt.MouseButton.LeftButton)
    assert sheet.isVisible()
    assert [one.name for one in ask(path, prompts.listed)] == ["greet"]
    with qtbot.waitSignal(rig.page.draft.opened, timeout=GUARD):
        sheet.warning.answers[0].click()
        qtbot.mouseClick(sheet.create_button, Qt.MouseButton.LeftButton)


def test_variables_are_found_while_typing_and_values_are_kept_as_an_input(
    qtbot: QtBot, rig: Rig, path: Path
) -> None:
    type_at_end(qtbot, rig, " Use {{ tone }}")
    form = rig.page.bench.inspector.variables
    qtbot.waitUntil(lambda: list(form.fields) == ["name", "tone"])
    qtbot.keyClicks(form.fields["name"].control, "Ada")
    assert (form.values, form.missing) == ({"name": "Ada"}, ["tone"])
    form.save_as_asked.emit()
    answer(qtbot, rig, "First")
    qtbot.waitUntil(lambda: form.choice.accessibleName().endswith("First"), timeout=GUARD)
    found = ask(path, partial(inputs.of_prompt, prompt_key=1))
    assert [(one.name, one.values) for one in found] == [("First", {"name": "Ada"})]


def test_a_bad_setting_is_told_and_not_taken(qtbot: QtBot, rig: Rig) -> None:
    form = rig.page.bench.inspector.settings
    line = form.line("temperature")
    line.setFocus()
    qtbot.keyClicks(line, "7")
    qtbot.keyClick(line, Key.Key_Tab)
    assert form.fields["temperature"].error == "Temperature goes from 0 to 2."
    assert rig.page.draft.content.settings.temperature is None
    form.model.selectAll()
    qtbot.keyClicks(form.model, "nobody/m")
    qtbot.waitUntil(lambda: "no provider “nobody”" in form.model_problem())


def test_a_setting_of_many_digits_is_shown_whole(qtbot: QtBot, rig: Rig) -> None:
    line = rig.page.bench.inspector.settings.line("temperature")
    line.setFocus()
    qtbot.keyClicks(line, "0.12345678")
    type_at_end(qtbot, rig, "!")
    for key, end in ((Key.Key_Z, False), (Key.Key_Y, True)):
        qtbot.keyClick(text(rig), key, CONTROL)
        messages = rig.page.draft.content.messages
        assert text_of(messages[0].parts).endswith("!") is end
    assert line.text() == "0.12345678"
    assert rig.page.draft.content.settings.temperature == 0.12345678


def test_tools_are_checked_while_typed_and_undone_with_the_text(qtbot: QtBot, rig: Rig) -> None:
    tools = rig.page.bench.inspector.tools
    tools.pencil.click()
    tools.text.setPlainText('[{"name": "look",}]')
    assert tools.field.error.startswith("Line 1, column")
    tools.text.setPlainText('[{"name": "look", "parameters": {"properties": {"id": {}}}}]')
    assert (tools.field.error, rig.page.draft.content.tools[0].name) == ("", "look")
    qtbot.keyClick(text(rig), Key.Key_Z, CONTROL)
    assert rig.page.draft.content.tools == ()


@pytest.mark.parametrize(
    ("section", "typed"),
    [
        ("tools", '[{"name": "look", "name": "find"}]'),
        ("schema", '{"type": "object", "properties": {"name": {}, "a": 1, "name": {}}}'),
        ("body", '{"a": {"name": 1, "name": 2}}'),
        ("headers", '{"name": "1", "name": "2"}'),
    ],
)
def test_a_key_that_stands_twice_is_named_and_nothing_is_dropped(
    rig: Rig, section: str, typed: str
) -> None:
    before = rig.page.draft.content
    part = getattr(rig.page.bench.inspector, section)
    part.pencil.click()
    part.text.setPlainText(typed)
    assert part.field.error == "“name” stands twice in one object. Keep one of them."
    assert rig.page.draft.content == before


def test_a_header_that_looks_like_a_secret_is_refused(rig: Rig) -> None:
    headers = rig.page.bench.inspector.headers
    headers.pencil.click()
    headers.text.setPlainText('{"Authorization": "Bearer abc"}')
    assert "looks like a secret" in headers.field.error
    assert rig.page.draft.content.options.headers == {}


@pytest.mark.qt_log_ignore("does not support")  # a tooltip, offscreen
def test_f8_goes_to_the_line_with_a_fault(qtbot: QtBot, rig: Rig) -> None:
    type_at_end(qtbot, rig, "")
    qtbot.keyClick(text(rig), Key.Key_Return)
    qtbot.keyClicks(text(rig), "{% if x %} open")
    qtbot.waitUntil(lambda: rig.page.remarks.found.warnings > 0)
    qtbot.keyClick(text(rig), Key.Key_Home, CONTROL)
    fault = rig.page.remarks.found.notes[0]
    qtbot.keyClick(text(rig), Key.Key_F8)
    assert text(rig).textCursor().blockNumber() == fault.line
    assert rig.page.bench.footer.warnings.text() == "1 warning"


def test_search_finds_by_words_and_says_when_it_finds_nothing(qtbot: QtBot, rig: Rig) -> None:
    pane = rig.page.pane
    qtbot.keyClick(text(rig), Key.Key_F, CONTROL)
    qtbot.keyClicks(pane.search, "hello")
    qtbot.waitUntil(lambda: pane.rows.model().rowCount() == 1)
    qtbot.keyClicks(pane.search, "xx")
    qtbot.waitUntil(pane.nothing.isVisible)
    assert pane.nothing.title.text() == "No prompt matches “helloxx”"
    pane.nothing.button.click()
    qtbot.waitUntil(lambda: pane.rows.model().rowCount() == 1)


@pytest.mark.parametrize("zoom", [100, 200])
def test_everything_on_the_page_has_a_name_and_room(
    qtbot: QtBot, tmp_path: Path, zoom: int
) -> None:
    rig = Rig(make(tmp_path / "full.proofspace", refund_reply)).open(qtbot)
    rig.window.resize(1280, 800)
    theme().set_zoom(zoom)
    qtbot.waitUntil(lambda: faults(rig.page) == [], timeout=GUARD)
    fact = rig.page.bench.header.fact
    assert fact.shown
    assert paint.width(fact.shown, fact.font()) <= fact.width()  # a form that is not cut
    theme().set_zoom(100)
    rig.end()


def test_the_footer_says_that_it_counts_until_there_is_a_count(qtbot: QtBot, rig: Rig) -> None:
    footer = rig.page.bench.footer
    footer.say_counting()
    assert (footer.since.text(), footer.since.isVisible()) == ("Counting tokens", True)
    type_at_end(qtbot, rig, " More")
    qtbot.waitUntil(lambda: "token" in footer.tokens.text(), timeout=6 * GUARD)
    assert "Counting" not in footer.since.text()
    footer.say_uncounted()
    assert "asks again" in footer.since.text()
    assert not footer.tokens.isVisible()


def test_a_count_that_the_engine_never_gave_is_said(qtbot: QtBot, rig: Rig) -> None:
    footer = rig.page.bench.footer
    rig.session.engine.close()
    type_at_end(qtbot, rig, " More")
    qtbot.waitUntil(lambda: footer.since.text().startswith("Tokens not counted"), timeout=GUARD)
    assert footer.since.isVisible()
