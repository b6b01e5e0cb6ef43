"""The frame keeps pages, history, place and keys, and knows nothing of what pages do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from tests.ui.gallery import frame
from tests.ui.support.accessible import faults

from proofroom.ui.actions import Actions, ActionSpec
from proofroom.ui.theme import theme
from proofroom.ui.widgets.buttons import Button
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.overlay import tab_stops
from proofroom.ui.window import MainWindow, PageSpec, Place, rescued

pytestmark = pytest.mark.usefixtures("qapp")

Key, Mod = Qt.Key, Qt.KeyboardModifier


def focused() -> QWidget:
    """Return the widget that has focus."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    shown = frame()
    qtbot.addWidget(shown)
    with qtbot.waitActive(shown):
        shown.show()
        shown.activateWindow()
    yield shown
    theme().set_zoom(100)


def test_a_page_is_built_when_it_is_first_shown(qtbot: QtBot) -> None:
    built: list[str] = []

    def page() -> QWidget:
        built.append("runs")
        return QWidget()

    window = MainWindow()
    qtbot.addWidget(window)
    window.add_page(PageSpec(id="runs", title="Runs", icon="activity", factory=page))
    assert built == []
    window.go("runs")
    window.go("runs")
    assert built == ["runs"]


def test_keys_go_to_pages_and_back_again(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_4, Mod.ControlModifier)
    assert (window.page, window.windowTitle()) == ("runs", "Runs - Proofroom")
    qtbot.keyClick(window, Key.Key_Left, Mod.AltModifier)
    assert window.page == "prompts"
    qtbot.keyClick(window, Key.Key_Right, Mod.AltModifier)
    assert window.page == "runs"


def test_back_returns_to_the_place_within_a_page(qtbot: QtBot) -> None:
    seen: list[str | None] = []
    window = MainWindow()
    qtbot.addWidget(window)
    spec = PageSpec(
        id="prompts", title="Prompts", icon="pen-line", factory=QWidget,
        arrive=lambda _page, place: seen.append(place),
    )  # fmt: skip
    window.add_page(spec)
    window.go("prompts", "refund-reply")
    window.went("ticket-triage")
    window.back()
    assert seen == ["refund-reply", "refund-reply"]


def test_the_sidebar_shows_icons_alone_by_key_and_in_a_narrow_window(
    qtbot: QtBot, window: MainWindow
) -> None:
    qtbot.keyClick(window, Key.Key_B, Mod.ControlModifier)
    assert window.sidebar.width() == 53
    qtbot.keyClick(window, Key.Key_F9)
    assert window.sidebar.width() == 185
    window.resize(1060, 700)
    qtbot.waitUntil(lambda: window.sidebar.narrow, timeout=5000)


def test_arrows_move_along_the_sidebar_and_enter_opens(qtbot: QtBot, window: MainWindow) -> None:
    window.go("compare")
    first = window.sidebar.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    item = next(each for each in first if getattr(each, "id", "") == "compare")
    item.setFocus()
    qtbot.keyClick(item, Key.Key_Down)
    qtbot.keyClick(focused(), Key.Key_Return)
    assert window.page == "review"


@pytest.mark.qt_log_ignore("does not support")
def test_f10_shows_the_menu_bar_and_hides_it(qtbot: QtBot, window: MainWindow) -> None:
    bar = window.menus.bar
    assert not bar.isVisible()
    qtbot.keyClick(window, Key.Key_F10)
    assert [action.text() for action in bar.actions()] == ["File", "View", "Go", "Run"]
    assert bar.isVisible()
    qtbot.keyClick(bar, Key.Key_Escape)
    window.sidebar.search.setFocus()
    assert not bar.isVisible()


@pytest.mark.qt_log_ignore("does not support")
def test_alt_alone_shows_the_menu_bar_but_not_with_another_key(
    qtbot: QtBot, window: MainWindow
) -> None:
    qtbot.keyPress(window, Key.Key_Alt)
    qtbot.keyClick(window, Key.Key_Left, Mod.AltModifier)
    qtbot.keyRelease(window, Key.Key_Alt)
    assert not window.menus.bar.isVisible()
    qtbot.keyPress(window, Key.Key_Alt)
    qtbot.keyRelease(window, Key.Key_Alt)
    assert window.menus.bar.isVisible()


