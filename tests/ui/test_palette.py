"""The palette answers at once, streams the rest, and is driven by keys alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot
from tests.ui.gallery import frame

from proofroom.ui.actions import ActionSpec
from proofroom.ui.theme import Space, font, theme
from proofroom.ui.widgets.fuzzy import best, match
from proofroom.ui.widgets.palette_list import Entry, shown_words
from proofroom.ui.window import MainWindow

pytestmark = pytest.mark.usefixtures("qapp")

Key = Qt.Key


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    shown = frame()
    qtbot.addWidget(shown)
    with qtbot.waitActive(shown):
        shown.show()
        shown.activateWindow()
    return shown


def type_in(qtbot: QtBot, window: MainWindow, words: str) -> None:
    qtbot.keyClick(window, Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(window.palette_.field, words)


def names(window: MainWindow) -> list[str]:
    return [entry.text for entry in window.palette_.entries]


def test_ctrl_k_opens_it_and_letters_find_actions_before_prompts(
    qtbot: QtBot, window: MainWindow
) -> None:
    type_in(qtbot, window, "pro")
    assert window.palette_.field.hasFocus()
    assert names(window) == ["Prompts", "Promote…", "product-copy", "profanity-filter"]


def test_enter_does_the_row_that_arrows_chose_and_closes_it(
    qtbot: QtBot, window: MainWindow
) -> None:
    done: list[str] = []
    window.palette_.add_source(
        "Prompts",
        lambda: [
            Entry(group="Prompts", text=t, run=lambda t=t: done.append(t))
            for t in ("zz one", "zz two")
        ],
    )
    type_in(qtbot, window, "zz")
    qtbot.keyClick(window.palette_.field, Key.Key_Down)
    qtbot.keyClick(window.palette_.field, Key.Key_Return)
    assert (done, window.palette_.isVisible()) == (["zz two"], False)


def test_a_prefix_shows_one_group_alone(qtbot: QtBot, window: MainWindow) -> None:
    type_in(qtbot, window, "@pro")
    assert names(window) == ["product-copy", "profanity-filter"]
    window.palette_.field.setText(">promote")
    assert names(window) == ["Promote…"]


def test_escape_closes_it_and_focus_goes_back(qtbot: QtBot, window: MainWindow) -> None:
    window.sidebar.search.setFocus()
    type_in(qtbot, window, "x")
    qtbot.keyClick(window.palette_.field, Key.Key_Escape)
    assert not window.palette_.isVisible()
    assert window.sidebar.search.hasFocus()


def test_tab_shows_what_else_can_be_done(qtbot: QtBot, window: MainWindow) -> None:
    done: list[str] = []
    more = (Entry(group="", text="Compare it", run=lambda: done.append("compared")),)
    entry = Entry(group="Prompts", text="zz one", run=lambda: done.append("opened"), more=more)
    window.palette_.add_source("Prompts", lambda: [entry])
    type_in(qtbot, window, "zz")
    qtbot.keyClick(window.palette_.field, Key.Key_Tab)
    assert names(window) == ["Compare it"]
    qtbot.keyClick(window.palette_.field, Key.Key_Return)
    assert done == ["compared"]


def test_an_action_that_cannot_be_done_is_not_offered(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_.set_enabled("promote", False)
    type_in(qtbot, window, "promote")
    assert "Promote…" not in names(window)


def test_what_the_page_can_do_comes_before_what_the_window_can(
    qtbot: QtBot, window: MainWindow
) -> None:
    page = window.widget("prompts")
    spec = ActionSpec(id="tag", text="Tags…", group="Prompts", menu="Edit")
    window.actions_.add(spec, print, owner=page)
    type_in(qtbot, window, "")
    assert names(window)[0] == "Tags…"
    qtbot.keyClick(window.palette_.field, Key.Key_Escape)
    window.go("compare")
    type_in(qtbot, window, "")
    assert "Tags…" not in names(window)[:8]


def test_a_group_may_wait_until_something_is_typed(qtbot: QtBot, window: MainWindow) -> None:
    entry = Entry(group="Settings", text="API keys", run=print)
    window.palette_.add_source("Settings", lambda: [entry], typed_only=True)
    type_in(qtbot, window, "")
    assert "API keys" not in names(window)
    qtbot.keyClicks(window.palette_.field, "api")
    assert names(window) == ["API keys"]


def test_a_long_name_ends_in_an_ellipsis_and_is_told_whole(
    qtbot: QtBot, window: MainWindow
) -> None:
    name = "customer-support-refund-reply-" * 4
    window.palette_.add_source("Prompts", lambda: [Entry(group="Prompts", text=name, run=print)])
    type_in(qtbot, window, "customer")
    row = window.palette_.list.currentIndex()
    assert row.data(Qt.ItemDataRole.ToolTipRole) == name
    assert (shown_words(name, 300)[-1], shown_words("explain", 300)) == ("…", "explain")
    room = QFontMetricsF(font(13, 600)).horizontalAdvance(shown_words(name, 300))
    assert 250 < room <= 300


def test_the_row_that_enter_does_has_a_bar_besides_its_ground(
    qtbot: QtBot, window: MainWindow
) -> None:
    type_in(qtbot, window, "pro")
    view = window.palette_.list
    rows = [view.visualRect(view.model().index(row, 0)) for row in (1, 2)]
    picture = view.viewport().grab().toImage()
    colours = [picture.pixelColor(row.x() + Space.S, row.center().y()) for row in rows]
    assert [colour == theme().c.accent for colour in colours] == [True, False]


def test_ten_thousand_names_are_found_among() -> None:
    many = [f"prompt number {n} of the team" for n in range(10_000)]
    assert best("number 9999", many, str, 8)[0][0] == many[9999]


def test_words_that_begin_come_before_words_that_contain() -> None:
    found = best("pro", ["improve", "roll back production", "promote", "p-r-o"], str, 9)
    assert [item for item, _ in found] == ["promote", "roll back production", "improve", "p-r-o"]


@given(st.text(max_size=6), st.text(max_size=30))
def test_the_places_spell_the_query(query: str, text: str) -> None:
    hit = match(query.lower(), text.lower())
    if hit is not None:
        assert "".join(text.lower()[place] for place in hit[1]) == query.lower()


def test_a_query_that_nothing_answers_is_told_so(qtbot: QtBot, window: MainWindow) -> None:
    type_in(qtbot, window, "zqxj")
    assert (names(window), window.palette_.field.accessibleDescription()) == (
        [],
        "Nothing matches",
    )
    type_in(qtbot, window, "promote")
    assert window.palette_.field.accessibleDescription() == ""
