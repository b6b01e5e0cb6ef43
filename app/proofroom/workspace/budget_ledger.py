"""The budgets' own ledger: money held before a call leaves, settled when its attempt ends.

A budget has for each period one row `spent`, the sum of what is settled, and a row `hold` for each
attempt under way; `warned` and `stopped` say when people were told. All of it is read and written
within the transaction that begins or ends the attempts, so that no two processes hold the same
money. A hold whose attempt has ended (its engine died) counts as what the attempt cost, or all
that was held where nobody knows: it may have been billed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from proofroom import clock
from proofroom.domain.budget import Refusal, Standing
from proofroom.domain.run import Source
from proofroom.workspace import budget_state, database, many
from proofroom.workspace.budget_state import Kept

EXISTS = "EXISTS (SELECT 1 FROM budgets WHERE archived_at IS NULL)"
"""Whether there is a budget at all, to be asked within another question."""


class Reserve(Struct, frozen=True, kw_only=True):
    """What a call may cost (nano-USD; None: nobody knows), and which budgets' scope it is in."""

    nano_usd: int | None
    provider_key: int
    prompt_key: int | None
    source: Source


class Hold(Struct, frozen=True, kw_only=True):
    """A row of the ledger that holds money (nano-USD) for an attempt."""

    key: int
    nano_usd: int


class Claim(Struct, frozen=True, kw_only=True):
    """Money that was found free: of which budget, in which period, how much (nano-USD)."""

    budget_key: int
    start: int
    nano_usd: int


_ADD = "INSERT INTO budget_ledger (budget_key, attempt_key, period_start, kind, nano_usd, made_at)"
_SETTLED = (
    "DELETE FROM budget_ledger WHERE key = ? AND kind = 'hold' RETURNING budget_key, period_start"
)
_SPEND = """UPDATE budget_ledger SET nano_usd = nano_usd + ?
    WHERE budget_key = ? AND period_start = ? AND kind = 'spent'"""
_LEFT = """SELECT l.key, l.budget_key, l.period_start, coalesce(a.cost_nano_usd, l.nano_usd)
    FROM budget_ledger l LEFT JOIN attempts a ON a.key = l.attempt_key
    WHERE l.kind = 'hold' AND (a.key IS NULL OR a.ended_at IS NOT NULL)"""
_MARK = """INSERT INTO budget_ledger (budget_key, period_start, kind, nano_usd, made_at)
    SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM budget_ledger
        WHERE budget_key = ?1 AND period_start = ?2 AND kind = ?3)"""


def exists(db: sqlite3.Connection) -> bool:
    """Tell whether there is a budget."""
    return bool(database.value(db, f"SELECT {EXISTS}"))


def checked(
    db: sqlite3.Connection, wanted: Sequence[Reserve | None]
) -> list[tuple[Claim, ...] | Refusal]:
    """Find room for calls, one after the other, and return what is to be held for each.

    The caller is writing, and holds what was found within the same transaction.
    """
    day = budget_state.today()
    live = [(one, opened(db, one, day)) for one in budget_state.kept(db)]
    taken = dict.fromkeys((one.budget.key for one, _ in live), 0)
    found: list[tuple[Claim, ...] | Refusal] = []
    for one in wanted:
        scoped = [standing for kept, standing in live if one is None or _is_in(one, kept)]
        answer = _room(one, scoped, taken)
        if isinstance(answer, Refusal):
            _note_stop(db, answer)
        else:
            for claim in answer:
                taken[claim.budget_key] += claim.nano_usd
        found.append(answer)
    return found


def _is_in(one: Reserve, kept: Kept) -> bool:
    scopes: dict[str, object] = {
        "all": kept.scope_key,
        "provider": one.provider_key,
        "prompt": one.prompt_key,
        "source": budget_state.SOURCE_KEYS[one.source],
    }
    return scopes[kept.budget.scope] == kept.scope_key


def _room(
    one: Reserve | None, scoped: Sequence[Standing], taken: dict[int, int]
) -> tuple[Claim, ...] | Refusal:
    if not scoped or (one is not None and one.nano_usd == 0):  # what is free fits in any budget
        return ()
    if one is None:
        return Refusal(why="unreckoned")
    if one.nano_usd is None:
        return Refusal(why="unpriced", standing=scoped[0])
    held: Refusal | None = None
    for standing in scoped:
        limit, own = standing.budget.limit_nano_usd, taken[standing.budget.key]
        if standing.spent + one.nano_usd > limit:
            return Refusal(why="limit", standing=standing, wanted=one.nano_usd)
        if standing.spent + standing.held + own + one.nano_usd > limit:
            held = held or Refusal(why="held", standing=standing, wanted=one.nano_usd)
    return held or tuple(
        Claim(budget_key=standing.budget.key, start=standing.start, nano_usd=one.nano_usd)
        for standing in scoped
    )


