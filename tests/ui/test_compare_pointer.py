"""The pointer on the grid: what it is over answers, what it presses acts, and nothing else."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QEnterEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS
from tests.ui.support import compare_data
from tests.ui.support.compare_rig import shown, written

from proofroom.ui.compare.cell import Spot
from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.shell import Shell
from proofroom.ui.theme import theme

LEFT = Qt.MouseButton.LeftButton
FAILED, ANSWERED = (3, 2), (1, 1)


@pytest.fixture
def view(qtbot: QtBot, shell: Shell) -> ComparisonView:
    shell.window.resize(1280, 800)
    view = shown(qtbot, shell, written(shell, compare_data.filled), rows=4)
    qtbot.waitUntil(lambda: view.grid.viewport().isVisible(), timeout=GUARD_MS)
    # laid out once and for all: what is pointed at must not move away
    heads, grid = view.grid.heads, view.grid
    qtbot.waitUntil(
        lambda: (
            heads.viewport().rect().contains(heads.more_rect(heads.section_rect(2)))
            and grid.viewport().rect().contains(grid.visualRect(view.model.index(*FAILED)).center())
        ),
        timeout=GUARD_MS,
    )
    return view


def over(view: ComparisonView, place: QPoint) -> None:
    # a pointer that stands there already, from a test before, sends no move
    for at in (place - QPoint(2, 0), place):
        QTest.mouseMove(view.grid.viewport(), at)
        QApplication.processEvents()


def spot(view: ComparisonView, cell: tuple[int, int], action: str) -> Spot:
    index = view.model.index(*cell)
    found = view.grid.cells.spots(view.grid.visualRect(index), view.model.sample(index), cell)
    return next(one for one in found if one.action == action)


def ground(view: ComparisonView, rect: QRect) -> str:
    """Return the colour just inside the left edge of something that can be pressed."""
    image: QImage = view.grid.viewport().grab(rect).toImage()
    return image.pixelColor(3, rect.height() // 2).name()


@pytest.mark.parametrize(("cell", "action"), [(FAILED, "retry-now"), (ANSWERED, "copy")])
def test_what_the_pointer_is_over_stands_out_and_what_is_pressed_more(
    qtbot: QtBot, view: ComparisonView, cell: tuple[int, int], action: str
) -> None:
    over(view, view.grid.visualRect(view.model.index(*cell)).center())
    found, port = spot(view, cell, action), view.grid.viewport()
    assert ground(view, found.area) == theme().c.surface.name()
    over(view, found.area.center())
    qtbot.waitUntil(lambda: ground(view, found.area) == theme().c.hover.name(), timeout=GUARD_MS)
    QTest.mousePress(port, LEFT, pos=found.area.center())
    qtbot.waitUntil(lambda: ground(view, found.area) == theme().c.line2.name(), timeout=GUARD_MS)
    far = view.grid.visualRect(view.model.index(1, 0)).center()
    QTest.mouseRelease(port, LEFT, pos=far)
    over(view, far)
    assert view.grid.cells.over is None


def test_a_press_that_is_let_go_elsewhere_does_nothing(view: ComparisonView) -> None:
    over(view, view.grid.visualRect(view.model.index(*ANSWERED)).center())
    pick, port = spot(view, ANSWERED, "pick"), view.grid.viewport()
    QTest.mousePress(port, LEFT, pos=pick.area.center())
    QTest.mouseRelease(port, LEFT, pos=view.grid.visualRect(view.model.index(1, 0)).center())
    assert view.model.rows[0].pick is None
    QTest.mouseClick(port, LEFT, pos=pick.area.center())
    assert view.model.rows[0].pick == view.model.columns[1].key


def test_a_double_click_opens_the_answer(qtbot: QtBot, view: ComparisonView) -> None:
    where = view.grid.visualRect(view.model.index(*ANSWERED)).center()
    QTest.mouseClick(view.grid.viewport(), LEFT, pos=where)
    QTest.mouseDClick(view.grid.viewport(), LEFT, pos=where)
    cell = view.acts.opened_cell
    assert cell is not None
    qtbot.waitUntil(lambda: cell.edit.toPlainText() == compare_data.NEW[0], timeout=GUARD_MS)


def test_the_star_and_the_panel_are_a_click_away(qtbot: QtBot, view: ComparisonView) -> None:
    over(view, view.grid.visualRect(view.model.index(*ANSWERED)).center())
    port = view.grid.viewport()
    QTest.mouseClick(port, LEFT, pos=spot(view, ANSWERED, "star").area.center())
    assert view.model.sample(view.model.index(*ANSWERED)).marked.star
    QTest.mouseClick(port, LEFT, pos=spot(view, ANSWERED, "peek").area.center())
    qtbot.waitUntil(lambda: view.panel.found is not None, timeout=GUARD_MS)
    assert view.panel.isVisible()


def test_the_menu_button_of_a_head_answers_the_pointer(qtbot: QtBot, view: ComparisonView) -> None:
    heads = view.grid.heads
    rect, port = heads.more_rect(heads.section_rect(2)), heads.viewport()

    def ground() -> str:
        return port.grab(rect).toImage().pixelColor(3, 3).name()

    assert ground() == theme().c.canvas.name()
    QTest.mouseMove(port, rect.center())
    qtbot.waitUntil(lambda: ground() == theme().c.hover.name(), timeout=GUARD_MS)
    QTest.mouseMove(port, QPoint(4, 4))
    qtbot.waitUntil(lambda: ground() == theme().c.canvas.name(), timeout=GUARD_MS)


@pytest.mark.parametrize("number", [0, 2])
def test_a_head_tells_which_menu_was_asked(view: ComparisonView, number: int) -> None:
    heads = view.grid.heads
    asked: list[int] = []
    heads.menu_asked.disconnect()

    def note(place: int, _where: QPoint) -> None:
        asked.append(place)

    heads.menu_asked.connect(note)
    rect = heads.more_rect(heads.section_rect(number))
    QTest.mouseClick(heads.viewport(), LEFT, pos=rect.center())
    assert asked == [number]
    QTest.mouseClick(heads.viewport(), LEFT, pos=QPoint(rect.x() - 40, rect.center().y()))
    assert asked == [number]
    QTest.mouseClick(heads.viewport(), Qt.MouseButton.RightButton, pos=QPoint(rect.x() - 40, 20))
    assert asked == [number, number]


def test_leaving_the_grid_lets_go_of_what_the_pointer_was_over(view: ComparisonView) -> None:
    over(view, view.grid.visualRect(view.model.index(*ANSWERED)).center())
    assert view.grid.cells.hover == ANSWERED
    QApplication.sendEvent(view.grid, QEnterEvent(QPointF(), QPointF(), QPointF()))
    QApplication.sendEvent(view.grid, QEvent(QEvent.Type.Leave))
    assert view.grid.cells.hover == (-1, -1)


def test_a_workspace_open_for_reading_offers_nothing_that_writes(view: ComparisonView) -> None:
    view.grid.cells.can_write = False
    for cell, actions in ((FAILED, ["attempts"]), (ANSWERED, ["copy", "peek"])):
        view.grid.setCurrentIndex(view.model.index(*cell))
        view.grid.setFocus()
        view.grid.grab()
        index = view.model.index(*cell)
        found = view.grid.cells.spots(view.grid.visualRect(index), view.model.sample(index), cell)
        kinds = [one.action for one in found if one.action != "fold"]
        assert kinds[: len(actions)] == actions
        assert not {"pick", "star", "retry", "retry-now", "add-key"} & set(kinds)