def test_f6_goes_round_the_panes(qtbot: QtBot, window: MainWindow) -> None:
    window.sidebar.search.setFocus()
    panes: list[bool] = []
    for _ in range(3):
        qtbot.keyClick(window, Key.Key_F6)
        focus = QApplication.focusWidget()
        panes.append(focus is not None and window.sidebar.isAncestorOf(focus))
    assert panes == [False, False, True]


def test_f6_comes_back_to_where_focus_was_in_a_pane(qtbot: QtBot, window: MainWindow) -> None:
    page = window.widget("prompts")
    last = tab_stops(page)[-1]
    last.setFocus()
    for _ in range(2):  # the status line, the sidebar
        qtbot.keyClick(window, Key.Key_F6)
        assert not page.isAncestorOf(focused())
    qtbot.keyClick(window, Key.Key_F6)
    assert focused() is last


def test_tab_goes_from_the_sidebar_through_the_page_to_the_status_line(
    qtbot: QtBot, window: MainWindow
) -> None:
    parts = [window.sidebar, window.widget("prompts"), window.status]
    stops = [stop for part in parts for stop in tab_stops(part)]
    stops[0].setFocus()
    seen: list[QWidget] = []
    for _ in stops:
        seen.append(focused())
        qtbot.keyClick(focused(), Key.Key_Tab)
    assert seen == stops
    assert focused() is stops[0]
    qtbot.keyClick(focused(), Key.Key_Backtab)
    assert focused() is stops[-1]


def test_f6_goes_to_a_toast_first_and_its_action_gives_focus_back(
    qtbot: QtBot, window: MainWindow
) -> None:
    done: list[str] = []
    page = window.widget("prompts")
    tab_stops(page)[-1].setFocus()
    before = focused()
    toast = window.toasts.show("v13 saved", "Undo", lambda: done.append("undone"))
    qtbot.keyClick(window, Key.Key_F6)
    assert (focused() is toast.action, toast.action.ring) == (True, True)
    qtbot.keyClick(toast.action, Key.Key_Return)
    assert (done, focused() is before) == (["undone"], True)


def test_f6_and_tab_reach_a_banner_while_it_is_shown(qtbot: QtBot, window: MainWindow) -> None:
    window.banner.show_news("The engine stopped.", action="Start it again")
    last = tab_stops(window.sidebar)[-1]
    last.setFocus()
    qtbot.keyClick(last, Key.Key_Tab)
    assert focused() is window.banner.action
    last.setFocus()
    qtbot.keyClick(window, Key.Key_F6)
    assert focused() is window.banner.action


def test_f6_leaves_a_toast_for_the_pane_after_the_one_it_came_from(
    qtbot: QtBot, window: MainWindow
) -> None:
    tab_stops(window.widget("prompts"))[0].setFocus()
    toast = window.toasts.show("v13 saved", "Undo")
    qtbot.keyClick(window, Key.Key_F6)
    assert focused() is toast.action
    qtbot.keyClick(window, Key.Key_F6)
    assert window.status.isAncestorOf(focused())
    qtbot.keyClick(window, Key.Key_F6)
    assert window.sidebar.isAncestorOf(focused())


def test_escape_ends_a_toast_that_has_focus(qtbot: QtBot, window: MainWindow) -> None:
    tab_stops(window.widget("prompts"))[0].setFocus()
    before = focused()
    toast = window.toasts.show("v13 saved", "Undo")
    qtbot.keyClick(window, Key.Key_F6)
    qtbot.keyClick(toast.action, Key.Key_Escape)
    assert (window.toasts.shown, focused() is before) == ([], True)


def test_zoom_keys_zoom_everything(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Key.Key_Equal, Mod.ControlModifier)
    assert theme().zoom == 110
    qtbot.keyClick(window, Key.Key_0, Mod.ControlModifier)
    assert theme().zoom == 100


