from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.workspace.making import attempt_end, new_run

from proofroom.domain.budget import Refusal, Standing
from proofroom.domain.usage import NANO
from proofroom.workspace import (
    attempts,
    budget_ledger,
    budget_state,
    budgets,
    database,
    left_runs,
    runs,
)
from proofroom.workspace.budget_ledger import Reserve
from proofroom.workspace.budgets import NewBudget
from proofroom.workspace.opening import open_workspace

LIMIT = 100
ROOT = Path(__file__).parents[2]


def limited(db: sqlite3.Connection, nano: int = LIMIT, **over: object) -> int:
    plain = {"scope": "all", "name": "", "every": "month", "limit_nano_usd": nano}
    new = NewBudget(**{**plain, **over})  # pyright: ignore[reportArgumentType] - as the struct's
    return budgets.add(db, new).key


def standing(db: sqlite3.Connection, key: int) -> Standing:
    found = budget_state.standings(db, budget_state.today())
    return next(one for one in found if one.budget.key == key)


def reserve(nano: int | None, **over: object) -> Reserve:
    plain = {"provider_key": 1, "prompt_key": None, "source": "comparison"}
    return Reserve(nano_usd=nano, **{**plain, **over})  # pyright: ignore[reportArgumentType] - same


def admit(
    db: sqlite3.Connection, wanted: Sequence[Reserve | None], engine: str = "one"
) -> list[runs.Begun | Refusal]:
    with database.writing(db):
        new = [
            new_run(db, f"{number}", reserve=r, engine=engine) for number, r in enumerate(wanted)
        ]
        return runs.admit(db, new)


def got(one: runs.Begun | Refusal) -> runs.Begun:
    assert isinstance(one, runs.Begun), one
    return one


def why(one: runs.Begun | Refusal) -> str:
    return one.why if isinstance(one, Refusal) else ""


def end(db: sqlite3.Connection, one: runs.Begun, cost: int | None) -> tuple[Standing, ...]:
    with database.writing(db):
        return attempts.end(db, [attempt_end(one, cost_nano_usd=cost, holds=one.holds)])


def test_of_calls_that_begin_at_once_only_those_get_room_that_fit_together(
    db: sqlite3.Connection,
) -> None:
    key = limited(db)
    found = admit(db, [reserve(40), reserve(40), reserve(40), reserve(20), reserve(0)])
    assert [why(one) for one in found] == ["", "", "held", "", ""]
    assert (standing(db, key).held, standing(db, key).spent) == (100, 0)
    assert db.execute("SELECT count(*) FROM runs").fetchone() == (4,)  # nothing of the refused one


def test_a_call_takes_the_place_of_its_hold_with_what_it_cost(db: sqlite3.Connection) -> None:
    key = limited(db)
    one, other = (got(one) for one in admit(db, [reserve(60), reserve(40)]))
    end(db, one, 15)
    end(db, other, None)  # may have been billed: all of it stays spent
    assert (standing(db, key).held, standing(db, key).spent) == (0, 55)
    assert why(admit(db, [reserve(46)])[0]) == "limit"
    assert why(admit(db, [reserve(45)])[0]) == ""


def test_a_hold_whose_attempt_is_gone_from_the_file_is_spent_at_opening(
    db: sqlite3.Connection, path: Path
) -> None:
    key = limited(db)
    admit(db, [reserve(60)])
    with database.writing(db):  # what salvage leaves where the attempt's page is lost
        db.execute("UPDATE budget_ledger SET attempt_key = NULL WHERE kind = 'hold'")
    opened = open_workspace(path)
    found = standing(opened.connection, key)
    opened.connection.close()
    assert (found.held, found.spent) == (0, 60)


def test_every_budget_of_a_call_must_have_room_and_holds_it(db: sqlite3.Connection) -> None:
    wide, cli = limited(db), limited(db, 30, scope="source", name="cli")
    found = admit(db, [reserve(25, source="cli"), reserve(25, source="cli"), reserve(25)])
    assert [why(one) for one in found] == ["", "held", ""]
    assert (standing(db, wide).held, standing(db, cli).held) == (50, 25)


def test_without_a_price_or_a_reckoning_nothing_leaves_under_a_budget(
    db: sqlite3.Connection,
) -> None:
    assert why(admit(db, [None])[0]) == ""
    limited(db, scope="source", name="cli")
    assert [why(one) for one in admit(db, [reserve(None, source="cli"), None])] == [
        "unpriced", "unreckoned",
    ]  # fmt: skip
    assert why(admit(db, [reserve(None)])[0]) == ""  # another source's


def test_a_budget_warns_once_in_a_period_and_notes_when_it_stopped_a_call(
    db: sqlite3.Connection,
) -> None:
    key = limited(db)
    calls = [got(one) for one in admit(db, [reserve(40), reserve(40), reserve(10)])]
    assert end(db, calls[0], 40) == ()
    assert [one.budget.key for one in end(db, calls[1], 40)] == [key]
    assert end(db, calls[2], 10) == ()
    assert standing(db, key).warned_at is not None
    assert standing(db, key).stopped_at is None
    admit(db, [reserve(11)])
    assert standing(db, key).stopped_at is not None


