from __future__ import annotations

import sqlite3

import pytest
from tests.support.spending import DOLLAR, spent
from tests.workspace.making import attempt_end, begun, prompt

from proofroom import clock
from proofroom.domain.budget import Standing
from proofroom.errors import ProofroomError
from proofroom.workspace import attempts, budget_state, budgets, database, providers
from proofroom.workspace.budgets import NewBudget


def now() -> str:
    return f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}"


def standing(db: sqlite3.Connection) -> Standing:
    return budget_state.standings(db, budget_state.today())[-1]


def month(**over: object) -> NewBudget:
    plain = {"scope": "all", "name": "", "every": "month", "limit_nano_usd": 10 * DOLLAR}
    return NewBudget(**{**plain, **over})  # pyright: ignore[reportArgumentType] - as the struct's


@pytest.mark.parametrize(
    ("scope", "name", "counts"),
    [
        ("all", "", 7),
        ("source", "cli", 4),
        ("source", "draft", 0),
        ("provider", "local", 7),
        ("provider", "far", 0),
        ("prompt", "explain", 3),
    ],
)
def test_a_new_budget_counts_what_its_scope_spent_in_the_period_before(
    db: sqlite3.Connection, scope: str, name: str, counts: int
) -> None:
    providers.put(db, providers.Provider(name="far", adapter="direct", url="http://10.0.0.1/v1"))
    key = prompt(db)
    spent(db, 3 * DOLLAR, now(), prompt_key=key, asked="a")
    spent(db, 4 * DOLLAR, now(), source="cli", asked="b")
    spent(db, 5 * DOLLAR, "2020-01-01T10:00", prompt_key=key, asked="long ago")
    budgets.add(db, month(scope=scope, name=name))
    assert standing(db).spent == counts * DOLLAR


def test_a_period_that_no_call_has_begun_reads_like_one_that_was(db: sqlite3.Connection) -> None:
    budgets.add(db, month())
    spent(db, 3 * DOLLAR, "2020-01-01T10:00")
    old = budget_state.standings(db, 18_262)[0]  # 2020-01-01
    assert (old.spent, old.start) == (3 * DOLLAR, 18_262)


def test_a_call_under_way_when_a_budget_is_added_counts_once_it_has_ended(
    db: sqlite3.Connection,
) -> None:
    one = begun(db)
    budgets.add(db, month())
    assert (standing(db).spent, standing(db).held) == (0, 0)
    with database.writing(db):
        attempts.end(db, [attempt_end(one, cost_nano_usd=DOLLAR)])
    assert standing(db).spent == DOLLAR


def test_a_scope_has_one_budget_for_a_period(db: sqlite3.Connection) -> None:
    budgets.add(db, month())
    budgets.add(db, month(every="day"))
    with pytest.raises(ProofroomError, match="Everything, month") as refused:
        budgets.add(db, month())
    assert "$10.00" in refused.value.fix


@pytest.mark.parametrize(
    ("over", "what"),
    [
        ({"limit_nano_usd": 0}, "more than nothing"),
        ({"warn_share": 1.1}, "100"),
        ({"scope": "prompt", "name": "none"}, "no prompt"),
        ({"scope": "provider", "name": "none"}, "no provider"),
        ({"scope": "source", "name": "none"}, "no source"),
    ],
)
def test_what_cannot_be_a_budget_is_refused_in_words(
    db: sqlite3.Connection, over: dict[str, object], what: str
) -> None:
    with pytest.raises(ProofroomError, match=what):
        budgets.add(db, month(**over))
    assert budget_state.kept(db) == []


def test_an_archived_budget_counts_no_more_and_restored_counts_what_was_spent_meanwhile(
    db: sqlite3.Connection,
) -> None:
    one = budgets.add(db, month())
    budgets.archive(db, one.key)
    assert budget_state.standings(db, budget_state.today()) == []
    spent(db, 2 * DOLLAR, now())
    assert budgets.restore(db, one.key) == one
    assert standing(db).spent == 2 * DOLLAR


def test_an_archived_budget_stays_away_where_another_took_its_place(
    db: sqlite3.Connection,
) -> None:
    one = budgets.add(db, month())
    budgets.archive(db, one.key)
    budgets.add(db, month())
    with pytest.raises(ProofroomError, match="already"):
        budgets.restore(db, one.key)


def test_another_limit_lets_a_budget_warn_anew(db: sqlite3.Connection) -> None:
    one = budgets.add(db, month(limit_nano_usd=DOLLAR))
    start = standing(db).start
    mark = "INSERT INTO budget_ledger (budget_key, period_start, kind, nano_usd, made_at)"
    db.execute(f"{mark} VALUES (?, ?, 'warned', 0, 5)", (one.key, start))
    assert standing(db).warned_at == 5
    budgets.change(db, one.key, 2 * DOLLAR, 0.5)
    assert (standing(db).warned_at, standing(db).budget.warn_share) == (None, 0.5)
