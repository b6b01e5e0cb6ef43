"""How the budgets stand: what of each is spent and held in a period."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from proofroom import clock
from proofroom.domain import budget
from proofroom.domain.budget import Budget, Every, Scope, Standing
from proofroom.domain.run import Source
from proofroom.workspace import database, run_span

# What a source is called in the file; a number once given is never given again.
SOURCE_KEYS: dict[Source, int] = {
    "draft": 1,
    "comparison": 2,
    "experiment": 3,
    "monitor": 4,
    "cli": 5,
    "application": 6,
}
_SOURCES = {key: name for name, key in SOURCE_KEYS.items()}
_DAY_US = 86_400_000_000


class Kept(Struct, frozen=True, kw_only=True):
    """A budget with the key of what it is for: a provider, a prompt, a source (None: all)."""

    budget: Budget
    scope_key: int | None


_KEPT = """SELECT b.key, b.id, b.scope, b.scope_key, b.period, b.limit_nano_usd, b.warn_share,
    CASE b.scope WHEN 'provider' THEN p.name WHEN 'prompt' THEN q.name ELSE '' END
    FROM budgets b LEFT JOIN providers p ON p.key = b.scope_key AND b.scope = 'provider'
    LEFT JOIN prompts q ON q.key = b.scope_key AND b.scope = 'prompt'"""
_STANDING = """SELECT coalesce(sum(CASE WHEN l.kind = 'spent' THEN l.nano_usd
        WHEN l.kind = 'hold' AND a.ended_at IS NOT NULL
        THEN coalesce(a.cost_nano_usd, l.nano_usd) END), 0),
    coalesce(sum(CASE WHEN l.kind = 'hold' AND a.ended_at IS NULL THEN l.nano_usd END), 0),
    max(CASE WHEN l.kind = 'warned' THEN l.made_at END),
    max(CASE WHEN l.kind = 'stopped' THEN l.made_at END)
    FROM budget_ledger l LEFT JOIN attempts a ON a.key = l.attempt_key
    WHERE l.budget_key = ? AND l.period_start = ?"""
_OPEN = """SELECT EXISTS (SELECT 1 FROM budget_ledger
    WHERE budget_key = ? AND period_start = ? AND kind = 'spent')"""


def today() -> int:
    """Return the local day it is."""
    now = clock.now()
    return clock.local_day(now, clock.local_offset_s(now))


def start_on(kept: Kept, day: int) -> int:
    """Return the first day of a budget's period on a local day."""
    return budget.start_of(kept.budget.every, day)


def kept(db: sqlite3.Connection) -> list[Kept]:
    """Return the budgets that count, the oldest first."""
    rows = db.execute(f"{_KEPT} WHERE b.archived_at IS NULL ORDER BY b.key").fetchall()
    return [_kept(*row) for row in rows]


def by_key(db: sqlite3.Connection, key: int, *, archived: bool = False) -> Kept | None:
    """Return the budget of a key if it counts; with `archived` also one that does not."""
    rule = "" if archived else "AND b.archived_at IS NULL"
    row = db.execute(f"{_KEPT} WHERE b.key = ? {rule}", (key,)).fetchone()
    return None if row is None else _kept(*row)


def of_scope(
    db: sqlite3.Connection, scope: Scope, scope_key: int | None, every: Every
) -> Budget | None:
    """Return the budget of a scope and period if there is one that counts."""
    sql = f"""{_KEPT} WHERE b.archived_at IS NULL AND b.scope = ? AND b.scope_key IS ?
        AND b.period = ?"""
    row = db.execute(sql, (scope, scope_key, every)).fetchone()
    return None if row is None else _kept(*row).budget


def _kept(  # noqa: PLR0913, PLR0917 - the columns of its query
    key: int, id_: str, scope: Scope, scope_key: int | None, every: Every, limit: int,
    warn_share: float, name: str | None,
) -> Kept:  # fmt: skip
    if scope == "source":
        name = _SOURCES.get(scope_key or 0, "")
    one = Budget(
        key=key, id=id_, scope=scope, name=name or "", every=every, limit_nano_usd=limit,
        warn_share=warn_share,
    )  # fmt: skip
    return Kept(budget=one, scope_key=scope_key)


