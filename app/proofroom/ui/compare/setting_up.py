"""What a new comparison can be made of, and the making of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from msgspec import Struct, structs

from proofroom.domain import figures
from proofroom.domain.comparison import name_for
from proofroom.domain.provider import Provider, host_of, stays_here
from proofroom.domain.template import Found, variables
from proofroom.domain.version import Content
from proofroom.errors import ProofroomError
from proofroom.interchange import strict_json
from proofroom.workspace import (
    comparisons,
    database,
    drafts,
    inputs,
    models,
    prompts,
    providers,
    removed_columns,
    versions,
)

Values = dict[str, Any]


class Source(Struct, frozen=True):
    """A version that can be a column, or a draft (`version` None)."""

    prompt_key: int
    version: int | None


class SourceLine(Struct, frozen=True):
    """A source as a list shows it; `notice` says that its model is gone or about to go."""

    source: Source
    prompt: str
    label: str
    note: str
    model: str
    notice: str = ""


class InputLine(Struct, frozen=True):
    """An input of a prompt's sets."""

    key: int
    prompt_key: int
    name: str
    set_name: str
    values: Values


class Choices(Struct, frozen=True):
    """All that can be chosen from: models with a line about each, `variables` by prompt."""

    sources: tuple[SourceLine, ...]
    models: tuple[tuple[str, str], ...]
    inputs: tuple[InputLine, ...]
    variables: dict[int, tuple[Found, ...]]


def choices(db: sqlite3.Connection) -> Choices:
    """Read the prompts with their versions and inputs, and the models."""
    lines: list[SourceLine] = []
    found: list[InputLine] = []
    names: dict[int, tuple[Found, ...]] = {}
    notices = models.notices(db)
    for prompt in prompts.listed(db):
        lines += [
            structs.replace(one, notice=notices.get(one.model, ""))
            for one in _sources(db, prompt.key, prompt.name)
        ]
        draft = drafts.of_prompt(db, prompt.key).content
        names[prompt.key] = variables(draft)
        for chosen in inputs.sets(db, prompt.key):
            found += [
                InputLine(one.key, prompt.key, one.name, chosen.name, one.values)
                for one in inputs.of_set(db, chosen.key)
            ]
    places = {one.name: _place(one) for one in providers.listed(db)}
    offered = tuple(
        (
            one.full_name,
            figures.facts(
                notices.get(one.full_name, ""),
                "favourite" if one.favourite else "",
                places[one.provider],
            ),
        )
        for one in providers.models(db)
    )
    return Choices(tuple(lines), offered, tuple(found), names)


def _place(provider: Provider) -> str:
    return "stays on this laptop" if stays_here(provider) else host_of(provider)


def _sources(db: sqlite3.Connection, prompt_key: int, name: str) -> list[SourceLine]:
    saved = versions.of_prompt(db, prompt_key)
    draft = drafts.of_prompt(db, prompt_key)
    lines: list[SourceLine] = []
    if draft.edited or not saved:
        line = SourceLine(
            Source(prompt_key, None), name, "Draft", "as it is now", draft.content.model
        )
        lines.append(line)
    for version in saved:
        model = versions.content(db, version).model
        source = Source(prompt_key, version.key)
        lines.append(SourceLine(source, name, version.label, version.note, model))
    return lines


class Plan(Struct, frozen=True, kw_only=True):
    """A comparison to be: sources x models; no model means each source's own."""

    sources: tuple[Source, ...]
    models: tuple[str, ...]
    rows: tuple[comparisons.NewRow, ...]
    name: str = ""
    samples: int = 1


