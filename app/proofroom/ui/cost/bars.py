"""What a chart of the cost shows: series of numbers with their words, made of the sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from proofroom import clock
from proofroom.domain import figures, period
from proofroom.domain.usage import NANO
from proofroom.workspace.cost_sums import Sum, added
from proofroom.workspace.costs import Costs

Measure = Literal["cost", "tokens", "calls"]
MOST = 4
"""Series that a person can tell apart; where there are more, the last is Other."""
OTHER = "Other"
_FORMS: dict[Measure, Callable[[Sum], str]] = {
    "cost": lambda one: figures.money(one.known),
    "tokens": lambda one: figures.tokens(one.of()),
    "calls": lambda one: figures.plural(one.runs, "call"),
}
_VALUES: dict[Measure, Callable[[Sum], float]] = {
    "cost": lambda one: one.cost / NANO,
    "tokens": lambda one: float(one.of()),
    "calls": lambda one: float(one.runs),
}


class Series(Struct, frozen=True, kw_only=True):
    """One colour of the chart: a value for each bar, in US dollars, tokens or calls."""

    name: str
    values: tuple[float, ...]


class Bar(Struct, frozen=True, kw_only=True):
    """A stretch of time: its name, short and whole, its sum in words, and its parts."""

    start: int
    tick: str
    name: str
    words: str
    parts: tuple[tuple[str, str], ...]
    unknown: int


class Bars(Struct, frozen=True, kw_only=True):
    """The chart: its bars from the first to the last, its series from the bottom up."""

    measure: Measure
    title: str
    bars: tuple[Bar, ...]
    series: tuple[Series, ...]

    def tops(self) -> list[float]:
        """Return how high each bar is."""
        return [sum(part) for part in zip(*(one.values for one in self.series), strict=True)] or [
            0.0 for _ in self.bars
        ]


_TITLES: dict[Measure, str] = {"cost": "Spend", "tokens": "Tokens", "calls": "Calls"}


def made(costs: Costs, measure: Measure) -> Bars:
    """Return the chart of some sums."""
    by_start = costs.by_start()
    groups = _groups(costs, measure)
    sums = {(part.start, part.group): part.sum for part in costs.parts}
    shown: dict[tuple[int, str], Sum] = {}
    for (start, group), one in sums.items():
        key = (start, groups[group])
        shown[key] = added(shown[key], one) if key in shown else one
    names = list(dict.fromkeys(groups.values()))
    value, words = _VALUES[measure], _FORMS[measure]
    return Bars(
        measure=measure,
        title=f"{_TITLES[measure]} by {costs.per}",
        bars=tuple(
            Bar(
                start=start,
                tick=tick(costs, start),
                name=name(costs, start),
                words=words(one),
                parts=tuple(
                    (group, words(shown[start, group]))
                    for group in names
                    if (start, group) in shown
                ),
                unknown=one.unknown if measure == "cost" else 0,
            )
            for start, one in by_start.items()
        ),
        series=tuple(
            Series(
                name=group,
                values=tuple(value(shown.get((start, group), Sum())) for start in by_start),
            )
            for group in names
        ),
    )


def _groups(costs: Costs, measure: Measure) -> dict[str, str]:
    """Return the series of each group, the greatest first."""
    value, sums = _VALUES[measure], costs.by_group()
    ranked = sorted(sums, key=lambda group: -value(sums[group]))
    own = MOST if len(ranked) <= MOST else MOST - 1
    return {g: costs.names[g] if at < own else OTHER for at, g in enumerate(ranked)}


def tick(costs: Costs, start: int) -> str:
    """Return the short name of a stretch, for an axis: 14:00, 19 Nov, Nov 2026."""
    if costs.per == "hour":
        local = clock.local(start)
        return f"{local:%H:%M}" if local.hour or costs.span.days == 1 else _date(start)
    if costs.per == "month":
        return period.stretch_words(start, "month")
    return period.day_words(start)


def name(costs: Costs, start: int) -> str:
    """Return the whole name of a stretch: 19 Nov 2026, 14:00 to 15:00."""
    if costs.per == "hour":
        begin, end = clock.local(start), clock.local(start + period.HOUR_US)
        return f"{_date(start)}, {begin:%H:%M} to {end:%H:%M}"
    return period.stretch_words(start, costs.per)


def _date(at: int) -> str:
    return period.day_words(period.day_of(clock.local(at).date()))