def standings(db: sqlite3.Connection, day: int) -> list[Standing]:
    """Return how the budgets stand on a local day, the oldest first."""
    return [standing(db, one, start_on(one, day)) for one in kept(db)]


def of_day(db: sqlite3.Connection, day: int) -> Standing | None:
    """Return how the budget of a day for everything stands, if there is one."""
    row = db.execute(
        f"{_KEPT} WHERE b.archived_at IS NULL AND b.scope = 'all' AND b.period = 'day'"
    ).fetchone()
    return None if row is None else standing(db, _kept(*row), day)


def standing(db: sqlite3.Connection, one: Kept, start: int) -> Standing:
    """Return how a budget stands in the period that begins on a day."""
    spent, held, warned_at, stopped_at = db.execute(_STANDING, (one.budget.key, start)).fetchone()
    if not is_open(db, one, start):  # no call was held in it yet
        spent += spent_before(db, one, start)
    return Standing(
        budget=one.budget, start=start, spent=spent, held=held, warned_at=warned_at,
        stopped_at=stopped_at,
    )  # fmt: skip


def is_open(db: sqlite3.Connection, one: Kept, start: int) -> bool:
    """Tell whether the ledger has a budget's period."""
    return bool(database.value(db, _OPEN, (one.budget.key, start)))


def spent_before(db: sqlite3.Connection, one: Kept, start: int) -> int:
    """Return what the runs of a period cost (nano-USD) as far as their rows say."""
    span = Standing(budget=one.budget, start=start, spent=0).span
    if one.budget.scope == "prompt":
        ended = _of_prompt(db, one, span.first, span.last)
    else:
        dimension, value = {
            "all": ("source", ""),
            "source": ("source", "AND value = :name"),
            "provider": ("model", f"AND value IN ({_MODELS})"),
        }[one.budget.scope]
        sql = f"""SELECT coalesce(sum(cost_nano_usd), 0) FROM rollup_days
            WHERE day BETWEEN :first AND :last AND dimension = :dimension {value}"""
        ask = {"first": span.first, "last": span.last, "dimension": dimension}
        ended = database.value(db, sql, {**ask, "name": one.budget.name, "key": one.scope_key})
    under_way = f"""SELECT coalesce(sum(a.cost_nano_usd), 0) FROM {_ATTEMPTS}
        WHERE r.ended_at IS NULL AND a.ended_at IS NOT NULL AND {_scope(one)}"""
    return ended + database.value(db, under_way, (_value(one),))


_MODELS = "SELECT CAST(key AS TEXT) FROM models WHERE provider_key = :key"
_ATTEMPTS = """runs r INDEXED BY runs_open JOIN steps s ON s.run_key = r.key
    JOIN attempts a ON a.step_key = s.key JOIN models m ON m.key = r.model_key"""


def _scope(one: Kept) -> str:
    return {
        "all": "? IS NULL",
        "provider": "m.provider_key = ?",
        "prompt": "r.prompt_key = ?",
        "source": "r.source = ?",
    }[one.budget.scope]


def _value(one: Kept) -> object:
    return one.budget.name if one.budget.scope == "source" else one.scope_key


def _of_prompt(db: sqlite3.Connection, one: Kept, first: int, last: int) -> int:
    # the sums know a run's version; drafts have none
    since = run_span.keys_since(db, (first - 1) * _DAY_US)
    return database.value(
        db,
        """SELECT coalesce(sum(cost_nano_usd), 0) FROM runs WHERE prompt_key = ? AND key > ?
            AND (started_at / 1000000 + offset_s) / 86400 BETWEEN ? AND ?""",
        (one.scope_key, since, first, last),
    )


def under_way(db: sqlite3.Connection, one: Kept) -> list[int]:
    """Return the attempts in a budget's scope that left without its holding money for them."""
    sql = f"""SELECT a.key FROM {_ATTEMPTS} WHERE r.ended_at IS NULL AND a.ended_at IS NULL
        AND {_scope(one)} AND NOT EXISTS (SELECT 1 FROM budget_ledger l
            WHERE l.budget_key = ? AND l.attempt_key = a.key)"""
    return [row[0] for row in db.execute(sql, (_value(one), one.budget.key)).fetchall()]