def test_the_place_is_told_once_it_settles_and_is_taken_back(
    qtbot: QtBot, window: MainWindow
) -> None:
    with qtbot.waitSignal(window.place_changed, timeout=5000):
        window.setGeometry(20, 30, 1100, 750)
    place = window.place()
    window.setGeometry(0, 0, 1200, 800)
    window.restore(place)
    assert window.place() == place
    assert (place.width, place.height) == (1100, 750)


def test_a_window_saved_off_every_screen_comes_back() -> None:
    screen = QGuiApplication.primaryScreen().availableGeometry()
    far = rescued(QRect(9000, 9000, 1280, 800))
    assert screen.intersects(far)
    assert far.top() >= screen.top()
    inside = QRect(screen.x() + 5, screen.y() + 5, 400, 300)
    assert rescued(inside) == inside


def test_toasts_stack_at_the_bottom_right_and_three_are_enough(window: MainWindow) -> None:
    for number in range(4):
        window.toasts.show(f"v{number} saved")
    shown = window.toasts.shown
    assert [toast.accessibleName() for toast in shown] == ["v1 saved", "v2 saved", "v3 saved"]
    assert shown[0].y() < shown[1].y() < shown[2].y()


def test_a_fact_of_the_status_line_can_be_pressed(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.status.work.clicked):
        qtbot.mouseClick(window.status.work, Qt.MouseButton.LeftButton)
    window.status.work.say("")
    assert not window.status.work.isVisible()


def test_the_frame_is_named_large_enough_and_uncut(window: MainWindow) -> None:
    assert faults(window) == []


def test_keys_of_the_user_replace_and_switch_off(qtbot: QtBot) -> None:
    done: list[str] = []
    owner = QWidget()
    qtbot.addWidget(owner)
    actions = Actions(owner)
    actions.on("save-version", lambda: done.append("saved"))
    assert actions.tip("save-version") == "Save version  Ctrl+S"
    actions.set_keys({"save-version": "Ctrl+Alt+S"})
    assert actions.tip("save-version") == "Save version  Ctrl+Alt+S"
    with qtbot.waitActive(owner):
        owner.show()
        owner.activateWindow()
    qtbot.keyClick(owner, Key.Key_S, Mod.ControlModifier)
    qtbot.keyClick(owner, Key.Key_S, Mod.ControlModifier | Mod.AltModifier)
    actions.set_keys({"save-version": ""})
    qtbot.keyClick(owner, Key.Key_S, Mod.ControlModifier)
    assert (done, actions.key("save-version")) == (["saved"], "")


def test_a_single_letter_is_never_a_shortcut_of_the_window(qtbot: QtBot) -> None:
    owner, edit = QWidget(), LineEdit("Name")
    QVBoxLayout(owner).addWidget(edit)
    qtbot.addWidget(owner)
    actions, done = Actions(owner), list[str]()
    actions.on("pick", lambda: done.append("picked"))
    with qtbot.waitActive(owner):
        owner.show()
        owner.activateWindow()
    edit.setFocus()
    qtbot.keyClicks(edit, "Wow")
    assert (edit.text(), done, actions.pressed("W", "Compare")) == ("Wow", [], "pick")
    assert actions.action("pick").shortcuts() == []


def test_a_bound_button_follows_its_action(qtbot: QtBot) -> None:
    done: list[str] = []
    button = Button("Promote")
    qtbot.addWidget(button)
    actions = Actions(button)
    actions.on("promote", lambda: done.append("promoted"))
    actions.bind(button, "promote")
    button.click()
    actions.set_enabled("promote", False)
    assert (done, button.isEnabled(), button.toolTip()) == (
        ["promoted"],
        False,
        "Promote  Ctrl+Shift+M",
    )


def test_an_action_exists_once(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    actions = Actions(owner)
    actions.add(ActionSpec(id="a", text="A", group="Anywhere"), owner.close)
    with pytest.raises(ValueError, match="exists"):
        actions.add(ActionSpec(id="a", text="A", group="Anywhere"), owner.close)


def test_a_place_is_plain_data() -> None:
    assert Place(x=1, y=2, width=3, height=4).zoom == 100
