"""The Runs page: the query, the list, and the panel of the run under the cursor."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedLayout, QVBoxLayout, QWidget

from proofroom.domain import figures, setting
from proofroom.ui.actions import RUNS, ActionSpec, Standard
from proofroom.ui.pressing import Presses
from proofroom.ui.runs import columns
from proofroom.ui.runs.acts import Acts
from proofroom.ui.runs.columns import COLUMNS
from proofroom.ui.runs.controller import Controller
from proofroom.ui.runs.export import Export
from proofroom.ui.runs.footer import Footer
from proofroom.ui.runs.model import RunsModel
from proofroom.ui.runs.new_pill import NewPill
from proofroom.ui.runs.ordering import Ordering
from proofroom.ui.runs.paging import COUNTED, Without
from proofroom.ui.runs.panel import RunPanel
from proofroom.ui.runs.query_completer import QueryCompleter
from proofroom.ui.runs.query_field import QueryField
from proofroom.ui.runs.query_line import Problem, QueryLine
from proofroom.ui.runs.table import RunsTable
from proofroom.ui.session import Session
from proofroom.ui.theme import Size, follow, px, theme
from proofroom.ui.widgets.empty import EmptyState
from proofroom.ui.widgets.news import Banner, Tone
from proofroom.ui.window import MainWindow

FIND = ActionSpec(
    id="runs-find", text="Find runs", group=RUNS, icon="search", standard=Standard.Find,
    key="Ctrl+F", menu="Edit",
)  # fmt: skip
PANEL = ActionSpec(
    id="runs-panel", text="Show or hide the run", group=RUNS, icon="panel-right",
    key="Ctrl+\\", menu="View",
)  # fmt: skip
TOP = ActionSpec(
    id="runs-newest", text="Show the newest runs", group=RUNS, icon="arrow-up", menu="Go"
)
EXPORT = ActionSpec(id="runs-export", text="Export runs…", group=RUNS, icon="download", menu="File")
COLUMNS_SHOWN = ActionSpec(
    id="runs-columns", text="Columns of the runs…", group=RUNS, icon="columns-2", menu="View"
)
_ONE = "id:"
LEAST_LIST = 500
"""What the list has at least beside the panel, in design pixels."""


class RunsPage(QWidget):
    """Joins the parts; `arrive` takes a query."""

    def __init__(self, session: Session, window: MainWindow, presses: Presses) -> None:
        super().__init__()
        self.setAccessibleName("Runs")
        self.session, self.window_, self.presses = session, window, presses
        self.model = RunsModel()
        self.model.setParent(self)  # it and its controller hear nothing once the window is gone
        self.line, self.table = QueryLine(), RunsTable(self.model)
        self.field: QueryField = self.line.field
        self.completer = QueryCompleter(session, window, self.field)
        self.problem, self.banner = Problem(), Banner(closable=True)
        self.panel, self.pill = RunPanel(session), NewPill(self.table)
        self.footer = Footer()
        self.empty = EmptyState(
            "No runs yet", "Every call made here is kept, with what was asked and what it cost.",
            "Compare two versions", icon="activity", second="Open the sample",
        )  # fmt: skip
        self.nothing = EmptyState("No run matches", "", "Show all", icon="list-filter")
        self._without: Without | None = None
        self._comes = self._opens = self._anew = False
        self.controller = Controller(session, self.model, self.table, self)
        self._lay_out()
        self.acts, self.export, self.ordering = Acts(self), Export(self), Ordering(self)
        self._connect()
        self._add_actions()
        follow(self._restyle)
        self._show_columns()
        self._say_sums()
        self.field.ask()

    def _lay_out(self) -> None:
        box, body, self._middle = QVBoxLayout(self), QHBoxLayout(), QWidget()
        self._stack = QStackedLayout()
        self._blank, left = QWidget(), QVBoxLayout(self._middle)
        left.addLayout(self._stack, 1)  # first: else the first of its parts is shown by itself
        for part in (self._blank, self.table, self.empty, self.nothing):
            self._stack.addWidget(part)
        left.addWidget(self.footer)
        body.addWidget(self._middle, 1)
        body.addWidget(self.panel)
        for part in (self.line, self.problem, self.banner):
            box.addWidget(part)
        box.addLayout(body, 1)
        for layout in (box, body, left):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)

    def _connect(self) -> None:
        controller, field = self.controller, self.field
        field.asked.connect(self._ask)
        field.wrong.connect(self.problem.say)
        field.left_down.connect(self._to_table)
        field.returnPressed.connect(self._entered)
        controller.read.connect(self._say)
        controller.counted.connect(self._say)
        controller.refused.connect(field.refuse)
        controller.failed.connect(self.fail)
        controller.new_changed.connect(self._say_new)
        controller.without_found.connect(self._say_without)
        controller.summed.connect(self._say_sums)
        self.pill.clicked.connect(self.to_newest)
        self.session.settings_changed.connect(self._show_kept)
        self.table.activated.connect(self._activated)
        self.table.selectionModel().currentRowChanged.connect(self.follow_panel)
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.panel.opened.connect(self._let_stand)
        self.panel.closed.connect(self._panel_closed)
        self.empty.pressed.connect(partial(self.window_.go, "compare", "new"))
        self.empty.second_pressed.connect(self._open_sample)
        self.nothing.pressed.connect(self._drop)
        self.line.columns_button.clicked.connect(self._ask_columns)
        self.line.export_button.clicked.connect(self.export.ask)

    def _add_actions(self) -> None:
        actions = self.window_.actions_
        actions.add(FIND, self.to_query, owner=self)
        actions.add(PANEL, self._toggle_panel, owner=self)
        actions.add(TOP, self.to_newest, owner=self)
        actions.add(EXPORT, self.export.ask, owner=self)
        self.ordering.register(self)
        actions.add(COLUMNS_SHOWN, self._ask_columns, owner=self)
        self.acts.register(self)

    def arrive(self, place: str | None) -> None:
        """Show what a query finds, if one is asked for."""
        self._opens = place is not None and place.startswith(_ONE)
        if place is not None and place != self.field.text():
            self.field.set_query(place)
        else:
            self._open_one()
        self.controller.come()
        self._comes = not self.controller.loaded
        self._to_table()

    # the query

    def to_query(self) -> None:
        """Put the caret into the query."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def _ask(self, query: object) -> None:
        del query
        self.banner.hide()
        self._without = None
        self.controller.ask(self.field.query)

    def _entered(self) -> None:
        """Note the query as a place that Back comes back to, and go on to what it found."""
        self.window_.went(self.field.text() or None)
        self._to_table()

    def _to_table(self) -> None:
        if self.model.rowCount() and self._stack.currentWidget() is self.table:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            if self.table.current_row() < 0:  # the arrows and Enter need a place to begin
                self.table.select(0)
        else:
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def begin_anew(self) -> None:
        """Let there be a cursor in the list that comes in place of this one."""
        self._anew = True

    def _keep_place(self) -> None:
        """Put the cursor on the run of the panel, or close that: its run is not in the list."""
        beside = self.panel.isVisible()
        row = self.model.row_of(self.panel.key) if beside else -1
        if row >= 0:
            self.table.select(row)
            return
        if beside:
            self.panel.close_it()
        if self.table.hasFocus():
            self._to_table()

    def _say(self) -> None:
        found, total = self.controller.found, self.controller.total
        if found is None:
            return
        filtered = self.controller.filtered
        bare = self.nothing if filtered else self.empty
        none = not found and not self.controller.more_found
        self._stack.setCurrentWidget(bare if none else self.table)
        self.footer.setVisible(not none)
        if none and filtered and self._without is None:
            self.nothing.show_text("No run matches", "", "Show all")
        if self._comes:  # the list was not there yet when the page was
            self._comes = False
            self._to_table()
        if self._anew and self.controller.is_current:
            self._anew = False
            self._keep_place()
        many = "+" if self.controller.more_found else ""
        said = f"{figures.number(found)}{many}"
        if filtered and total is not None:
            self.field.set_count(f"{said} of {figures.plural(total, 'run')}")
        else:
            self.field.set_count(f"{said} run" if said == "1" else f"{said} runs")
        self._place_pill()
        self._open_one()

    def _open_one(self) -> None:
        """Open the run that the page was asked for."""
        asked = self._opens and self.controller.loaded and self.controller.is_current
        if asked and self.model.rowCount() == 1:
            self._opens = False
            self.table.select(0)
            self.open_panel()

    def _say_sums(self) -> None:
        controller = self.controller
        self.footer.say_totals(controller.totals)
        words = controller.order.words
        if controller.by is not None:
            words = f"by {controller.by}, {words}"
        if controller.looking:
            words = "sorting" if controller.by is None else "gathering"
        self.footer.say_order(words)

    def _say_without(self, found: Without) -> None:
        self._without = found
        many = "+" if found.count >= COUNTED else ""
        count = f"{figures.number(found.count)}{many}"
        does = "does" if found.count == 1 else "do"
        self.nothing.show_text(
            "No run matches", f"{count} {does} without {found.dropped}", "Drop that filter"
        )

    def _drop(self) -> None:
        rest = "" if self._without is None else self._without.rest
        self.field.set_query(rest)
        self._comes = True

    def fail(self, error: object) -> None:
        """Show what went wrong at the top of the page."""
        fix = getattr(error, "fix", "")
        words = f"{getattr(error, 'what', error)}. {fix}".strip()
        self.banner.show_news(words, tone=Tone.BAD)

    def _open_sample(self) -> None:
        self.window_.actions_.trigger("sample-workspace")

    # what is new

    def _say_new(self) -> None:
        self.pill.say(len(self.controller.waiting))
        self._place_pill()

    def _scrolled(self, value: int) -> None:
        if value == 0 and not self.controller.held and self.controller.waiting:
            self.controller.take_new()

    def _place_pill(self) -> None:
        self.pill.place()

    def to_newest(self) -> None:
        """Show the newest runs, with those that came."""
        self.controller.take_new()
        self.table.scrollToTop()
        if self.model.rowCount():
            self.table.select(0)
        self._to_table()

    # the run

    def _activated(self, index: QModelIndex) -> None:
        if self.model.group(index.row()) is not None:
            self.controller.gathering.toggle(index.row())
        else:
            self.open_panel()

    def open_panel(self) -> None:
        """Show the run under the cursor beside the list; the arrows go on in the list."""
        key = self.model.key(self.table.current_row())
        if key is None:
            return
        self.panel.show_run(key)
        self.panel.open()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def follow_panel(self) -> None:
        """Let the panel show the run under the cursor, if it is open."""
        key = self.model.key(self.table.current_row())
        if self.panel.isVisible() and key is not None:
            self.panel.show_run(key)

    def _toggle_panel(self) -> None:
        if self.panel.isVisible():
            self.panel.close_it()
        else:
            self.open_panel()

    def _let_stand(self) -> None:
        """Let the panel stand beside the list, or in its place where both have no room."""
        shown = self.panel.isVisibleTo(self)
        both = self.width() >= self.panel.sizeHint().width() + px(LEAST_LIST)
        self._middle.setVisible(both or not shown)
        self.panel.set_alone(not both)
        self.controller.held = shown  # what comes would push what is read

    def _panel_closed(self) -> None:
        self._let_stand()
        if self.table.at_top:
            self.controller.take_new()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # columns

    def _ask_columns(self) -> None:
        menu = QMenu(self)
        for one in COLUMNS[1:]:  # how it ended is always said
            action = menu.addAction(one.title, partial(self.choose_column, one.id))
            action.setCheckable(True)
            action.setChecked(one.id in self.table.chosen)
        menu.addSeparator()
        menu.addAction("As at first", partial(self._set_columns, columns.SHOWN))
        menu.aboutToHide.connect(menu.deleteLater)
        button = self.line.columns_button
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def choose_column(self, name: str) -> None:
        """Show a column, or leave it out."""
        chosen = set(self.table.chosen) ^ {name}
        if chosen:
            self._set_columns(tuple(one for one in columns.IDS if one in chosen))

    def _set_columns(self, chosen: tuple[str, ...]) -> None:
        self.table.set_columns(chosen)
        self.session.set_setting(setting.RUNS_COLUMNS, chosen)

    def _show_kept(self) -> None:
        """Show the columns and the order that were kept."""
        self._show_columns()
        self.ordering.follow()

    def _show_columns(self) -> None:
        kept = self.session.value(setting.RUNS_COLUMNS)
        known = tuple(one for one in columns.IDS if one in kept)
        if known and known != self.table.chosen:
            self.table.set_columns(known)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.panel.isVisible():
            self.panel.close_it()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.line.make_room(self.width() * 100 // theme().zoom)
        self._let_stand()
        self._place_pill()

    def _restyle(self) -> None:
        self.panel.setMinimumWidth(px(Size.INSPECTOR))
        self.line.make_room(self.width() * 100 // theme().zoom)
        self._let_stand()


def build(session: Session, window: MainWindow, presses: Presses) -> QWidget:
    """Return the page, at its first show."""
    return RunsPage(session, window, presses)
