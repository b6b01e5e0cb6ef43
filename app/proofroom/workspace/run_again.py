"""What a run asked, as a column and a row to ask it again with."""

from __future__ import annotations

import sqlite3

from msgspec import Struct, structs

from proofroom.domain.message import Message
from proofroom.domain.version import Content
from proofroom.workspace import comparisons, database, inputs, providers, texts
from proofroom.workspace.comparisons import NewColumn, NewRow


class Again(Struct, frozen=True, kw_only=True):
    """The column and the row of one run, what it is called and which model was asked."""

    column: NewColumn
    row: NewRow
    name: str = ""
    model: str = ""

    @property
    def content(self) -> Content:
        """What was asked, with the model that was."""
        return structs.replace(self.column.content, model=self.model)


class _Asked(Struct, frozen=True, kw_only=True):
    prompt: str | None
    model: str
    prompt_key: int | None
    version_key: int | None
    number: int | None
    content_key: int | None
    model_key: int
    messages_key: int | None
    name: str | None
    values_key: int | None
    row_input_key: int | None


_ASKED = """SELECT q.name AS prompt, p.name || '/' || m.name AS model,
    r.prompt_key, r.version_key, v.number, r.content_key, r.model_key,
    r.input_key AS messages_key, w.name, w.values_key, w.input_key AS row_input_key
    FROM runs r JOIN models m ON m.key = r.model_key JOIN providers p ON p.key = m.provider_key
    LEFT JOIN prompts q ON q.key = r.prompt_key LEFT JOIN versions v ON v.key = r.version_key
    LEFT JOIN cells e ON e.key = r.cell_key LEFT JOIN comparison_rows w ON w.key = e.row_key
    WHERE r.key = ?"""


def asked(db: sqlite3.Connection, run_key: int) -> Again:
    """Return what a run asked; it must be there.

    A run of no comparison is asked with its messages as they were sent. Raises DamagedError if a
    text of it is damaged.
    """
    found = database.first(db, _ASKED, (run_key,), _Asked)
    if found is None:
        raise RuntimeError(f"no run {run_key}")
    key = found.content_key
    content = Content() if key is None else texts.value(db, key, Content)
    label = "Draft" if found.number is None else f"v{found.number}"
    name = f"{found.prompt} {label}" if found.prompt else found.model
    if found.values_key is None or key is None:
        sent = (
            texts.value(db, found.messages_key, tuple[Message, ...]) if found.messages_key else ()
        )
        content = structs.replace(content, messages=sent, template="none", variables=())
        column = _column(found, content, "As sent")
        return Again(
            column=structs.replace(column, prompt_key=None, version_key=None),
            row=NewRow(name="No input", values={}),
            name=name,
            model=found.model,
        )
    return Again(
        column=_column(found, content, label),
        row=NewRow(
            name=found.name or "",
            values=texts.value(db, found.values_key, inputs.Values),
            input_key=found.row_input_key,
        ),
        name=name,
        model=found.model,
    )


def changed(db: sqlite3.Connection, again: Again, content: Content) -> Again:
    """Return what to ask with another content; one that differs is no longer the version's.

    A version may be asked of any model. Raises ProofroomError if its model cannot be asked.
    """
    column = again.column
    model = providers.ask_for(db, content.model)
    if structs.replace(content, model=again.model) != again.content:
        column = structs.replace(column, content=content, label="Changed", version_key=None)
    return structs.replace(again, column=structs.replace(column, model_key=model.key))


def made(db: sqlite3.Connection, again: Again, content: Content) -> int:
    """Keep a comparison of one cell that asks with `content`, and return its key.

    Raises ProofroomError if its model cannot be asked.
    """
    column = changed(db, again, content).column
    return comparisons.create(db, [column], [again.row], name=f"{again.name}, again").key


def _column(found: _Asked, content: Content, label: str) -> NewColumn:
    return NewColumn(
        prompt_key=found.prompt_key,
        version_key=found.version_key,
        content=content,
        label=label,
        model_key=found.model_key,
    )
