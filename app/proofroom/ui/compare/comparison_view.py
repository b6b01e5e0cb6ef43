"""One comparison on the page: header, toolbar, grid and the panel beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QKeyEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.ui.compare import view_actions
from proofroom.ui.compare.acts import Acts
from proofroom.ui.compare.changing import Changing
from proofroom.ui.compare.controller import Controller
from proofroom.ui.compare.export import Export
from proofroom.ui.compare.facts_line import FactsLine
from proofroom.ui.compare.grid import LEAST, Grid
from proofroom.ui.compare.loading import Opened
from proofroom.ui.compare.marking import Marking
from proofroom.ui.compare.model import FILTERS, GridModel
from proofroom.ui.compare.provenance import OutputPanel
from proofroom.ui.compare.running import Running
from proofroom.ui.compare.streams import Streams
from proofroom.ui.compare.view_menus import HEIGHT_WORDS, ViewMenus
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.ui.theme import Size, Space, follow, px, theme
from proofroom.ui.widgets.buttons import Button, IconButton, Kind, RunButton
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.frames import PageHeader, Toolbar
from proofroom.ui.widgets.labels import Label
from proofroom.ui.widgets.menu_button import MenuButton
from proofroom.ui.widgets.news import Banner, Tone
from proofroom.ui.widgets.progress import ProgressLine
from proofroom.ui.widgets.segmented import Segmented
from proofroom.ui.window import MainWindow

VIEWS = (("plain", "Plain"), ("words", "Words"), ("json", "JSON"), ("markdown", "Markdown"))
WIDE, ROOMY = 1000, 760
"""Widths of the page, in design pixels, under which controls go into the header's menu."""


