from __future__ import annotations

import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt, QUrl
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS
from tests.ui.support.compare_rig import front

from proofroom import __version__, paths
from proofroom.ui.about import About
from proofroom.ui.help_pages import INDEX, NEWS, Hit, Page, load, search
from proofroom.ui.help_sheet import HelpSheet
from proofroom.ui.key_sheet import KeySheet
from proofroom.ui.shell import Shell
from proofroom.ui.theme import Look, Space, theme
from proofroom.ui.widgets.buttons import LinkButton
from proofroom.ui.widgets.keycap import caps
from proofroom.ui.widgets.labels import Label
from proofroom.ui.window import MainWindow

PAGES = load()
Key = Qt.Key


@pytest.mark.parametrize("name", sorted(set(PAGES) - {NEWS}))
def test_a_page_has_a_short_heading_and_every_link_leads_somewhere(name: str) -> None:
    text = paths.resource(f"help/{name}.md").read_text("utf-8")
    assert text.startswith("# ")
    assert len(PAGES[name].title) < 60
    assert set(re.findall(r"\(([\w-]+)\.md\)", text)) <= set(PAGES)


def test_the_index_leads_to_every_page() -> None:
    text = paths.resource(f"help/{INDEX}.md").read_text("utf-8")
    assert {*re.findall(r"\(([\w-]+)\.md\)", text), INDEX} == set(PAGES)


def test_a_search_wants_every_word_and_shows_titles_first() -> None:
    found = search(PAGES, "API keys")
    assert found[0].title == "Settings and API keys"
    assert {hit.name for hit in found} > {"settings"}
    assert search(PAGES, "keychain zebra") == []
    assert search(PAGES, "   ") == []
    assert all("keychain" in hit.excerpt.lower() for hit in search(PAGES, "keychain"))


@given(st.text("abc déé", max_size=300), st.text("abcd é", min_size=1, max_size=4))
def test_an_excerpt_is_part_of_its_text_and_holds_a_word_of_the_search(
    part: str, typed: str
) -> None:
    page = Page(name="some", title="Other", html="", parts=(part,))
    for hit in search({"some": page}, typed):
        plain = hit.excerpt.strip("…").lower()
        assert plain in part.lower()
        assert any(word in plain for word in typed.lower().split())
        assert len(hit.excerpt) < 155


def opened(qtbot: QtBot, shell: Shell, page: str) -> HelpSheet:
    shell.window.show()
    sheet = HelpSheet(shell.window, shell.session, page)
    with qtbot.waitSignal(sheet.came, timeout=GUARD_MS):
        sheet.open()
    return sheet


def test_help_opens_on_the_page_shown_and_leads_to_the_others(qtbot: QtBot, shell: Shell) -> None:
    sheet = opened(qtbot, shell, "settings")
    assert sheet.topic == "settings"
    assert sheet.text.toPlainText().startswith("Settings and API keys")
    sheet.index_button.click()
    assert (sheet.topic, sheet.index_button.isVisible()) == (INDEX, False)
    sheet.text.anchorClicked.emit(QUrl("runs.md"))
    assert sheet.topic == "runs"


def test_a_page_without_help_of_its_own_has_the_list_of_all(qtbot: QtBot, shell: Shell) -> None:
    assert opened(qtbot, shell, "refused").topic == INDEX


def test_what_is_typed_is_found_and_enter_goes_to_it(qtbot: QtBot, shell: Shell) -> None:
    sheet = opened(qtbot, shell, "prompts")
    front(qtbot, shell.window)
    qtbot.waitUntil(sheet.field.hasFocus, timeout=GUARD_MS)
    qtbot.keyClicks(sheet.field, "longest silence")
    assert not sheet.text.isVisible()
    assert sheet.nothing.text() == "No page of the help holds “longest silence”."
    sheet.field.clear()
    assert sheet.text.isVisible()
    qtbot.keyClicks(sheet.field, "first token")
    assert sheet.nothing.isHidden()
    first: Hit = sheet.hits.shown[0]
    qtbot.keyClick(sheet.field, Key.Key_Return)
    assert (sheet.topic, sheet.text.isVisible(), sheet.field.text()) == (first.name, True, "")
    assert sheet.text.textCursor().selectedText().lower() in {"first", "token"}


def first_stands(sheet: HelpSheet) -> bool:
    links = [link for link in sheet.hits.findChildren(LinkButton) if link.isVisible()]
    return bool(links) and links[0].accessibleDescription() == sheet.hits.shown[0].excerpt


def test_down_goes_to_the_hits_and_esc_back_to_the_page(qtbot: QtBot, shell: Shell) -> None:
    sheet = opened(qtbot, shell, "prompts")
    front(qtbot, shell.window)
    qtbot.waitUntil(sheet.field.hasFocus, timeout=GUARD_MS)
    qtbot.keyClicks(sheet.field, "keychain")
    qtbot.waitUntil(partial(first_stands, sheet), timeout=GUARD_MS)
    qtbot.keyClick(sheet.field, Key.Key_Down)
    focused = shell.window.focusWidget()
    assert focused is not None
    assert focused.accessibleDescription() == sheet.hits.shown[0].excerpt
    sheet.field.setFocus()
    qtbot.keyClick(sheet.field, Key.Key_Escape)
    assert (sheet.isVisible(), sheet.text.isVisible()) == (True, True)


def test_what_is_new_is_the_changelog_of_this_version() -> None:
    assert PAGES[NEWS].title == "What is new"
    assert "Unreleased" in PAGES[NEWS].parts or __version__ in PAGES[NEWS].parts


def test_tables_and_code_stand_in_the_colours_of_the_theme(qtbot: QtBot, shell: Shell) -> None:
    sheet = opened(qtbot, shell, "command-line")
    assert sheet.text.document().rootFrame().childFrames()  # a table, and no bars
    for look in (Look.DARK, Look.LIGHT):
        theme().set_look(look)
        code = sheet.text.document().find("--workspace FILE")
        assert code.charFormat().background().color() == theme().c.hover


def test_the_sheet_of_keys_says_enter_and_keeps_its_groups_apart(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.actions_.on("run", print)
    window.show()
    sheet = KeySheet(window, window.actions_, window)
    sheet.open()
    assert "Enter" in caps("Ctrl+Return")
    assert window.actions_.key("run") == "Ctrl+Enter"
    labels = {label.text(): label for label in sheet.findChildren(Label)}
    qtbot.waitUntil(lambda: labels["Anywhere"].y() > labels["Run"].geometry().bottom())
    below = labels["Anywhere"].y() - labels["Run"].geometry().bottom()
    between = labels["Run"].y() - labels["Running"].geometry().bottom()
    assert below >= between + Space.S


def test_about_leads_to_what_is_new(qtbot: QtBot, shell: Shell) -> None:
    shell.window.show()
    about = About(shell.session, shell.window)
    qtbot.addWidget(about)
    about.news.click()
    sheet = shell.window.findChild(HelpSheet)
    assert sheet is not None
    qtbot.waitUntil(lambda: sheet.topic == NEWS, timeout=GUARD_MS)
