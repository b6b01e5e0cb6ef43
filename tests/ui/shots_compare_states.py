"""Draws what the Compare page is at its edges: its sheets, many columns, many rows, every end."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from PySide6.QtWidgets import QApplication
from tests.ui.shots_compare import Stage, settle, shoot, until
from tests.ui.support import compare_data

from proofroom.domain.comparison import Estimate
from proofroom.domain.mark import Marked, Pick
from proofroom.domain.message import Reasoning, Text
from proofroom.errors import ProofroomError
from proofroom.ui.compare import loading
from proofroom.ui.compare.comparison_view import ComparisonView
from proofroom.ui.compare.new_sheet import AddInputsSheet
from proofroom.ui.compare.page import ComparePage
from proofroom.ui.questions import SpendSheet
from proofroom.ui.theme import Look, theme
from proofroom.ui.widgets.overlay import Overlay
from proofroom.workspace import cell_runs, comparisons, database, marks, providers

SIZE, TALL = (1280, 800), 1000
ESTIMATE = Estimate(
    calls=48, paid_calls=48, tokens_in=9_600, tokens_out=19_200, nano_usd=1_240_000_000,
    unknown_cost=0, seconds=64, exact=False,
)  # fmt: skip


def ends(db: sqlite3.Connection) -> int:
    """Keep a comparison with a cell for each way a run ends, marks and a winner."""
    key = compare_data.comparison(db, rows=3)
    cell, texts = compare_data.cell, compare_data.NEW
    first = cell(db, key, 0, 0, compare_data.OLD[0])
    runs = [cell(db, key, 0, 1, texts[0], status="cancelled", tokens=12)]
    cell(db, key, 0, 2, texts[1], status="interrupted", failure="connection_lost",
         title="The engine stopped", detail="May have been billed.", tokens=31)  # fmt: skip
    cell(db, key, 0, 3, "", status="timeout", failure="no_answer",
         title="No answer within 60 s", tokens=None, cost=None, marks=("cost_unknown",),
         detail="The server took the request and said nothing. It may have been billed. Raise the "
         "limit of this column's settings, or ask again.")  # fmt: skip
    cell(db, key, 1, 0, compare_data.OLD[1] + "\n" + texts[2] * 3)
    cell(db, key, 1, 1, texts[1], finish="length")
    cell(db, key, 1, 2, "", finish="content_filter", tokens=0)
    runs.append(cell(db, key, 1, 3, [Reasoning(text="The customer waits for news. " * 9),
                                     Text(text=texts[1])]))  # fmt: skip
    columns, rows = comparisons.columns(db, key), comparisons.rows(db, key)
    with database.writing(db):
        place = cell_runs.cell_keys(db, key)[rows[2].key, columns[0].key]
        cell_runs.reuse(db, place, 0, first)
    marks.mark_run(db, runs[-1], Marked(star=True, tags=("tone", "too long"), note="Warm"))
    loading.pick(db, rows[1].key, Pick(columns[1].key, "Names the day"))
    return key


def wide(db: sqlite3.Connection) -> int:
    """Keep one row on sixteen columns."""
    key, _ = compare_data.prompt(db, "ticket-triage")
    columns = [
        comparisons.NewColumn(
            prompt_key=key, version_key=None, label="Draft",
            content=compare_data.content("Sort {{ message }}", model=f"openai/model-{n}"),
            model_key=providers.ask_for(db, f"openai/model-{n}").key,
        )
        for n in range(16)
    ]  # fmt: skip
    row = comparisons.NewRow(name="Damaged parcel", values={"message": compare_data.ROWS[0][1]})
    made = comparisons.create(db, columns, [row], name="Sixteen models").key
    for place in range(16):
        compare_data.cell(db, made, 0, place, compare_data.NEW[place % 4])
    return made


def tall(db: sqlite3.Connection) -> int:
    """Keep a thousand rows, some of them answered, with three samples a cell."""
    key = compare_data.comparison(db, rows=TALL, samples=3)
    for row in range(0, 60, 2):
        compare_data.cell(db, key, row, 0, compare_data.OLD[row % 4])
    return key


def states_of_list(db: sqlite3.Connection) -> None:
    """Give the list a comparison of each state."""
    for name, reason in (("Ran through", "done"), ("Was stopped", "stopped"), ("Broke", "failed")):
        key = comparisons.create(db, [], [], name=name).key
        with database.writing(db):
            comparisons.closed(db, key, reason)
    comparisons.create(
        db, [], [], name="A name that is as long as anybody would ever type it, twice"
    )


def show(stage: Stage, key: int, size: tuple[int, int]) -> ComparePage:
    """Open a comparison and wait for its first rows."""
    stage.window.resize(*size)
    stage.window.show()
    stage.window.activateWindow()
    stage.window.go("compare", str(key))
    page = stage.page
    assert page is not None
    view = page.view
    until(lambda: view.controller.key == key and view.model.rowCount() > 0)
    until(lambda: all(s.body is not None for r in view.model.rows[:2] for s in r.all() if s.run))
    view.running.said.emit("48 calls", ("about 28,800 tok", "about $1.24", "about 1 min 4 s"), None)
    view.run_button.set_running(False)
    settle()
    return page


def grid(stage: Stage, out: Path, name: str, key: int, size: tuple[int, int]) -> ComparePage:
    """Draw a comparison at three zooms; many columns and rows scrolled to their middle."""
    page = show(stage, key, size)
    view = page.view
    if name == "tall":
        until(lambda: len(view.model.rows) == TALL)
        view.grid.verticalScrollBar().setValue(4_000)
    view.grid.horizontalScrollBar().setValue(900 if name == "wide" else 0)
    zoomed(stage, out, f"compare-{name}", size, (80, 100, 200))
    return page


def zoomed(
    stage: Stage, out: Path, name: str, size: tuple[int, int], zooms: Sequence[int] = (100, 200)
) -> None:
    """Draw what is shown at several zooms."""
    for zoom in zooms:
        theme().set_zoom(zoom)
        stage.window.resize(size[0] + zoom // 200, size[1])  # another size lays all out anew
        until(lambda: True)
        shoot(stage, out, f"{name}-{zoom}-{theme().look.value}")
    theme().set_zoom(100)
    stage.window.resize(*size)
    until(lambda: True)


def panel(stage: Stage, out: Path, page: ComparePage) -> None:
    """Draw thoughts that are unfolded, and the panel of a cell that failed."""
    view = page.view
    view.grid.setCurrentIndex(view.model.index(3, 3))
    view.acts.fold()
    shoot(stage, out, f"compare-unfolded-{theme().look.value}")
    view.grid.setCurrentIndex(view.model.index(1, 3))
    view.acts.peek()
    until(lambda: view.panel.found is not None)
    zoomed(stage, out, "compare-panel", SIZE)
    view.panel.close_it()


def sheets(stage: Stage, out: Path, key: int) -> None:
    """Draw what asks and answers over the page."""
    view = show(stage, key, SIZE).view

    def drawn(name: str, sheet: Overlay | None) -> None:
        assert sheet is not None
        zoomed(stage, out, f"compare-{name}", SIZE)
        sheet.close_it()
        settle()

    view.changing.add_columns()
    columns = view.changing.columns_sheet
    assert columns is not None
    until(lambda: bool(columns.choices.sources))
    drawn("columns", columns)
    for way in ("sets", "form", "paste", "file"):
        drawn(f"inputs-{way}", inputs(view, way))
    view.grid.setCurrentIndex(view.model.index(1, 1))
    view.acts.ask_pick()
    drawn("pick", view.acts.sheet)
    view.marking.ask()
    drawn("marks", view.marking.sheet)
    view.changing.rename()
    drawn("name", view.changing.name_sheet)
    spend = SpendSheet(stage.window, ESTIMATE, settle, settle)
    spend.open()
    drawn("spend", spend)
    page = stage.page
    assert page is not None
    page.ask_new()
    new = page.sheet
    assert new is not None
    until(lambda: bool(new.chosen_sources()))
    drawn("new", new)


def inputs(view: ComparisonView, way: str) -> AddInputsSheet:
    """Open the sheet for further rows with one of its ways in."""
    view.changing.add_inputs()
    sheet = view.changing.inputs_sheet
    assert sheet is not None
    until(lambda: bool(sheet.choices.sources))
    sheet.inputs.ways.set_value(way)
    sheet.inputs.ways.chosen.emit(way)
    if way == "paste":
        sheet.inputs.paste.setPlainText("name\ttopic\nSleep\tsleep\nTide\ttide")
        until(lambda: len(sheet.inputs.rows()) == 2)
    return sheet


def said(stage: Stage, out: Path, key: int) -> None:
    """Draw the export dialog, a failure of the page, and a filter that finds nothing."""
    view, look = show(stage, key, SIZE).view, theme().look.value
    view.export.ask()
    assert view.export.dialog is not None
    settle()
    view.export.dialog.grab().save(str(out / f"compare-export-{look}.png"))
    view.export.dialog.reject()
    view.choose_filter("different")
    view.fail(ProofroomError("The disk is full", where="the workspace", fix="Make room."))
    shoot(stage, out, f"compare-banner-{look}")
    view.choose_filter("all")
    view.banner.hide()


def lists(stage: Stage, out: Path) -> None:
    """Draw the list with its states, and a search that finds nothing."""
    page = stage.page
    assert page is not None
    page.arrive("list")
    until(lambda: page.kept.model.rowCount() > 3)
    page.kept.table.selectRow(1)
    zoomed(stage, out, "compare-kept-list", SIZE, (80, 100, 200))
    page.kept.search.setText("zebra")
    until(page.kept.nothing.isVisible)
    shoot(stage, out, f"compare-nothing-{theme().look.value}")
    page.kept.show_all()


def empty(stage: Stage, out: Path) -> None:
    """Draw the page before there is any comparison."""
    stage.window.resize(*SIZE)
    stage.window.show()
    stage.window.go("compare", "list")
    until(lambda: stage.page is not None and stage.page.kept.empty.isVisible())
    shoot(stage, out, f"compare-empty-{theme().look.value}")


def pictures(out: Path, folder: Path) -> None:
    """Draw every picture in the present look."""
    with closing(compare_data.workspace(folder / "acme-support.proofspace")) as db:
        stage = Stage(folder / "acme-support.proofspace")
        empty(stage, out)
        some, many = ends(db), wide(db)
        states_of_list(db)
    sheets(stage, out, some)
    panel(stage, out, grid(stage, out, "ends", some, SIZE))
    grid(stage, out, "wide", many, (1920, 1080))
    said(stage, out, some)
    lists(stage, out)
    stage.close()
    with closing(compare_data.workspace(folder / "tall.proofspace")) as db:
        key = tall(db)
    stage = Stage(folder / "tall.proofspace")
    grid(stage, out, "tall", key, (1024, 700))
    stage.close()


def main(out: Path) -> None:
    """Draw light and dark into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    theme().set_bundled_fonts(True)
    for look in (Look.LIGHT, Look.DARK):
        theme().set_look(look)
        with tempfile.TemporaryDirectory() as folder:
            pictures(out, Path(folder))
    del app


if __name__ == "__main__":
    main(Path(sys.argv[1]))
