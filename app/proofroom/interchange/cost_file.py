"""The cost of a span as CSV and as JSON, exact to the nano-dollar."""

from __future__ import annotations

from collections.abc import Iterator

from proofroom import clock
from proofroom.domain import period
from proofroom.domain.usage import BUCKETS
from proofroom.interchange.table_file import csv_text
from proofroom.workspace.cost_sums import Sum
from proofroom.workspace.costs import Costs
from proofroom.workspace.dear_runs import Look

_MONEY = ("cost", "retry", "failed", "cancelled")
_HEADER = (
    *("start", "group", "runs", "done", "runs_of_unknown_cost"),
    *(f"{name}_usd" for name in _MONEY),
    *(f"tokens_{bucket}" for bucket in BUCKETS),
)


def csv(costs: Costs) -> str:
    """Return a line for each stretch and group that has a run; formulas are quoted.

    A cost of which nothing is known is left empty: it is not 0.
    """
    return csv_text([*_HEADER], _lines(costs))


def _lines(costs: Costs) -> Iterator[list[str]]:
    for part in costs.parts:
        one = part.sum
        money = ["" if one.known is None else usd(getattr(one, name)) for name in _MONEY]
        counts = [str(n) for n in (one.runs, one.done, one.unknown)]
        place = [start_text(costs, part.start), costs.names[part.group]]
        yield [*place, *counts, *money, *(str(n) for n in one.tokens)]


def builtins(costs: Costs, look: Look) -> dict[str, object]:
    """Return all of it as JSON holds it; money in nano-USD, null where it is not known."""
    return {
        "from": period.date_of(costs.span.first).isoformat(),
        "to": period.date_of(costs.span.last).isoformat(),
        "per": costs.per,
        "by": costs.by,
        "total": _built(costs.total),
        "before": _built(costs.before),
        "parts": [
            {
                "start": start_text(costs, part.start),
                **_last_day(costs, part.start),
                "group": costs.names[part.group],
                **_built(part.sum),
            }
            for part in costs.parts
        ],
        "identical_calls": {
            "calls": look.again,
            "runs_of_unknown_cost": look.again_unknown,
            "cost_nano_usd": look.again_cost,
        },
        "dearest_runs": [
            {"id": run.id, "model": run.model, "prompt": run.prompt, "cost_nano_usd": run.cost}
            for run in look.runs
        ],
        "dearest_prompts": [
            {
                "prompt": one.name,
                "runs": one.runs,
                "runs_of_unknown_cost": one.unknown,
                "cost_nano_usd": one.cost if one.unknown < one.runs else None,
            }
            for one in look.prompts
        ],
    }


def _built(one: Sum) -> dict[str, object]:
    is_known = one.known is not None
    money = {f"{name}_nano_usd": getattr(one, name) if is_known else None for name in _MONEY}
    tokens = dict(zip(BUCKETS, one.tokens, strict=True))
    counts = {"runs": one.runs, "done": one.done, "runs_of_unknown_cost": one.unknown}
    return {**counts, **money, "tokens": tokens}


def _last_day(costs: Costs, start: int) -> dict[str, str]:
    if costs.per not in {"week", "month"}:
        return {}
    last = period.stretch(start, costs.per, costs.span).last
    return {"last_day": period.date_of(last).isoformat()}


def usd(nano_usd: int) -> str:
    """Return nano-USD as dollars with all nine decimals."""
    return f"{nano_usd // 1_000_000_000}.{nano_usd % 1_000_000_000:09d}"


def start_text(costs: Costs, start: int) -> str:
    """Return the start of a stretch in ISO form: its day, or for an hour local time with offset."""
    if costs.per == "hour":
        return clock.local(start).isoformat(timespec="minutes")
    return period.date_of(max(start, costs.span.first)).isoformat()
