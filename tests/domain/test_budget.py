from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date

import pytest
from msgspec import structs

from proofroom import clock
from proofroom.domain import budget, period
from proofroom.domain.budget import Budget, Refusal, Standing
from proofroom.domain.provider import Provider
from proofroom.domain.usage import NANO

MONTH = Budget(
    key=1, id="b", scope="all", name="", every="month", limit_nano_usd=40 * NANO, warn_share=0.8
)


def day(text: str) -> int:
    return period.day_of(date.fromisoformat(text))


def standing(spent: int, **over: object) -> Standing:
    one = Standing(budget=MONTH, start=day("2026-11-01"), spent=spent)
    return structs.replace(one, **over)


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("every", "starts", "ends"),
    [
        ("day", "2026-11-28", "at midnight"),
        ("week", "2026-11-23", "on Monday, 30\u00a0Nov"),
        ("month", "2026-11-01", "on 1\u00a0Dec"),
    ],
)
def test_a_period_begins_on_a_local_day_and_says_when_it_ends(
    every: budget.Every, starts: str, ends: str
) -> None:
    start = budget.start_of(every, day("2026-11-28"))
    assert (start, budget.ends_words(every, start)) == (day(starts), ends)


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])  # 23 and 25 hours long
def test_every_moment_of_a_night_in_which_clocks_are_set_is_in_one_day(night: str) -> None:
    hour, found = 3_600_000_000, list[int]()
    first = day(night) * 24 - 3
    for moment in range(first * hour, (first + 31) * hour, hour // 2):
        found.append(budget.start_of("day", clock.local_day(moment, clock.local_offset_s(moment))))
    assert found == sorted(found)
    assert set(found) >= {day(night) - 1, day(night), day(night) + 1}
    hours = {"2026-03-29": 23, "2026-10-25": 25}[night]
    assert found.count(day(night)) == 2 * hours


@pytest.mark.parametrize(
    ("spent", "held", "state", "left"),
    [
        (31 * NANO, 0, "ok", 9),
        (32 * NANO, 3 * NANO, "warn", 5),
        (40 * NANO, 0, "over", 0),
        (41 * NANO, 2 * NANO, "over", 0),
    ],
)
def test_a_budget_warns_at_its_share_and_is_over_at_its_limit(
    spent: int, held: int, state: str, left: int
) -> None:
    one = standing(spent, held=held)
    assert (one.state, one.left) == (state, left * NANO)


def test_a_refusal_says_which_budget_what_was_spent_when_it_ends_and_what_to_do() -> None:
    refusal = Refusal(why="limit", standing=standing(40 * NANO), wanted=NANO // 50)
    problem = budget.problem(refusal, "openai/gpt-x")
    assert problem.failure == "budget"
    assert problem.title == "Stopped at the budget"
    for words in (
        "everything", "$40.00 of $40.00 this month", "may cost $0.020", "Nothing was sent.",
        "on 1\u00a0Dec", "on the Cost page, Budgets",
    ):  # fmt: skip
        assert words in problem.detail


def test_a_model_without_a_price_is_refused_by_name() -> None:
    refusal = Refusal(why="unpriced", standing=standing(0))
    problem = budget.problem(refusal, "openai/gpt-x")
    assert (problem.title, "openai/gpt-x has no price" in problem.detail) == (
        "A budget needs its price", True,
    )  # fmt: skip


def test_a_warning_never_says_that_all_is_used_before_it_is() -> None:
    assert "99\u00a0% used" in budget.warning(standing(40 * NANO - 1))
    assert "100\u00a0% used" in budget.warning(standing(40 * NANO))


def test_an_own_server_on_this_laptop_is_free_and_any_other_needs_a_price() -> None:
    own = Provider(name="ollama", adapter="direct", dialect="ollama", url="http://127.0.0.1:1/v1")
    assert budget.is_free(own)
    assert not budget.is_free(structs.replace(own, dialect="compatible"))
    assert not budget.is_free(structs.replace(own, url="http://10.0.0.7:11434/v1"))
