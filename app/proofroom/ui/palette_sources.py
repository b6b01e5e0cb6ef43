"""What the palette finds besides actions: names from memory, runs from the workspace, and its uses.

Names are read after the first paint and when they change; runs are asked of the reader at each
keystroke, and what nobody waits for any more is dropped.
"""

from __future__ import annotations

import sqlite3
from functools import partial

import msgspec
from msgspec import Struct, structs
from PySide6.QtCore import QObject

from proofroom import clock
from proofroom.domain import figures, run_query, setting, shape
from proofroom.domain.setting import Setting
from proofroom.domain.use import Use, used
from proofroom.ui import run_words
from proofroom.ui.main_menu import SECTIONS
from proofroom.ui.session import Session
from proofroom.ui.widgets import moments
from proofroom.ui.widgets.palette_list import Entry, Found
from proofroom.ui.window import MainWindow
from proofroom.workspace import names, prompts, run_find
from proofroom.workspace import settings as workspace_settings
from proofroom.workspace.changes import Changes
from proofroom.workspace.names import Named
from proofroom.workspace.prompts import PromptSummary
from proofroom.workspace.run_find import FoundRuns
from proofroom.workspace.run_list import Hit, Line

USES = "palette_uses"
_READ = frozenset(("prompts", "drafts", "versions", "comparisons", "models", "providers"))
_PAGES = {"Versions": "prompts", "Comparisons": "compare", "Models": "runs"}
_ICONS = {"Versions": "history", "Comparisons": "columns-2", "Models": "sparkles"}
_WITHIN: dict[str, tuple[Setting, ...]] = {
    "appearance": (setting.THEME, setting.ZOOM, setting.REDUCED_MOTION, setting.MENU_BAR),
    "running": (
        setting.ASK_OVER_USD, setting.ASK_OVER_CALLS, setting.FIRST_TOKEN_S,
        setting.BETWEEN_TOKENS_S, setting.TOTAL_S, setting.RETRY_UNCERTAIN, setting.CA_FILE,
    ),
}  # fmt: skip


class _Held(Struct, frozen=True):
    """What is searched in memory."""

    prompts: list[PromptSummary]
    named: dict[str, list[Named]]
    uses: dict[str, Use]