class ComparisonView(QWidget):
    """Draws a comparison and joins its parts; `open` shows one."""

    list_asked = Signal()
    new_asked = Signal()

    def __init__(self, session: Session, window: MainWindow, presses: Presses) -> None:
        super().__init__()
        self.session, self.window_ = session, window
        self.model = GridModel()
        self.grid = Grid(self.model)
        self.streams = Streams(session.engine)
        self.controller = Controller(session, self.model, self.grid, self.streams)
        self.running = Running(session, presses, self.model, self.controller)
        self.panel = OutputPanel(session, window)
        self.export = Export(session, window, self)
        self._build()
        self.acts, self.menus, self.marking = Acts(self), ViewMenus(self), Marking(self)
        self.changing = Changing(self)
        self._lay_out()
        self._connect()
        follow(self._restyle)

    def _build(self) -> None:
        self.header, self.toolbar = PageHeader("Comparison"), Toolbar()
        self.back = IconButton("arrow-left", "All comparisons")
        self.export_button = Button("Export", Kind.QUIET, icon="download")
        self.add_button = Button("Add column", icon="plus")
        self.run_button = RunButton()
        self.base = MenuButton("Base", [], icon="diff")
        self.views = Segmented("Show answers as", VIEWS, "words")
        self.heights = MenuButton("Rows", HEIGHT_WORDS, "medium")
        self.filters = MenuButton("Show", FILTERS, "all")
        self.said, self.facts = Label("", 12, 600).keep(), FactsLine()
        self.line = ProgressLine("Progress of the comparison", thin=True)
        self.banner = Banner(closable=True)
        self.nothing = EmptyState("No row differs between these columns", "", "Show all",
                                  icon="list-filter")  # fmt: skip

    def _lay_out(self) -> None:
        self.header.row.insertWidget(0, self.back)
        for button in (self.export_button, self.add_button, self.run_button):
            self.header.add_action(button)
        self.header.more.show()
        self.toolbar.add(self.base, self.views, self.heights, self.filters)
        self.toolbar.add_right(self.said, self.facts)
        box, body, self._middle = QVBoxLayout(self), QHBoxLayout(), QWidget()
        self._stack = QStackedLayout(self._middle)
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self.nothing)
        body.addWidget(self._middle, 1)
        body.addWidget(self.panel)
        for part in (self.header, self.banner, self.toolbar, self.line):
            box.addWidget(part)
        box.addLayout(body, 1)
        for layout in (box, body):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        self.banner.hide()
        stays = self.line.sizePolicy()
        stays.setRetainSizeWhenHidden(True)  # or the grid would jump when a run begins
        self.line.setSizePolicy(stays)
        self.line.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # here, for Qt forgets it when the page comes into its window
        self.setTabOrder(self.back, self.header.more)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Let controls go into the menu of the header where a window or a zoom leaves no room."""
        wide = self.width() * 100 // theme().zoom
        writes = not self.session.read_only
        self.export_button.setVisible(wide >= ROOMY)
        self.add_button.setVisible(wide >= ROOMY and writes)
        self.header.fact.setVisible(wide >= ROOMY)
        self.heights.setVisible(wide >= WIDE)
        self.filters.setVisible(wide >= ROOMY)
        self.base.setVisible(wide >= ROOMY and len(self.model.columns) > 1)
        self._let_stand()

    def _let_stand(self) -> None:
        """Let the panel stand beside the grid, or in its place where both have no room."""
        both = self.width() >= self.panel.sizeHint().width() + 2 * px(LEAST)
        self._middle.setVisible(both or not self.panel.isVisibleTo(self))
        self.panel.set_alone(not both)

    def _panel_closed(self) -> None:
        stood_alone = not self._middle.isVisibleTo(self)
        self._let_stand()
        if stood_alone:  # what had focus before could not take it back while it was hidden
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _restyle(self) -> None:
        side, more = px(Space.L), (px(Size.CONTROL) - px(Size.ICON)) // 2
        self.header.row.setContentsMargins(side - more, 0, px(Space.M), 1)  # the arrow's own edge
        self.toolbar.row.setSpacing(px(Space.S))
        self._make_room()

    def _connect(self) -> None:
        self.back.clicked.connect(self.list_asked)
        self.export_button.clicked.connect(self.export.ask)
        self.add_button.clicked.connect(self.changing.add_columns)
        self.run_button.run_asked.connect(self.run)
        self.run_button.stop_asked.connect(self.running.stop)
        self.base.chosen.connect(self._base_chosen)
        self.views.chosen.connect(self._view_chosen)
        self.heights.chosen.connect(self.choose_height)
        self.filters.chosen.connect(self.choose_filter)
        self.nothing.pressed.connect(partial(self.choose_filter, "all"))
        self.controller.opened.connect(self._opened)
        self.controller.rows_loaded.connect(self._rows_loaded)
        self.controller.failed.connect(self.fail)
        self.running.said.connect(self._say)
        self.running.running.connect(self.run_button.set_running)
        self.running.failed.connect(self.fail)
        self.running.over.connect(self._over)
        self.running.settled.connect(self._settled)
        self.banner.pressed.connect(self.run)
        self.panel.opened.connect(self._let_stand)
        self.panel.closed.connect(self._panel_closed)

    def add_actions(self, owner: QWidget) -> None:
        """Register what the keys and the palette do here."""
        self.acts.register(self.window_.actions_, owner)
        self.marking.register(self.window_.actions_, owner)
        view_actions.register(self, self.window_.actions_, owner)

    def open(self, key: int) -> None:
        """Show a comparison, as it was left; the one shown stays if it is the same."""
        if key == self.controller.key and self.model.columns:
            self.controller.refresh()
            return
        self.panel.close_it()
        self.acts.close_cell()
        self.banner.hide()
        self.controller.open(key)

    _loaded = False

    def _opened(self, opened: Opened) -> None:
        self.changing.show_name(opened.summary.name)
        self._say_fact(opened.summary.rows)
        view = self.controller.view
        self.views.set_value(view.view)
        self.heights.set_value(view.height)
        self.filters.set_value(view.filter)
        self._offer_bases()
        self._loaded = False
        can = not self.session.read_only
        self.grid.cells.can_write = can
        self.run_button.setVisible(can)
        self._say("", (), None)

    def _say_fact(self, rows: int) -> None:
        names = list(dict.fromkeys(c.column.prompt for c in self.model.columns if c.column.prompt))
        columns = figures.plural(len(self.model.columns), "column")
        size = f"{columns} {figures.TIMES} {figures.plural(rows, 'input')}"
        put_away = "Archived" if self.controller.archived else ""
        self.header.fact.setText(figures.facts(put_away, ", ".join(names), size))

    def _offer_bases(self) -> None:
        columns = sorted(self.model.columns, key=lambda one: one.column.number)
        options = [(str(one.key), f"{one.column.label} · {one.model}") for one in columns]
        self.base.set_options(options, str(self.model.base))
        self._make_room()

    def _rows_loaded(self) -> None:
        if not self._loaded:
            self._loaded = True
            self.running.come()
        self._say_fact(len(self.model.rows))
        self._show_nothing()
        self.acts.reached()

    def _show_nothing(self) -> None:
        none = bool(self.model.rows) and not self.model.rowCount()
        words = {
            "failed": "No cell failed",
            "different": "No row differs between these columns",
            "picked": "No row has a winner yet",
            "marked": "No answer is marked yet",
        }.get(self.controller.view.filter, "")
        if none:
            self.nothing.show_text(words, "", "Show all")
        self._stack.setCurrentWidget(self.nothing if none else self.grid)

    # the toolbar

    def _base_chosen(self, key: str) -> None:
        self.make_base(int(key))

    def make_base(self, column_key: int) -> None:
        """Compare the other columns with this one."""
        self.controller.set_view(base=column_key)
        self.base.set_value(str(column_key))
        self.grid.heads.count_again()

    def _view_chosen(self, view: str) -> None:
        self.controller.set_view(view=view)

    def cycle_view(self) -> None:
        """Show answers plain, by words, as JSON, as Markdown, in turn."""
        names = [name for name, _ in VIEWS]
        at = (names.index(self.views.value) + 1) % len(names)
        self.views.set_value(names[at])
        self.controller.set_view(view=names[at])

    def choose_height(self, height: str) -> None:
        """Make rows small, medium or large."""
        self.heights.set_value(height)
        self.controller.set_view(height=height)

    def choose_filter(self, name: str) -> None:
        """Show all rows or some."""
        self.filters.set_value(name)
        self.controller.set_view(filter=name)
        self._show_nothing()

    def _say(self, strong: str, facts: Sequence[str], share: object) -> None:
        self.said.setText(strong)
        self.facts.set_facts(facts)
        self.line.setVisible(share is not None)
        self.line.set_share(share if isinstance(share, float) else 0.0)

    # running

    def run(self) -> None:
        """Ask what changed since the last run."""
        self.banner.hide()
        self.running.run()

    def run_key(self) -> None:
        """Run by key, if there is something to run and it does not run yet."""
        if self.controller.key and not self.session.read_only and not self.running.is_running():
            self.run()

    def ask_anew(self) -> None:
        """Ask every cell again, whatever is kept."""
        self.banner.hide()
        self.running.run(fresh=True)

    def _over(self, end: object) -> None:
        words = f"Comparison ended, {self.running.sentence()}"
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.grid, words))
        problem = getattr(end, "problem", None)
        if problem is not None:
            self._tell(f"{problem.what}. {problem.fix}", "")
        elif getattr(end, "reason", "") == "interrupted":
            self._tell("The engine stopped and is started again. What was finished is kept.",
                       "Run the rest")  # fmt: skip

    def _settled(self) -> None:
        self.controller.fill_filter()
        self._show_nothing()

    def fail(self, error: object) -> None:
        """Show what went wrong at the top of the page, until it is solved."""
        fix = getattr(error, "fix", "")
        self._tell(f"{getattr(error, 'what', error)}. {fix}".strip(), "Run again")

    def _tell(self, words: str, action: str) -> None:
        self.banner.show_news(words, tone=Tone.BAD, action=action)

    def export_if_any(self) -> None:
        """Ask where to export the comparison shown."""
        if self.controller.key and self.isVisible():
            self.export.ask()

    def columns_changed(self) -> None:
        """Say anew what depends on which columns there are."""
        self._say_fact(len(self.model.rows))
        self._offer_bases()
        self._show_nothing()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.panel.isVisible():
            self.panel.close_it()
            return
        super().keyPressEvent(event)
