"""Reads the prompts that the list pane asks for, and again when they change."""

from __future__ import annotations

import sqlite3
from functools import partial

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from proofroom.ui.prompts.list_pane import ListPane
from proofroom.ui.session import Session
from proofroom.workspace import marks, prompts
from proofroom.workspace.changes import Changes
from proofroom.workspace.prompts import PromptSummary


class Listed(Struct, frozen=True, kw_only=True):
    """What the pane shows, and whether the workspace has any prompt at all."""

    prompts: list[PromptSummary]
    tags: list[str]
    any: bool


class Listing(QObject):
    """Joins the list pane to the workspace."""

    shown = Signal(object)  # Listed
    failed = Signal(object)

    def __init__(self, session: Session, pane: ListPane) -> None:
        super().__init__(pane)
        self._session, self._pane = session, pane
        pane.filtered.connect(self.read)
        session.changed.connect(self._changed)

    def read(self) -> None:
        """Ask for what the pane looks for now."""
        pane = self._pane
        query = partial(_listed, query=pane.search.text(), tag=pane.tag, archived=pane.archived)
        self._session.reader.latest("prompts.list", query, self._show, self._fail)

    def _changed(self, changes: Changes) -> None:
        if {"prompts", "drafts", "versions", "marks"} & changes.tables:
            self.read()

    def _show(self, listed: Listed) -> None:
        self._pane.show_prompts(listed.prompts, listed.tags)
        self.shown.emit(listed)

    def _fail(self, error: Exception) -> None:
        self.failed.emit(error)


def _listed(db: sqlite3.Connection, *, query: str, tag: str, archived: bool) -> Listed:
    found = prompts.listed(db, query=query, tag=tag, archived=archived)
    some = bool(found) or bool(prompts.listed(db))
    return Listed(prompts=found, tags=marks.tags(db, "prompt"), any=some)