def test_what_is_taken_back_unsent_holds_nothing(db: sqlite3.Connection) -> None:
    key = limited(db)
    one = got(admit(db, [reserve(60)])[0])
    with database.writing(db):
        runs.withdraw(db, [one.run_key])
    assert (standing(db, key).held, standing(db, key).spent) == (0, 0)
    assert db.execute("SELECT count(*) FROM budget_ledger WHERE kind = 'hold'").fetchone() == (0,)


def test_without_a_budget_a_call_takes_no_statement_more(db: sqlite3.Connection) -> None:
    def statements(nano: int | None) -> list[str]:
        said: list[str] = []
        wanted = None if nano is None else reserve(nano)
        with database.writing(db):
            new = [new_run(db, "x", reserve=wanted)]
            db.set_trace_callback(said.append)
            one = got(runs.admit(db, new)[0])
            attempts.end(db, [attempt_end(one, holds=one.holds)])
            db.set_trace_callback(None)
        return said

    bare = statements(None)
    assert not [one for one in bare if "budget_ledger" in one]
    assert len([one for one in bare if "budgets" in one]) == 1  # within the question for a key
    limited(db)
    assert len(statements(1)) > len(bare)


OPS = st.lists(
    st.one_of(
        st.tuples(st.just("hold"), st.integers(1, 60), st.integers(0, 1)),
        st.tuples(st.just("settle"), st.integers(0, 9), st.integers(0, 100)),
        st.tuples(st.just("release"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("kill"), st.integers(0, 1), st.just(0)),
    ),
    max_size=30,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ops=OPS)
def test_no_order_of_holds_ends_and_deaths_spends_more_than_the_limit_or_loses_any(
    db: sqlite3.Connection, path: Path, ops: list[tuple[str, int, int]]
) -> None:
    for old in budget_state.kept(db):
        budgets.archive(db, old.budget.key)
    # what earlier examples spent is in the past of this one
    before = db.execute("SELECT coalesce(sum(cost_nano_usd), 0) FROM rollup_days").fetchone()[0]
    assert before == 0
    key, other = limited(db), database.connect(path)
    first = standing(db, key).spent
    spent, held = first, dict[int, tuple[runs.Begun, int, str]]()
    for what, number, more in ops:
        if what == "hold":
            engine = f"engine {more}"
            one = admit((db, other)[more], [reserve(number)], engine)[0]
            room = LIMIT - spent - sum(nano for _, nano, _ in held.values())
            assert isinstance(one, runs.Begun) == (number <= room)
            if isinstance(one, runs.Begun):
                held[one.run_key] = (one, number, engine)
        elif what == "kill":
            left_runs.interrupt(other, frozenset({f"engine {1 - number}"}))
            for run_key, (_, nano, engine) in list(held.items()):
                if engine == f"engine {number}":
                    spent += nano
                    del held[run_key]
        elif held:
            run_key = sorted(held)[number % len(held)]
            one, nano, _ = held.pop(run_key)
            if what == "release":
                with database.writing(other):
                    runs.withdraw(other, [run_key])
            else:
                cost = None if more > nano else more
                end(db, one, cost)
                spent += nano if cost is None else cost
        now = standing(other, key)
        assert (now.spent, now.held) == (spent, sum(nano for _, nano, _ in held.values()))
        assert now.spent + now.held <= max(LIMIT, first)
    left_runs.interrupt(other, frozenset())
    other.close()
    assert standing(db, key).held == 0
    assert db.execute("SELECT count(*) FROM budget_ledger WHERE kind = 'hold'").fetchone() == (0,)


def test_two_processes_share_one_limit(db: sqlite3.Connection, path: Path) -> None:
    key = limited(db, 150)
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.workspace.budget_child", path, "120", name],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for name in ("a", "b")
    ]  # fmt: skip
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    got_ = [int(child.communicate()[0]) for child in children]
    assert (sum(got_), min(got_) > 0) == (150, True)
    assert (standing(db, key).spent, standing(db, key).held) == (150, 0)
    assert standing(db, key).stopped_at is not None


def test_what_is_free_leaves_though_more_than_the_limit_is_spent(db: sqlite3.Connection) -> None:
    key = limited(db)
    end(db, got(admit(db, [reserve(100)])[0]), 130)
    assert (standing(db, key).left, why(admit(db, [reserve(1)])[0])) == (0, "limit")
    assert why(admit(db, [reserve(0)])[0]) == ""


def test_a_limit_counts_to_the_last_nano_dollar(db: sqlite3.Connection) -> None:
    key = limited(db, 5 * NANO)
    assert why(admit(db, [reserve(5 * NANO + 1)])[0]) == "limit"
    assert why(admit(db, [reserve(5 * NANO)])[0]) == ""
    assert standing(db, key).left == 0
    assert budget_ledger.exists(db)
