"""A real workspace with prompts, and a real window that shows the Prompts page over it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from proofroom.domain.message import Message, text_message
from proofroom.domain.version import Content, Settings, Tool
from proofroom.ui.prompts.page import PromptsPage, build
from proofroom.ui.session import Session
from proofroom.ui.shell import Shell
from proofroom.ui.window import MainWindow, PageSpec
from proofroom.workspace import drafts, inputs, marks, opening, prompts, versions
from proofroom.workspace.drafts import Draft

ENDED: list[Rig] = []
"""Closed windows are kept: PySide may take a new menu bar for a deleted one at its address."""

POLICY = """You answer refund requests for {{ shop_name }}.

## Policy
- Refund in full up to {{ refund_limit_usd }} USD without asking a person.
- Broken or wrong items never need to come back.
- {% if customer_tier == "gold" %}Offer an express replacement.{% endif %}
- Never promise a date the carrier has not confirmed.

## Tone
Name what went wrong."""


def content(*messages: Message, **fields: Any) -> Content:  # noqa: ANN401 - as Content has them
    """Return a content for the embedded model."""
    fields.setdefault("model", "local/smollm2")
    return Content(messages=messages, **fields)


def make(path: Path, *fills: Callable[[sqlite3.Connection], object], create: bool = True) -> Path:
    """Fill a workspace at `path` through the workspace's own functions."""
    opened = opening.open_workspace(path, create=create)
    with closing(opened.connection) as db:
        for fill in fills:
            fill(db)
    return path


def one_prompt(
    db: sqlite3.Connection,
    name: str = "greet",
    text: str = "Say hello to {{ name }}.",
    *,
    saved: bool = True,
) -> int:
    """Make a prompt with one user message, saved as v1 if wanted."""
    key = prompts.create(db, name, content(text_message("user", text))).key
    if saved:
        versions.save(db, key, note="first")
    return key


def refund_reply(db: sqlite3.Connection) -> int:
    """Make the prompt of the pictures: six versions, a draft ahead of them, inputs, tags."""
    schema = {"type": "object", "properties": {"id": {"type": "string"}, "why": {}, "sum": {}}}
    tools = (Tool(name="lookup_order", parameters=schema), Tool(name="issue_refund"))
    base = content(
        text_message("system", POLICY),
        text_message("user", "{{ message }}"),
        tools=tools,
        settings=Settings(temperature=0.2, max_tokens=400, seed=7),
    )
    key = prompts.create(db, "refund-reply", base).key
    for number, note in enumerate(
        ("first policy", "shorter", "no dates", "house style", "refund limit", "own words")
    ):
        text = POLICY.replace("Name what", f"{note}. Name what") if number < 5 else POLICY
        _put(db, key, content(text_message("system", text), *base.messages[1:], tools=tools,
                              settings=base.settings))  # fmt: skip
        versions.save(db, key, note=note)
    changed = POLICY.replace("items never", "items under 30 USD never") + "\nIn {{{{ tone }}."
    changed = changed.replace("Name what went wrong.", "Name what went wrong in their own words.")
    changed = changed.replace("{{{{ tone }}", "{{ tone }} words")
    _put(db, key, content(text_message("system", changed), *base.messages[1:], tools=tools,
                          settings=base.settings))  # fmt: skip
    values = {"shop_name": "Acme Goods", "refund_limit_usd": "30", "customer_tier": "gold",
              "message": "The mug arrived in three pieces.", "tone": "plain"}  # fmt: skip
    inputs.add(db, key, [("Broken mug", values), ("Late parcel", values)])
    marks.set_tags(db, "prompt", key, ["support"])
    return key


def _put(db: sqlite3.Connection, key: int, wanted: Content) -> None:
    drafts.save(db, key, wanted, revision=drafts.of_prompt(db, key).revision)


def stored(path: Path, prompt_key: int = 1) -> Draft:
    """Return a draft as the file has it."""
    opened = opening.open_workspace(path, read_only=True)
    with closing(opened.connection) as db:
        return drafts.of_prompt(db, prompt_key)


class Rig:
    """One window with one session on the Prompts page."""

    def __init__(self, path: Path) -> None:
        self.session, self.window = Session(path), MainWindow()
        self.shell = Shell(self.session, self.window)
        self.presses = self.shell.presses
        self.failed: list[Exception] = []
        self.session.failed.connect(self.failed.append)
        factory = partial(build, self.session, self.window, self.presses)
        self.window.add_page(
            PageSpec(
                id="prompts",
                title="Prompts",
                icon="pen-line",
                factory=factory,
                key="Ctrl+1",
                arrive=arrive,
            )
        )
        self.window.go("prompts")
        page = self.window.widget("prompts")
        assert isinstance(page, PromptsPage)
        self.page = page

    def open(self, qtbot: QtBot) -> Rig:
        """Show the window and wait for the first prompt."""
        with qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()
        bench = self.page.bench  # built now, not in slices
        draft, tries = self.page.draft, self.page.tries  # the tries are the last to be shown
        qtbot.waitUntil(
            lambda: bool(bench.editor.blocks) and 0 < draft.key == tries.prompt, timeout=20_000
        )
        return self

    def end(self) -> None:
        """Close as the app does."""
        self.page.leave()
        self.shell.end()
        assert self.session.writer.unsaved == 0
        ENDED.append(self)


def arrive(widget: QWidget, place: str | None) -> None:
    """Tell the page where to go."""
    assert isinstance(widget, PromptsPage)
    widget.arrive(place)
