"""The steps of a chart's upright axis: at most five, round, with their unit in words."""

from __future__ import annotations

from math import ceil, floor, log10

from proofroom.domain import figures
from proofroom.ui.cost.bars import Measure

_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_STEPS = 4


def ticks(top: float, measure: Measure) -> list[tuple[float, str]]:
    """Return values from 0 to `top` or the step after it, and how they are written."""
    least = 1.0 if measure != "cost" else 1e-9
    step = max(_step(top / _STEPS), least) if top > 0 else 1.0
    count = min(_STEPS, ceil(top / step - 1e-9)) if top > 0 else 1
    return [(step * number, _words(step * number, step, measure)) for number in range(count + 1)]


def _step(wish: float) -> float:
    whole = 10.0 ** floor(log10(wish))
    return next(whole * one for one in _ROUND if whole * one >= wish * (1 - 1e-9))


def _words(value: float, step: float, measure: Measure) -> str:
    if measure == "cost":
        decimals = max(2, -floor(log10(step)) + (1 if _has_half(step) else 0))
        return f"${value:,.{decimals}f}"
    return figures.short(round(value))


def _has_half(step: float) -> bool:
    return abs(step / 10.0 ** floor(log10(step)) - 2.5) < 1e-6  # noqa: PLR2004 - the step 2.5
