"""Workspaces with runs for the Runs page: one of each kind, and thousands of a kind."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.ui.support import compare_data

from proofroom import clock
from proofroom.workspace import database

_COLUMNS = """source, cell_key, sample, prompt_key, version_key, content_key, environment,
    model_key, adapter_key, engine, input_key, offset_s, ended_at, status, latency_us,
    first_token_us, finish_reason, output_key, tokens_in, tokens_out,
    cost_nano_usd, retry_nano_usd, warnings"""
_COPIES = f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO runs (id, started_at, {_COLUMNS})
    SELECT printf('%s%015d', substr(r.id, 1, 11), n.i), r.started_at + n.i * 1000, {_COLUMNS}
    FROM n JOIN runs r ON r.key = (SELECT min(key) FROM runs) + (n.i * 7) % 15"""  # noqa: S608 - ours


def filled(path: Path) -> int:
    """Fill a workspace with fifteen runs of one comparison; return the comparison's key."""
    with closing(database.connect(path)) as db:
        return compare_data.filled(db)


def another(path: Path, key: int, text: str = "A new answer", *, row: int = 2) -> int:
    """Keep one more run of a comparison, as another process would; return its key."""
    with closing(database.connect(path)) as db:
        return compare_data.cell(db, key, row, 0, text)


def many(db: sqlite3.Connection, count: int) -> None:
    """Add copies of the first fifteen runs, a millisecond apart."""
    with database.writing(db):
        db.execute(_COPIES, (count,))


_SHIFTS = """CREATE TEMP TABLE shifts AS SELECT key, :now - (:newest - key) * 97000000 - started_at
    AS us FROM runs"""
_OLDER = (
    "CREATE INDEX temp.shifts_by_key ON shifts(key)",
    """UPDATE attempts SET sent_at = sent_at + (SELECT us FROM shifts JOIN steps s
        ON s.run_key = shifts.key WHERE s.key = attempts.step_key)""",
    """UPDATE runs SET started_at = started_at + us, ended_at = ended_at + us FROM shifts
        WHERE shifts.key = runs.key""",
    "DROP TABLE shifts",
)


def older(db: sqlite3.Connection) -> None:
    """Let each run begin 97 s before the next one, the newest a moment ago."""
    newest = database.value(db, "SELECT max(key) FROM runs")
    with database.writing(db):
        db.execute(_SHIFTS, {"now": clock.now(), "newest": newest})
        for sql in _OLDER:
            db.execute(sql)