class PaletteSources(QObject):
    """Feeds the palette of one window and keeps what was used."""

    def __init__(self, session: Session, window: MainWindow) -> None:
        super().__init__(window)
        self._session, self._window, self._palette = session, window, window.palette_
        self._entries: dict[str, list[Entry]] = {}
        self._uses: dict[str, Use] = {}
        palette = self._palette
        palette.add_source("Prompts", partial(self._of, "Prompts"), prefix="@")
        for group in _PAGES:
            palette.add_source(group, partial(self._of, group), typed_only=True)
        palette.add_source("Settings", self._settings, typed_only=True)
        palette.add_stream("#", "Runs", self._ask_runs)
        palette.used.connect(self._used)
        session.changed.connect(self._changed)
        self._read()

    def _of(self, group: str) -> list[Entry]:
        return self._entries.get(group, [])

    # names

    def _changed(self, changes: Changes) -> None:
        if changes.tables & _READ:
            self._read()

    def _read(self) -> None:
        self._session.reader.latest("palette", _held, self._held, self._session.failed.emit)

    def _held(self, held: _Held) -> None:
        self._uses = self._uses or held.uses
        self._palette.uses = self._uses
        self._entries = {"Prompts": [self._prompt(one) for one in held.prompts]}
        for group, named in held.named.items():
            self._entries[group] = [self._named(group, one) for one in named]

    def _prompt(self, one: PromptSummary) -> Entry:
        return Entry(
            group="Prompts", text=one.name, id=f"prompt:{one.id}", icon="file-text",
            note="" if one.number is None else f"v{one.number}",
            run=partial(self._window.go, "prompts", str(one.key)),
        )  # fmt: skip

    def _named(self, group: str, one: Named) -> Entry:
        place = run_query.asking(model=one.place) if group == "Models" else one.place
        note = f"{one.note}, its runs" if group == "Models" else one.note
        return Entry(
            group=group, text=one.name, id=f"{group.lower()}:{one.id}", icon=_ICONS[group],
            note=note, run=partial(self._window.go, _PAGES[group], place),
        )  # fmt: skip

    def _settings(self) -> list[Entry]:
        found: list[Entry] = []
        for id_, words in SECTIONS.items():
            go = partial(self._window.go, "settings", id_)
            for text in (words, *(one.title for one in _WITHIN.get(id_, ()))):
                note = "" if text == words else words
                found.append(
                    Entry(group="Settings", text=text, run=go, icon="settings", note=note,
                          id=f"setting:{text}")
                )  # fmt: skip
        return found

    # uses

    def _used(self, id_: str) -> None:
        now = clock.now()
        self._take_uses(used(self._uses, id_, now))
        if not self._session.read_only:
            write = partial(_keep_use, id_, now)
            self._session.writer.write(write, self._take_uses, self._session.failed.emit)

    def _take_uses(self, uses: dict[str, Use]) -> None:
        self._palette.uses = self._uses = uses

    # runs

    def _ask_runs(self, query: str, size: int) -> None:
        work = partial(_runs, query, size, clock.now())
        show = partial(self._show_runs, query)
        self._session.reader.latest("palette-runs", work, show, self._session.failed.emit)

    def _show_runs(self, query: str, found: FoundRuns) -> None:
        palette = self._palette
        palette.stream(query, "Everywhere", [Found(self._all(query, found.count), ())])
        runs = [self._run(line, found.hits.get(line.key)) for line in found.lines]
        palette.stream(query, "Runs", runs)

    def _all(self, query: str, count: int) -> Entry:
        many = "+" if count >= run_find.COUNTED else ""
        matches = f"{figures.number(count)}{many} {'match' if count == 1 else 'matches'}"
        return Entry(
            group="Everywhere", text=f"Search the runs for “{query}”", icon="search", note=matches,
            run=partial(self._window.go, "runs", query),
        )  # fmt: skip

    def _run(self, line: Line, hit: Hit | None) -> Found:
        name = " ".join(part for part in (line.prompt or "", line.version) if part)
        note = figures.facts(name, line.model, moments.moment(line.started_at))
        text = line.output or line.title or line.input or line.id
        places: tuple[int, ...] = ()
        if hit is not None:
            text = hit.snippet.text
            places = tuple(at for start, end in hit.snippet.hits for at in range(start, end))
        text, places = _short(text, places)
        icon, _ = run_words.sign_of(line.status)
        go = partial(self._window.go, "runs", run_query.asking(id=line.id))
        return Found(Entry(group="Runs", text=text, run=go, icon=icon, note=note), places)


_LONG, _BEFORE = 56, 24


def _short(text: str, places: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Return a piece of a text around its first hit that leaves room for what the run is of."""
    start = 0
    if places and places[0] > _BEFORE and len(text) > _LONG:
        space = text.find(" ", places[0] - _BEFORE, places[0])
        start = places[0] - _BEFORE if space < 0 else space + 1
    piece = text[start : start + _LONG]
    head, tail = "…" * (start > 0), "…" * (len(text) > start + _LONG)
    moved = len(head) - start
    hits = tuple(at + moved for at in places if start <= at < start + _LONG)
    return f"{head}{piece}{tail}", hits


def _held(db: sqlite3.Connection) -> _Held:
    return _Held(prompts.listed(db), names.all_named(db), _uses(db))


def _uses(db: sqlite3.Connection) -> dict[str, Use]:
    try:
        return shape.converted(workspace_settings.get(db, USES, {}), dict[str, Use])
    except msgspec.ValidationError:  # a hand in the file, or a newer app: they count anew
        return {}


def _keep_use(id_: str, now: int, db: sqlite3.Connection) -> dict[str, Use]:
    """Add a use to those of every window and return them all."""
    uses = used(_uses(db), id_, now)
    workspace_settings.put(db, USES, {name: structs.asdict(one) for name, one in uses.items()})
    return uses


def _runs(text: str, size: int, now: int, db: sqlite3.Connection) -> FoundRuns:
    return run_find.found(db, text, now, size=size)
