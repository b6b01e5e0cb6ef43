"""Which runs are old enough to go and which of them stay, and the rows that go with a run."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from msgspec import Struct

from proofroom import clock
from proofroom.domain.age import DAY_US
from proofroom.workspace import daily, database, run_span, unused_texts

_PICKED = """SELECT e.key FROM marks m JOIN cells e ON e.row_key = m.target_key
        AND e.column_key = CASE WHEN json_valid(m.value) THEN json_extract(m.value, '$.column') END
    WHERE m.target = 'row' AND m.kind = 'pick' AND m.removed_at IS NULL"""
_MARKED = f"""(EXISTS (SELECT 1 FROM marks m WHERE m.target = 'run' AND m.target_key = r.key
        AND m.removed_at IS NULL)
    OR coalesce(r.cell_key, 0) IN ({_PICKED})
    OR r.key IN (SELECT u.run_key FROM reused u WHERE u.cell_key IN ({_PICKED})))"""
# scores, reviews, votes, spans, a promotion or an experiment rest on it, or a newer comparison
_PROVES = """(EXISTS (SELECT 1 FROM scores s WHERE s.run_key = r.key)
    OR EXISTS (SELECT 1 FROM reviews w WHERE w.run_key = r.key)
    OR r.key IN (SELECT first_run_key FROM votes UNION SELECT second_run_key FROM votes)
    OR r.key IN (SELECT run_key FROM spans WHERE run_key IS NOT NULL)
    OR EXISTS (SELECT 1 FROM pointer_moves p WHERE p.evidence <> '' AND instr(p.evidence, r.id))
    OR coalesce(r.cell_key, 0) IN (SELECT e.key FROM experiments x
        JOIN comparison_rows w ON w.comparison_key = x.comparison_key
        JOIN cells e ON e.row_key = w.key)
    OR r.key IN (SELECT u.run_key FROM reused u JOIN cells e ON e.key = u.cell_key
        JOIN comparison_rows w ON w.key = e.row_key JOIN comparisons c ON c.key = w.comparison_key
        WHERE coalesce(c.ended_at, c.created_at) >= :before
            OR (c.ended_at IS NULL AND c.press_key IS NOT NULL)))"""
_OLD = "r.started_at < :before AND r.ended_at IS NOT NULL"
_COMPARISONS = """SELECT DISTINCT w.comparison_key FROM runs r JOIN cells e ON e.key = r.cell_key
    JOIN comparison_rows w ON w.key = e.row_key WHERE r.key IN"""


class Old(Struct, frozen=True, kw_only=True):
    """What is old and would go; `kept` old runs stay. Times in us, UTC; money in nano-USD.

    `comparisons` would lose answers. `cost_nano_usd` stays in every sum.
    """

    before: int
    runs: int
    kept_marked: int
    kept_proof: int
    comparisons: int
    texts: int
    text_bytes: int
    cost_nano_usd: int
    first_at: int | None
    last_at: int | None


def gather(db: sqlite3.Connection, before: int, *, keep_marked: bool) -> int:
    """Put the keys of the runs that are to go in `temp.going`, and return how many they are."""
    db.execute("DROP TABLE IF EXISTS temp.going")
    db.execute("CREATE TABLE temp.going (key INTEGER PRIMARY KEY)")
    params = {"before": before, "until": run_span.keys_until(db, before)}
    db.execute(
        f"""INSERT INTO temp.going SELECT r.key FROM runs r
            WHERE r.key < :until AND {_OLD} AND NOT {_stays(keep_marked)}""",
        params,
    )
    db.execute("DROP TABLE IF EXISTS temp.billed")
    # no index leads from an attempt to its lines in the ledger
    db.execute("CREATE TABLE temp.billed (attempt_key INTEGER, key INTEGER)")
    db.execute(
        """INSERT INTO temp.billed SELECT l.attempt_key, l.key FROM budget_ledger l
            JOIN attempts a ON a.key = l.attempt_key JOIN steps s ON s.key = a.step_key
            WHERE s.run_key IN (SELECT key FROM temp.going)"""
    )
    db.execute("CREATE INDEX temp.billed_by_attempt ON billed(attempt_key)")
    return database.value(db, "SELECT count(*) FROM temp.going")


def measured(db: sqlite3.Connection, before: int, *, keep_marked: bool) -> Old:
    """Return what would go; the caller has begun a transaction for reading."""
    gather(db, before, keep_marked=keep_marked)
    params = {"before": before, "until": run_span.keys_until(db, before)}
    cost, first, last, runs = db.execute(
        """SELECT coalesce(sum(cost_nano_usd), 0), min(started_at), max(started_at), count(*)
            FROM runs WHERE key IN (SELECT key FROM temp.going)"""
    ).fetchone()
    old = f"FROM runs r WHERE r.key < :until AND {_OLD}"
    proof = database.value(db, f"SELECT count(*) {old} AND {_PROVES}", params)
    staying = database.value(db, f"SELECT count(*) {old} AND {_stays(keep_marked)}", params)
    losing = f"SELECT count(*) FROM ({_COMPARISONS} (SELECT key FROM temp.going))"
    unused_texts.find(db, without_going=True)
    size = unused_texts.size(db)
    return Old(
        before=before,
        runs=runs,
        kept_marked=staying - proof,
        kept_proof=proof,
        comparisons=database.value(db, losing),
        texts=size.texts,
        text_bytes=size.stored,
        cost_nano_usd=cost,
        first_at=first,
        last_at=last,
    )


def over_limit(db: sqlite3.Connection) -> int:
    """Return how many runs are older than the workspace's age limit and would go; 0 without one."""
    days = daily.age_limit(db)
    if not days:
        return 0
    before = clock.now() - days * DAY_US
    sql = f"""SELECT count(*) FROM runs r WHERE r.key < :until AND {_OLD}
        AND NOT {_stays(keep_marked=True)}"""
    return database.value(db, sql, {"before": before, "until": run_span.keys_until(db, before)})


