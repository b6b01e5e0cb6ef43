"""Where things stand on the Compare page: edges line up, nothing is cut at any zoom."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS
from tests.ui.support import compare_data
from tests.ui.support.accessible import faults
from tests.ui.support.compare_rig import at, page_of, shown, written

from proofroom.domain import figures
from proofroom.ui.compare import states
from proofroom.ui.compare.cell import body_rect, foot_rect
from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.compare.inputs_sheet import WAYS, InputsForm
from proofroom.ui.compare.kept import KeptModel
from proofroom.ui.compare.kept_table import KeptTable
from proofroom.ui.shell import Shell
from proofroom.ui.theme import Space, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.workspace import comparisons

Key = Qt.Key


@pytest.fixture
def view(qtbot: QtBot, shell: Shell) -> ComparisonView:
    shell.window.resize(1280, 800)
    return shown(qtbot, shell, written(shell, compare_data.filled), rows=4)


def zoomed(qtbot: QtBot, view: QWidget, zoom: int) -> None:
    """Zoom as a person does on a laptop's small screen, and wait until all is laid out."""
    theme().set_zoom(zoom)
    view.window().resize(1280, 800)
    qtbot.waitUntil(lambda: faults(view) == [], timeout=GUARD_MS)


def left_of(widget: QWidget, on: QWidget) -> int:
    return widget.mapTo(on, QPoint()).x()


def first_ink(image: QImage, rect: QRect) -> int:
    """Return the first column of pixels in which something stands on the ground of `rect`."""
    ground = image.pixelColor(rect.topLeft())
    for x in range(rect.left(), rect.right()):
        if any(image.pixelColor(x, y) != ground for y in range(rect.top(), rect.bottom() - 2)):
            return x
    return -1


@pytest.mark.parametrize("zoom", [80, 100, 200])
def test_header_toolbar_and_first_column_begin_at_one_edge(
    qtbot: QtBot, view: ComparisonView, zoom: int
) -> None:
    zoomed(qtbot, view, zoom)

    def edges() -> set[int]:
        control = view.base if view.base.isVisible() else view.views
        arrow = left_of(view.back, view) + (view.back.width() - px(16)) // 2
        rect, port = view.grid.visualRect(view.model.index(1, 0)), view.grid.viewport()
        inside = [left_of(port, view) + place(rect).x() for place in (body_rect, foot_rect)]
        return {left_of(control, view), arrow, *inside}

    qtbot.waitUntil(lambda: edges() == {px(Space.L)}, timeout=GUARD_MS)
    other = view.grid.visualRect(view.model.index(1, 1))
    assert body_rect(other).x() - other.x() == px(Space.M)


@pytest.mark.usefixtures("view")
def test_names_in_the_list_begin_under_the_title(qtbot: QtBot, shell: Shell) -> None:
    page_of(shell).arrive("list")
    kept = page_of(shell).kept
    qtbot.waitUntil(lambda: kept.model.rowCount() == 1, timeout=GUARD_MS)
    table, head = kept.table, kept.table.horizontalHeader()
    image, heads = table.viewport().grab().toImage(), head.viewport().grab().toImage()
    row = table.visualRect(kept.model.index(0, 0)).adjusted(4, 4, 0, -4)
    name = first_ink(image, row)
    title = first_ink(heads, QRect(0, 4, head.sectionSize(0), head.height() - 8))
    gutter = left_of(kept.header.title, kept)
    assert (0 <= name - gutter <= 2, 0 <= title - gutter <= 2) == (True, True)


def test_facts_of_the_toolbar_are_whole_or_left_out(qtbot: QtBot, view: ComparisonView) -> None:
    facts = ("1 failed", "about 6 s left", "$0.0094 of $0.0090", "3 of them of unknown cost")
    zoomed(qtbot, view, 200)
    view.running.said.emit("9 of 12 done", facts, 0.7)
    some = [figures.facts(*facts[:count]) for count in (1, 2, 3)]
    qtbot.waitUntil(lambda: view.facts.shown() in some, timeout=GUARD_MS)
    assert paint.width(view.facts.shown(), view.facts.font()) <= view.facts.width()
    assert view.facts.toolTip() == figures.facts(*facts)
    zoomed(qtbot, view, 100)
    view.window().resize(1920, 1080)
    qtbot.waitUntil(lambda: view.facts.shown() == figures.facts(*facts), timeout=GUARD_MS)


def test_a_head_lets_its_median_go_and_never_cuts_it() -> None:
    facts = states.HeadFacts(done=30, total=3000, failed=2, median_us=1_430_000)
    assert facts.words("x.org") == "30 of 3,000 · 2 failed · x.org · median 1.43\u00a0s"
    assert facts.words("x.org", with_median=False) == "30 of 3,000 · 2 failed · x.org"


