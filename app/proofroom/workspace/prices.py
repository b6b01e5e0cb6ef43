"""Price rows of models: dated, each naming its source, never changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from proofroom.domain.usage import PriceRow
from proofroom.workspace import database

_OF = """SELECT key, bucket, tier, threshold, nano_usd_per_million, valid_from, source
    FROM prices WHERE model_key = ? AND valid_from <= ? AND tier = ?
    ORDER BY valid_from, key"""
# the last of one day holds: a price may be put right, and put back
_HOLDS = """SELECT nano_usd_per_million FROM prices WHERE model_key = ? AND bucket = ?
    AND tier = ? AND threshold = ? AND valid_from = ? ORDER BY key DESC LIMIT 1"""
_ADD = """INSERT INTO prices (model_key, bucket, tier, threshold, valid_from,
    nano_usd_per_million, source) VALUES (?, ?, ?, ?, ?, ?, ?)"""


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
    """Keep price rows that say something else than what holds; the caller is writing."""
    for row in rows:
        place = (model_key, row.bucket, row.tier, row.threshold, row.valid_from)
        if database.value(db, _HOLDS, place) != row.nano_usd_per_million:
            db.execute(_ADD, (*place, row.nano_usd_per_million, row.source))
