"""The policy of further attempts, for every failure there is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain.run import FAILURES, Billed, Failure, Problem
from proofroom.engine import retry

FREE = {"rate_limit", "overloaded"}
UNCERTAIN = {"not_an_api", "connection_lost", "cut_off", "unreadable", "no_answer"}
POLICIES = st.builds(retry.Policy, attempts=st.integers(1, 5), uncertain=st.booleans())
BILLED: st.SearchStrategy[Billed] = st.sampled_from(("no", "known", "perhaps"))


def problem(failure: Failure, billed: Billed, after: float | None = None) -> Problem:
    return Problem(failure=failure, title="", detail="", billed=billed, retry_after_s=after)


@given(
    failure=st.sampled_from(FAILURES),
    billed=BILLED,
    after=st.none() | st.floats(0, 4000),
    attempts=st.integers(1, 6),
    earlier=st.integers(0, 5),
    left_s=st.floats(-5, 700),
    policy=POLICIES,
    began=st.booleans(),
)
def test_no_attempt_is_made_that_the_policy_forbids(  # noqa: PLR0913, PLR0917 - the table's columns
    failure: Failure,
    billed: Billed,
    after: float | None,
    attempts: int,
    earlier: int,
    left_s: float,
    policy: retry.Policy,
    began: bool,
) -> None:
    uncertain = min(earlier, attempts - 1) + (billed != "no")
    wait = retry.wait_before(
        problem(failure, billed, after),
        attempts=attempts,
        uncertain=uncertain,
        left_s=left_s,
        policy=policy,
        began=began,
    )
    allowed = failure in FREE | UNCERTAIN and attempts < policy.attempts
    if billed != "no" or failure in UNCERTAIN:
        allowed = allowed and policy.uncertain and uncertain <= 1
        allowed = allowed and not (failure == "no_answer" and began)
    if after is not None:
        assert wait == (after if allowed and after < left_s else None)
    elif wait is None:
        assert not allowed or left_s <= retry.LONGEST_WAIT_S
    else:
        assert allowed
        assert 0 < wait < left_s


@given(attempts=st.integers(1, 9))
def test_waits_grow_to_a_limit_and_are_never_alike(attempts: int) -> None:
    waits = {
        retry.wait_before(
            problem("overloaded", "no"),
            attempts=attempts,
            uncertain=0,
            left_s=600,
            policy=retry.Policy(attempts=10),
            began=False,
        )
        for _ in range(20)
    }
    highest = min(retry.LONGEST_WAIT_S, retry.FIRST_WAIT_S * 2 ** (attempts - 1))
    assert len(waits) > 10
    assert all(wait is not None and highest / 2 <= wait <= highest for wait in waits)
