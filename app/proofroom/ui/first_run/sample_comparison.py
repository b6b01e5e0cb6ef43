"""What the first-run page shows and makes: the sample prompt's last two versions side by side."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from proofroom.domain.comparison import name_for
from proofroom.domain.diff import Run, words
from proofroom.domain.message import Message, Text
from proofroom.domain.version import Content
from proofroom.workspace import comparisons, inputs, prompts, providers, versions
from proofroom.workspace.comparisons import NewColumn, NewRow
from proofroom.workspace.inputs import Input
from proofroom.workspace.versions import VersionSummary


class Side(Struct, frozen=True, kw_only=True):
    """One of the two versions, with its words as a diff against the other."""

    version: VersionSummary
    content: Content
    role: str
    runs: tuple[Run, ...]


class Sample(Struct, frozen=True, kw_only=True):
    """What one press will ask."""

    prompt_key: int
    prompt: str
    model: str
    sides: tuple[Side, Side]
    inputs: tuple[Input, ...]

    @property
    def calls(self) -> int:
        """How many calls one press makes."""
        return len(self.sides) * len(self.inputs)


def read(db: sqlite3.Connection) -> Sample | None:
    """Return the first prompt that has two versions and inputs; None if there is none."""
    for prompt in prompts.listed(db):
        found = versions.of_prompt(db, prompt.key)
        rows = inputs.of_prompt(db, prompt.key)
        if len(found) > 1 and rows:
            new, old = found[:2]
            return _sample(db, prompt.name, old, new, tuple(rows))
    return None


def create(sample: Sample, db: sqlite3.Connection) -> int:
    """Keep the comparison that was shown, and return its key."""
    columns = [
        NewColumn(
            content=side.content,
            model_key=providers.model(db, side.content.model).key,
            label=side.version.label,
            prompt_key=sample.prompt_key,
            version_key=side.version.key,
        )
        for side in sample.sides
    ]
    rows = [NewRow(name=one.name, values=one.values, input_key=one.key) for one in sample.inputs]
    labels = [column.label for column in columns]
    made = comparisons.create(db, columns, rows, name=name_for([sample.prompt], labels))
    return made.key


def _sample(
    db: sqlite3.Connection,
    prompt: str,
    old: VersionSummary,
    new: VersionSummary,
    rows: tuple[Input, ...],
) -> Sample:
    before, after = versions.content(db, old), versions.content(db, new)
    was, now = _words(before.messages), _words(after.messages)
    plain: tuple[Run, ...] = (Run("=", was),)
    return Sample(
        prompt_key=new.prompt_key,
        prompt=prompt,
        model=after.model,
        sides=(
            Side(version=old, content=before, role=_role(before), runs=plain),
            Side(version=new, content=after, role=_role(after), runs=words(was, now)),
        ),
        inputs=rows,
    )


def _role(content: Content) -> str:
    roles = list(dict.fromkeys(message.role for message in content.messages))
    return f"{roles[0]} message" if len(roles) == 1 else f"{len(content.messages)} messages"


def _words(messages: tuple[Message, ...]) -> str:
    return "\n\n".join(
        part.text for message in messages for part in message.parts if isinstance(part, Text)
    )
