"""Price rows of models: dated, each naming its source, never changed; the user's own go first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from proofroom.domain.model import OWN, OWN_ENDED
from proofroom.domain.usage import Bucket, PriceRow
from proofroom.workspace import database

_COLUMNS = "key, bucket, tier, threshold, nano_usd_per_million, valid_from, source"
_OF = f"""SELECT {_COLUMNS} FROM prices WHERE model_key = ? AND valid_from <= ? AND tier = ?
    ORDER BY valid_from, key"""
_HISTORY = f"SELECT {_COLUMNS} FROM prices WHERE model_key = ? ORDER BY valid_from DESC, key DESC"
# the last of one day holds: a price may be put right, and put back
_HOLDS = """SELECT nano_usd_per_million FROM prices WHERE model_key = ? AND bucket = ?
    AND tier = ? AND threshold = ? AND valid_from = ? AND source NOT IN (?, ?)
    ORDER BY key DESC LIMIT 1"""
_ADD = """INSERT INTO prices (model_key, bucket, tier, threshold, valid_from,
    nano_usd_per_million, source) VALUES (?, ?, ?, ?, ?, ?, ?)"""


def of_model(
    db: sqlite3.Connection, model_key: int, at: int, *, tier: str = ""
) -> tuple[PriceRow, ...]:
    """Return the price rows of a model that hold at the time `at` (us): the latest of each.

    A bucket that the user priced has no other rows than the user's.
    """
    return holding(database.fetch(db, _OF, (model_key, at, tier), PriceRow))


def holding(rows: Iterable[PriceRow]) -> tuple[PriceRow, ...]:
    """Return the rows of one tier that hold, of all up to a day, the oldest first."""
    given: dict[tuple[Bucket, int], PriceRow] = {}
    own: dict[tuple[Bucket, int], PriceRow] = {}
    for row in rows:
        place = (row.bucket, row.threshold)
        if row.source == OWN_ENDED:
            own.pop(place, None)
        elif row.source == OWN:
            own[place] = row
        else:
            given[place] = row
    priced = {bucket for bucket, _ in own}
    return (*own.values(), *(row for row in given.values() if row.bucket not in priced))


def history(db: sqlite3.Connection, model_key: int) -> list[PriceRow]:
    """Return every price row that a model ever had, the latest first."""
    return database.fetch(db, _HISTORY, (model_key,), PriceRow)


def add(db: sqlite3.Connection, model_key: int, rows: Sequence[PriceRow]) -> None:
    """Keep price rows that say something else than what holds; the caller is writing."""
    for row in rows:
        place = (model_key, row.bucket, row.tier, row.threshold, row.valid_from)
        if database.value(db, _HOLDS, (*place, OWN, OWN_ENDED)) != row.nano_usd_per_million:
            db.execute(_ADD, (*place, row.nano_usd_per_million, row.source))


def set_own(
    db: sqlite3.Connection, model_key: int, nano_usd: Mapping[Bucket, int], *, valid_from: int
) -> None:
    """Let the user's own prices (nano-USD for a million tokens) hold from a time (us) on.

    What ran before keeps the price rows that it was reckoned with.
    """
    with database.writing(db):
        for bucket, price in nano_usd.items():
            db.execute(_ADD, (model_key, bucket, "", 0, valid_from, price, OWN))
        _touch(db, model_key)


def remove_own(db: sqlite3.Connection, model_key: int, *, at: int) -> int:
    """End the user's own prices from the time `at` (us) on; return how many buckets had one.

    A row says so: those that runs were reckoned with stay. Prices set for a later day end too.
    """
    with database.writing(db):
        rows = [row for row in reversed(history(db, model_key)) if row.source in {OWN, OWN_ENDED}]
        now = holding(row for row in rows if row.valid_from <= at)
        last = {(row.bucket, row.threshold, row.valid_from): row for row in rows}
        later = [row for row in last.values() if row.valid_from > at and row.source == OWN]
        for row, end in [(row, at) for row in now] + [(row, row.valid_from) for row in later]:
            place = (model_key, row.bucket, row.tier, row.threshold, end)
            db.execute(_ADD, (*place, row.nano_usd_per_million, OWN_ENDED))
        if now or later:
            _touch(db, model_key)
    return len({row.bucket for row in (*now, *later)})


def _touch(db: sqlite3.Connection, model_key: int) -> None:
    seq = database.next_seq(db)
    db.execute("UPDATE models SET seq = ? WHERE key = ?", (seq, model_key))
