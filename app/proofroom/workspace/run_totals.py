"""What the runs of a filter come to: how many, failed, their cost and median latency, in steps."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct, structs

from proofroom.workspace import database, run_walk
from proofroom.workspace.run_filter import RunFilter
from proofroom.workspace.run_walk import NEWEST

FAILED = "coalesce(r.status IN ('failed', 'timeout'), 0)"
SUMS = f"""count(*) AS runs, coalesce(sum({FAILED}), 0) AS failed,
    coalesce(sum(r.cost_nano_usd), 0) AS cost,
    coalesce(sum(r.cost_nano_usd IS NULL AND r.ended_at IS NOT NULL), 0) AS unknown"""
_FINE_US, _COARSE_US, _LONG_US = 1_000, 10_000, 1_000_000
# the median needs no more: to the ms below a second, to 10 ms above it
_LATENCY = f"""CASE WHEN r.latency_us < {_LONG_US} THEN r.latency_us / {_FINE_US} * {_FINE_US}
    ELSE r.latency_us / {_COARSE_US} * {_COARSE_US} END"""
_ALL = """SELECT coalesce(sum(runs), 0),
    coalesce(sum(runs) FILTER (WHERE status IN ('failed', 'timeout')), 0),
    coalesce(sum(cost_nano_usd), 0), coalesce(sum(unknown_cost), 0)
    FROM rollup_days WHERE dimension = 'source' AND carried = 0"""
_OPEN = "SELECT count(*) FROM runs INDEXED BY runs_open WHERE ended_at IS NULL"
_KNOWN = "SELECT count(*) FROM runs INDEXED BY runs_by_latency WHERE latency_us IS NOT NULL"
# a walk over half of the index, 20 ms for a million runs
_MIDDLE = """SELECT latency_us FROM runs INDEXED BY runs_by_latency WHERE latency_us IS NOT NULL
    ORDER BY latency_us LIMIT 1 OFFSET ?"""


class Totals(Struct, frozen=True, kw_only=True):
    """Runs, failed ones among them, those of unknown cost, nano-USD, and the median (us)."""

    runs: int = 0
    failed: int = 0
    unknown: int = 0
    cost: int = 0
    median_us: int | None = None


class Look(Struct, frozen=True, kw_only=True):
    """What is summed so far, and the stretches of keys that are left."""

    totals: Totals = Totals()
    latencies: Mapping[int, int] = {}
    left: tuple[tuple[int, int], ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to be looked at."""
        return not self.left


def begin(db: sqlite3.Connection, wanted: RunFilter, *, wide: int = run_walk.STRETCH) -> Look:
    """Begin to sum the runs of a filter; all runs are summed at once, from the rollups."""
    if wanted.is_empty:
        return Look(totals=_of_all(db))
    return Look(left=run_walk.short_stretches(db, wanted, 0, NEWEST, wide=wide))


def step(db: sqlite3.Connection, wanted: RunFilter, look: Look) -> Look:
    """Sum the next stretch of the same filter; not for a look that is whole."""
    low, high = look.left[0]
    totals, latencies = look.totals, Counter(look.latencies)
    what = ", r.status, r.ended_at, r.cost_nano_usd, r.latency_us"
    for sql, values in run_walk.selected(wanted, what, after=low, before=high):
        query = f"SELECT {_LATENCY} AS latency, {SUMS} FROM ({sql}) r GROUP BY latency"
        for latency, runs, failed, cost, unknown in db.execute(query, values).fetchall():
            totals = structs.replace(
                totals,
                runs=totals.runs + runs,
                failed=totals.failed + failed,
                unknown=totals.unknown + unknown,
                cost=totals.cost + cost,
            )
            if latency is not None:
                latencies[latency] += runs
    left = look.left[1:]
    if not left:
        totals = structs.replace(totals, median_us=_median(latencies))
    return Look(totals=totals, latencies=latencies, left=left)


def whole(db: sqlite3.Connection, wanted: RunFilter) -> Totals:
    """Sum all runs of a filter at once; up to a second for a million."""
    look = begin(db, wanted)
    while not look.is_whole:
        look = step(db, wanted, look)
    return look.totals


def _of_all(db: sqlite3.Connection) -> Totals:
    runs, failed, cost, unknown = db.execute(_ALL).fetchone()
    known = database.value(db, _KNOWN)
    middle = database.value(db, _MIDDLE, ((known - 1) // 2,)) if known else None
    return Totals(
        runs=runs + database.value(db, _OPEN),
        failed=failed,
        unknown=unknown,
        cost=cost,
        median_us=middle,
    )


def _median(latencies: Mapping[int, int]) -> int | None:
    """Return the lower of the two in the middle, as the index has it."""
    left = (sum(latencies.values()) + 1) // 2
    for latency in sorted(latencies):
        left -= latencies[latency]
        if left <= 0:
            return latency
    return None
