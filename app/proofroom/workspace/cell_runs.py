"""The cells of a comparison with the newest run of each sample in them."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from proofroom.domain.message import Part
from proofroom.domain.run import Failure, Status
from proofroom.workspace import database, texts
from proofroom.workspace.removed_columns import is_there


class CellRun(Struct, frozen=True, kw_only=True):
    """The newest run of one sample of a cell; `status` None while it is under way."""

    row_key: int
    column_key: int
    sample: int
    run_key: int
    run_id: str
    status: Status | None
    failure: Failure | None
    title: str | None
    detail: str | None
    started_at: int
    latency_us: int | None
    first_token_us: int | None
    tokens_in: int | None
    tokens_out: int | None
    cost_nano_usd: int | None
    finish_reason: str | None
    warnings: str | None
    output_key: int | None
    attempts: int
    cached: bool
    asked_model: str
    answering_model: str | None


_RUN = """SELECT e.row_key, e.column_key, {sample} AS sample, r.key AS run_key, r.id AS run_id,
    r.status, r.failure, r.title, r.detail, r.started_at, r.latency_us, r.first_token_us,
    r.tokens_in, r.tokens_out, r.cost_nano_usd, r.finish_reason, r.warnings, r.output_key,
    (SELECT count(*) FROM steps s JOIN attempts a ON a.step_key = s.key WHERE s.run_key = r.key)
        AS attempts, {cached} AS cached, m.name AS asked_model, n.name AS answering_model
    FROM {source} JOIN models m ON m.key = r.model_key
    LEFT JOIN models n ON n.key = r.answering_key"""
_OWN = (
    _RUN.format(sample="r.sample", cached="0", source="cells e JOIN runs r ON r.cell_key = e.key")
    + f""" WHERE e.row_key = ? AND {is_there("e.column_key")} AND r.key =
        (SELECT max(x.key) FROM runs x WHERE x.cell_key = e.key AND x.sample = r.sample)"""
)
_REUSED = (
    _RUN.format(
        sample="u.sample",
        cached="1",
        source="cells e JOIN reused u ON u.cell_key = e.key JOIN runs r ON r.key = u.run_key",
    )
    + f" WHERE e.row_key = ? AND {is_there('e.column_key')}"
)


def cell_keys(db: sqlite3.Connection, key: int) -> dict[tuple[int, int], int]:
    """Return the key of each cell by its row's and column's keys."""
    sql = """SELECT e.row_key, e.column_key, e.key FROM cells e
        JOIN comparison_rows r ON r.key = e.row_key WHERE r.comparison_key = ?"""
    return {(row[0], row[1]): row[2] for row in db.execute(sql, (key,)).fetchall()}


def of_row(db: sqlite3.Connection, row_key: int) -> list[CellRun]:
    """Return the newest run of each sample of each cell in a row; an answer asked anew wins.

    Cells of columns that were taken out are left out.
    """
    found = [
        *database.fetch(db, _REUSED, (row_key,), CellRun),
        *database.fetch(db, _OWN, (row_key,), CellRun),
    ]
    latest: dict[tuple[int, int], CellRun] = {}
    for run in found:
        place = (run.column_key, run.sample)
        if place not in latest or run.run_key >= latest[place].run_key:
            latest[place] = run
    return list(latest.values())


def answered(db: sqlite3.Connection, key: int) -> dict[tuple[int, int], bytes]:
    """Return what was asked by the answers that stand in cells, by cell key and sample."""
    sql = """SELECT e.key, {sample}, r.call_hash, r.key FROM comparison_rows w
        JOIN cells e ON e.row_key = w.key JOIN {source} WHERE w.comparison_key = ?
        AND r.status = 'ok' ORDER BY r.key"""
    own = sql.format(sample="r.sample", source="runs r ON r.cell_key = e.key")
    reused = sql.format(
        sample="u.sample",
        source="reused u ON u.cell_key = e.key JOIN runs r ON r.key = u.run_key",
    )
    found = db.execute(reused, (key,)).fetchall() + db.execute(own, (key,)).fetchall()
    return {(row[0], row[1]): row[2] for row in sorted(found, key=lambda row: row[3])}


def output(db: sqlite3.Connection, output_key: int | None) -> tuple[Part, ...]:
    """Return the parts of a stored output."""
    return () if output_key is None else texts.value(db, output_key, tuple[Part, ...])


def reuse(db: sqlite3.Connection, cell_key: int, sample: int, run_key: int) -> None:
    """Let a cell show an answer that was given before; the caller is writing."""
    db.execute(
        "INSERT OR REPLACE INTO reused (cell_key, sample, run_key) VALUES (?, ?, ?)",
        (cell_key, sample, run_key),
    )
