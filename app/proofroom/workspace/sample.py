"""The sample workspace: copied once into the user's data folder, never reset."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from proofroom import paths
from proofroom.domain import shape
from proofroom.domain.message import Message
from proofroom.domain.version import Content
from proofroom.workspace import (
    database,
    drafts,
    file_errors,
    inputs,
    locks,
    marks,
    prompts,
    providers,
    versions,
)

NAME = "Sample"


class _Version(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    note: str
    messages: tuple[Message, ...]


class _Draft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    messages: tuple[Message, ...]


class _Input(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    values: dict[str, Any]


class _Prompt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    versions: tuple[_Version, ...]
    inputs: tuple[_Input, ...]
    set: str
    tags: tuple[str, ...]
    draft: _Draft | None = None


def sample_path() -> Path:
    """Return where the sample workspace is, or will be."""
    return paths.data() / f"{NAME}{paths.SUFFIX}"


def ensure_sample() -> Path:
    """Return the sample workspace, made if it is not there; what is there stays as it is.

    Raises WorkspaceError if it cannot be written.
    """
    path = sample_path()
    if path.exists():
        return path
    with file_errors.translated(path), locks.held(paths.state() / "sample.lock"):
        if not path.exists():
            for left in path.parent.glob(f".{path.name}.*"):  # of one that was killed
                left.unlink(missing_ok=True)
            database.create(path, kind="sample", fill=_fill)
    return path


def _fill(db: sqlite3.Connection) -> None:
    providers.first_rows(db)
    shared = _read("content.json", Content)
    for prompt in reversed(_read("prompts.json", tuple[_Prompt, ...])):
        _add(db, prompt, shared)


def _add(db: sqlite3.Connection, prompt: _Prompt, shared: Content) -> None:
    first = structs.replace(shared, messages=prompt.versions[0].messages)
    key = prompts.create(db, prompt.name, first).key
    for version in prompt.versions:
        content = structs.replace(shared, messages=version.messages)
        draft = drafts.of_prompt(db, key)
        if draft.content != content:
            drafts.save(db, key, content, revision=draft.revision)
        versions.save(db, key, note=version.note)
    if prompt.draft is not None:
        content = structs.replace(shared, messages=prompt.draft.messages)
        drafts.save(db, key, content, revision=drafts.of_prompt(db, key).revision)
    inputs.add(db, key, [(one.name, one.values) for one in prompt.inputs], to=prompt.set)
    marks.set_tags(db, "prompt", key, prompt.tags)


_T = type[Any]


def _read(name: str, kind: _T) -> Any:  # noqa: ANN401 - as `kind` says
    return shape.decoded(paths.resource(f"sample/{name}").read_bytes(), kind)
