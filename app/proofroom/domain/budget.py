"""Budgets: limits of money for a scope and a period, what is left of them, and how that is said."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from msgspec import Struct

from proofroom.domain import figures, period, remedy
from proofroom.domain.period import Span
from proofroom.domain.provider import Provider, stays_here
from proofroom.domain.run import SOURCE_WORDS, Problem
from proofroom.domain.usage import NANO

Scope = Literal["all", "provider", "prompt", "source"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
Every = Literal["day", "week", "month"]
EVERY: tuple[Every, ...] = get_args(Every)
State = Literal["ok", "warn", "over"]
WARN_SHARE = 0.8
"""At this share of a limit a new budget warns unless someone says otherwise."""
_MOST_USD = 1_000_000_000
_THIS: dict[Every, str] = {"day": "today", "week": "this week", "month": "this month"}
# Servers that people run themselves: what they answer costs nothing.
_OWN_SERVERS = frozenset(("embedded", "ollama", "lmstudio", "vllm", "llamacpp"))


def nano_of(text: str) -> int | None:
    """Return nano-USD for dollars that a person typed: 40, $0.50, 0,50, 1,000; None for others."""
    plain = text.strip().removeprefix("$").strip()
    if re.fullmatch(r"\d*,\d{1,2}|0?,\d+", plain):
        plain = plain.replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d*)?", plain):
        plain = plain.replace(",", "")
    try:
        usd = Decimal(plain)
    except InvalidOperation:
        return None
    if not usd.is_finite() or not -_MOST_USD <= usd <= _MOST_USD:
        return None
    return int(usd * NANO)


class Budget(Struct, frozen=True, kw_only=True):
    """A limit (nano-USD) for each period of a scope; `name` is the provider's, prompt's or source.

    `warn_share` is the share of the limit from which on it warns.
    """

    key: int
    id: str
    scope: Scope
    name: str
    every: Every
    limit_nano_usd: int
    warn_share: float

    @property
    def of(self) -> str:
        """What the budget is for, for people: Everything, refund-reply, Command line."""
        if self.scope == "all":
            return "Everything"
        return SOURCE_WORDS.get(self.name, self.name) if self.scope == "source" else self.name

    @property
    def title(self) -> str:
        """The budget's name for people: Everything, month."""
        return f"{self.of}, {self.every}"

    @property
    def address(self) -> str:
        """The budget's scope as people type it: all, provider:openai, source:cli."""
        return self.scope if self.scope == "all" else f"{self.scope}:{self.name}"


class Standing(Struct, frozen=True, kw_only=True):
    """What of a budget is spent and held (nano-USD) in the period that begins on the day `start`.

    Held is what calls under way may cost. `warned_at` and `stopped_at` (us, UTC) are when the
    warning was given and the first call was refused.
    """

    budget: Budget
    start: int
    spent: int
    held: int = 0
    warned_at: int | None = None
    stopped_at: int | None = None

    @property
    def left(self) -> int:
        """What a further call may cost; nothing if more is spent than the limit."""
        return max(0, self.budget.limit_nano_usd - self.spent - self.held)

    @property
    def share(self) -> float:
        """The share of the limit that is spent; over one if more is."""
        return self.spent / self.budget.limit_nano_usd if self.budget.limit_nano_usd else 1.0

    @property
    def state(self) -> State:
        """Whether all is well, the warning's share is reached, or nothing is left."""
        if self.spent >= self.budget.limit_nano_usd:
            return "over"
        return "warn" if self.share >= self.budget.warn_share else "ok"

    @property
    def span(self) -> Span:
        """The local days of the period."""
        return Span(first=self.start, last=period.end_of(self.start, self.budget.every) - 1)

    @property
    def ends(self) -> str:
        """When the next period begins, for people: at midnight, on Mon 30 Nov, on 1 Dec."""
        return ends_words(self.budget.every, self.start)


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a call may not leave now; `wanted` is what it may cost (nano-USD, None: nobody knows).

    `held`: there is room once calls under way have ended. `unreckoned`: what it may cost was not
    said, since there was no budget a moment ago.
    """

    why: Literal["limit", "held", "unpriced", "unreckoned"]
    standing: Standing | None = None
    wanted: int | None = None


def start_of(every: Every, day: int) -> int:
    """Return the first local day of the period that a local day is in.

    Days are counted and not hours, so that a clock that is put on or back for summer makes no
    period longer in it and none is missed; a journey to another zone changes the day alone.
    """
    return period.start_of(day, every)


def ends_words(every: Every, start: int) -> str:
    """Return when the period after the one that begins on `start` begins, for people."""
    if every == "day":
        return "at midnight"
    end = period.end_of(start, every)
    return f"on Monday, {period.day_words(end)}" if every == "week" else (
        f"on {period.day_words(end)}"
    )  # fmt: skip


def is_free(provider: Provider) -> bool:
    """Tell whether a provider without prices costs nothing: a model server of one's own."""
    return provider.dialect in _OWN_SERVERS and stays_here(provider)


def spent_words(one: Standing) -> str:
    """Return what is spent of the limit: $5.00 of $5.00 today."""
    limit = figures.money(one.budget.limit_nano_usd)
    return f"{figures.money(one.spent)} of {limit} {_THIS[one.budget.every]}"


def warning(one: Standing) -> str:
    """Return that a budget's warning share is reached, for people."""
    share = figures.percent(int(one.share * 100) / 100)  # 99.6 % is not yet all of it
    return (
        f"Budget for {_named(one.budget)}: {share} used, {spent_words(one)}. "
        f"New calls stop at the limit; it begins anew {one.ends}."
    )


def _named(one: Budget) -> str:
    return "everything" if one.scope == "all" else one.of


def problem(refusal: Refusal, model: str) -> Problem:
    """Return the failure of a call of `model` that a budget has no room for."""
    one = refusal.standing
    if one is None:
        raise ValueError("only a budget refuses")
    named = _named(one.budget)
    if refusal.why == "unpriced":
        return Problem(
            failure="budget",
            title="A budget needs its price",
            detail=f"{model} has no price, so nobody can say whether it fits the budget for {named}"
            f" ({spent_words(one)}). Nothing was sent. Give the model a price, or ask another.",
        )
    wanted = figures.money(refusal.wanted)
    title = "Stopped at the budget" if one.state == "over" else "Too little left in the budget"
    held = " Calls under way hold the rest and did not end." if refusal.why == "held" else ""
    return Problem(
        failure="budget",
        title=title,
        detail=f"Budget for {named}: {spent_words(one)}; this call may cost {wanted}.{held} "
        f"Nothing was sent. Fewer Max tokens hold less. It begins anew {one.ends}; "
        f"raise it {remedy.BUDGETS}.",
    )
