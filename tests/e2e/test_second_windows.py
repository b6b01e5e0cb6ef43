from __future__ import annotations

from pathlib import Path
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.e2e.support import CONTROL, SHIFT, Desk, add_comparison, fault_workspace
from tests.support.fault_server import FaultServer
from tests.ui.support.accessible import faults
from tests.workspace.making import content

from proofroom.domain import setting
from proofroom.engine.protocol import BudgetWarned
from proofroom.ui.pages import PAGES
from proofroom.ui.prompts.page import PromptsPage
from proofroom.ui.second_windows import MOST, SECOND, SecondWindows
from proofroom.ui.theme import theme
from proofroom.ui.window import MainWindow
from proofroom.workspace import prompts

Key = Qt.Key


def seconds(desk: Desk) -> SecondWindows:
    assert desk.shell.seconds is not None
    return desk.shell.seconds


def press(desk: Desk, window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    window.activateWindow()
    desk.until(window.isActiveWindow)
    QTest.keyClick(window, key, modifier)


def second(desk: Desk, page: str) -> MainWindow:
    """Go to a page, press Ctrl+Shift+N, and return the window that comes."""
    desk.window.go(page)
    before = seconds(desk).windows
    press(desk, desk.window, Key.Key_N, CONTROL | SHIFT)
    desk.until(lambda: len(seconds(desk).windows) > len(before))
    found = next(one for one in seconds(desk).windows if one not in before)
    desk.until(lambda: found.isVisible() and found.page == page)
    return found


def started(desk: Desk, tmp_path: Path) -> Path:
    path = fault_workspace(tmp_path / "first.proofspace", {}, local=True)
    desk.open(path, page="prompts")
    return path


def prompts_in(window: MainWindow) -> list[str]:
    model = cast("PromptsPage", window.widget("prompts")).model
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def test_any_page_stands_in_a_second_window_and_both_are_live(desk: Desk, tmp_path: Path) -> None:
    started(desk, tmp_path)
    other = second(desk, "prompts")
    desk.window.go("cost")
    assert (other.page, desk.window.page) == ("prompts", "cost")
    other.actions_.trigger("go-compare")
    other.actions_.trigger("go-prompts")

    desk.session.writer.write(
        lambda db: prompts.create(db, "from-the-first", content()), lambda _: None, print
    )
    desk.until(lambda: "from-the-first" in prompts_in(other))
    desk.window.go("prompts")
    desk.until(lambda: "from-the-first" in prompts_in(desk.window))
    assert faults(other) == []


def test_each_closes_alone_and_the_last_one_ends_the_app(desk: Desk, tmp_path: Path) -> None:
    started(desk, tmp_path)
    other, third = second(desk, "prompts"), second(desk, "compare")
    press(desk, third, Key.Key_W, CONTROL)
    desk.until(lambda: seconds(desk).windows == [other])
    assert desk.window.isVisible()
    desk.window.close()
    assert (desk.window.isVisible(), other.isVisible()) == (False, True)
    press(desk, other, Key.Key_N, CONTROL | SHIFT)  # brings the first one back
    desk.until(desk.window.isVisible)
    desk.window.close()
    assert desk.leave(other.close) == 0


def test_quit_in_any_window_ends_all(desk: Desk, tmp_path: Path) -> None:
    started(desk, tmp_path)
    other = second(desk, "prompts")
    assert desk.leave(lambda: press(desk, other, Key.Key_Q, CONTROL)) == 0


def test_windows_come_back_where_they_stood(desk: Desk, tmp_path: Path) -> None:
    path = started(desk, tmp_path)
    key = add_comparison(path, ["local/smollm2"])
    other = second(desk, "compare")
    other.go("compare", str(key))
    other.setGeometry(120, 90, 1100, 730)
    name = "window-"
    desk.until(
        lambda: any(
            one.state and f'"{key}"' in one.state and "1100" in one.geometry
            for id_, one in desk.session.settings.windows.items()
            if id_.startswith(name)
        )
    )
    assert desk.leave(desk.shell.quit) == 0
    desk.open(page="prompts")
    desk.until(lambda: len(seconds(desk).windows) == 1)
    again = seconds(desk).windows[0]
    desk.until(lambda: again.at == ("compare", str(key)))
    assert (again.width(), again.height()) == (1100, 730)
    again.close()
    desk.until(lambda: all(
        not one.state for id_, one in desk.session.settings.windows.items() if id_[-1] == "2"
    ))  # fmt: skip
    assert desk.leave() == 0
    desk.open(page="prompts")
    desk.qtbot.wait_until(lambda: bool(desk.session.settings.windows))
    assert seconds(desk).windows == []


def test_a_closed_window_hears_of_no_change_any_more(desk: Desk, tmp_path: Path) -> None:
    started(desk, tmp_path)
    other = second(desk, "prompts")
    for entry in PAGES:
        other.go(entry.id)
        desk.until(other.widget(entry.id).isVisible)
    gone: list[bool] = []
    other.destroyed.connect(lambda: gone.append(True))
    press(desk, other, Key.Key_W, CONTROL)
    desk.until(lambda: bool(gone))
    heard: list[object] = []
    desk.session.changed.connect(heard.append)
    desk.session.writer.write(
        lambda db: prompts.create(db, "later", content()), lambda _: None, print
    )
    desk.until(lambda: bool(heard))  # an error in a slot fails the test
    assert desk.leave() == 0


def test_a_window_opened_during_work_can_stop_it(
    desk: Desk, server: FaultServer, tmp_path: Path
) -> None:
    path = fault_workspace(tmp_path / "stop.proofspace", {"dumb": server.url("silent0")})
    key = add_comparison(path, ["dumb"])
    desk.open(path, page="prompts")
    desk.show_comparison(key, 1).run_button.click()
    desk.until(lambda: server.count() == 1)
    desk.until(lambda: desk.window.actions_.action("stop").isEnabled())
    other = second(desk, "compare")
    press(desk, other, Key.Key_Period, CONTROL)
    desk.ended(["cancelled"])
    desk.until(lambda: not desk.view.run_button.running)
    assert desk.leave(desk.shell.quit) == 0


def test_show_budgets_goes_there_in_the_window_where_it_is_pressed(
    desk: Desk, tmp_path: Path
) -> None:
    started(desk, tmp_path)
    other = second(desk, "prompts")
    desk.session.engine.news.emit(BudgetWarned(budget_id="1", text="Everything, day: near."))
    other.activateWindow()
    desk.until(lambda: other.isActiveWindow() and other.banner.isVisible())
    other.banner.pressed.emit()
    assert (other.page, desk.window.page) == ("cost", "prompts")
    assert desk.leave(desk.shell.quit) == 0


def test_where_no_workspace_is_open_no_second_window_comes(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "notes.proofspace"
    path.write_text("not a database")
    window = desk.open(path, page="refused")
    press(desk, window, Key.Key_N, CONTROL | SHIFT)
    assert seconds(desk).windows == []
    assert not window.actions_.action(SECOND.id).isEnabled()
    assert desk.leave() == 0


def test_the_zoom_of_a_second_window_is_kept_and_there_is_room_for_five(
    desk: Desk, tmp_path: Path
) -> None:
    started(desk, tmp_path)
    other = second(desk, "prompts")
    desk.until(lambda: bool(desk.session.settings.windows))
    press(desk, other, Key.Key_Plus, CONTROL)
    desk.until(lambda: desk.session.value(setting.ZOOM) == 110)
    last = [second(desk, "prompts") for _ in range(MOST - 1)][-1]
    assert theme().zoom == 110
    press(desk, last, Key.Key_N, CONTROL | SHIFT)
    desk.until(lambda: bool(last.toasts.shown))
    assert desk.window.toasts.shown == []
    press(desk, last, Key.Key_W, CONTROL)
    desk.until(lambda: last not in seconds(desk).windows)
    press(desk, other, Key.Key_Minus, CONTROL)  # not kept yet when another one comes
    second(desk, "prompts")
    assert theme().zoom == 100
    desk.until(lambda: desk.session.value(setting.ZOOM) == 100)
    assert desk.leave(desk.shell.quit) == 0
