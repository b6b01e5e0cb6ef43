"""Hands for the Prompts page: type, answer, wait until it is saved, and read the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from tests.ui.support.prompts_rig import Rig, stored

from proofroom.domain.message import text_of
from proofroom.ui.prompts.message_text import MessageText
from proofroom.ui.prompts.popover import Popover
from proofroom.workspace import opening, prompts

GUARD = 10_000
T = TypeVar("T")
W = TypeVar("W", bound=QWidget)


def text(rig: Rig, block: int = 0) -> MessageText:
    """Return the first text of a message."""
    return rig.page.bench.editor.blocks[block].texts[0]


def type_at_end(qtbot: QtBot, rig: Rig, words: str, block: int = 0) -> None:
    """Type at the end of a message."""
    edit = text(rig, block)
    edit.setFocus()
    qtbot.keyClick(edit, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(edit, words)


def saved(qtbot: QtBot, rig: Rig) -> None:
    """Wait until all that was typed is in the file."""
    rig.page.flush()
    qtbot.waitUntil(lambda: not rig.page.draft.journal.dirty and not rig.session.writer.unsaved,
                    timeout=GUARD)  # fmt: skip


def words(path: Path, prompt: int = 1) -> list[str]:
    """Return the messages of a draft as the file has them."""
    return [text_of(message.parts) for message in stored(path, prompt).content.messages]


def names(path: Path, *, archived: bool = False) -> list[str]:
    """Return the names of the prompts that the file has."""
    return [one.name for one in ask(path, partial(prompts.listed, archived=archived))]


def ask(path: Path, query: Callable[[sqlite3.Connection], T]) -> T:
    """Ask the file over a connection of its own."""
    opened = opening.open_workspace(path, read_only=True)
    with closing(opened.connection) as db:
        return query(db)


def shown(qtbot: QtBot, rig: Rig, kind: type[W]) -> W:
    """Wait for a sheet or popover over the window and return it."""
    qtbot.waitUntil(lambda: any(w.isVisible() for w in rig.window.findChildren(kind)))
    return next(w for w in rig.window.findChildren(kind) if w.isVisible())


def answer(qtbot: QtBot, rig: Rig, words: str) -> Popover:
    """Answer a question with a line and Enter; return the popover that asked."""
    popover = shown(qtbot, rig, Popover)
    popover.line.setText(words)
    qtbot.keyClick(popover.line, Qt.Key.Key_Return)
    return popover