def test_where_the_panel_has_no_room_beside_the_grid_it_takes_its_place(
    qtbot: QtBot, view: ComparisonView
) -> None:
    at(view, 0, 1)
    qtbot.keyClick(view.grid, Key.Key_Space)
    qtbot.waitUntil(lambda: view.panel.found is not None, timeout=GUARD_MS)
    qtbot.waitUntil(view.grid.isVisible, timeout=GUARD_MS)
    assert view.panel.isVisible()
    zoomed(qtbot, view, 200)
    qtbot.waitUntil(lambda: view.panel.width() == view.width(), timeout=GUARD_MS)
    assert (view.panel.isVisible(), view.grid.isVisible()) == (True, False)
    qtbot.keyClick(view.panel, Key.Key_Escape)
    assert (view.panel.isVisible(), view.grid.isVisible()) == (False, True)
    assert view.grid.hasFocus()


def test_the_panel_is_laid_out_anew_at_another_zoom(qtbot: QtBot, view: ComparisonView) -> None:
    at(view, 0, 1)
    qtbot.keyClick(view.grid, Key.Key_Space)
    qtbot.waitUntil(lambda: view.panel.found is not None, timeout=GUARD_MS)
    for zoom in (200, 80):
        zoomed(qtbot, view, zoom)
        title = left_of(view.panel.title, view.panel)
        qtbot.waitUntil(lambda x=title: first_label(view) == x, timeout=GUARD_MS)


def first_label(view: ComparisonView) -> int:
    labels = [one for one in view.panel.findChildren(QWidget) if one.property("text") == "Version"]
    return left_of(labels[-1], view.panel)


@pytest.mark.usefixtures("view")
@pytest.mark.parametrize("zoom", [80, 100, 200])
def test_no_head_of_the_list_is_cut(qtbot: QtBot, shell: Shell, zoom: int) -> None:
    page_of(shell).arrive("list")
    kept = page_of(shell).kept
    zoomed(qtbot, kept, zoom)
    table, model = kept.table, kept.model
    wide = {0: 0}
    for column in range(model.columnCount()):
        if not table.isColumnHidden(column):
            words = str(model.headerData(column, Qt.Orientation.Horizontal))
            wide[column] = paint.width(words, font(11, 500)) + 2 * px(Space.M)
            assert wide[column] <= table.columnWidth(column)
    assert table.columnWidth(0) >= px(240)
    assert {0, 2, 5} <= set(wide)
    assert table.horizontalScrollBar().maximum() == 0


def test_the_list_makes_room_at_a_zoom_that_leaves_its_width(qtbot: QtBot) -> None:
    table = KeptTable(KeptModel(), "Kept comparisons")
    qtbot.addWidget(table)
    table.resize(px(1000), px(300))
    table.show()
    assert not any(table.isColumnHidden(column) for column in range(6))
    theme().set_zoom(200)
    assert [column for column in range(6) if table.isColumnHidden(column)] == [1, 3, 4]


def test_below_the_list_is_the_page(qtbot: QtBot, shell: Shell) -> None:
    written(shell, lambda db: comparisons.create(db, [], [], name="Another"))
    page_of(shell).arrive("list")
    kept = page_of(shell).kept
    qtbot.waitUntil(lambda: kept.model.rowCount() == 1, timeout=GUARD_MS)
    port = kept.table.viewport()
    ground = port.grab().toImage().pixelColor(port.width() // 2, port.height() - 4)
    assert ground == theme().c.canvas


@pytest.mark.parametrize("way", [name for name, _ in WAYS])
def test_each_way_to_give_inputs_takes_the_room_it_needs(
    qtbot: QtBot, view: ComparisonView, way: str
) -> None:
    view.changing.add_inputs()
    sheet = view.changing.inputs_sheet
    assert sheet is not None
    qtbot.waitUntil(lambda: bool(sheet.choices.sources), timeout=GUARD_MS)
    form = sheet.inputs
    form.ways.chosen.emit(way)
    shown_pages = [page for page in pages(form) if page.isVisible()]
    assert len(shown_pages) == 1

    def takes_its_room() -> bool:
        page = shown_pages[0]
        gap = form.said.y() - (page.y() + page.height())
        hole = page.height() - page.sizeHint().height()
        return 0 <= gap <= px(Space.L) and hole <= px(Space.L)

    qtbot.waitUntil(takes_its_room, timeout=GUARD_MS)


def pages(form: InputsForm) -> list[QWidget]:
    box = form.layout()
    assert box is not None
    items = [box.itemAt(number) for number in range(1, box.count() - 1)]
    return [cast("QWidget", item.widget()) for item in items if item is not None]


def test_the_corner_between_the_scroll_bars_is_empty(qtbot: QtBot, view: ComparisonView) -> None:
    view.window().resize(1024, 500)
    corner = view.grid.cornerWidget()
    qtbot.waitUntil(corner.isVisible, timeout=GUARD_MS)
    image = view.grid.grab(corner.geometry()).toImage()
    places = [(x, y) for x in range(image.width()) for y in range(image.height())]
    assert {image.pixelColor(x, y).name() for x, y in places} == {theme().c.canvas.name()}
