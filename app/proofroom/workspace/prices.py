"""Price rows of models: dated, each naming its source, never changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from proofroom.domain.usage import PriceRow
from proofroom.workspace import database

_OF = """SELECT key, bucket, tier, threshold, nano_usd_per_million, valid_from, source
    FROM prices WHERE model_key = ? AND valid_from <= ? AND tier = ?
    ORDER BY valid_from, key"""


def of_model(
    db: sqlite3.Connection, model_key: int, at: int, *, tier: str = ""
) -> tuple[PriceRow, ...]:
    """Return the price rows of a model that hold at the time `at` (us): the latest of each."""
    latest = {
        (row.bucket, row.threshold): row
        for row in database.fetch(db, _OF, (model_key, at, tier), PriceRow)
    }
    return tuple(latest.values())


def add(db: sqlite3.Connection, model_key: int, rows: Sequence[PriceRow]) -> None:
    """Keep price rows that are not known yet; the caller is writing."""
    for row in rows:
        known = database.value(
            db,
            """SELECT 1 FROM prices WHERE model_key = ? AND bucket = ? AND tier = ?
                AND threshold = ? AND valid_from = ? AND nano_usd_per_million = ?""",
            (
                model_key,
                row.bucket,
                row.tier,
                row.threshold,
                row.valid_from,
                row.nano_usd_per_million,
            ),
        )
        if known is None:
            db.execute(
                """INSERT INTO prices (model_key, bucket, tier, threshold, nano_usd_per_million,
                    valid_from, source) VALUES (?, ?, ?, ?, ?, ?, ?)""",
                (
                    model_key,
                    row.bucket,
                    row.tier,
                    row.threshold,
                    row.nano_usd_per_million,
                    row.valid_from,
                    row.source,
                ),
            )
