"""Workspaces, comparisons and waiting, for tests that drive the window's own parts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from pytestqt.qtbot import QtBot
from pytestqt.wait_signal import SignalBlocker

from proofroom.domain.message import text_message
from proofroom.domain.provider import Provider
from proofroom.domain.version import Content, Settings
from proofroom.ui.session import Session
from proofroom.workspace import comparisons, database, prompts, providers

GUARD_MS = 30_000
T = TypeVar("T")


def new_workspace(path: Path) -> Path:
    """Make a workspace that has the embedded model alone."""
    database.create(path, fill=providers.first_rows)
    return path


def add_comparison(
    path: Path, url: str, *, rows: int = 2, needs_key: bool = False, columns: int = 1
) -> int:
    """Add the provider `fault` at `url` with a prompt, and a comparison of it; return its key."""
    with closing(database.connect(path)) as db:
        provider = Provider(
            name="fault", adapter="direct", dialect="compatible", url=url, needs_key=needs_key
        )
        providers.put(db, provider)
        model = providers.ask_for(db, "fault/tester")
        content = Content(
            messages=(text_message("user", "Say {{ word }}."),),
            model="fault/tester",
            settings=Settings(max_tokens=16),
        )
        prompt = prompts.create(db, prompts.free_name(db, "say"), content)
        made = comparisons.create(
            db,
            [
                comparisons.NewColumn(
                    prompt_key=prompt.key,
                    version_key=None,
                    content=content,
                    label=f"draft {number}",
                    model_key=model.key,
                )
                for number in range(columns)
            ],
            [
                comparisons.NewRow(name=f"row {number}", values={"word": f"w{number}"})
                for number in range(rows)
            ],
            name="test",
        )
        return made.key


def value(path: Path, sql: str) -> Any:  # noqa: ANN401 - as the query says
    """Return what a query of a test finds in the file, read by another connection."""
    with closing(database.connect(path, read_only=True)) as db:
        return database.value(db, sql)


class Asked:
    """Collects the one answer to a question, whichever it is."""

    def __init__(self) -> None:
        self.shown: list[Any] = []
        self.failed: list[Exception] = []

    @property
    def done(self) -> bool:
        return bool(self.shown or self.failed)


def read(qtbot: QtBot, session: Session, query: Callable[[sqlite3.Connection], T]) -> T:
    """Return what a query finds through the session's reader."""
    asked = Asked()
    session.reader.read(query, asked.shown.append, asked.failed.append)
    return outcome(qtbot, asked)


def write(qtbot: QtBot, session: Session, work: Callable[[sqlite3.Connection], T]) -> T:
    """Carry out a write through the session's writer and return its result."""
    asked = Asked()
    session.writer.write(work, asked.shown.append, asked.failed.append)
    return outcome(qtbot, asked)


def outcome(qtbot: QtBot, asked: Asked) -> Any:  # noqa: ANN401 - whatever was asked for
    """Wait for an answer; raise what it failed with."""
    qtbot.waitUntil(partial(getattr, asked, "done"), timeout=GUARD_MS)
    if asked.failed:
        raise asked.failed[0]
    return asked.shown[0]


def told(blocker: SignalBlocker) -> list[Any]:
    """Return what the signal that was waited for carried."""
    return [*cast("Sequence[Any]", blocker.args or ())]
