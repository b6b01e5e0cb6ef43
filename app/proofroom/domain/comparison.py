"""The matrix of a comparison: columns are contents x models, rows are inputs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

PAID_CALLS_ASKED = 200
NANO_USD_ASKED = 500_000_000


class Estimate(Struct, frozen=True, kw_only=True):
    """What a press of Run would do: calls, those that cost money, tokens, money and time.

    `nano_usd` is the sum of what is known; `unknown_cost` counts the calls without a price.
    """

    calls: int
    paid_calls: int
    tokens_in: int
    tokens_out: int
    nano_usd: int
    unknown_cost: int
    seconds: float | None
    exact: bool


def together(estimates: Sequence[Estimate]) -> Estimate:
    """Return what several presses one after the other would do."""
    seconds = [one.seconds for one in estimates]
    known = [one for one in seconds if one is not None]
    return Estimate(
        calls=sum(one.calls for one in estimates),
        paid_calls=sum(one.paid_calls for one in estimates),
        tokens_in=sum(one.tokens_in for one in estimates),
        tokens_out=sum(one.tokens_out for one in estimates),
        nano_usd=sum(one.nano_usd for one in estimates),
        unknown_cost=sum(one.unknown_cost for one in estimates),
        seconds=sum(known) if len(known) == len(seconds) else None,
        exact=all(one.exact for one in estimates),
    )


def must_ask(
    estimate: Estimate, *, nano_usd: int = NANO_USD_ASKED, paid_calls: int = PAID_CALLS_ASKED
) -> bool:
    """Tell whether a press of Run is dear or large enough to ask a person first.

    Calls of unknown cost count as paid ones.
    """
    return estimate.nano_usd > nano_usd or estimate.paid_calls > paid_calls


def name_for(prompts: Sequence[str], columns: Sequence[str]) -> str:
    """Return a name for a comparison nobody named: its prompts and what stands side by side."""
    heads = list(dict.fromkeys(columns))
    shown = " and ".join(heads) if len(heads) <= 2 else f"{heads[0]} and {len(heads) - 1} more"  # noqa: PLR2004 - as read aloud
    return f"{', '.join(dict.fromkeys(prompts)) or 'Comparison'}: {shown}"


def one_line(values: dict[str, Any], *, limit: int = 120) -> str:
    """Return an input's values on one line, for the band above its cells."""
    texts = [
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for value in values.values()
    ]
    line = " · ".join(" ".join(text.split()) for text in texts if text.strip())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
