"""What an attempt used and cost, estimated where the provider reported nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct

from proofroom import clock
from proofroom.domain.message import Text
from proofroom.domain.model import DATE
from proofroom.domain.run import Answer, Mark
from proofroom.domain.usage import PriceRow, UsageRow, bill, cost
from proofroom.engine.attempt import Outcome
from proofroom.engine.plan import PlannedColumn
from proofroom.engine.recorder import Kept, settled
from proofroom.providers import tokens
from proofroom.providers.adapter import Call
from proofroom.workspace import attempts, prices, providers


class Reckoned(Struct, frozen=True, kw_only=True):
    """Usage with the price rows it was reckoned with, the cost (nano-USD), and what to note."""

    usage: tuple[attempts.PricedUsage, ...]
    cost_nano_usd: int | None
    marks: tuple[Mark, ...]


T = TypeVar("T")
NOTHING = Reckoned(usage=(), cost_nano_usd=0, marks=())


async def reckoned(
    outcome: Outcome, call: Call, column: PlannedColumn, rows: Sequence[PriceRow]
) -> Reckoned:
    """Return what an attempt used and cost at the prices `rows`.

    A failure that was not billed costs nothing; one that may have been is unknown, unless the
    provider reported what it took. An answer without usage is estimated and marked.
    """
    usage = outcome.answer.usage
    marks: list[Mark] = []
    if outcome.problem is not None and outcome.problem.billed == "no" and not usage:
        return NOTHING
    if not usage and outcome.status == "ok" and outcome.answer.http_status in (None, 200):
        usage = await estimated(call, outcome.answer)
        marks.append("usage_estimated")
    free = column.free and bool(rows) and not any(row.nano_usd_per_million for row in rows)
    total = 0 if free else cost(usage, rows)
    if total is None:
        marks.append("cost_unknown")
    lines = bill(usage, rows)
    return Reckoned(
        usage=tuple(
            attempts.PricedUsage(row=line.usage, price_key=line.price.key if line.price else None)
            for line in lines
        ),
        cost_nano_usd=total,
        marks=tuple(marks),
    )


async def estimated(call: Call, answer: Answer) -> tuple[UsageRow, ...]:
    """Return usage counted by us, in a thread: the first count loads its vocabulary.

    A stop does not cut it short: what was counted belongs to a run that is still to be ended.
    """

    def count() -> tuple[UsageRow, ...]:
        name = call.model.full_name
        asked = tokens.count(call.messages, name, call.tools, call.response_schema).tokens
        said = "".join(part.text for part in answer.parts if isinstance(part, Text))
        got = tokens.count_text(said, name).tokens
        return (
            UsageRow(bucket="input", count=asked, origin="estimated"),
            UsageRow(bucket="output", count=got, origin="estimated"),
        )

    return await counted(count)


async def counted(work: Callable[[], T]) -> T:
    """Carry out a count of tokens in a thread, to its end whatever is stopped meanwhile."""
    loop = asyncio.get_running_loop()
    kept: Kept[T] = Kept(loop=loop)

    def count() -> None:
        try:
            loop.call_soon_threadsafe(kept.set_result, work())
        except Exception as error:  # noqa: BLE001 - handed to the one who waits
            loop.call_soon_threadsafe(kept.set_exception, error)

    loop.run_in_executor(None, count)
    return await settled(kept)


def rows_of_answering(
    db: sqlite3.Connection, column: PlannedColumn, answering: str
) -> tuple[PriceRow, ...]:
    """Return the price rows of the model that answered.

    A dated name of the asked model (`gpt-x-2026-01-31` for `gpt-x`) that has no rows of its own
    is priced as the asked one; any other name without rows is of unknown cost.
    """
    asked = column.model.name
    if answering in ("", asked) or column.provider.adapter == "embedded":
        return column.prices
    found = providers.known_model(db, column.provider.name, answering)
    own = () if found is None else prices.of_model(db, found.key, clock.now())
    dated = answering.startswith(asked) and DATE.fullmatch(answering[len(asked) :])
    return own or (column.prices if dated else ())
