"""What can be done with the runs chosen: open, star, mark, copy, ask again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec import structs
from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from proofroom.domain import figures
from proofroom.domain.mark import Many, Marked
from proofroom.domain.message import spoken
from proofroom.interchange import request_code
from proofroom.ui import icons
from proofroom.ui.actions import RUNS, ActionSpec
from proofroom.ui.mark_sheet import MarkSheet
from proofroom.ui.provenance import words
from proofroom.ui.runs.again import Replay
from proofroom.ui.runs.columns import COLUMNS
from proofroom.workspace import marks, provenance, providers, run_list, run_origin
from proofroom.workspace.run_list import Line
from proofroom.workspace.run_origin import Origin

if TYPE_CHECKING:
    from proofroom.ui.runs.page import RunsPage

STAR = ActionSpec(id="run-star", text="Star or unstar the run", group=RUNS, icon="star", key="M")
MARK = ActionSpec(
    id="run-mark", text="Tags and note of the run…", group=RUNS, icon="tag", key="Shift+M"
)
COMPARE = ActionSpec(
    id="run-compare", text="Open the run's comparison", group=RUNS, icon="columns-2", key="C"
)
VERSION = ActionSpec(
    id="run-version", text="Open the run's version", group=RUNS, icon="pen-line", key="V"
)
CHANGE = ActionSpec(
    id="run-change", text="Run again with a change…", group=RUNS, icon="rotate-cw", key="Shift+P"
)
MOST_COPIED = 10_000
"""Rows that one Copy or one mark takes."""


class Acts(QObject):
    """Carries out what was asked of the run under the cursor, or of the rows selected."""

    def __init__(self, page: RunsPage) -> None:
        super().__init__(page)
        self._page, self._table, self._model = page, page.table, page.model
        self._session, self._window = page.session, page.window_
        self.sheet: MarkSheet | None = None
        self.menu: QMenu | None = None
        self._table.key_pressed.connect(self._key)
        self._table.menu_asked.connect(self._ask_menu)
        self._table.copy_asked.connect(self.copy_rows)
        panel = page.panel
        panel.copy_asked.connect(self._copy_menu)
        panel.compare_asked.connect(self.open_comparison)
        panel.version_asked.connect(self.open_version)
        self.replay = Replay(page)
        panel.again_asked.connect(self.replay.again)
        panel.change_asked.connect(self.replay.ask_change)

    def register(self, owner: QWidget) -> None:
        """Let keys, palette and key help know what can be done here."""
        actions = self._window.actions_
        actions.on("query", self._page.to_query, owner=owner)
        actions.on("replay", self.replay.again, owner=owner)
        actions.on("copy-as", self.copy_as, owner=owner)
        for spec, callback in (
            (STAR, self.star), (MARK, self.ask_mark), (COMPARE, self.open_comparison),
            (VERSION, self.open_version), (CHANGE, self.replay.ask_change),
        ):  # fmt: skip
            actions.add(spec, callback, owner=owner)

    def _key(self, pressed: str) -> None:
        id_ = self._window.actions_.pressed(pressed, RUNS)
        if id_:
            self._window.actions_.trigger(id_)

    def here(self) -> Line | None:
        """Return the run that the panel shows, or that is under the cursor."""
        return self._model.line(self._table.current_row())

    def here_key(self) -> int | None:
        """Return the key of the run under the cursor, whether it is read or not."""
        return self._model.key(self._table.current_row())

    # marks

    def _chosen(self) -> list[int]:
        """Return the keys of the rows selected; [] of one alone, which is the cursor."""
        rows = self._table.chosen_rows(MOST_COPIED)
        keys = [key for row in rows if (key := self._model.key(row)) is not None]
        return keys if len(keys) > 1 else []

    def star(self) -> None:
        """Star the run or the runs selected, or take the stars off where all have one."""
        line, keys = self.here(), self._chosen()
        if keys:
            self._keep_many(keys, Many(star=True, turn=True))
        elif line is not None:
            now = _marked(line)
            self._keep(line, structs.replace(now, star=not now.star))

    def ask_mark(self) -> None:
        """Ask for tags and a note of the run, or for what the runs selected are to get."""
        line, keys = self.here(), self._chosen()
        if self._session.read_only or (line is None and not keys):
            return
        if keys or line is None:
            self.sheet = MarkSheet(self._window, f"Mark {len(keys)} runs", Marked())
            self.sheet.marked.connect(partial(self._mark_many, keys))
            self.sheet.open()
            return
        name = line.prompt or line.model
        self.sheet = MarkSheet(self._window, f"Mark the run of {name}", _marked(line))
        self.sheet.marked.connect(partial(self._keep, line))
        self.sheet.open()

    def _keep(self, line: Line, marked: Marked) -> None:
        """Show a mark at once and keep it."""
        if self._session.read_only:
            self._window.toasts.show("This workspace is open for reading")
            return
        now = structs.replace(line, starred=marked.star, tags=marked.tags, note=marked.note)
        self._model.set_lines([now], {})
        write = partial(marks.mark_run, run_key=line.key, marked=marked)
        self._session.writer.write(write, self._kept, self._session.failed.emit)

    def _mark_many(self, keys: list[int], marked: Marked) -> None:
        self._keep_many(keys, Many(tags=marked.tags, note=marked.note))

    def _keep_many(self, keys: list[int], many: Many) -> None:
        if self._session.read_only:
            self._window.toasts.show("This workspace is open for reading")
            return
        write = partial(marks.mark_runs, run_keys=keys, many=many)
        self._session.writer.write(write, self._kept, self._session.failed.emit)
        self._window.toasts.show(f"{figures.plural(len(keys), 'run')} marked")

    def _kept(self, _: object) -> None:
        self._page.controller.look(marked=True)
        self._page.follow_panel()

    # where it came from

    def _origin(self, then: Callable[[Origin], None]) -> None:
        key = self._model.key(self._table.current_row())
        if key is not None:
            query = partial(run_origin.of_run, run_key=key)
            self._session.reader.read(query, then, self._session.failed.emit)

    def open_comparison(self) -> None:
        """Open the comparison that the run is a cell of."""
        self._origin(self._open_comparison)

    def _open_comparison(self, origin: Origin) -> None:
        if origin.kept:
            self._window.go("compare", str(origin.comparison_key))
        else:
            self._window.toasts.show("This run is in no comparison")

    def open_version(self) -> None:
        """Open the version that was asked, or its prompt."""
        self._origin(self._open_version)

    def _open_version(self, origin: Origin) -> None:
        if origin.prompt_key is None:
            self._window.toasts.show("This run has no prompt here")
        elif origin.version_key is None:
            self._window.go("prompts", str(origin.prompt_key))
        else:
            self._window.go("prompts", f"{origin.prompt_key}/{origin.version_key}")

    # copying

    def copy_as(self) -> None:
        """Offer what can be copied of the run."""
        if self.here() is not None:
            self._copy_menu(self._table)

    def _copy_menu(self, where: QWidget) -> None:
        menu = QMenu(self._page)
        self.fill_copies(menu)
        corner = where.rect().bottomLeft()
        if where is self._table:
            corner = self._table.visualRect(self._table.currentIndex()).bottomLeft()
        self._popup(menu, where.mapToGlobal(corner))

    def fill_copies(self, menu: QMenu) -> None:
        """Put what can be copied into a menu."""
        for name, copied in _COPIES.items():
            menu.addAction(name, partial(self._copy, name, copied))
        menu.addAction("Run id", self._copy_id)
        menu.addAction("Selected rows as text", self.copy_rows)

    def _copy(self, name: str, copied: Callable[[sqlite3.Connection, int], str]) -> None:
        key = self._model.key(self._table.current_row())
        if key is not None:
            query = partial(_of_key, copied, key)
            show = partial(self._copied, f"{name} copied")
            self._session.reader.read(query, show, self._page.fail)

    def _copied(self, said: str, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._window.toasts.show(said)

    def _copy_id(self) -> None:
        line = self.here()
        if line is not None:
            self._copied("Run id copied", line.id)

    def copy_rows(self) -> None:
        """Copy the selected rows as they are shown, cells apart by tabs, under their heads."""
        rows = self._table.chosen_rows(MOST_COPIED)
        keys = [key for row in rows if (key := self._model.key(row)) is not None]
        if keys:
            shown = [n for n in range(len(COLUMNS)) if not self._table.isColumnHidden(n)]
            said = f"{figures.plural(len(keys), 'run')} copied"
            said += ", the most at once" if len(keys) == MOST_COPIED else ""
            self._session.reader.read(
                partial(_rows, keys, shown), partial(self._copied, said), self._session.failed.emit
            )

    # the menu of a row

    def _ask_menu(self, where: QPoint) -> None:
        menu, line = QMenu(self._page), self.here()
        if line is None:
            return
        menu.addAction(icons.icon("panel-right"), "Open", self._page.open_panel)
        menu.addAction(icons.icon("columns-2"), "Open the comparison", self.open_comparison)
        menu.addAction(icons.icon("pen-line"), "Open the version", self.open_version)
        if not self._session.read_only:
            menu.addSeparator()
            menu.addAction(icons.icon("star"), "Unstar" if line.starred else "Star", self.star)
            menu.addAction(icons.icon("tag"), "Tags and note…", self.ask_mark)
            menu.addAction(icons.icon("rotate-cw"), "Run again", self.replay.again)
            menu.addAction(CHANGE.text, self.replay.ask_change)
        menu.addSeparator()
        inner = menu.addMenu(icons.icon("copy"), "Copy")
        self.fill_copies(inner)
        self._popup(menu, where)

    def _popup(self, menu: QMenu, where: QPoint) -> None:
        self.menu = menu
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)


def _marked(line: Line) -> Marked:
    return Marked(star=line.starred, tags=line.tags, note=line.note)


def _of_key(
    copied: Callable[[sqlite3.Connection, int], str], key: int, db: sqlite3.Connection
) -> str:
    return copied(db, key)


def _answer(db: sqlite3.Connection, key: int) -> str:
    return spoken(provenance.of_run(db, key).output)


def _request(db: sqlite3.Connection, key: int) -> str:
    return words.request(provenance.of_run(db, key))


def _everything(db: sqlite3.Connection, key: int) -> str:
    return words.as_json(provenance.of_run(db, key))


def _as_code(form: str, db: sqlite3.Connection, key: int) -> str:
    found = provenance.of_run(db, key)
    provider = providers.by_name(db, found.run.provider)
    return request_code.FORMS[form](request_code.of_run(found, provider))


_COPIES: dict[str, Callable[[sqlite3.Connection, int], str]] = {
    "Answer": _answer,
    "Request as JSON": _request,
    "Request as curl": partial(_as_code, "curl"),
    "Python with openai": partial(_as_code, "openai"),
    "Python with anthropic": partial(_as_code, "anthropic"),
    "Python with litellm": partial(_as_code, "litellm"),
    "Everything known as JSON": _everything,
}


def _rows(keys: list[int], shown: list[int], db: sqlite3.Connection) -> str:
    heads = "\t".join(COLUMNS[place].title for place in shown)
    lines = [
        "\t".join(COLUMNS[place].words(line).replace("\t", " ") for place in shown)
        for line in run_list.lines(db, keys)
    ]
    return "\n".join([heads, *lines])
