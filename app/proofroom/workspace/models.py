"""The catalogue of models: what is known of each, favourites, those that are gone, their prices."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from proofroom import clock
from proofroom.domain.message import storable
from proofroom.domain.model import OWN, has_name, notice
from proofroom.domain.usage import Bucket, PriceRow
from proofroom.workspace import database, prices, providers
from proofroom.workspace.providers import Offer

_FACTS = """SELECT m.key, p.name AS provider, m.name, m.context_window AS window, m.max_output,
    m.modalities, m.retires_on, m.favourite, m.gone_at, m.source
    FROM models m JOIN providers p ON p.key = m.provider_key"""
_PLAIN = """SELECT model_key, key, bucket, nano_usd_per_million, valid_from, source FROM prices
    WHERE tier = '' AND threshold = 0 AND bucket IN ('input', 'output') AND valid_from <= ?
    ORDER BY model_key, valid_from, key"""


class Facts(Struct, frozen=True, kw_only=True):
    """What is known of a model; sizes in tokens, `gone_at` in us, `favourite` is 0 or 1."""

    key: int
    provider: str
    name: str
    window: int | None
    max_output: int | None
    modalities: str
    retires_on: str
    favourite: int
    gone_at: int | None
    source: str

    @property
    def full_name(self) -> str:
        """Return `provider/name`, the form that people type."""
        return f"{self.provider}/{self.name}"


class Line(Struct, frozen=True, kw_only=True):
    """A model with its price of the first token (nano-USD a million); None where unknown."""

    facts: Facts
    input: int | None
    output: int | None
    own: bool = False


class Taken(Struct, frozen=True, kw_only=True):
    """What a provider's list changed here: models in it, new ones, gone ones, those back again."""

    models: int
    new: int
    gone: int
    back: int


def listed(
    db: sqlite3.Connection, *, provider: str = "", search: str = "", favourites: bool = False
) -> list[Line]:
    """Return the models of the catalogue, favourites first, those that are gone among them.

    `search` holds words that each stand somewhere in `provider/name`.
    """
    sql = f"""{_FACTS} WHERE m.listed AND (? = '' OR p.name = ?) AND (NOT ? OR m.favourite)
        ORDER BY m.favourite DESC, p.name, m.name"""
    wanted, words = storable(provider), storable(search).casefold().split()
    rows = database.fetch(db, sql, (wanted, wanted, favourites), Facts)
    found = [one for one in rows if all(word in one.full_name.casefold() for word in words)]
    priced = _plain_prices(db)
    return [line_of(one, priced.get(one.key, ())) for one in found]


def facts(db: sqlite3.Connection, full_name: str) -> Facts:
    """Return what is known of a model.

    Raises ProofroomError as `providers.model` does.
    """
    key = providers.model(db, full_name).key
    return by_key(db, key)


def by_key(db: sqlite3.Connection, key: int) -> Facts:
    """Return what is known of the model with that key; it must be there."""
    found = database.first(db, f"{_FACTS} WHERE m.key = ?", (key,), Facts)
    if found is None:
        raise RuntimeError(f"no model {key}")
    return found


def line_of(one: Facts, rows: Sequence[PriceRow]) -> Line:
    """Return a model's line, of the price rows of one tier, the oldest first."""
    held: dict[Bucket, PriceRow] = {
        row.bucket: row for row in prices.holding(rows) if not row.threshold
    }
    sums = {bucket: row.nano_usd_per_million for bucket, row in held.items()}
    own = any(row.source == OWN for row in held.values())
    return Line(facts=one, input=sums.get("input"), output=sums.get("output"), own=own)


def set_favourite(db: sqlite3.Connection, key: int, favourite: bool) -> None:
    """Put a model before the others wherever one is chosen, or no longer."""
    with database.writing(db):
        db.execute(
            "UPDATE models SET favourite = ?, seq = ? WHERE key = ?",
            (favourite, database.next_seq(db), key),
        )


def notice_of(one: Facts, today: date) -> str:
    """Return what to say where a model is asked for that is gone or about to go; '' of others."""
    gone_on = "" if one.gone_at is None else str(clock.local(one.gone_at).date())
    return notice(one.provider, gone_on=gone_on, retires_on=one.retires_on, today=today)


def notices(db: sqlite3.Connection) -> dict[str, str]:
    """Return what is to be said of models that are gone or about to go, by full name."""
    sql = f"{_FACTS} WHERE m.gone_at IS NOT NULL OR m.retires_on <> ''"
    today = clock.local(clock.now()).date()
    found = {one.full_name: notice_of(one, today) for one in database.fetch(db, sql, (), Facts)}
    return {name: words for name, words in found.items() if words}


def take_list(db: sqlite3.Connection, provider: str, offers: Sequence[Offer], *, at: int) -> Taken:
    """Keep what a provider's own list says at the time `at` (us), and mark what is not in it.

    Prices of the list that say the same as what holds without the user's own are not repeated.
    """
    key = providers.by_name(db, provider).key
    before = dict(
        db.execute(
            "SELECT name, gone_at FROM models WHERE provider_key = ? AND listed", (key,)
        ).fetchall()
    )
    offers = [_news_alone(db, provider, one, at) for one in offers]
    providers.offer(db, provider, offers)
    names = frozenset(storable(one.name) for one in offers)
    there = {name for name in before if has_name(name, names)}
    gone = [name for name, gone_at in before.items() if gone_at is None and name not in there]
    back = [name for name, gone_at in before.items() if gone_at is not None and name in there]
    with database.writing(db):
        seq = database.next_seq(db)
        sql = "UPDATE models SET gone_at = ?, seq = ? WHERE provider_key = ? AND name = ?"
        db.executemany(sql, [(at, seq, key, name) for name in gone])
        db.executemany(sql, [(None, seq, key, name) for name in back])
    new = len(names - before.keys())
    return Taken(models=len(names), new=new, gone=len(gone), back=len(back))


def _news_alone(db: sqlite3.Connection, provider: str, one: Offer, at: int) -> Offer:
    """Return an offer without the prices that hold already, its source told beside the present."""
    known = providers.known_model(db, provider, one.name)
    if known is None:
        return one
    rows = [row for row in prices.history(db, known.key) if row.valid_from <= at]
    given = [row for row in reversed(rows) if not row.source.startswith(OWN) and not row.tier]
    held = {(row.bucket, row.threshold): row for row in prices.holding(given)}
    new = tuple(
        row
        for row in one.prices
        if (row.bucket, row.threshold) not in held
        or held[row.bucket, row.threshold].nano_usd_per_million != row.nano_usd_per_million
    )
    first = by_key(db, known.key).source.partition("; ")[0]
    both = f"{first}; {one.source}" if first and first != one.source else one.source
    return Offer(
        name=one.name,
        window=one.window,
        max_output=one.max_output,
        modalities=one.modalities,
        retires_on=one.retires_on,
        prices=new,
        path=one.path,
        source=both,
    )


def _plain_prices(db: sqlite3.Connection) -> dict[int, list[PriceRow]]:
    found: dict[int, list[PriceRow]] = {}
    for model, key, bucket, nano, at, source in db.execute(_PLAIN, (clock.now(),)).fetchall():
        row = PriceRow(
            bucket=bucket, nano_usd_per_million=nano, valid_from=at, source=source, key=key
        )
        found.setdefault(model, []).append(row)
    return found
