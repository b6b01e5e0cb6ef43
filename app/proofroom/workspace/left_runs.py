"""Ends what engines that are gone left open; nothing is sent again."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from proofroom import clock
from proofroom.domain.usage import UsageRow
from proofroom.workspace import budget_ledger, comparisons, database, engines, runs, sent

LEFT_TITLE = "Interrupted"
LEFT_DETAIL = "The engine stopped while this was under way. It may have been billed."
UNWRITTEN_DETAIL = "Its end could not be written. It may have been billed; see the log."


def end_left(db: sqlite3.Connection) -> list[int]:
    """End the runs and comparisons of engines that are gone, and return the runs' keys."""
    # read before the locks are looked at: an engine that starts now is not among them
    opened, left = open_engines(db), comparisons.open_ones(db)
    if not opened and not left:
        return []
    live = engines.live()
    ended = interrupt(db, live, among=opened)
    # one without a run may have been taken up by any engine that lives
    gone = [key for key, last in left.items() if last not in live and (last or not live)]
    comparisons.close_left(db, gone)
    return ended


def open_engines(db: sqlite3.Connection) -> frozenset[str]:
    """Return the engines whose runs have no end yet."""
    rows = db.execute("SELECT DISTINCT engine FROM runs WHERE ended_at IS NULL").fetchall()
    return frozenset(row[0] for row in rows)


def interrupt(
    db: sqlite3.Connection, live: frozenset[str], *, among: frozenset[str] | None = None
) -> list[int]:
    """End what engines that are gone left open, as interrupted, and return the runs' keys.

    An attempt that was under way may have been billed; a run that only waited for its turn is taken
    back. `live` are the engines that still run;
    `among`, read before `live`, leaves one alone that starts in between (None: all are looked at).
    """
    if not open_engines(db) - live:
        return []
    now = clock.now()
    with database.writing(db):  # read within: another process may do the same just now
        left = [
            row
            for row in db.execute(_OPEN).fetchall()
            if row[1] not in live and (among is None or row[1] in among)
        ]
        unsent = _never_sent(left)
        runs.withdraw(db, sorted(unsent))
        gone = [
            (key, started)
            for key, _, started, *_ in left
            if key not in unsent and _close_attempts(db, key, now)
        ]
        ends = [_interrupted(db, key, started, now, LEFT_DETAIL) for key, started in gone]
        runs.end(db, ends)
        budget_ledger.settle_left(db)
    return [key for key, _ in gone]


def end_one(db: sqlite3.Connection, run_key: int) -> None:
    """End a run whose own end could not be written, as interrupted; the caller is writing."""
    now = clock.now()
    started = database.value(db, "SELECT started_at FROM runs WHERE key = ?", (run_key,))
    if _close_attempts(db, run_key, now):
        runs.end(db, [_interrupted(db, run_key, started, now, UNWRITTEN_DETAIL)])
    budget_ledger.settle_left(db)


def _interrupted(
    db: sqlite3.Connection, key: int, started: int, now: int, detail: str
) -> runs.RunEnd:
    return runs.RunEnd(
        run_key=key,
        ended_at=now,
        status="interrupted",
        latency_us=max(0, now - started),
        first_token_us=None,
        title=LEFT_TITLE,
        detail=detail,
        usage=_usage_so_far(db, key),
        retry_nano_usd=_cost_so_far(db, key),
    )


_OPEN = """SELECT r.key, r.engine, r.started_at, r.id, NOT EXISTS (SELECT 1 FROM steps s
        JOIN attempts a ON a.step_key = s.key WHERE s.run_key = r.key AND a.ended_at IS NOT NULL)
    FROM runs r WHERE r.ended_at IS NULL"""


def _never_sent(left: Sequence[tuple[int, str, int, str, int]]) -> frozenset[int]:
    """Return the keys of those of the open runs whose request is known not to have left."""
    known = {engine: sent.of_engine(engine) for engine in {row[1] for row in left}}
    return frozenset(
        key
        for key, engine, _, run_id, fresh in left
        if fresh and (ids := known[engine]) is not None and run_id not in ids
    )


_OF_RUN = "a.step_key IN (SELECT key FROM steps WHERE run_key = ?)"


def _usage_so_far(db: sqlite3.Connection, run_key: int) -> tuple[UsageRow, ...]:
    sql = f"""SELECT u.bucket, u.count, u.origin FROM usage u
        JOIN attempts a ON a.key = u.attempt_key WHERE {_OF_RUN}"""
    return tuple(database.fetch(db, sql, (run_key,), UsageRow))


def _cost_so_far(db: sqlite3.Connection, run_key: int) -> int:
    sql = f"SELECT coalesce(sum(a.cost_nano_usd), 0) FROM attempts a WHERE {_OF_RUN}"
    return database.value(db, sql, (run_key,))


def _close_attempts(db: sqlite3.Connection, run_key: int, now: int) -> bool:
    """End what is open of a run's attempts; False if the run itself has ended meanwhile."""
    db.execute(
        """UPDATE attempts SET ended_at = ?, status = 'interrupted', billed = 'perhaps'
            WHERE ended_at IS NULL AND step_key IN (SELECT key FROM steps WHERE run_key = ?)""",
        (now, run_key),
    )
    sql = "SELECT 1 FROM runs WHERE key = ? AND ended_at IS NULL"
    return database.value(db, sql, (run_key,)) is not None