def _note_stop(db: sqlite3.Connection, refusal: Refusal) -> None:
    if refusal.why == "limit" and refusal.standing is not None:
        _marked(db, refusal.standing, "stopped")


def held(
    db: sqlite3.Connection, claims: Sequence[tuple[int, tuple[Claim, ...]]]
) -> list[tuple[Hold, ...]]:
    """Hold what was found for attempts, by their keys; the caller is writing."""
    now = clock.now()
    rows = [
        (claim.budget_key, attempt, claim.start, "hold", claim.nano_usd, now)
        for attempt, of_attempt in claims
        for claim in of_attempt
    ]
    keys = iter(many.insert(db, _ADD, rows))
    return [
        tuple(Hold(key=next(keys), nano_usd=claim.nano_usd) for claim in of_attempt)
        for _, of_attempt in claims
    ]


def settle(db: sqlite3.Connection, ends: Sequence[tuple[Hold, int | None]]) -> tuple[Standing, ...]:
    """Give holds back for what their attempts cost (nano-USD; None: what was held stays spent).

    Returns the budgets whose warning is due, once for each period. The caller is writing.
    """
    spent: dict[tuple[int, int], int] = {}
    for hold, cost in ends:
        row = db.execute(_SETTLED, (hold.key,)).fetchone()
        if row is not None:  # gone: another process took the engine for dead and settled it
            key = (row[0], row[1])
            spent[key] = spent.get(key, 0) + (hold.nano_usd if cost is None else cost)
    return _spent(db, spent)


def has_left(db: sqlite3.Connection) -> bool:
    """Tell whether money is held for attempts that have ended, or are gone from the file."""
    return db.execute(f"{_LEFT} LIMIT 1").fetchone() is not None


def settle_left(db: sqlite3.Connection) -> None:
    """Settle the holds of attempts that ended without their engine's word; the caller writes.

    Of an attempt that is gone from the file, as after salvage, all that was held stays spent.
    """
    for key, budget_key, start, cost in db.execute(_LEFT).fetchall():
        db.execute("DELETE FROM budget_ledger WHERE key = ?", (key,))
        db.execute(_SPEND, (cost, budget_key, start))


def _spent(db: sqlite3.Connection, spent: dict[tuple[int, int], int]) -> tuple[Standing, ...]:
    due: list[Standing] = []
    for (budget_key, start), cost in spent.items():
        db.execute(_SPEND, (cost, budget_key, start))
        kept = budget_state.by_key(db, budget_key)
        if kept is None:
            continue
        standing = budget_state.standing(db, kept, start)
        if standing.state != "ok" and _marked(db, standing, "warned"):
            due.append(standing)
    return tuple(due)


def _marked(db: sqlite3.Connection, one: Standing, kind: Literal["warned", "stopped"]) -> bool:
    row = (one.budget.key, one.start, kind, one.spent, clock.now())
    return db.execute(_MARK, row).rowcount == 1


def opened(db: sqlite3.Connection, kept: Kept, day: int) -> Standing:
    """Return how a budget stands on a day, its period begun if it was not; the caller is writing.

    A period begins with what was spent in it before, and holds nothing for calls that left
    before the budget was there: they count as what they cost once they have ended.
    """
    start = budget_state.start_on(kept, day)
    if not budget_state.is_open(db, kept, start):
        begin_period(db, kept, start)
    return budget_state.standing(db, kept, start)


def begin_period(db: sqlite3.Connection, kept: Kept, start: int) -> None:
    """Begin a period, or bring one up to date that stood still; the caller is writing."""
    now, key = clock.now(), kept.budget.key
    settle_left(db)  # what the rows say too is not to be counted twice
    spent = budget_state.spent_before(db, kept, start)
    if budget_state.is_open(db, kept, start):
        sql = """UPDATE budget_ledger SET nano_usd = max(nano_usd, ?)
            WHERE budget_key = ? AND period_start = ? AND kind = 'spent'"""
        db.execute(sql, (spent, key, start))
    else:
        db.execute(f"{_ADD} VALUES (?, NULL, ?, 'spent', ?, ?)", (key, start, spent, now))
    under_way = budget_state.under_way(db, kept)
    many.insert(db, _ADD, [(key, attempt, start, "hold", 0, now) for attempt in under_way])


def forget_warnings(db: sqlite3.Connection, one: Standing) -> None:
    """Let a budget warn and stop again in this period: its limit is another; the caller writes."""
    db.execute(
        """DELETE FROM budget_ledger WHERE budget_key = ? AND period_start = ?
            AND kind IN ('warned', 'stopped')""",
        (one.budget.key, one.start),
    )


def release(db: sqlite3.Connection, run_keys: Sequence[int]) -> None:
    """Give back what is held for runs that are taken back unsent; the caller is writing."""
    for key in run_keys:
        db.execute(
            """DELETE FROM budget_ledger WHERE attempt_key IN (SELECT a.key FROM attempts a
                JOIN steps s ON s.key = a.step_key WHERE s.run_key = ?)""",
            (key,),
        )
