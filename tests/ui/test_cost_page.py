"""The Cost page in the real window on a real workspace: read, pointed at, narrowed, exported."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from msgspec import structs
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from tests.support.fault_server import FaultServer
from tests.support.sessions import GUARD_MS
from tests.support.spending import DOLLAR, day, spent
from tests.ui.support import compare_data
from tests.ui.support.accessible import faults, tab_faults
from tests.ui.support.compare_rig import front

from proofroom.domain import period
from proofroom.domain.message import text_message
from proofroom.domain.period import Span
from proofroom.domain.provider import Provider
from proofroom.domain.version import Content
from proofroom.ui.cost.controller import pers, today
from proofroom.ui.cost.page import CostPage
from proofroom.ui.cost.plot import Plot
from proofroom.ui.runs.page import RunsPage
from proofroom.ui.shell import Shell
from proofroom.workspace import costs, database, drafts, inputs, prompts, providers, versions

Key = Qt.Key
NOVEMBER = "2026-11-01..2026-11-30"


def fill(db: sqlite3.Connection) -> None:
    """Write 4.50 USD and a run of unknown cost in November 2026, 3.00 USD in October."""
    spent(db, 3 * DOLLAR, "2026-10-12T12:00", asked="Old?")
    spent(db, 1 * DOLLAR, "2026-11-02T12:00", tokens={"input": 400, "cache_read": 100})
    spent(db, None, "2026-11-03T12:00", asked="Who?")
    spent(db, 3 * DOLLAR, "2026-11-03T13:00", retry_nano_usd=DOLLAR // 4, tokens={"output": 500})
    spent(db, DOLLAR // 2, "2026-11-20T12:00", asked="How?", status="failed")


@pytest.fixture
def filled(shell: Shell) -> None:
    with closing(database.connect(shell.session.path)) as db:
        fill(db)


def page_at(qtbot: QtBot, shell: Shell, place: str | None) -> CostPage:
    shell.window.activateWindow()
    shell.window.go("cost", place)
    page = cast("CostPage", shell.window.widget("cost"))
    qtbot.waitUntil(lambda: page.controller.costs is not None, timeout=GUARD_MS)
    return page


@pytest.fixture
def page(qtbot: QtBot, shell: Shell, filled: None) -> CostPage:
    assert filled is None
    page = page_at(qtbot, shell, NOVEMBER)
    waits(qtbot, page, lambda: page.chart.plot is not None)
    waits(qtbot, page, lambda: page.controller.look is not None and page.controller.look.is_whole)
    return page


def waits(qtbot: QtBot, page: CostPage, ready: Callable[[], bool]) -> None:
    assert page.isVisible()
    qtbot.waitUntil(ready, timeout=GUARD_MS)


def cells(page: CostPage) -> list[tuple[str, ...]]:
    return list(page.below.rows.content.rows)


def plot(page: CostPage) -> Plot:
    assert page.chart.plot is not None
    return page.chart.plot


def test_the_figures_are_those_of_the_days_and_the_unknown_is_said(page: CostPage) -> None:
    strip = page.strip
    # 1.00 + 3.00 + 0.50; October had 3.00: 4.50 / 3.00 = 1.5
    assert strip.spend.value.text() == "$4.50"
    assert strip.spend.fact.text() == "50\u00a0% more than before · 1 unknown"
    assert strip.tokens.value.text() == "1,000"  # 400 + 100 + 500
    # 3 runs are done, of one nobody knows the cost: 4.50 / 3 * 1,000
    assert strip.thousand.value.text() == "at least $1,500.00"
    # 0.25 for a retry, 0.50 for a failure, and "Why?" again: 3.00 - 0.25
    assert strip.waste.value.text() == "$3.50"
    side = page.side
    assert [one.value for one in (side.retries, side.again, side.failed, side.stopped)] == [
        *("$0.25", "$2.75", "$0.50", "$0.00"),
    ]
    assert [side.split[name].value for name in ("Input", "Cached input", "Output")] == [
        *("400", "100", "500"),
    ]


def test_the_scale_has_its_words_when_it_is_painted_first(page: CostPage) -> None:
    image = plot(page).widget.grab().toImage()
    ground = image.pixelColor(0, 0)
    beside = [image.pixelColor(x, y) for x in range(30) for y in range(image.height() // 2)]
    assert any(colour != ground for colour in beside)


def test_a_bar_is_told_whole_when_it_is_pointed_at_by_key(qtbot: QtBot, page: CostPage) -> None:
    page.chart.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Key.Key_Home, Key.Key_Right, Key.Key_Right):
        qtbot.keyClick(page.chart, key)
    assert page.said.text() == "3\u00a0Nov 2026 · $3.00"
    told = page.chart.accessibleDescription().splitlines()
    assert told[0] == "3\u00a0Nov 2026: $3.00"
    assert told[-1] == "The cost of 1 run is unknown and not in it"
    assert (page.chart.tip.lines, page.chart.tip.isVisible()) == (told, True)
    qtbot.keyClick(page.chart, Key.Key_End)
    assert page.said.text() == "30\u00a0Nov 2026 · $0.00"


def test_the_pointer_tells_a_bar_and_a_click_opens_its_day(
    qtbot: QtBot, shell: Shell, page: CostPage
) -> None:
    front(qtbot, page)
    spot = plot(page).place(1).toPoint() + QPoint(0, 20)
    viewport = plot(page).widget.viewport()
    qtbot.mouseMove(viewport, spot)
    waits(qtbot, page, lambda: page.said.text() == "2\u00a0Nov 2026 · $1.00")
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=spot)
    waits(qtbot, page, lambda: page.controller.asked.span.days == 1)
    waits(qtbot, page, lambda: page.strip.spend.value.text() == "$1.00")
    assert page.title.text() == "Spend by hour"
    page.below.kinds.step(2)
    waits(qtbot, page, lambda: [row[-1] for row in cells(page)] == ["$1.00"])
    assert page.period.accessibleName() == "Period 2\u00a0Nov 2026"
    shell.window.back()
    waits(qtbot, page, lambda: page.strip.spend.value.text() == "$4.50")


def test_enter_opens_the_pointed_bar_and_an_hour_has_nothing_smaller(
    qtbot: QtBot, page: CostPage
) -> None:
    page.chart.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Key.Key_Home, Key.Key_Right, Key.Key_Return):
        qtbot.keyClick(page.chart, key)
    day_ = Span(first=day("2026-11-02"), last=day("2026-11-02"))
    waits(qtbot, page, lambda: page.controller.costs is not None
          and page.controller.costs.span == day_)  # fmt: skip
    for key in (Key.Key_Home, Key.Key_Return):
        qtbot.keyClick(page.chart, key)
    assert page.controller.asked.span == day_


def test_keys_zoom_and_a_refresh_leaves_the_zoom_alone(
    qtbot: QtBot, shell: Shell, page: CostPage
) -> None:
    def wide() -> float:
        first, last = plot(page).shown()
        return last - first

    whole = wide()
    page.chart.setFocus()
    for _ in range(3):
        qtbot.keyClick(page.chart, Key.Key_Plus)
    near = wide()
    assert near == pytest.approx(whole * 0.7**3)
    with closing(database.connect(shell.session.path)) as db:
        spent(db, 1 * DOLLAR, "2026-11-04T12:00", asked="New?")
    waits(qtbot, page, lambda: page.strip.spend.value.text() == "$5.50")
    assert wide() == pytest.approx(near)
    qtbot.keyClick(page.chart, Key.Key_Minus)
    assert wide() == pytest.approx(whole * 0.7**2)
    qtbot.keyClick(page.chart, Key.Key_0)
    assert wide() == pytest.approx(whole)


def test_the_wheel_zooms_along_the_time_and_not_upright(qtbot: QtBot, page: CostPage) -> None:
    widget = plot(page).widget
    (first, last), top = plot(page).shown(), plot(page).place(1).y()
    spot = QPointF(widget.width() / 2, widget.height() / 2)
    none = QPoint()
    wheel = QWheelEvent(
        spot, widget.mapToGlobal(spot), none, QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget.viewport(), wheel)
    waits(qtbot, page, lambda: plot(page).shown()[1] - plot(page).shown()[0] < last - first)
    assert plot(page).place(1).y() == top


def test_groups_and_measures_change_the_chart_and_the_table(qtbot: QtBot, page: CostPage) -> None:
    assert cells(page)[0][:2] == ("local/smollm2", "4")
    page.by.step(1)
    waits(qtbot, page, lambda: cells(page)[0][0] == "local")
    page.by.step(-2)
    waits(qtbot, page, lambda: cells(page)[0][0] == "Comparisons")
    page.measure.step(1)
    assert page.title.text() == "Tokens by day"
    assert page.chart.bars is not None
    assert page.chart.bars.bars[1].words == "500\u00a0tok"
    page.measure.step(1)
    assert page.chart.bars.bars[2].words == "2 calls"


def test_a_cut_is_offered_where_its_bars_can_be_seen(qtbot: QtBot, page: CostPage) -> None:
    page.per.chosen.emit("week")
    waits(qtbot, page, lambda: page.title.text() == "Spend by week")
    assert page.chart.bars is not None
    assert [bar.words for bar in page.chart.bars.bars[:3]] == ["$0.00", "$4.00", "$0.00"]
    page.period.chosen.emit("year")
    waits(qtbot, page, lambda: page.title.text() == "Spend by month")
    assert pers(page.controller.asked.span) == ("day", "week", "month")
    assert pers(Span(first=0, last=30))[0] == "hour"
    assert pers(Span(first=0, last=999)) == ("week", "month")


def test_tables_show_the_times_the_dearest_and_the_identical(qtbot: QtBot, page: CostPage) -> None:
    kinds = page.below.kinds
    kinds.step(1)
    assert cells(page)[2] == ("3\u00a0Nov 2026", "2", "500", "$3.00", "1")
    kinds.step(1)
    assert [row[-1] for row in cells(page)] == ["$3.00", "$1.00", "$0.50"]
    assert [row[3] for row in cells(page)] == ["Done", "Done", "Failed"]
    kinds.step(2)
    assert cells(page) == [("No prompt", "local/smollm2", "1", "$2.75")]
    kinds.step(-3)
    page.below.table.selectRow(2)
    qtbot.keyClick(page.below.table, Key.Key_Return)
    waits(qtbot, page, lambda: page.strip.spend.value.text() == "$3.00")


def test_a_dear_run_leads_to_its_comparison_and_a_prompt_to_its_page(
    qtbot: QtBot, shell: Shell
) -> None:
    with closing(database.connect(shell.session.path)) as db:
        key = compare_data.filled(db)
    page = page_at(qtbot, shell, None)
    waits(qtbot, page, lambda: page.controller.look is not None and page.controller.look.is_whole)
    page.below.kinds.step(2)
    assert cells(page)
    page.below.table.selectRow(0)
    qtbot.keyClick(page.below.table, Key.Key_Return)
    assert (shell.window.page, shell.window._visits[-1][1]) == ("compare", str(key))  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - where it went
    shell.window.back()
    page.below.kinds.step(1)
    page.below.table.selectRow(0)
    qtbot.keyClick(page.below.table, Key.Key_Return)
    assert shell.window.page == "prompts"


@pytest.mark.parametrize("by", ["model", "provider", "source", "version", "prompt"])
def test_a_group_leads_to_its_runs_of_these_days(qtbot: QtBot, shell: Shell, by: str) -> None:
    with closing(database.connect(shell.session.path)) as db:
        compare_data.filled(db)
    page = page_at(qtbot, shell, None)
    page.by.chosen.emit(by)
    waits(qtbot, page, lambda: page.controller.costs is not None and page.controller.costs.by == by)
    waits(qtbot, page, lambda: page.below.rows.content.heads[0] == by.capitalize())
    places = [n for n, target in enumerate(page.below.rows.content.targets) if target]
    for place in places:
        count = int(cells(page)[place][1])
        page.below.table.selectRow(place)
        qtbot.keyClick(page.below.table, Key.Key_Return)
        found = cast("RunsPage", shell.window.widget("runs"))
        qtbot.waitUntil(lambda c=count, f=found: f.controller.found == c, timeout=GUARD_MS)
        assert not found.problem.isVisible()
        shell.window.back()
    assert places


def test_a_look_that_is_stopped_says_how_far_it_came_and_goes_on_when_asked(
    qtbot: QtBot, page: CostPage
) -> None:
    seen: list[bool] = []

    def press(_: object) -> None:
        if not seen:
            seen.append(page.below.stop.isVisible())
            page.below.stop.click()

    page.controller.looked.connect(press)
    page.controller.look_again()
    waits(qtbot, page, lambda: bool(seen))
    assert (seen, page.below.stop.isVisible()) == ([True], False)
    assert page.below.said.text() == "Stopped at 0\u00a0%: the dearest of what was looked at"
    assert page.below.again.isVisible()
    page.below.again.click()
    waits(qtbot, page, lambda: page.controller.look is not None and page.controller.look.is_whole)
    assert (page.below.said.text(), page.below.again.isVisible()) == ("", False)


def test_run_the_sample_of_an_empty_page_runs_it(
    qtbot: QtBot, shell: Shell, server: FaultServer
) -> None:
    with closing(database.connect(shell.session.path)) as db:
        own = Provider(name="ok", adapter="direct", dialect="compatible", url=server.url("ok"))
        providers.put(db, structs.replace(own, needs_key=False))
        providers.ask_for(db, "ok/m")
        first, second = (
            Content(messages=(text_message("user", f"Say {{{{ word }}}}{end}"),), model="ok/m")
            for end in (".", " again.")
        )
        key = prompts.create(db, "say", first).key
        versions.save(db, key)
        drafts.save(db, key, second, revision=drafts.of_prompt(db, key).revision, edits=[b"edit"])
        versions.save(db, key)
        inputs.add(db, key, [("One", {"word": "one"})])
    page = page_at(qtbot, shell, None)
    waits(qtbot, page, page.empty.isVisible)
    page.empty.button.click()
    qtbot.waitUntil(lambda: server.count() == 2, timeout=GUARD_MS)
    assert shell.window.page == "compare"


def test_nothing_spent_and_nothing_in_these_days_say_what_to_do(qtbot: QtBot, shell: Shell) -> None:
    page = page_at(qtbot, shell, None)
    waits(qtbot, page, page.empty.isVisible)
    assert page.empty.title.text() == "Nothing spent yet"
    assert not page.header.more.isVisible()
    page.empty.button.click()  # there is no sample in this workspace: the first steps say so
    qtbot.waitUntil(lambda: shell.window.page == "first-run", timeout=GUARD_MS)
    with closing(database.connect(shell.session.path)) as db:
        spent(db, DOLLAR, f"{period.date_of(today())}T12:00")
    page = page_at(qtbot, shell, "2020-01-01..2020-01-31")
    waits(qtbot, page, page.nothing.isVisible)
    assert page.nothing.title.text() == "No spend in this period"
    page.nothing.button.click()
    waits(qtbot, page, lambda: page.strip.spend.value.text() == "$1.00" and page.area.isVisible())
    assert page.period.value == "30-days"


def test_only_unknown_costs_are_never_shown_as_nothing(qtbot: QtBot, shell: Shell) -> None:
    with closing(database.connect(shell.session.path)) as db:
        spent(db, None, "2026-11-03T12:00")
    page = page_at(qtbot, shell, NOVEMBER)
    waits(qtbot, page, page.area.isVisible)
    assert page.strip.spend.value.text() == "unknown"
    assert page.strip.thousand.value.text() == "unknown"
    assert cells(page) == [("local/smollm2", "1", "0", "unknown", "1", "unknown")]
    assert "? costs unknown" in page.legend.toolTip()
    assert page.chart.bars is not None
    assert page.chart.bars.bars[2].words == "unknown"


def test_the_page_exports_its_sums_and_its_chart(
    qtbot: QtBot, page: CostPage, tmp_path: Path
) -> None:
    costs = page.controller.costs
    assert costs is not None
    table, picture = tmp_path / "cost.csv", tmp_path / "cost.png"
    page.export.write(costs, table)
    qtbot.waitUntil(table.exists, timeout=GUARD_MS)
    assert "2026-11-02,local/smollm2,1,1,0,1.000000000" in table.read_text("utf-8")
    page.export.write(costs, picture)
    shown = page.export._window.toasts  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - its news
    waits(qtbot, page, lambda: any("cost.png" in one.text.text() for one in shown.shown))
    image = QImage(str(picture))
    assert image.size() == page.picture.size() * 2
    inside = plot(page).place(1).toPoint() + QPoint(0, 20)
    spot = page.picture.mapFromGlobal(cast("QWidget", plot(page).widget).mapToGlobal(inside))
    assert image.pixelColor(spot * 2) == page.palette().accent().color()
    page.ask_export("csv")
    assert page.export.dialog is not None
    assert page.export.dialog.selectedFiles()[0].endswith("cost 2026-11-01 to 2026-11-30.csv")
    page.export.dialog.reject()


def test_what_cannot_be_written_is_said(qtbot: QtBot, page: CostPage, tmp_path: Path) -> None:
    costs = page.controller.costs
    assert costs is not None
    shown = page.export._window.toasts  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - its news
    page.export.write(costs, tmp_path / "nowhere" / "cost.png")
    waits(qtbot, page, lambda: any("cannot be written" in one.text.text() for one in shown.shown))


@pytest.mark.parametrize("zoom", [100, 200])
def test_everything_has_a_name_and_room_and_tab_goes_in_order(
    qtbot: QtBot, shell: Shell, page: CostPage, zoom: int
) -> None:
    from proofroom.ui.theme import theme  # noqa: PLC0415 - named for what it does here

    theme().set_zoom(zoom)
    shell.window.resize(1280, 800)
    waits(qtbot, page, lambda: faults(page) == [])
    assert tab_faults(page) == []
    assert page.chart.accessibleName() == "Spend by day, 30 bars"


def test_a_filter_counts_some_runs_alone_and_figures_open_them(
    qtbot: QtBot, shell: Shell, page: CostPage
) -> None:
    with closing(database.connect(shell.session.path)) as db:
        spent(db, 2 * DOLLAR, "2026-11-05T12:00", source="cli", asked="In a terminal?")
        offered = costs.choices(db, Span(first=day("2026-11-01"), last=day("2026-11-30")))
    assert list(offered) == ["model", "provider", "prompt", "version", "source"]
    assert offered["source"] == {"comparison": "Comparisons", "cli": "Command line"}
    page.filter.picked.emit((("source", "cli"),))
    waits(qtbot, page, lambda: page.strip.spend.value.text() == "$2.00")
    assert page.filter.accessibleName() == "Runs Command line"
    waits(qtbot, page, lambda: page.controller.look is not None and page.controller.look.is_whole)
    page.below.kinds.set_value("runs")
    page.below.kinds.chosen.emit("runs")
    assert [row[-1] for row in cells(page)] == ["$2.00"]
    page.strip.spend.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(page.strip.spend, Key.Key_Return)
    assert shell.window.page == "runs"
    runs = cast("RunsPage", shell.window.widget("runs"))
    waits_for = "source:cli since:2026-11-01 until:2026-11-30"
    qtbot.waitUntil(lambda: runs.field.text() == waits_for, timeout=GUARD_MS)


def test_a_bar_of_an_hour_and_a_kind_of_waste_open_their_runs(
    qtbot: QtBot, shell: Shell, page: CostPage
) -> None:
    page.side.failed.click()
    runs = cast("RunsPage", shell.window.widget("runs"))
    failed = "status:failed status:timeout status:interrupted"
    wanted = f"since:2026-11-01 until:2026-11-30 {failed}"
    qtbot.waitUntil(lambda: runs.field.text() == wanted, timeout=GUARD_MS)
    page = page_at(qtbot, shell, "2026-11-03..2026-11-03")
    waits(qtbot, page, lambda: bool(page.controller.costs and page.controller.costs.per == "hour"))
    page.chart.opened.emit(12)
    wanted = "since:2026-11-03 until:2026-11-03"
    qtbot.waitUntil(lambda: runs.field.text() == wanted, timeout=GUARD_MS)


def test_failed_runs_and_waste_open_every_run_that_they_count(qtbot: QtBot, shell: Shell) -> None:
    ends = ("ok", "failed", "timeout", "interrupted", "cancelled")
    with closing(database.connect(shell.session.path)) as db:
        for status in ends:
            spent(db, DOLLAR, "2026-11-03T12:00", asked=status, status=status)
    page = page_at(qtbot, shell, NOVEMBER)
    waits(qtbot, page, lambda: page.side.failed.value == "$3.00")
    for figure, count in ((page.side.failed, 3), (page.strip.waste, 4), (page.side.stopped, 1)):
        figure.click()
        found = cast("RunsPage", shell.window.widget("runs"))
        qtbot.waitUntil(lambda c=count, f=found: f.controller.found == c, timeout=GUARD_MS)
        shell.window.back()
