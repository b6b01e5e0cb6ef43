"""The dearest runs and prompts and the identical calls of a span, looked up in the rows.

There is no index by time, so all runs are looked at: in slabs, each a short question, so that who
asks can show how far it is, stop between two, and lets other questions in.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from msgspec import Struct, structs

from proofroom.domain.period import Span
from proofroom.domain.run import Status
from proofroom.workspace import cost_sums, database
from proofroom.workspace.cost_sums import Dimension, Only

SLAB = 50_000
"""Runs in a slab: about 50 ms."""
MOST = 20
_PARTS = 16
"""Into how many parts the calls are cut, by the first of their hash's 256 octets."""


class DearRun(Struct, frozen=True, kw_only=True):
    """A run among the dearest; `prompt` is empty for a request without one."""

    key: int
    id: str
    started_at: int
    status: Status
    model: str
    prompt: str
    number: int | None
    comparison_key: int | None
    tokens: int
    cost: int


class DearPrompt(Struct, frozen=True, kw_only=True):
    """A prompt's runs, drafts among them: how many, of unknown cost, and what they cost."""

    key: int
    name: str
    runs: int
    unknown: int
    cost: int


class Repeated(Struct, frozen=True, kw_only=True):
    """A call that was answered before: how often it was asked again, and what that cost.

    Samples of one cell are asked on purpose and no repetition of each other. `cost` leaves out
    what was paid for retries, which is waste already.
    """

    run_key: int
    model: str
    prompt: str
    again: int
    unknown: int
    cost: int


