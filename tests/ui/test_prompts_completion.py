"""Variables completed at the caret, by real keys in a real window."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from pytestqt.qtbot import QtBot
from tests.ui.support.accessible import faults
from tests.ui.support.prompts_rig import Rig, content, make

from proofroom.domain.message import text_message
from proofroom.domain.version import TemplateLanguage, Variable
from proofroom.ui.key_sheet import KeySheet
from proofroom.ui.prompts import completion
from proofroom.ui.prompts.completion_list import CompletionList
from proofroom.ui.prompts.message_text import MessageText
from proofroom.ui.theme import Size, px
from proofroom.ui.widgets.labels import Label
from proofroom.workspace import inputs, prompts

Key, CONTROL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
TEXT = "For {{ shop }}: {{ shape }} and {{ tone }}. "


def fill(db: sqlite3.Connection, text: str, template: TemplateLanguage) -> None:
    given = (Variable(name="given"),)
    whole = content(text_message("user", text), template=template, variables=given)
    key = prompts.create(db, "reply", whole).key
    inputs.add(db, key, [("One", {"shop": "Acme", "kept": "x"})])


@pytest.fixture
def rig(qtbot: QtBot, tmp_path: Path) -> Iterator[Rig]:
    rig = opened(qtbot, tmp_path)
    yield rig
    rig.end()
    assert rig.failed == []


def opened(
    qtbot: QtBot, folder: Path, text: str = TEXT, template: TemplateLanguage = "jinja2"
) -> Rig:
    wanted = partial(fill, text=text, template=template)
    rig = Rig(make(folder / "test.proofspace", wanted)).open(qtbot)
    qtbot.waitUntil(lambda: bool(rig.page.inputs.names))
    edit(rig).setFocus()
    qtbot.keyClick(edit(rig), Key.Key_End, CONTROL)
    return rig


def edit(rig: Rig) -> MessageText:
    return rig.page.bench.editor.blocks[0].texts[0]


def offered(rig: Rig) -> CompletionList:
    return rig.page.deeds.completing.offered


def complete(qtbot: QtBot, rig: Rig, typed: str = "") -> None:
    qtbot.keyClicks(edit(rig), typed)
    qtbot.keyClick(edit(rig), Key.Key_Space, CONTROL)


def line(text: str) -> tuple[str, int]:
    """Return a line and where its caret, written |, stands."""
    return text.replace("|", ""), text.index("|")


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("jinja2", "{{ na|", "{{ name }}|"),
        ("jinja2", "{{na|}} x", "{{ name }}| x"),
        ("jinja2", "{{ na|me }} x", "{{ name }}| x"),
        ("jinja2", "{{ na| }} {{ b }}", "{{ name }}| {{ b }}"),
        ("jinja2", "{{ | | upper }}", None),
        ("jinja2", "a {{ | {{ b }}", "a {{ name }}| {{ b }}"),
        ("jinja2", "{% if na| %}x", "{% if name %}|x"),
        ("jinja2", "{% if na|", "{% if name %}|"),
        ("jinja2", "say na|", "say {{ name }}|"),
        ("jinja2", "{na|}", "{{ name }}|"),
        ("jinja2", "{|", "{{ name }}|"),
        ("braces", "{|", "{name}|"),
        ("braces", "\N{GRINNING FACE} {na|} x", "\N{GRINNING FACE} {name}| x"),
        ("braces", "say na|", "say {name}|"),
        ("braces", "{{{na|", "{{{name}|"),
    ],
)
def test_a_name_is_written_with_the_delimiters_that_are_missing(
    language: TemplateLanguage, before: str, after: str | None
) -> None:
    text, caret = line(before) if after else ("{{  | upper }}", 3)
    at = completion.place(text, caret, language)
    assert at is not None
    new = completion.splice(text, at, "name", language)
    done = text[: new.start] + new.text + text[new.end :]
    caret = new.start + len(new.text) + new.behind
    assert f"{done[:caret]}|{done[caret:]}" == (after or "{{ name| | upper }}")


@pytest.mark.parametrize(
    ("language", "before"),
    [
        ("none", "{{ na|"),
        ("jinja2", "{% i|"),
        ("jinja2", "{# na|"),
        ("jinja2", "{{ x.na|"),
        ("jinja2", "{{ x ! na|".replace("!", "\N{VERTICAL LINE}")),
        ("jinja2", '{{ "na|'),
        ("braces", "{{na|"),
    ],
)
def test_nothing_is_completed_where_no_variable_can_stand(
    language: TemplateLanguage, before: str
) -> None:
    caret = before.rindex("|")
    assert completion.place(before[:caret] + before[caret + 1 :], caret, language) is None


def test_the_one_name_that_fits_is_written_at_once_and_undone_in_one_step(
    qtbot: QtBot, rig: Rig
) -> None:
    complete(qtbot, rig, "{{ to")
    assert edit(rig).text() == f"{TEXT}{{{{ tone }}}}"
    assert not offered(rig).isVisible()
    qtbot.keyClicks(edit(rig), " on")
    qtbot.keyClick(edit(rig), Key.Key_Z, CONTROL)
    assert edit(rig).text() == f"{TEXT}{{{{ tone }}}}"
    qtbot.keyClick(edit(rig), Key.Key_Z, CONTROL)
    assert edit(rig).text() == f"{TEXT}{{{{ to"
    assert rig.page.draft.content.messages == rig.page.bench.editor.messages


def test_the_names_in_use_come_first_then_the_declared_then_those_of_inputs(
    qtbot: QtBot, rig: Rig
) -> None:
    complete(qtbot, rig, "{{ ")
    assert offered(rig).isVisible()
    assert offered(rig).names == ["shop", "shape", "tone", "given", "kept"]
    facts = [rig.page.deeds.completing.offered.model().index(n, 0).data(
        Qt.ItemDataRole.AccessibleTextRole) for n in (0, 3, 4)]  # fmt: skip
    assert facts == ["shop", "given · declared", "kept · from an input"]


def test_what_is_half_typed_is_no_name_of_its_own(qtbot: QtBot, rig: Rig) -> None:
    complete(qtbot, rig, "{{ sh }}")  # the caret is behind the tag: outside
    offered(rig).hide()
    for _ in range(3):
        qtbot.keyClick(edit(rig), Key.Key_Left)
    qtbot.keyClick(edit(rig), Key.Key_Space, CONTROL)
    assert offered(rig).names == ["shop", "shape"]


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Enter, Key.Key_Tab])
def test_arrows_choose_and_enter_or_tab_takes(qtbot: QtBot, rig: Rig, key: Qt.Key) -> None:
    complete(qtbot, rig, "{{ sh")
    for step in (Key.Key_Up, Key.Key_Down, Key.Key_Up):  # from the first one round to the last
        qtbot.keyClick(edit(rig), step)
    qtbot.keyClick(edit(rig), key)
    assert edit(rig).text() == f"{TEXT}{{{{ shape }}}}"
    assert edit(rig).hasFocus()
    assert not offered(rig).isVisible()


def test_typing_narrows_the_list_and_leaving_the_tag_closes_it(qtbot: QtBot, rig: Rig) -> None:
    complete(qtbot, rig, "{{ ")
    qtbot.keyClicks(edit(rig), "sh")
    assert offered(rig).names == ["shop", "shape"]
    qtbot.keyClick(edit(rig), Key.Key_Backspace)
    qtbot.keyClick(edit(rig), Key.Key_Backspace)
    assert len(offered(rig).names) == 5
    qtbot.keyClick(edit(rig), Key.Key_Home)
    assert not offered(rig).isVisible()
    qtbot.keyClick(edit(rig), Key.Key_End, CONTROL)
    qtbot.keyClick(edit(rig), Key.Key_Space, CONTROL)
    qtbot.keyClicks(edit(rig), ".")  # an attribute's name would follow
    assert not offered(rig).isVisible()
    assert edit(rig).text() == f"{TEXT}{{{{ ."


def test_escape_closes_the_list_and_nothing_else(qtbot: QtBot, rig: Rig) -> None:
    complete(qtbot, rig, "{{ ")
    qtbot.keyClick(edit(rig), Key.Key_Escape)
    assert not offered(rig).isVisible()
    qtbot.keyClick(edit(rig), Key.Key_Return)
    assert edit(rig).text() == f"{TEXT}{{{{ \n"


def test_a_click_takes_a_name_and_the_text_keeps_the_focus(qtbot: QtBot, rig: Rig) -> None:
    complete(qtbot, rig, "{{ ")
    names = offered(rig)
    spot = names.visualRect(names.model().index(2, 0)).center()
    qtbot.mouseClick(names.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert edit(rig).text() == f"{TEXT}{{{{ tone }}}}"
    assert edit(rig).hasFocus()


def test_the_list_stands_at_the_caret_inside_the_window_with_a_name(qtbot: QtBot, rig: Rig) -> None:
    complete(qtbot, rig, "{{ ")
    names, text = offered(rig), edit(rig)
    caret = text.viewport().mapTo(rig.window, text.cursorRect().bottomLeft())
    assert rig.window.rect().contains(names.geometry())
    assert 0 <= names.y() - caret.y() <= px(8)
    assert abs(names.x() - caret.x()) <= px(16)
    assert names.visualRect(names.model().index(0, 0)).height() == px(Size.ROW)
    assert QAccessible.queryAccessibleInterface(names).role() == QAccessible.Role.List
    assert faults(names) == []
    rig.window.resize(rig.window.width() - 1, rig.window.height())
    qtbot.waitUntil(lambda: not names.isVisible())


def test_a_name_that_nothing_begins_with_is_told(qtbot: QtBot, rig: Rig) -> None:
    complete(qtbot, rig, "{{ zz")
    assert rig.window.toasts.shown[-1].text.text() == "No variable begins with “zz”"
    assert not offered(rig).isVisible()


def test_a_version_on_screen_and_a_read_only_file_complete_nothing(qtbot: QtBot, rig: Rig) -> None:
    action = rig.window.actions_.action("complete")
    assert action.isEnabled()
    rig.session.read_only = True
    rig.page.show_session()
    assert not action.isEnabled()
    complete(qtbot, rig)
    assert not offered(rig).isVisible()


def test_braces_are_completed_in_their_own_way(qtbot: QtBot, tmp_path: Path) -> None:
    rig = opened(qtbot, tmp_path, "Say {shop} to {tone} ", "braces")
    complete(qtbot, rig, "{t")
    assert edit(rig).text() == "Say {shop} to {tone} {tone}"
    rig.end()


def test_tab_completes_inside_a_tag_alone_where_the_keys_are_those_of_macos(
    qtbot: QtBot, rig: Rig
) -> None:
    rig.window.actions_.set_keys({"complete": "Esc; Tab"})
    assert rig.window.actions_.action("complete").shortcuts() == []
    qtbot.keyClicks(edit(rig), "{{ to")
    qtbot.keyClick(edit(rig), Key.Key_Tab)
    assert edit(rig).text() == f"{TEXT}{{{{ tone }}}}"
    assert edit(rig).hasFocus()
    qtbot.keyClicks(edit(rig), " to")
    qtbot.keyClick(edit(rig), Key.Key_Tab)
    assert edit(rig).text() == f"{TEXT}{{{{ tone }}}} to"
    assert not edit(rig).hasFocus()


def test_the_keys_of_the_page_show_how_a_variable_is_completed(qtbot: QtBot, rig: Rig) -> None:
    sheet = KeySheet(rig.window, rig.window.actions_, rig.page)
    qtbot.addWidget(sheet)
    assert "Complete a variable" in [label.text() for label in sheet.findChildren(Label)]
    assert rig.window.actions_.key("complete") == "Ctrl+Space"
