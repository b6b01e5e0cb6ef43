"""What is held of the budgets for a call: what it may cost, and the wait until there is room."""

from __future__ import annotations

import asyncio
from contextlib import closing
from functools import partial
from pathlib import Path

from proofroom import clock
from proofroom.domain import budget
from proofroom.domain.budget import Refusal, Standing
from proofroom.domain.run import Source
from proofroom.domain.usage import UsageRow, cost
from proofroom.engine import estimate, protocol, reckoning
from proofroom.engine.plan import PlannedColumn
from proofroom.providers import tokens
from proofroom.providers.adapter import Call
from proofroom.workspace import database, left_runs
from proofroom.workspace.budget_ledger import Reserve

LOOK_S = 0.25
"""So long a call waits before it looks again whether money that others hold is free."""
_DEAD_LOOK_US = 2_000_000
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
_MARGIN = 1.25  # other tokenizers than OpenAI's make up to a quarter more


async def reserve(call: Call, column: PlannedColumn, source: Source) -> Reserve:
    """Return what a call may cost: its input, and the longest answer that can come."""
    nano = 0 if _costs_nothing(column) else await reckoning.counted(partial(_most, call, column))
    return Reserve(
        nano_usd=nano,
        provider_key=column.provider.key,
        prompt_key=column.prompt_key,
        source=source,
    )


def _costs_nothing(column: PlannedColumn) -> bool:
    return column.free or (not column.prices and budget.is_free(column.provider))


def _most(call: Call, column: PlannedColumn) -> int | None:
    asked = tokens.count(call.messages, call.model.full_name, call.tools, call.response_schema)
    answer = _longest(call, column)
    choices = call.options.body.get("n")
    many = choices if isinstance(choices, int) and choices > 0 else 1
    usage = (
        UsageRow(bucket="input", count=round(asked.tokens * (1 if asked.exact else _MARGIN))),
        UsageRow(bucket="output", count=answer * many),
    )
    return cost(usage, column.prices)


def _longest(call: Call, column: PlannedColumn) -> int:
    """Return the tokens that an answer has at most, or usually where nobody knows."""
    given = [call.options.body.get(name) for name in _LIMITS]
    limits = [one for one in (column.content.settings.max_tokens, *given) if isinstance(one, int)]
    return max((0, *limits)) or column.model.max_output or estimate.USUAL_ANSWER


def warned(standing: Standing) -> protocol.BudgetWarned:
    """Return the news that a budget's warning share is reached."""
    return protocol.BudgetWarned(budget_id=standing.budget.id, text=budget.warning(standing))


class Waits:
    """Lets the calls of one job wait for money that others hold."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looked = clock.monotonic_us()

    async def wait(self) -> None:
        """Wait a little; now and then end first what engines that are gone hold."""
        await asyncio.sleep(LOOK_S)
        now = clock.monotonic_us()
        if now - self._looked >= _DEAD_LOOK_US:
            self._looked = now
            await asyncio.to_thread(self._end_left)

    def _end_left(self) -> None:
        with closing(database.connect(self._path)) as db:
            left_runs.end_left(db)


class Patience:
    """Ends a wait for money once nothing of it moved for as long as a run may take."""

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._seen: Standing | None = None
        self._since = 0.0

    def is_over(self, refusal: Refusal) -> bool:
        """Tell whether what a refusal says is as it was for too long."""
        now = asyncio.get_running_loop().time()
        if refusal.why != "held" or refusal.standing != self._seen:
            self._seen, self._since = refusal.standing, now
        return refusal.why == "held" and now - self._since >= self._longest_s


def why(refusal: Refusal) -> str:
    """Return why a call waits, for people."""
    named = "" if refusal.standing is None else f" for {refusal.standing.budget.of}"
    return f"Waits for calls under way: the budget{named} holds what they may cost"
