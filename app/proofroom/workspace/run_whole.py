"""The whole texts of a run, for what is exported."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import Struct

from proofroom.domain.message import Message, Part
from proofroom.workspace import texts


class Whole(Struct, frozen=True, kw_only=True):
    """What a list leaves out of a run."""

    messages: tuple[Message, ...]
    output: tuple[Part, ...]
    answering_model: str
    finish_reason: str
    failure: str
    detail: str


_SQL = """SELECT r.input_key, r.output_key, coalesce(n.name, ''), coalesce(r.finish_reason, ''),
    coalesce(r.failure, ''), coalesce(r.detail, '')
    FROM runs r LEFT JOIN models n ON n.key = r.answering_key WHERE r.key = ?"""


def of_run(db: sqlite3.Connection, run_key: int) -> Whole:
    """Return the whole texts of a run; it must be there.

    Raises DamagedError if one of them is damaged.
    """
    input_key, output_key, model, reason, failure, detail = db.execute(_SQL, (run_key,)).fetchone()
    return Whole(
        messages=_parts(db, input_key, tuple[Message, ...]),
        output=_parts(db, output_key, tuple[Part, ...]),
        answering_model=model,
        finish_reason=reason,
        failure=failure,
        detail=detail,
    )


def _parts(db: sqlite3.Connection, key: int | None, kind: Any) -> Any:  # noqa: ANN401 - as `kind` says
    return () if key is None else texts.value(db, key, kind)
