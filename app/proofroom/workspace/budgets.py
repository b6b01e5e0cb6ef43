"""Budgets: added, changed, archived and restored."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from proofroom import clock, ids
from proofroom.domain import budget, figures
from proofroom.domain.budget import Budget, Every, Scope
from proofroom.domain.run import SOURCE_WORDS
from proofroom.domain.usage import NANO
from proofroom.errors import ProofroomError
from proofroom.workspace import budget_ledger, budget_state, database
from proofroom.workspace.budget_state import Kept


class NewBudget(Struct, frozen=True, kw_only=True):
    """A budget to be; `name` is the provider's, the prompt's or the source's, '' for all."""

    scope: Scope
    name: str
    every: Every
    limit_nano_usd: int
    warn_share: float = budget.WARN_SHARE


def find(db: sqlite3.Connection, scope: Scope, name: str, every: Every) -> Budget | None:
    """Return the budget of a scope and period if there is one.

    Raises ProofroomError if there is no such provider, prompt or source.
    """
    return budget_state.of_scope(db, scope, _scope_key(db, scope, name), every)


def add(db: sqlite3.Connection, new: NewBudget) -> Budget:
    """Add a budget and return it; what was spent in its period before counts.

    Raises ProofroomError if its scope is not here, has a budget for that period, or the limit or
    the share cannot be.
    """
    _refuse_odd(new.limit_nano_usd, new.warn_share)
    with database.writing(db):
        scope_key = _scope_key(db, new.scope, new.name)
        there = budget_state.of_scope(db, new.scope, scope_key, new.every)
        if there is not None:
            raise _taken(there)
        key = db.execute(
            """INSERT INTO budgets (id, scope, scope_key, period, limit_nano_usd, warn_share, seq)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
            (
                ids.new_id(), new.scope, scope_key, new.every, new.limit_nano_usd, new.warn_share,
                database.next_seq(db),
            ),
        ).lastrowid  # fmt: skip
        one = _present(db, key or 0)
        budget_ledger.opened(db, one, budget_state.today())
    return one.budget


def change(db: sqlite3.Connection, key: int, limit_nano_usd: int, warn_share: float) -> Budget:
    """Give a budget another limit (nano-USD) and warning share, and return it.

    It may warn and stop anew in this period. Raises ProofroomError if one of them cannot be, or
    the budget is gone.
    """
    _refuse_odd(limit_nano_usd, warn_share)
    with database.writing(db):
        before = _present(db, key)
        db.execute(
            "UPDATE budgets SET limit_nano_usd = ?, warn_share = ?, seq = ? WHERE key = ?",
            (limit_nano_usd, warn_share, database.next_seq(db), key),
        )
        budget_ledger.forget_warnings(db, budget_ledger.opened(db, before, budget_state.today()))
        return _present(db, key).budget


def archive(db: sqlite3.Connection, key: int) -> None:
    """Let a budget count no more."""
    with database.writing(db):
        sql = "UPDATE budgets SET archived_at = ?, seq = ? WHERE key = ?"
        db.execute(sql, (clock.now(), database.next_seq(db), key))


def restore(db: sqlite3.Connection, key: int) -> Budget:
    """Let an archived budget count again, with what was spent meanwhile, and return it.

    Raises ProofroomError if there is another one for its scope and period by now.
    """
    with database.writing(db):
        found = budget_state.by_key(db, key, archived=True)
        if found is None:
            raise _gone()
        one = found.budget
        there = budget_state.of_scope(db, one.scope, found.scope_key, one.every)
        if there is not None and there.key != key:
            raise _taken(there)
        sql = "UPDATE budgets SET archived_at = NULL, seq = ? WHERE key = ?"
        db.execute(sql, (database.next_seq(db), key))
        start = budget_state.start_on(found, budget_state.today())
        budget_ledger.begin_period(db, found, start)
    return one


def _taken(there: Budget) -> ProofroomError:
    return ProofroomError(
        f"There is a budget for “{there.title}” already",
        where="the budgets",
        fix=f"Change that one; its limit is {figures.money(there.limit_nano_usd)}.",
    )


def _present(db: sqlite3.Connection, key: int) -> Kept:
    found = budget_state.by_key(db, key)
    if found is None:
        raise _gone()
    return found


def _gone() -> ProofroomError:
    return ProofroomError(
        "The budget is gone", where="the budgets", fix="Add it again if it is still wanted."
    )


def _scope_key(db: sqlite3.Connection, scope: Scope, name: str) -> int | None:
    if scope == "all":
        return None
    if scope == "source":
        found = next(
            (key for source, key in budget_state.SOURCE_KEYS.items() if source == name), None
        )
    elif scope == "provider":
        found = database.value(db, "SELECT key FROM providers WHERE name = ?", (name,))
    else:
        sql = "SELECT key FROM prompts WHERE name = ? COLLATE NOCASE AND archived_at IS NULL"
        found = database.value(db, sql, (name,))
    if found is None:
        fix = {
            "source": f"There are {', '.join(SOURCE_WORDS)}.",
            "provider": "See `proofroom providers list`.",
            "prompt": "See `proofroom prompt list`.",
        }[scope]
        raise ProofroomError(f"There is no {scope} “{name}”", where="this workspace", fix=fix)
    return found


def _refuse_odd(limit_nano_usd: int, warn_share: float) -> None:
    if limit_nano_usd <= 0 or limit_nano_usd > 1_000_000 * NANO:
        raise ProofroomError(
            "A budget's limit is more than nothing and at most a million dollars",
            where="the limit",
            fix="Write it in US dollars, for example 5 or 0.50.",
        )
    if not 0 < warn_share <= 1:
        raise ProofroomError(
            "The share to warn at is over 0 and at most 100 %",
            where="the share",
            fix="Write it in percent, for example 80.",
        )
