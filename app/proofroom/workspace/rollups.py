"""Sums of ended runs by quarter hour and by local day, written with the runs' ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from operator import add as add_up
from typing import Any

from msgspec import Struct

from proofroom.domain.run import Source, Status
from proofroom.domain.usage import BUCKETS, UsageRow
from proofroom.workspace import database, many

QUARTER_US = 900_000_000
_SUMS = ("runs", "unknown_cost", "cost_nano_usd", "retry_nano_usd")
_TOKENS = tuple(f"tokens_{bucket}" for bucket in BUCKETS)
_COLUMNS = (*_SUMS, *_TOKENS, "latency_us")
_FINE = ("quarter", "model_key", "version_key", "environment", "source", "status", "carried")
_DAY = ("day", "dimension", "value", "status", "carried")


class Share(Struct, frozen=True, kw_only=True):
    """What one ended run adds to the sums; `day` is its own local day, `started_at` UTC us."""

    started_at: int
    day: int
    model_key: int
    version_key: int
    environment: str
    source: Source
    status: Status
    cost_nano_usd: int | None
    retry_nano_usd: int
    usage: Sequence[UsageRow]
    latency_us: int


class Total(Struct, frozen=True, kw_only=True):
    """Runs, those of unknown cost among them, and the sum of the known costs in nano-USD."""

    runs: int
    unknown_cost: int
    cost_nano_usd: int


def add(db: sqlite3.Connection, shares: Iterable[Share]) -> None:
    """Add the shares of runs that end in this transaction; the caller is writing."""
    fine, days = _gathered(shares)
    _put(db, fine, days)


def carry(db: sqlite3.Connection, run_keys: Sequence[int]) -> None:
    """Move the shares of ended runs that are about to go into rows that no rebuild counts anew.

    The caller is writing, and removes the runs in the same transaction.
    """
    rows = many.select(db, f"{_COUNTED} WHERE ended_at IS NOT NULL AND key IN {{}}", run_keys)
    fine, days = _gathered([_share(db, row) for row in rows])
    less = [{key: [-one for one in sums] for key, sums in found.items()} for found in (fine, days)]
    _put(db, *less)
    _put(db, fine, days, carried=1)
    for table, found, names in (("rollups", fine, _FINE), ("rollup_days", days, _DAY)):
        where = " AND ".join(f"{name} = ?" for name in names[:-1])
        db.executemany(f"DELETE FROM {table} WHERE carried = 0 AND runs = 0 AND {where}", found)


_Sums = dict[tuple[Any, ...], list[int]]


def _gathered(shares: Iterable[Share]) -> tuple[_Sums, _Sums]:
    """Return the sums by quarter hour and by day, under their keys without `carried`."""
    fine, days, alike = _Sums(), _Sums(), _Sums()  # most of one transaction are, but for the sums
    for share in shares:
        key = (
            share.started_at // QUARTER_US,
            share.model_key,
            share.version_key,
            share.environment,
            share.source,
            share.status,
            share.day,
        )
        _gather(alike, key, _sums(share))
    for (*key, day), sums in alike.items():
        _gather(fine, tuple(key), sums)
        _, model, version, environment, source, status = key
        for dimension, value in (
            ("model", str(model)),
            ("version", str(version)),
            ("environment", environment),
            ("source", source),
        ):
            _gather(days, (day, dimension, value, status), sums)
    return fine, days


def _put(db: sqlite3.Connection, fine: _Sums, days: _Sums, *, carried: int = 0) -> None:
    for found, (head, tail) in ((fine, _UPSERT_FINE), (days, _UPSERT_DAY)):
        rows = [(*key, carried, *sums) for key, sums in found.items()]
        many.insert(db, head, rows, tail)


def of_day(db: sqlite3.Connection, day: int) -> Total:
    """Return the sums of one local day (days since 1970)."""
    row = db.execute(
        """SELECT coalesce(sum(runs), 0), coalesce(sum(unknown_cost), 0),
            coalesce(sum(cost_nano_usd), 0) FROM rollup_days
            WHERE day = ? AND dimension = 'source'""",
        (day,),
    ).fetchone()
    return Total(runs=row[0], unknown_cost=row[1], cost_nano_usd=row[2])


def out_of_step(db: sqlite3.Connection) -> tuple[str, ...]:
    """Return in words which sums differ from the rows; nothing if they agree."""
    found: list[str] = []
    for count, what in (
        (database.value(db, _DIFFERENT_QUARTERS), "quarter hours"),
        (database.value(db, _DIFFERENT_DAYS), "days"),
        (database.value(db, _DIFFERENT_TOKENS), "kinds of tokens"),
    ):
        if count:
            found.append(f"{count} sums by {what}")
    return tuple(found)


_MEASURES = """count(*) AS runs, sum(cost_nano_usd IS NULL) AS unknown_cost,
    coalesce(sum(cost_nano_usd), 0) AS cost_nano_usd,
    coalesce(sum(retry_nano_usd), 0) AS retry_nano_usd,
    coalesce(sum(latency_us), 0) AS latency_us"""
_OF_DAY = "(started_at / 1000000 + offset_s) / 86400"
_DIFFERENT = """WITH counted AS ({counted}), kept AS ({kept}) SELECT count(*) FROM (
    SELECT {keys} FROM (SELECT * FROM counted EXCEPT SELECT * FROM kept) UNION
    SELECT {keys} FROM (SELECT * FROM kept EXCEPT SELECT * FROM counted))"""
_DIFFERENT_QUARTERS = _DIFFERENT.format(
    keys="quarter, model_key, version_key, environment, source, status",
    counted=f"""SELECT started_at / {QUARTER_US} AS quarter,
        coalesce(answering_key, model_key) AS model_key, coalesce(version_key, 0) AS version_key,
        environment, source, status, {_MEASURES} FROM runs WHERE ended_at IS NOT NULL
        GROUP BY 1, 2, 3, 4, 5, 6""",
    kept="""SELECT quarter, model_key, version_key, environment, source, status, runs,
        unknown_cost, cost_nano_usd, retry_nano_usd, latency_us FROM rollups WHERE carried = 0""",
)
_DIFFERENT_DAYS = _DIFFERENT.format(
    keys="day, dimension, value, status",
    counted=" UNION ALL ".join(
        f"""SELECT {_OF_DAY} AS day, '{dimension}' AS dimension, {value} AS value, status,
            {_MEASURES} FROM runs WHERE ended_at IS NOT NULL GROUP BY 1, 2, 3, 4"""
        for dimension, value in (
            ("model", "CAST(coalesce(answering_key, model_key) AS TEXT)"),
            ("version", "CAST(coalesce(version_key, 0) AS TEXT)"),
            ("environment", "environment"),
            ("source", "source"),
        )
    ),
    kept="""SELECT day, dimension, value, status, runs, unknown_cost, cost_nano_usd,
        retry_nano_usd, latency_us FROM rollup_days WHERE carried = 0""",
)
_DIFFERENT_TOKENS = _DIFFERENT.format(
    keys="bucket",
    counted="""SELECT u.bucket AS bucket, coalesce(sum(u.count), 0) AS tokens FROM usage u
        JOIN attempts a ON a.key = u.attempt_key JOIN steps s ON s.key = a.step_key
        JOIN runs r ON r.key = s.run_key WHERE r.ended_at IS NOT NULL GROUP BY 1
        HAVING tokens > 0""",
    kept=" UNION ALL ".join(
        f"""SELECT '{bucket}' AS bucket, coalesce(sum(tokens_{bucket}), 0) AS tokens FROM rollups
            WHERE carried = 0 HAVING tokens > 0"""
        for bucket in BUCKETS
    ),
)


def rebuild(db: sqlite3.Connection) -> None:
    """Count all sums anew from the rows; what a purge carried over stays. The caller is writing."""
    db.execute("DELETE FROM rollups WHERE carried = 0")
    db.execute("DELETE FROM rollup_days WHERE carried = 0")
    last = 0
    while True:
        rows = db.execute(_ENDED, (last,)).fetchall()
        if not rows:
            return
        last = rows[-1][0]
        add(db, [_share(db, row) for row in rows])


_COUNTED = """SELECT key, started_at, (started_at / 1000000 + offset_s) / 86400,
    coalesce(answering_key, model_key), coalesce(version_key, 0), environment, source, status,
    cost_nano_usd, coalesce(retry_nano_usd, 0), coalesce(latency_us, 0) FROM runs"""
_ENDED = f"{_COUNTED} WHERE ended_at IS NOT NULL AND key > ? ORDER BY key LIMIT 1000"


def _share(db: sqlite3.Connection, row: Sequence[object]) -> Share:
    usage = db.execute(
        """SELECT u.bucket, u.count, u.origin FROM usage u
            JOIN attempts a ON a.key = u.attempt_key JOIN steps s ON s.key = a.step_key
            WHERE s.run_key = ?""",
        (row[0],),
    ).fetchall()
    names = ("started_at", "day", "model_key", "version_key", "environment", "source", "status")
    money = ("cost_nano_usd", "retry_nano_usd", "latency_us")
    fields = dict(zip((*names, *money), row[1:], strict=True))
    rows = tuple(UsageRow(bucket=one[0], count=one[1], origin=one[2]) for one in usage)
    return Share(**fields, usage=rows)  # pyright: ignore[reportArgumentType] - as the query's columns


def _sums(share: Share) -> list[int]:
    tokens = dict.fromkeys(BUCKETS, 0)
    for row in share.usage:
        tokens[row.bucket] += row.count or 0
    return [
        1,
        share.cost_nano_usd is None,
        share.cost_nano_usd or 0,
        share.retry_nano_usd,
        *tokens.values(),
        share.latency_us,
    ]


def _gather(into: dict[tuple[Any, ...], list[int]], key: tuple[Any, ...], sums: list[int]) -> None:
    present = into.get(key)
    into[key] = sums if present is None else list(map(add_up, present, sums))


def _upsert(table: str, keys: tuple[str, ...]) -> tuple[str, str]:
    """Return what stands before and behind the values."""
    columns = (*keys, *_COLUMNS)
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in _COLUMNS)
    return (
        f"INSERT INTO {table} ({', '.join(columns)})",
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {added}",
    )


_UPSERT_FINE = _upsert("rollups", _FINE)
_UPSERT_DAY = _upsert("rollup_days", _DAY)
