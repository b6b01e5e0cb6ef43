"""The Cost page: four figures, the chart, waste and tokens beside it, tables below."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import cast

from msgspec import structs
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from proofroom import clock
from proofroom.domain import period
from proofroom.domain.budget import Budget, Standing
from proofroom.domain.period import PRESETS, Preset, Span
from proofroom.ui.actions import ActionSpec
from proofroom.ui.cost import bars, budget_sheet, tables
from proofroom.ui.cost.bars import Measure
from proofroom.ui.cost.budget_sheet import BudgetSheet, Names
from proofroom.ui.cost.chart import Chart, Legend
from proofroom.ui.cost.controller import Controller, Read, pers
from proofroom.ui.cost.export import Export
from proofroom.ui.cost.filters import Filter
from proofroom.ui.cost.lower import Lower
from proofroom.ui.cost.side import Side
from proofroom.ui.cost.strip import Strip
from proofroom.ui.cost.tables import STRETCH, Target
from proofroom.ui.first_run import sample_comparison
from proofroom.ui.first_run.sample_comparison import Sample
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.ui.theme import Space, follow, px
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.frames import PageHeader
from proofroom.ui.widgets.labels import Hairline, Label
from proofroom.ui.widgets.menu_button import MenuButton
from proofroom.ui.widgets.news import Banner, Tone
from proofroom.ui.widgets.panels import scrolled
from proofroom.ui.widgets.segmented import Segmented
from proofroom.ui.window import MainWindow
from proofroom.workspace import budgets, costs
from proofroom.workspace.cost_sums import Only
from proofroom.workspace.dear_runs import Look

GROUP = "Cost"
AS_CSV = ActionSpec(
    id="cost-csv", text="Export the cost as CSV…", group=GROUP, icon="download", menu="File"
)
AS_PNG = ActionSpec(
    id="cost-png", text="Export the chart as a picture…", group=GROUP, icon="download", menu="File"
)
NEW_BUDGET = ActionSpec(
    id="cost-budget", text="New budget…", group=GROUP, icon="plus", key="Ctrl+N", menu="File"
)
_PERS = {"hour": "Hour", "day": "Day", "week": "Week", "month": "Month"}
_BYS = (
    ("model", "Model"),
    ("provider", "Provider"),
    ("prompt", "Prompt"),
    ("version", "Version"),
    ("source", "Source"),
)
_MEASURES = (("cost", "Cost"), ("tokens", "Tokens"), ("calls", "Calls"))
_CUSTOM = "custom"
_BESIDE = 820
"""With less across, in design pixels, the side goes below the chart."""
_IN_LINE = 640
"""With less across, the groups go below the measures."""
_CHART_HIGH = 300


class CostPage(QWidget):
    """Draws what the controller read; `arrive` takes two days, such as 2026-11-01..2026-11-30."""

    def __init__(self, session: Session, window: MainWindow, presses: Presses) -> None:
        super().__init__()
        self.setAccessibleName("Cost")
        self._window, self._session, self._presses = window, session, presses
        self.controller = Controller(session)
        self.controller.setParent(self)
        self.header, self.banner = PageHeader("Cost"), Banner()
        self.period = MenuButton("Period", tuple(PRESETS.items()), "month", icon="calendar")
        self.per = MenuButton("Per", tuple(_PERS.items()), "day")
        self.filter = Filter()
        self.budget_button = Button("New budget", Kind.NORMAL, icon="plus")
        self.sheet: BudgetSheet | None = None
        self.strip, self.side, self.below = Strip(), Side(), Lower()
        self.by = Segmented("Group by", _BYS)
        self.measure = Segmented("Measure", _MEASURES)
        self.title, self.said = Label("Spend", 13, 600), Label("", 12, ink="text2").figures()
        self.legend, self.chart, self.picture = Legend(), Chart(session), QWidget()
        self.export = Export(session, window, self.picture)
        self.empty = EmptyState(
            "Nothing spent yet", "Local models are free and still counted in tokens.",
            "Run the sample", icon="circle-dollar-sign",
        )  # fmt: skip
        self.nothing = EmptyState(
            "No spend in this period", "", "Show the last 30 days", icon="circle-dollar-sign"
        )
        self._bars: bars.Bars | None = None
        self._lay_out()
        self._connect()
        for spec, suffix in ((AS_CSV, "csv"), (AS_PNG, "png")):
            window.actions_.add(spec, partial(self.ask_export, suffix), owner=self)
        window.actions_.add(NEW_BUDGET, self.new_budget, owner=self)
        self._fill_more()
        follow(self._restyle)

    def _lay_out(self) -> None:
        for button in (self.period, self.per, self.filter, self.budget_button):
            self.header.add_action(button)
        self._heads, self._seconds = QBoxLayout(QBoxLayout.Direction.LeftToRight), QHBoxLayout()
        self._named = QHBoxLayout()
        self._named.addWidget(self.title)
        self._named.addWidget(self.measure)
        self._heads.addLayout(self._named)
        self._heads.addWidget(self.by)
        self._heads.addStretch(1)
        self._seconds.addWidget(self.legend, 1)
        self._seconds.addWidget(self.said)
        drawn = QVBoxLayout(self.picture)
        drawn.setContentsMargins(0, 0, 0, 0)
        drawn.setSpacing(0)
        drawn.addLayout(self._seconds)
        drawn.addWidget(self.chart, 1)
        left = QWidget()
        self._left = QVBoxLayout(left)
        self._left.addLayout(self._heads)
        self._left.addWidget(self.picture, 3)
        self._left.addWidget(Hairline())
        self._left.addWidget(self.below, 2)
        body, across = QWidget(), QWidget()
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight, across)
        self._edge = Hairline(upright=True)
        self._across.addWidget(left, 1)
        self._across.addWidget(self._edge)
        self._across.addWidget(self.side)
        column = QVBoxLayout(body)
        column.addWidget(self.strip)
        column.addWidget(across, 1)
        self.area = scrolled(body, "Cost")
        pages = QWidget()
        self._stack = QStackedLayout(pages)
        for one in (self.area, self.empty, self.nothing):
            self._stack.addWidget(one)
        outer = QVBoxLayout(self)
        outer.addWidget(self.header)
        outer.addWidget(self.banner)
        outer.addWidget(pages, 1)
        for layout in (outer, column, self._across, self._left):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)

    def _fill_more(self) -> None:
        for spec in (NEW_BUDGET, AS_CSV, AS_PNG):
            self.header.more.menu.addAction(self._window.actions_.action(spec.id))
        self.header.more.show()

    def _connect(self) -> None:
        self.controller.read.connect(self._show)
        self.controller.looked.connect(self._looked)
        self.controller.failed.connect(self._failed)
        self.period.chosen.connect(self._period_chosen)
        self.per.chosen.connect(self._per_chosen)
        self.by.chosen.connect(self._by_chosen)
        self.measure.chosen.connect(self._draw)
        self.chart.pointed.connect(self._say_pointed)
        self.chart.opened.connect(self._open_bar)
        self.below.opened.connect(self._open)
        self.below.stop_asked.connect(self.controller.stop)
        self.below.again_asked.connect(self.controller.look_again)
        self.filter.wanted.connect(self._offer)
        self.filter.picked.connect(self._only)
        self.strip.opened.connect(self._open_runs)
        self.side.opened.connect(self._open_runs)
        self.budget_button.clicked.connect(self.new_budget)
        self.side.budgets.added.connect(self.new_budget)
        self.side.budgets.opened.connect(self._open_budget)
        self.empty.pressed.connect(self._run_sample)
        self.nothing.pressed.connect(self._show_more)

    def arrive(self, place: str | None) -> None:
        """Read what is shown anew, or show the days of a place."""
        span = _span(place) if place else None
        if span is not None:
            self._show_span(span)
        self.controller.wake()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.controller.sleep()

    def _period_chosen(self, value: str) -> None:
        if value in PRESETS:
            self._window.went(None)
            self.controller.preset(_preset(value))

    def _per_chosen(self, per: str) -> None:
        self.controller.ask(per=per)

    def _offer(self) -> None:
        query = partial(costs.choices, span=self.controller.asked.span)
        self._session.reader.read(query, self.filter.offer, self._failed)

    def _only(self, only: Only) -> None:
        self.controller.ask(only=only)

    def _open_runs(self, statuses: tuple[str, ...]) -> None:
        """Show the runs behind a figure."""
        if self.controller.costs is not None:
            self._window.go("runs", tables.query(self.controller.costs, statuses))

    def _by_chosen(self, by: str) -> None:
        self.controller.ask(by=by)

    def new_budget(self) -> None:
        """Ask for a budget, if anything can be written here."""
        if not self._session.read_only:
            self._session.reader.read(budget_sheet.names, self._show_sheet, self._failed)

    def _open_budget(self, one: Standing) -> None:
        self._show_sheet(Names(provider=(), prompt=()), one)

    def _show_sheet(self, found: Names, one: Standing | None = None) -> None:
        if self.sheet is not None:
            self.sheet.deleteLater()
        self.sheet = BudgetSheet(self._window, self._session, found, one)
        self.sheet.kept.connect(self.controller.ask)
        self.sheet.removed.connect(self._removed)
        self.sheet.open()

    def _removed(self, one: Budget) -> None:
        self.controller.ask()
        undo = partial(self._restore, one)
        self._window.toasts.show(f"Budget “{one.title}” is removed", "Undo", undo)

    def _restore(self, one: Budget) -> None:
        write = partial(budgets.restore, key=one.key)
        self._session.writer.write(write, self._restored, self._failed)

    def _restored(self, _: object) -> None:
        self.controller.ask()

    def _run_sample(self) -> None:
        self._session.reader.read(sample_comparison.read, self._keep_sample, self._failed)

    def _keep_sample(self, sample: Sample | None) -> None:
        if sample is None or self._session.read_only:  # the first steps say what there is instead
            self._window.go("first-run")
            return
        write = partial(sample_comparison.create, sample)
        self._session.writer.write(write, self._ask_sample, self._failed)

    def _ask_sample(self, key: int) -> None:
        self._presses.run(key, self._session.failed.emit)
        self._window.go("compare", str(key))

    def _show_more(self) -> None:
        self._period_chosen("30-days")

    def _show_span(self, span: Span) -> None:
        self.controller.ask(preset=None, span=span, per=period.fitting(span))

    def _open_bar(self, number: int) -> None:
        """Show the days of a bar alone; Back returns. The last step down are its day's runs."""
        asked, shown = self.controller.asked, self.controller.costs
        if shown is None or number >= len(shown.starts):
            return
        if shown.per == "hour":
            local = clock.local(shown.starts[number])
            day = period.day_of(local.date())
            self._window.go("runs", tables.query(structs.replace(shown, span=_one(day))))
            return
        span = period.stretch(shown.starts[number], shown.per, asked.span)
        if span != asked.span:
            self._window.went(_place(span))
            self._show_span(span)

    def _open(self, target: Target) -> None:
        if target.page == STRETCH:
            self._open_bar(int(target.place))
        else:
            self._window.go(target.page, target.place)

    def _show(self, read: Read) -> None:
        asked, shown = self.controller.asked, read.costs
        self.banner.hide()
        options = (
            dict(PRESETS) if asked.preset else {_CUSTOM: period.span_words(asked.span), **PRESETS}
        )
        self.period.set_options(tuple(options.items()), asked.preset or _CUSTOM)
        offered = pers(asked.span)
        self.per.set_options(tuple((per, _PERS[per]) for per in offered), shown.per)
        self.by.set_value(shown.by)
        self.strip.say(shown)
        self._say_look()
        self.below.say_costs(shown)
        self.filter.say(shown.only)
        self.side.budgets.say(read.standings, read_only=self._session.read_only)
        self._draw()
        bare = None if shown.total.runs else self.empty if read.is_empty else self.nothing
        if read.standings and read.is_empty:  # what is set is seen, spent or not
            bare = None
        self._stack.setCurrentWidget(bare or self.area)
        for one in (self.header.more, self.per, self.filter):
            one.setVisible(bare is None)
        self._fit_header()
        if bare is None:
            self.chart.prepare()

    def _draw(self, _: str = "") -> None:
        shown = self.controller.costs
        if shown is None:
            return
        measure = cast("Measure", self.measure.value)
        self._bars = bars.made(shown, measure)
        self.title.setText(self._bars.title)
        self.legend.say(self._bars)
        self.chart.show_bars(self._bars)

    def _looked(self, _: Look) -> None:
        self._say_look()

    def _say_look(self) -> None:
        one, shown = self.controller, self.controller.costs
        self.below.say_look(one.look, is_looking=one.is_looking, is_stale=one.is_stale)
        if shown is not None:
            self.side.say(shown.total, one.look)
            self.strip.say_waste(shown.total, one.look.again_cost if one.look else 0)

    def _say_pointed(self, words: str) -> None:
        self.said.setText(words)

    def _failed(self, error: Exception) -> None:
        words = f"{getattr(error, 'what', error)}. {getattr(error, 'fix', '')}"
        self.banner.show_news(words.strip(), tone=Tone.BAD)

    def ask_export(self, suffix: str) -> None:
        """Ask where the CSV or the picture is to be written."""
        if self.controller.costs is not None and self.controller.costs.total.runs:
            self.export.ask(self.controller.costs, suffix)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._restyle()

    def _fit_header(self) -> None:
        """Leave the button of a new budget to the menu beside it where there is little room."""
        room = self.width() >= px(_IN_LINE) or self.per.isHidden()
        self.budget_button.setVisible(room and not self._session.read_only)

    def _restyle(self) -> None:
        self._fit_header()
        gutter = px(Space.L)
        for line in (self._heads, self._seconds):
            line.setContentsMargins(gutter, px(Space.S), px(Space.M), 0)
            line.setSpacing(px(Space.M))
        is_beside = self.width() >= px(_BESIDE)
        self._named.setSpacing(px(Space.M))
        self.measure.updateGeometry()
        way, room = QBoxLayout.Direction, self.width() >= px(_IN_LINE)
        self._heads.setDirection(way.LeftToRight if room else way.TopToBottom)
        self._across.setDirection(way.LeftToRight if is_beside else way.TopToBottom)
        self._edge.setVisible(is_beside)
        wide = QSizePolicy.Policy.Fixed if is_beside else QSizePolicy.Policy.Expanding
        self.side.setSizePolicy(wide, QSizePolicy.Policy.Preferred)
        self.picture.setMinimumHeight(px(_CHART_HIGH))


def _one(day: int) -> Span:
    return Span(first=day, last=day)


def _preset(value: str) -> Preset:
    return next(name for name in PRESETS if name == value)


def _place(span: Span) -> str:
    return f"{period.date_of(span.first)}..{period.date_of(span.last)}"


def _span(place: str) -> Span | None:
    first, _, last = place.partition("..")
    try:
        days = [period.day_of(date.fromisoformat(one)) for one in (first, last)]
    except ValueError:
        return None
    return Span(first=days[0], last=max(days))


def build(session: Session, window: MainWindow, presses: Presses) -> QWidget:
    """Return the page, at its first show."""
    return CostPage(session, window, presses)