def make(db: sqlite3.Connection, plan: Plan) -> int:
    """Keep a new comparison and return its key.

    Raises ProofroomError if a source has no model of its own and none was chosen, or for a key
    that stands twice in an input.
    """
    columns = new_columns(db, plan.sources, plan.models)
    names = [prompts.by_key(db, one.prompt_key) for one in plan.sources]
    shown = [one.name for one in names if one is not None]
    heads = [f"{one.label} {one.content.model.partition('/')[2]}" for one in columns]
    if len({one.content.model for one in columns}) == 1:
        heads = [one.label for one in columns]
    name = plan.name.strip() or name_for(shown, heads)
    rows = read_rows(plan.rows, [one.content for one in columns])
    rows = rows or [comparisons.NewRow(name="No input", values={})]
    return comparisons.create(db, columns, rows, name=name, samples=plan.samples).key


def read_rows(
    rows: Sequence[comparisons.NewRow], contents: Sequence[Content]
) -> list[comparisons.NewRow]:
    """Return rows in which a text for a variable that is looped over is read as JSON, if it is.

    Raises ProofroomError for a key that stands twice in one object.
    """
    found = [one for content in contents for one in variables(content)]
    structured = {one.name for one in found if one.kind != "text"}
    return [
        structs.replace(
            row,
            values={
                name: _read(value, name, row.name) if name in structured else value
                for name, value in row.values.items()
            },
        )
        for row in rows
    ]


def _read(value: Any, name: str, row: str) -> Any:  # noqa: ANN401 - any JSON value
    if not isinstance(value, str):
        return value
    try:
        decoded = strict_json.decode(value)
    except strict_json.NotJson:  # the prompt is told when it is filled in
        return value
    if decoded.repeated_keys:
        raise ProofroomError(
            f"In {name} of “{row}” the key “{decoded.repeated_keys[0]}” stands twice",
            where="the inputs",
            fix="Keep one of them.",
        )
    return decoded.value


def new_columns(
    db: sqlite3.Connection, sources: Sequence[Source], models: Sequence[str]
) -> list[comparisons.NewColumn]:
    """Return a column for each source on each model.

    Raises ProofroomError as `make` does.
    """
    found: list[comparisons.NewColumn] = []
    for source in sources:
        content, label = _content(db, source)
        for model in models or (content.model,):
            if not model:
                raise ProofroomError(
                    f"{label} names no model", where="the comparison", fix="Choose a model."
                )
            found.append(
                comparisons.NewColumn(
                    prompt_key=source.prompt_key,
                    version_key=source.version,
                    content=structs.replace(content, model=model),
                    label=label,
                    model_key=providers.ask_for(db, model).key,
                )
            )
    return found


def _content(db: sqlite3.Connection, source: Source) -> tuple[Content, str]:
    if source.version is None:
        return drafts.of_prompt(db, source.prompt_key).content, "Draft"
    version = versions.by_key(db, source.version)
    if version is None:
        raise ProofroomError("That version is gone", where="this prompt", fix="Choose another.")
    return versions.content(db, version), version.label


def add_columns(
    db: sqlite3.Connection, key: int, sources: Sequence[Source], models: Sequence[str]
) -> None:
    """Add columns to a comparison that is kept; one that was taken out comes back.

    Those it has already are left out.
    """
    new = new_columns(db, sources, models)
    removed = {_what(one): one.key for one in comparisons.columns(db, key, removed=True)}
    there = {_what(one) for one in comparisons.columns(db, key)} | set(removed)
    back = [removed[_what(one)] for one in new if _what(one) in removed]
    with database.writing(db):
        comparisons.add_columns(db, key, [one for one in new if _what(one) not in there])
        comparisons.touched(db, key)
    if back:
        removed_columns.bring_back(db, key, back)


def _what(column: comparisons.Column | comparisons.NewColumn) -> tuple[int | None, int | None, int]:
    return column.prompt_key, column.version_key, column.model_key


def add_rows(db: sqlite3.Connection, key: int, rows: Sequence[comparisons.NewRow]) -> None:
    """Add rows to a comparison that is kept.

    Raises ProofroomError for a key that stands twice in an input.
    """
    contents = [comparisons.content(db, one) for one in comparisons.columns(db, key)]
    rows = read_rows(rows, contents)
    with database.writing(db):
        comparisons.add_rows(db, key, rows)
        comparisons.touched(db, key)