def still_old(
    db: sqlite3.Connection, keys: Sequence[int], before: int, *, keep_marked: bool
) -> list[int]:
    """Return those of the runs that are still to go: others may mark one or reuse it meanwhile."""
    _batch(db, keys)
    sql = f"""SELECT r.key FROM runs r WHERE r.key IN (SELECT key FROM temp.batch) AND {_OLD}
        AND NOT {_stays(keep_marked)}"""
    return [row[0] for row in db.execute(sql, {"before": before}).fetchall()]


def delete(db: sqlite3.Connection, keys: Sequence[int]) -> None:
    """Delete runs with their steps, attempts, usage and marks; the caller is writing.

    Their comparisons get a new sequence, so that windows read them again.
    """
    _batch(db, keys)
    batch = "(SELECT key FROM temp.batch)"
    steps = f"(SELECT key FROM steps WHERE run_key IN {batch})"
    attempts = f"(SELECT key FROM attempts WHERE step_key IN {steps})"
    touched = [row[0] for row in db.execute(f"{_COMPARISONS} {batch}").fetchall()]
    for sql in (
        f"""UPDATE budget_ledger SET attempt_key = NULL WHERE key IN
            (SELECT key FROM temp.billed WHERE attempt_key IN {attempts})""",
        f"DELETE FROM usage WHERE attempt_key IN {attempts}",
        f"DELETE FROM attempts WHERE step_key IN {steps}",
        f"DELETE FROM steps WHERE run_key IN {batch}",
        f"DELETE FROM reused WHERE run_key IN {batch}",
        f"DELETE FROM marks WHERE target = 'run' AND target_key IN {batch}",
        f"DELETE FROM runs WHERE key IN {batch}",
    ):
        db.execute(sql)
    seq = database.next_seq(db)
    sql = "UPDATE comparisons SET seq = ? WHERE key = ?"
    db.executemany(sql, [(seq, key) for key in touched])


def _stays(keep_marked: bool) -> str:
    return f"({_PROVES} OR {_MARKED})" if keep_marked else _PROVES


def _batch(db: sqlite3.Connection, keys: Sequence[int]) -> None:
    db.execute("CREATE TABLE IF NOT EXISTS temp.batch (key INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM temp.batch")
    db.executemany("INSERT INTO temp.batch VALUES (?)", [(key,) for key in keys])
