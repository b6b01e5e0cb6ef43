"""Which failures are worth another attempt, and how long to wait for it."""

from __future__ import annotations

import random

from msgspec import Struct

from proofroom.domain.run import Failure, Problem

ATTEMPTS = 3
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 20.0

# Sent and refused or never taken up: asking again costs nothing.
FREE: frozenset[Failure] = frozenset(("rate_limit", "overloaded"))
# The provider may have answered and billed: asked once more at most, and never if so set.
UNCERTAIN: frozenset[Failure] = frozenset(
    ("not_an_api", "connection_lost", "cut_off", "unreadable", "no_answer")
)


class Policy(Struct, frozen=True, kw_only=True):
    """At most so many attempts; `uncertain` allows one after an attempt that may be billed."""

    attempts: int = ATTEMPTS
    uncertain: bool = True


def wait_before(  # noqa: PLR0913 - what happened so far, and the rules
    problem: Problem,
    *,
    attempts: int,
    uncertain: int,
    left_s: float,
    policy: Policy,
    began: bool,
) -> float | None:
    """Return how many seconds to wait before the next attempt; None if there is to be none.

    `attempts` were made, `uncertain` of them may have been billed, this one included. `left_s` is
    what remains of the run's time; `began` says that a first token had come before a time-out.
    """
    if attempts >= policy.attempts:
        return None
    if problem.failure in UNCERTAIN or problem.billed != "no":
        if problem.failure not in UNCERTAIN | FREE:
            return None
        if not policy.uncertain or uncertain > 1 or (problem.failure == "no_answer" and began):
            return None
    elif problem.failure not in FREE:
        return None
    if problem.retry_after_s is not None:
        return problem.retry_after_s if problem.retry_after_s < left_s else None
    highest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (attempts - 1))
    wait = random.uniform(highest / 2, highest)  # noqa: S311 - jitter, not a secret
    return wait if wait < left_s else None
