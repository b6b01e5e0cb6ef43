"""Buttons, choices and fields answer to keys, keep their values and are named."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHBoxLayout,
    QMenu,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot
from tests.ui.gallery_sheet import sheet
from tests.ui.support.accessible import faults

from proofroom.ui.theme import Look, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Button, IconButton, Kind, LinkButton, RunButton
from proofroom.ui.widgets.choices import CheckBox
from proofroom.ui.widgets.fields import SearchField, TextArea
from proofroom.ui.widgets.frames import PageHeader
from proofroom.ui.widgets.labels import Label, Paragraph
from proofroom.ui.widgets.menu_button import MenuButton
from proofroom.ui.widgets.segmented import Segmented
from proofroom.ui.widgets.sidebar import NavItem
from proofroom.ui.widgets.status_line import StatusItem

Key = Qt.Key


KEPT: list[QWidget] = []
"""The window of the test that runs; qtbot holds it weakly."""


def focused() -> QWidget:
    """Return the widget that has focus."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def shown(qtbot: QtBot, *widgets: QWidget) -> QWidget:
    """Show widgets in a window that has focus."""
    window = QWidget()
    box = QVBoxLayout(window)
    for widget in widgets:
        box.addWidget(widget)
    qtbot.addWidget(window)
    KEPT[:] = [window]
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    return window


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Enter, Key.Key_Space])
def test_a_button_is_pressed_by_key(qtbot: QtBot, key: Qt.Key) -> None:
    button = Button("Save version", Kind.PRIMARY)
    shown(qtbot, button)
    button.setFocus()
    with qtbot.waitSignal(button.clicked):
        qtbot.keyClick(button, key)


def test_the_ring_shows_when_focus_came_by_key_and_not_by_pointer(qtbot: QtBot) -> None:
    first, second = Button("Run"), Button("Stop")
    shown(qtbot, first, second)
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    assert (second.hasFocus(), second.ring) == (True, False)
    qtbot.keyClick(second, Key.Key_Backtab)
    assert first.ring


def test_run_becomes_stop_in_the_same_place_and_width(qtbot: QtBot) -> None:
    button = RunButton("Run 12 cells")
    shown(qtbot, button)
    wide = button.sizeHint().width()
    with qtbot.waitSignal(button.run_asked):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    button.set_running(True)
    assert (button.accessibleName(), button.sizeHint().width()) == ("Stop", wide)
    with qtbot.waitSignal(button.stop_asked):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_segmented_control_is_one_stop_and_arrows_move_it(qtbot: QtBot) -> None:
    control = Segmented("Difference", [("p", "Plain"), ("w", "Words"), ("j", "JSON")], "w")
    after = Button("Next")
    shown(qtbot, control, after)
    first = focused()
    with qtbot.waitSignal(control.chosen) as chosen:
        qtbot.keyClick(first, Key.Key_Left)
    assert (chosen.args, control.value) == (["p"], "p")
    qtbot.keyClick(focused(), Key.Key_Tab)
    assert after.hasFocus()


@pytest.mark.qt_log_ignore("does not support")
def test_a_menu_button_says_its_value_and_tells_a_choice(qtbot: QtBot) -> None:
    button = MenuButton("Rows", [("m", "Medium"), ("s", "Small")])
    shown(qtbot, button)
    assert (button.value, button.accessibleName()) == ("m", "Rows Medium")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    menu = button.findChild(QMenu)
    with qtbot.waitSignal(button.chosen) as chosen:
        qtbot.keyClick(menu, Key.Key_Down)
        qtbot.keyClick(menu, Key.Key_Down)
        qtbot.keyClick(menu, Key.Key_Return)
    assert chosen.args == ["s"]


def test_escape_clears_a_search_and_down_leaves_it(qtbot: QtBot) -> None:
    search = SearchField("Filter prompts")
    shown(qtbot, search)
    search.setFocus()
    qtbot.keyClicks(search, "refnd")
    qtbot.keyClick(search, Key.Key_Escape)
    assert search.text() == ""
    with qtbot.waitSignal(search.left_down):
        qtbot.keyClick(search, Key.Key_Down)


def test_tab_leaves_a_text_area(qtbot: QtBot) -> None:
    area, after = TextArea("Reason"), Button("Next")
    shown(qtbot, area, after)
    area.setFocus()
    qtbot.keyClick(area, Key.Key_Tab)
    assert (area.text(), after.hasFocus()) == ("", True)


