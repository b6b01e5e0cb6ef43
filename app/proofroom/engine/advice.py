"""What the workspace knows that helps after a failure: near names, models with a larger window."""

from __future__ import annotations

import sqlite3

from msgspec import structs

from proofroom.domain.run import Problem
from proofroom.engine.plan import PlannedColumn
from proofroom.workspace import providers

_SHOWN = 3
ADVISED = frozenset(("unknown_model", "too_long"))


def advised(db: sqlite3.Connection, problem: Problem, column: PlannedColumn) -> Problem:
    """Return the failure with the names that may be meant, or with models that would fit."""
    models = providers.models(db, provider=column.provider.name)
    if problem.failure == "unknown_model":
        # 20 ms, after a failure alone
        from rapidfuzz import process  # noqa: PLC0415

        names = [model.name for model in models if model.name != column.model.name]
        near = process.extract(column.model.name, names, limit=_SHOWN, score_cutoff=60)
        return _with(problem, "Did you mean {}?", [match[0] for match in near])
    window = column.model.window
    wider = [model for model in models if model.window and window and model.window > window]
    wider.sort(key=lambda model: model.window or 0)
    return _with(problem, "With a larger window: {}.", [model.name for model in wider[:_SHOWN]])


def _with(problem: Problem, form: str, names: list[str]) -> Problem:
    if not names:
        return problem
    return structs.replace(problem, detail=f"{problem.detail} {form.format(', '.join(names))}")
