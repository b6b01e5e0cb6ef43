"""Tables, news, progress, panels and sheets behave by key and by time."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from tests.ui.gallery_sheet import table
from tests.ui.support.accessible import faults

from proofroom.errors import ProofroomError
from proofroom.ui.widgets.buttons import Button
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.fields import LineEdit
from proofroom.ui.widgets.frames import PageHeader, Splitter
from proofroom.ui.widgets.news import TOAST_MS, Banner, Toast, Tone
from proofroom.ui.widgets.panels import ErrorDialog, Sheet, SidePanel

NB = "\u00a0"


KEPT: list[QWidget] = []
"""The window of the test that runs; qtbot holds it weakly."""


def focused() -> QWidget:
    """Return the widget that has focus."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def window(qtbot: QtBot, *widgets: QWidget) -> QWidget:
    """Show widgets side by side in a window that has focus."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    for widget in widgets:
        row.addWidget(widget)
    holder.resize(1280, 800)
    qtbot.addWidget(holder)
    KEPT[:] = [holder]
    with qtbot.waitActive(holder):
        holder.show()
        holder.activateWindow()
    return holder


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_activates_the_row_under_the_cursor(qtbot: QtBot, key: Qt.Key) -> None:
    shown = table()
    window(qtbot, shown)
    shown.selectRow(1)
    with qtbot.waitSignal(shown.activated) as opened:
        qtbot.keyClick(shown, key)
    assert opened.args is not None
    assert opened.args[0].row() == 1


def test_copy_takes_the_rows_as_text(qtbot: QtBot) -> None:
    shown = table()
    window(qtbot, shown)
    shown.selectRow(0)
    qtbot.keyClick(shown, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "refund-reply\t1,284\t$0.42"


def test_a_selected_row_is_grey_when_focus_is_elsewhere(qtbot: QtBot) -> None:
    shown, other = table(), LineEdit("Name")
    window(qtbot, shown, other)
    shown.setFocus()
    spot = shown.visualRect(shown.model().index(2, 0)).bottomRight()
    blue = shown.viewport().grab().toImage().pixelColor(spot.x() - 2, spot.y() - 6)
    other.setFocus()
    grey = shown.viewport().grab().toImage().pixelColor(spot.x() - 2, spot.y() - 6)
    assert (blue.name(), grey.name()) == ("#e3e8fb", "#dfdbd2")


def test_a_toast_passes_after_six_seconds_but_waits_for_the_pointer(qtbot: QtBot) -> None:
    toast = Toast("v13 saved", "Undo")
    window(qtbot, LineEdit("Name"), toast)
    time = toast.findChildren(QTimer)[0]
    assert (time.isActive(), TOAST_MS) == (True, 6000)
    spot = QPointF(5, 5)
    QApplication.sendEvent(toast, QEnterEvent(spot, spot, spot))
    assert not time.isActive()
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    assert time.isActive()
    toast.action.setFocus()
    assert not time.isActive()


def test_the_action_of_a_toast_is_told_once_and_ends_it(qtbot: QtBot) -> None:
    toast = Toast("v13 saved", "Undo")
    window(qtbot, toast)
    with qtbot.waitSignals([toast.pressed, toast.gone]):
        qtbot.mouseClick(toast.action, Qt.MouseButton.LeftButton)


def test_a_banner_stays_until_it_is_closed(qtbot: QtBot) -> None:
    banner = Banner(closable=True)
    window(qtbot, banner)
    banner.show_news("Engine stopped. 3 cells can resume", tone=Tone.BAD, action="Resume")
    with qtbot.waitSignal(banner.pressed):
        qtbot.mouseClick(banner.action, Qt.MouseButton.LeftButton)
    assert banner.isVisible()
    with qtbot.waitSignal(banner.closed):
        qtbot.mouseClick(banner.close_button, Qt.MouseButton.LeftButton)
    assert not banner.isVisible()


def test_escape_closes_the_side_panel_and_focus_goes_back(qtbot: QtBot) -> None:
    came_from, panel = LineEdit("Query"), SidePanel("Run")
    window(qtbot, came_from, panel)
    panel.set_body(LineEdit("Note"))
    came_from.setFocus()
    panel.open("Run 12")
    inside = QApplication.focusWidget()
    assert inside is not None
    assert panel.isAncestorOf(inside)
    with qtbot.waitSignal(panel.closed):
        qtbot.keyClick(inside, Qt.Key.Key_Escape)
    assert came_from.hasFocus()


def test_a_sheet_holds_focus_until_escape_gives_it_back(qtbot: QtBot) -> None:
    came_from = LineEdit("Name")
    over = window(qtbot, came_from)
    came_from.setFocus()
    sheet = Sheet(over, "Promote refund-reply", icon="rocket")
    sheet.body.addWidget(LineEdit("Reason"))
    sheet.footer.addWidget(Button("Promote"))
    sheet.open()
    for _ in range(4):
        qtbot.keyClick(focused(), Qt.Key.Key_Tab)
        inside = focused()
        assert sheet.isAncestorOf(inside)
    assert faults(sheet) == []
    with qtbot.waitSignal(sheet.closed):
        qtbot.keyClick(focused(), Qt.Key.Key_Escape)
    assert came_from.hasFocus()


def test_a_click_beside_a_sheet_closes_it(qtbot: QtBot) -> None:
    over = window(qtbot, LineEdit("Name"))
    sheet = Sheet(over, "Import", icon="import")
    sheet.open()
    qtbot.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not sheet.isVisible()


def test_the_words_of_an_error_can_be_copied(qtbot: QtBot) -> None:
    error = ProofroomError("The file is cut short", where="a.proofspace", fix="Open a backup.")
    dialog = ErrorDialog(error)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == str(error)
    assert faults(dialog) == []


def test_a_page_header_takes_four_actions_and_no_fifth(qtbot: QtBot) -> None:
    header = PageHeader("refund-reply", "Draft saved 14:05")
    qtbot.addWidget(header)
    for name in ("Blind vote", "Export", "Add column", "Run"):
        header.add_action(Button(name))
    with pytest.raises(ValueError, match="at most four"):
        header.add_action(Button("Fifth"))


def test_a_splitter_gives_its_panes_the_sizes_asked_for(qtbot: QtBot) -> None:
    splitter = Splitter("Panes")
    for name in ("One", "Two"):
        splitter.addWidget(LineEdit(name))
    window(qtbot, splitter)
    for sizes in ([300, 800], [800, 300]):
        splitter.set_positions(sizes)
        first, second = splitter.sizes()
        assert (first < second) == (sizes[0] < sizes[1])


def test_an_empty_state_offers_one_thing_to_do(qtbot: QtBot) -> None:
    empty = EmptyState("No runs yet", "Every call made here is kept.", "Run the sample")
    window(qtbot, empty)
    assert not empty.second.isVisible()
    with qtbot.waitSignal(empty.pressed):
        qtbot.mouseClick(empty.button, Qt.MouseButton.LeftButton)