def test_a_label_too_long_elides_and_its_tooltip_says_it_all(qtbot: QtBot) -> None:
    label = Label("a name that is much too long for its place")
    qtbot.addWidget(label)
    label.resize(80, 20)
    label.show()
    assert label.toolTip() == label.text()
    label.resize(600, 20)
    assert label.toolTip() == ""


def test_a_paragraph_is_as_high_as_its_lines_of_twenty_pixels(qtbot: QtBot) -> None:
    words = Paragraph("one two three four five six seven eight nine ten")
    qtbot.addWidget(words)
    assert words.heightForWidth(1000) == 20
    assert words.heightForWidth(120) % 20 == 0
    assert words.heightForWidth(120) > 40


def test_the_walker_finds_what_would_shut_someone_out(qtbot: QtBot) -> None:
    bad = IconButton("x", "")
    cut, tiny = Label("much too long to be seen"), CheckBox("Ask first")
    shown(qtbot, bad, cut, tiny)
    cut.setFixedWidth(20)
    cut.setToolTip("")
    Label.setToolTip(cut, "")
    tiny.setMaximumHeight(10)
    tiny.resize(tiny.width(), 10)
    words = " ".join(faults(bad.window()))
    assert "no accessible name" in words
    assert "by 10 px" in words


@pytest.mark.parametrize("zoom", [100, 200])
def test_every_component_is_named_large_enough_and_uncut(qtbot: QtBot, zoom: int) -> None:
    theme().set_zoom(zoom)
    page = sheet()
    qtbot.addWidget(page)
    page.resize(1280 * zoom // 100, 800 * zoom // 100)
    page.show()
    found = faults(page)
    theme().set_zoom(100)
    assert found == []
    assert page.findChildren(QHBoxLayout)


PRESSED: dict[str, Callable[[], QWidget]] = {
    "primary": lambda: Button("Run", Kind.PRIMARY),
    "normal": lambda: Button("Run"),
    "quiet": lambda: Button("Run", Kind.QUIET),
    "danger": lambda: Button("Run", Kind.DANGER),
    "icon": lambda: IconButton("plus", "Add"),
    "link": lambda: LinkButton("Undo"),
    "menu": lambda: MenuButton("Rows", [("m", "Medium")]),
    "check": lambda: CheckBox("Ask first"),
    "page": lambda: NavItem("prompts", "Prompts", "pen-line"),
    "status": lambda: said(StatusItem("Engine")),
    "segment": lambda: Segmented("View", [("p", "Plain"), ("w", "Words")]),
}  # fmt: skip
LEAVES_NOTHING_OFF = ("page", "status")  # these are never disabled


def said(item: StatusItem) -> StatusItem:
    item.say("Engine ready", "circle-check")
    return item


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("kind", PRESSED)
def test_hover_press_and_off_look_different_on_every_button(
    qtbot: QtBot, kind: str, dark: bool
) -> None:
    theme().set_look(Look.DARK if dark else Look.LIGHT)
    holder = PRESSED[kind]()
    inner = holder.findChildren(QAbstractButton)
    button = holder if isinstance(holder, QAbstractButton) else inner[1]
    qtbot.addWidget(holder)
    holder.show()
    looks = [button.grab().toImage()]
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    looks.append(button.grab().toImage())
    button.setDown(True)
    looks.append(button.grab().toImage())
    button.setDown(False)
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, on=False)
    if kind not in LEAVES_NOTHING_OFF:
        button.setEnabled(False)
        looks.append(button.grab().toImage())
    same = [pair for pair in combinations(range(len(looks)), 2) if looks[pair[0]] == looks[pair[1]]]
    assert same == []


def test_a_fact_takes_the_longest_form_that_fits_and_is_never_cut(qtbot: QtBot) -> None:
    header = PageHeader("A prompt")
    header.fact.say("Draft saved 14:05", "Saved 14:05", "14:05")
    window = shown(qtbot, header)
    seen: list[str] = []
    for wide in range(600, 60, -4):
        window.resize(wide, 80)
        QApplication.processEvents()
        if header.fact.shown not in seen:
            seen.append(header.fact.shown)
        assert paint.width(header.fact.shown, header.fact.font()) <= max(header.fact.width(), 0)
    assert seen == ["Draft saved 14:05", "Saved 14:05", "14:05", ""]
    assert header.fact.text() == "Draft saved 14:05"
