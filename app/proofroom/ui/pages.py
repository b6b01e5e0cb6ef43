"""The pages that exist, the first of them, and their modules imported bit by bit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import cast

from msgspec import Struct
from PySide6.QtWidgets import QListView, QWidget

from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.ui.slices import Step
from proofroom.ui.window import MainWindow, PageSpec
from proofroom.workspace import comparisons, sample

Build = Callable[[Session, MainWindow, Presses], QWidget]
_TEMPLATES = "proofroom.domain.jinja"
"""Read by the first prompt with variables; 60 ms."""
_SETTINGS_FILE = "tomlkit"
"""Read by the first change of a setting; 20 ms, in which a thread would hold us up."""


class PageEntry(Struct, frozen=True, kw_only=True):
    """A page of the app; its module has `build(session, window, presses) -> QWidget`."""

    id: str
    title: str
    icon: str
    module: str
    key: str = ""
    low: bool = False
    listed: bool = True


PAGES = (
    PageEntry(
        id="prompts",
        title="Prompts",
        icon="pen-line",
        module="proofroom.ui.prompts.page",
        key="Ctrl+1",
    ),
    PageEntry(
        id="compare",
        title="Compare",
        icon="columns-2",
        module="proofroom.ui.compare.page",
        key="Ctrl+2",
    ),
    PageEntry(
        id="runs",
        title="Runs",
        icon="activity",
        module="proofroom.ui.runs.page",
        key="Ctrl+3",
    ),
    PageEntry(
        id="cost",
        title="Cost",
        icon="circle-dollar-sign",
        module="proofroom.ui.cost.page",
        key="Ctrl+6",
    ),
    PageEntry(
        id="settings",
        title="Settings",
        icon="settings",
        module="proofroom.ui.settings.page",
        key="Ctrl+,",
        low=True,
    ),
    PageEntry(
        id="first-run",
        title="First steps",
        icon="play",
        module="proofroom.ui.first_run.page",
        listed=False,
    ),
)


def page_of(entry: PageEntry, session: Session, window: MainWindow, presses: Presses) -> PageSpec:
    """Return a page as the window takes it; its module is imported when it is first shown."""

    def factory() -> QWidget:
        build = cast("Build", import_module(entry.module).build)
        return build(session, window, presses)

    return PageSpec(
        id=entry.id,
        title=entry.title,
        icon=entry.icon,
        key=entry.key,
        low=entry.low,
        listed=entry.listed,
        factory=factory,
        arrive=_arrive,
    )


def _arrive(page: QWidget, place: str | None) -> None:
    arrive = getattr(page, "arrive", None)
    if arrive is not None:
        arrive(place)


def first(path: Path, db: sqlite3.Connection) -> str:
    """Return the id of the page to begin with; for a thread.

    It imports what has no Qt in it. Qt's own types are made when they are first named, and two
    threads that make them at once end the process (seen in 1 of 25 starts, PySide6 6.11.3).
    """
    is_new = path == sample.sample_path() and not comparisons.listed(db, size=1)
    if not is_new:
        import_module(_TEMPLATES)
    return "first-run" if is_new else "prompts"


def imports(page: str) -> list[Step]:
    """Return what imports a page's modules, each a step of few ms for the window's thread."""
    entry = next(entry for entry in PAGES if entry.id == page)
    return _modules_in(entry.module.rpartition(".")[0])


def readied(page: str) -> list[Step]:
    """Return what a page needs before it is built: its imports, and the first view of all.

    PySide makes 54 enums when a view is first asked for its viewport, 12 ms.
    """
    return [*imports(page), lambda: QListView().viewport()]


def imports_of_rest() -> list[Step]:
    """Return the same for all pages, and for the templates, before a person asks for them."""
    steps = [step for entry in PAGES for step in imports(entry.id)]
    shared = _modules_in("proofroom.ui.widgets")
    others = [partial(import_module, name) for name in (_SETTINGS_FILE, _TEMPLATES)]
    return [*others[:1], *shared, *steps, *others[1:]]


def _modules_in(package: str) -> list[Step]:
    folder = import_module(package)
    names = [found.name for found in iter_modules(folder.__path__, f"{package}.")]
    # a page's own module last: it would bring all that comes behind it in one go
    names.sort(key=lambda name: name.endswith((".page", "_view")))
    return [partial(import_module, name) for name in names]
