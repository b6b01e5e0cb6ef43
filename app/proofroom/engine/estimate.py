"""What a press of Run would cost: calls, tokens, money and time, before anything is sent."""

from __future__ import annotations

import asyncio
import math
import statistics
from collections.abc import Sequence

from proofroom.domain.comparison import Estimate
from proofroom.domain.usage import UsageRow, cost
from proofroom.engine import protocol
from proofroom.engine.plan import Plan, PlannedColumn
from proofroom.engine.render import Job, Renderer
from proofroom.errors import ProofroomError
from proofroom.providers import tokens
from proofroom.workspace.comparisons import Row

# A large matrix is judged by so many cells of each column, spread evenly over its rows.
SAMPLED = 40
# What an answer has where nothing limits it; the median of short chat answers.
USUAL_ANSWER = 300
# Where no run of a model is known: one answer's time, for the estimate alone.
USUAL_SECONDS = 4.0


def places(plan: Plan) -> dict[int, list[Row]]:
    """Return the rows that each column (by key) is asked for."""
    wanted: dict[int, list[Row]] = {column.key: [] for column in plan.columns}
    for row, column in plan.places():
        wanted[column.key].append(row)
    return wanted


async def estimated(
    plan: Plan, renderer: Renderer, seconds: dict[int, float], *, counts: bool = True
) -> Estimate:
    """Return what asking all cells of a plan would take; equal answers that stand are counted too.

    `seconds` is the usual time of one answer by model key. Without `counts` no tokens are counted.
    """
    calls = paid = tokens_in = tokens_out = nano = unknown = 0
    exact, longest = True, 0.0
    lanes: dict[str, float] = {}
    wanted = places(plan)
    for column in plan.columns:
        rows = wanted[column.key]
        count = len(rows) * plan.samples
        if not count:
            continue
        asked, sure = await _mean_tokens(column, rows, renderer) if counts else (0.0, False)
        answer = answer_tokens(column)
        exact = exact and sure
        calls += count
        tokens_in += round(asked * count)
        tokens_out += answer * count
        one = _cost(column, asked, answer)
        paid += 0 if column.free else count
        unknown += count if one is None else 0
        nano += (one or 0) * count
        took = seconds.get(column.model.key, USUAL_SECONDS)
        provider = column.provider
        lanes[provider.name] = lanes.get(provider.name, 0.0) + took * count / provider.concurrency
        longest = max(longest, took)
    return Estimate(
        calls=calls,
        paid_calls=paid,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        nano_usd=nano,
        unknown_cost=unknown,
        seconds=max([longest, *lanes.values()]) if calls else None,
        exact=exact,
    )


async def counted(
    request: protocol.CountTokens, column: PlannedColumn, renderer: Renderer
) -> protocol.Counted:
    """Return the size of a content with values, message by message, and what 1,000 calls cost.

    A template that cannot be filled in yet is counted as it is written.
    """
    rendered = (await renderer.render([Job(content=request.content, values=request.values)]))[0]
    whole = not isinstance(rendered, ProofroomError)
    messages = rendered if whole else request.content.messages
    name = column.model.full_name
    content = request.content

    def count() -> tuple[list[tokens.Count], tokens.Count]:
        total = tokens.count(messages, name, content.tools, content.response_schema)
        return [tokens.count((message,), name) for message in messages], total

    sizes, total = await asyncio.to_thread(count)
    answer = answer_tokens(column)
    one = _cost(column, total.tokens, answer)
    return protocol.Counted(
        messages=tuple(size.tokens for size in sizes),
        tokens=total.tokens,
        tokens_out=answer,
        exact=total.exact and whole,
        nano_usd_per_1000=None if one is None else one * 1000,
    )


def answer_tokens(column: PlannedColumn) -> int:
    """Return how many tokens an answer is expected to have."""
    limit = column.content.settings.max_tokens
    return USUAL_ANSWER if limit is None else min(limit, USUAL_ANSWER)


async def _mean_tokens(
    column: PlannedColumn, rows: Sequence[Row], renderer: Renderer
) -> tuple[float, bool]:
    step = math.ceil(len(rows) / SAMPLED)
    jobs = [Job(content=column.content, values=row.values) for row in rows[::step]]
    content, name = column.content, column.model.full_name
    rendered = await renderer.render(jobs)

    def count() -> list[tokens.Count]:
        return [
            tokens.count(messages, name, content.tools, content.response_schema)
            for messages in rendered
            if not isinstance(messages, ProofroomError)
        ]

    counts = await asyncio.to_thread(count)
    if not counts:
        return 0.0, False
    mean = statistics.fmean(count.tokens for count in counts)
    return mean, step == 1 and all(count.exact for count in counts)


def _cost(column: PlannedColumn, asked: float, answer: int) -> int | None:
    usage = (
        UsageRow(bucket="input", count=round(asked), origin="estimated"),
        UsageRow(bucket="output", count=answer, origin="estimated"),
    )
    return cost(usage, column.prices)