class Look(Struct, frozen=True, kw_only=True):
    """What was found so far; `done` of `steps` slabs were looked at.

    `only` has by dimension the values whose runs count, as JSON.
    """

    span: Span
    only: dict[Dimension, str] = {}
    steps: int
    done: int = 0
    runs: tuple[DearRun, ...] = ()
    prompts: tuple[DearPrompt, ...] = ()
    repeated: tuple[Repeated, ...] = ()
    again: int = 0
    again_unknown: int = 0
    again_cost: int = 0
    bounds: tuple[int, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every run was looked at."""
        return self.done == self.steps


def begin(db: sqlite3.Connection, span: Span, only: Only = (), *, slab: int = SLAB) -> Look:
    """Return a look at a span that has seen nothing yet."""
    values = cost_sums.values_of(db, only)
    last = database.value(db, "SELECT max(key) FROM runs") or 0
    first = (database.value(db, "SELECT min(key) FROM runs") or 1) - 1
    bounds = (*range(first, last, slab), last)
    kept: dict[Dimension, str] = {dimension: json.dumps(own) for dimension, own in values.items()}
    return Look(span=span, only=kept, bounds=bounds, steps=len(bounds) - 1 + _PARTS)


def step(db: sqlite3.Connection, look: Look) -> Look:
    """Look at the next slab and return what is known then; not for a look that is whole."""
    slabs = list(pairwise(look.bounds))
    if look.done < len(slabs):
        return _slab(db, look, *slabs[look.done])
    return _calls(db, look, look.done - len(slabs))


def whole(db: sqlite3.Connection, span: Span, only: Only = ()) -> Look:
    """Look at all at once; about a second for a million runs."""
    look = begin(db, span, only)
    while not look.is_whole:
        look = step(db, look)
    return look


_VALUES: dict[Dimension, str] = {
    "model": "CAST(coalesce(r.answering_key, r.model_key) AS TEXT)",
    "version": "CAST(coalesce(r.version_key, 0) AS TEXT)",
    "source": "r.source",
}
_IN_SPAN = "(r.started_at / 1000000 + r.offset_s) / 86400 BETWEEN :first AND :last"
_RUNS = f"""SELECT r.key, r.id, r.started_at, r.status, p.name || '/' || m.name AS model,
    coalesce(q.name, '') AS prompt, v.number, w.comparison_key,
    coalesce(r.tokens_in, 0) + coalesce(r.tokens_out, 0) AS tokens, r.cost_nano_usd AS cost
    FROM (SELECT key FROM runs r WHERE key > :low AND key <= :high AND ended_at IS NOT NULL
        AND cost_nano_usd > :least AND {_IN_SPAN} ORDER BY cost_nano_usd DESC, key LIMIT :most) d
    JOIN runs r ON r.key = d.key JOIN models m ON m.key = coalesce(r.answering_key, r.model_key)
    JOIN providers p ON p.key = m.provider_key LEFT JOIN prompts q ON q.key = r.prompt_key
    LEFT JOIN versions v ON v.key = r.version_key LEFT JOIN cells c ON c.key = r.cell_key
    LEFT JOIN comparison_rows w ON w.key = c.row_key"""
_PROMPTS = f"""SELECT q.key, q.name, d.runs, d.unknown, d.cost FROM (SELECT prompt_key,
    count(*) AS runs, sum(cost_nano_usd IS NULL) AS unknown, coalesce(sum(cost_nano_usd), 0) AS cost
    FROM runs r WHERE key > :low AND key <= :high AND ended_at IS NOT NULL
    AND prompt_key IS NOT NULL AND {_IN_SPAN} GROUP BY prompt_key) d
    JOIN prompts q ON q.key = d.prompt_key"""
# the index has all that the inner question needs; few calls are then looked up in the rows
_AGAIN = f"""SELECT min(key) AS run_key, model_key, prompt_key, count(*) AS again,
    sum(cost_nano_usd IS NULL) AS unknown,
    coalesce(sum(max(cost_nano_usd - coalesce(retry_nano_usd, 0), 0)), 0) AS cost
    FROM (SELECT r.*, row_number() OVER (PARTITION BY call_hash, sample ORDER BY key) AS nth
        FROM runs r WHERE status = 'ok' AND call_hash IN (SELECT call_hash FROM runs
            WHERE call_hash >= :low AND call_hash < :high GROUP BY call_hash HAVING count(*) > 1)) r
    WHERE nth > 1 AND {_IN_SPAN} GROUP BY call_hash"""
_REPEATED = f"""SELECT a.run_key, p.name || '/' || m.name AS model, coalesce(q.name, '') AS prompt,
    a.again, a.unknown, a.cost FROM ({_AGAIN}) a JOIN models m ON m.key = a.model_key
    JOIN providers p ON p.key = m.provider_key LEFT JOIN prompts q ON q.key = a.prompt_key"""


def _asked(look: Look, sql: str) -> tuple[str, dict[str, object]]:
    """Return a question with the rules of what counts, and its values."""
    rules = "".join(
        f" AND {_VALUES[name]} IN (SELECT value FROM json_each(:only_{name}))" for name in look.only
    )
    values = {f"only_{name}": own for name, own in look.only.items()}
    ask: dict[str, object] = {"first": look.span.first, "last": look.span.last, **values}
    return sql.replace(_IN_SPAN, _IN_SPAN + rules), ask


def _slab(db: sqlite3.Connection, look: Look, low: int, high: int) -> Look:
    # a run below the last of the dearest so far is not worth its sorting
    least = look.runs[-1].cost if len(look.runs) == MOST else 0
    sql, values = _asked(look, _RUNS)
    ask = {**values, "low": low, "high": high}
    dear = database.fetch(db, sql, {**ask, "least": least, "most": MOST}, DearRun)
    prompts = database.fetch(db, _asked(look, _PROMPTS)[0], ask, DearPrompt)
    return _with(
        look,
        runs=tuple(sorted((*look.runs, *dear), key=lambda run: (-run.cost, run.key))[:MOST]),
        prompts=_merged((*look.prompts, *prompts)),
    )


def _calls(db: sqlite3.Connection, look: Look, part: int) -> Look:
    wide = 256 // _PARTS
    low, high = part * wide, (part + 1) * wide
    sql, values = _asked(look, _REPEATED)
    ask = {
        **values,
        "low": bytes((low,)),
        "high": bytes((high,)) if high < 256 else b"\xff" * 40,  # noqa: PLR2004 - past every hash
    }
    found = database.fetch(db, sql, ask, Repeated)
    dear = sorted((*look.repeated, *found), key=lambda one: (-one.cost, -one.again, one.run_key))
    return _with(
        look,
        repeated=tuple(dear[:MOST]),
        again=look.again + sum(one.again for one in found),
        again_unknown=look.again_unknown + sum(one.unknown for one in found),
        again_cost=look.again_cost + sum(one.cost for one in found),
    )


def _with(look: Look, **over: object) -> Look:
    return structs.replace(look, done=look.done + 1, **over)


def _merged(found: Iterable[DearPrompt]) -> tuple[DearPrompt, ...]:
    names: dict[int, str] = {}
    sums = {what: Counter[int]() for what in ("runs", "unknown", "cost")}
    for one in found:
        names[one.key] = one.name
        sums["runs"][one.key] += one.runs
        sums["unknown"][one.key] += one.unknown
        sums["cost"][one.key] += one.cost
    prompts = (
        DearPrompt(key=key, name=name, **{what: one[key] for what, one in sums.items()})
        for key, name in names.items()
    )
    return tuple(sorted(prompts, key=lambda one: (-one.cost, -one.runs, one.key)))
