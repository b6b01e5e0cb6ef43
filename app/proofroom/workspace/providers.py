"""Providers and their models as rows of the workspace."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from msgspec import Struct, structs

from proofroom import clock, ids
from proofroom.domain.message import storable
from proofroom.domain.provider import Model, Provider, split_model
from proofroom.domain.usage import PriceRow
from proofroom.errors import ProofroomError
from proofroom.workspace import database, prices

EMBEDDED = Provider(name="local", adapter="embedded", needs_key=False, concurrency=2)
SMOLLM2 = "smollm2"
FREE = "runs on this laptop"


class Offer(Struct, frozen=True, kw_only=True):
    """A model of a provider's catalogue with its prices, to be kept in the workspace.

    Sizes in tokens; what is None or '' is not known and changes nothing.
    """

    name: str
    window: int | None = None
    max_output: int | None = None
    modalities: str = ""
    retires_on: str = ""
    prices: tuple[PriceRow, ...] = ()
    path: str = ""
    source: str = ""


_PROVIDER = """SELECT p.key, p.name, p.adapter, p.dialect, p.url, p.needs_key, p.concurrency,
    p.forbidden, p.fields, coalesce(k.name, 'default') AS key_name, k.added_at AS key_added_at,
    coalesce(k.variable, '') AS key_variable
    FROM providers p LEFT JOIN provider_keys k ON k.provider_key = p.key AND k.chosen = 1"""
_MODEL = """SELECT m.key, p.name AS provider, m.name, m.path, m.context_window AS window,
    m.max_output, m.favourite FROM models m JOIN providers p ON p.key = m.provider_key"""


def listed(db: sqlite3.Connection) -> list[Provider]:
    """Return the providers of this workspace by name."""
    return [_typed(p) for p in database.fetch(db, f"{_PROVIDER} ORDER BY p.name", (), Provider)]


def by_name(db: sqlite3.Connection, name: str) -> Provider:
    """Return a provider.

    Raises ProofroomError if this workspace has none of that name.
    """
    name = storable(name)
    found = database.first(db, f"{_PROVIDER} WHERE p.name = ?", (name,), Provider)
    if found is None:
        known = ", ".join(provider.name for provider in listed(db)) or "none yet"
        raise ProofroomError(
            f"There is no provider “{name}”",
            where="this workspace",
            fix=f"Add it with `proofroom providers add {name}`. Known here: {known}.",
        )
    return _typed(found)


def put(db: sqlite3.Connection, provider: Provider) -> Provider:
    """Add a provider, or change the one of that name, and return it with its key."""
    with database.writing(db):
        _put(db, provider)
    return by_name(db, provider.name)


def forbid(db: sqlite3.Connection, name: str, *, forbidden: bool) -> None:
    """Keep everything of this workspace from a provider, or allow it again.

    Raises ProofroomError if this workspace has none of that name.
    """
    key = by_name(db, name).key
    with database.writing(db):
        db.execute(
            "UPDATE providers SET forbidden = ?, seq = ? WHERE key = ?",
            (forbidden, database.next_seq(db), key),
        )


def models(db: sqlite3.Connection, *, provider: str = "", query: str = "") -> list[Model]:
    """Return the models that can be asked, favourites first, then by provider and name."""
    sql = f"""{_MODEL} WHERE m.gone_at IS NULL AND m.listed AND (? = '' OR p.name = ?)
        AND instr(lower(p.name || '/' || m.name), lower(?)) > 0
        ORDER BY m.favourite DESC, p.name, m.name"""
    wanted = storable(provider)
    return database.fetch(db, sql, (wanted, wanted, storable(query)), Model)


def model(db: sqlite3.Connection, full_name: str) -> Model:
    """Return the model that `PROVIDER/NAME` names, as it is known here.

    Raises ProofroomError if the form is wrong, or the provider or the model is not known here.
    """
    provider, name = split_model(storable(full_name))
    by_name(db, provider)
    found = database.first(db, f"{_MODEL} WHERE p.name = ? AND m.name = ?", (provider, name), Model)
    if found is None:
        raise ProofroomError(
            f"{provider} has no model “{name}” here",
            where="this workspace",
            fix=f"See `proofroom models list --provider {provider}`.",
        )
    return found


def known_model(db: sqlite3.Connection, provider: str, name: str) -> Model | None:
    """Return a provider's model if it is known here."""
    sql = f"{_MODEL} WHERE p.name = ? AND m.name = ?"
    return database.first(db, sql, (storable(provider), storable(name)), Model)


def model_by_key(db: sqlite3.Connection, key: int) -> Model:
    """Return the model with that key; it must be there."""
    found = database.first(db, f"{_MODEL} WHERE m.key = ?", (key,), Model)
    if found is None:
        raise RuntimeError(f"no model {key}")
    return found


def ensure_model(db: sqlite3.Connection, provider_key: int, name: str, *, listed: bool) -> int:
    """Return the key of a provider's model, made if it is not there; the caller is writing.

    `listed` is False for a name that only ever answered for another one.
    """
    name = storable(name)
    found = database.value(
        db, "SELECT key FROM models WHERE provider_key = ? AND name = ?", (provider_key, name)
    )
    if found is not None:
        return found
    sql = """INSERT INTO models (provider_key, name, path, source, listed, added_at, seq)
        VALUES (?, ?, '', '', ?, ?, ?)"""
    row = (provider_key, name, listed, clock.now(), database.next_seq(db))
    return db.execute(sql, row).lastrowid or 0


def ask_for(db: sqlite3.Connection, full_name: str) -> Model:
    """Return the model that `PROVIDER/NAME` names, added to its provider if it is new.

    Any name can be asked for: only the provider knows which models it has.
    Raises ProofroomError if the provider is not known here, or an embedded model is not.
    """
    provider_name, name = split_model(storable(full_name))
    provider = by_name(db, provider_name)
    if provider.adapter == "embedded":
        return model(db, full_name)
    with database.writing(db):
        ensure_model(db, provider.key, name, listed=True)
        db.execute(
            "UPDATE models SET listed = 1 WHERE provider_key = ? AND name = ?",
            (provider.key, name),
        )
    return model(db, full_name)


def offer(db: sqlite3.Connection, provider: str, offers: Sequence[Offer]) -> None:
    """Keep models of a provider with their prices; a price that is known already stays."""
    key = by_name(db, provider).key
    with database.writing(db):
        seq = database.next_seq(db)
        for one in offers:
            model_key = ensure_model(db, key, one.name, listed=True)
            db.execute(
                """UPDATE models SET context_window = coalesce(?, context_window),
                    max_output = coalesce(?, max_output),
                    modalities = coalesce(nullif(?, ''), modalities),
                    retires_on = coalesce(nullif(?, ''), retires_on),
                    path = ?, source = ?, listed = 1, seq = ? WHERE key = ?""",
                (
                    one.window,
                    one.max_output,
                    one.modalities,
                    one.retires_on,
                    one.path,
                    one.source,
                    seq,
                    model_key,
                ),
            )
            prices.add(db, model_key, one.prices)


def first_rows(db: sqlite3.Connection) -> None:
    """Give a new workspace the embedded model."""
    put(db, EMBEDDED)
    offer(db, EMBEDDED.name, [embedded_offer(SMOLLM2, window=2048)])


def embedded_offer(name: str, *, path: str = "", window: int | None = None) -> Offer:
    """Return a model that runs on this laptop and costs nothing."""
    free = tuple(
        PriceRow(bucket=bucket, nano_usd_per_million=0, source=FREE)
        for bucket in ("input", "output")
    )
    return Offer(name=name, path=path, window=window, prices=free, source=FREE)


def _put(db: sqlite3.Connection, provider: Provider) -> None:
    db.execute(
        """INSERT INTO providers (id, name, adapter, dialect, url, needs_key, concurrency,
            forbidden, fields, key_variable, added_at, seq)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?)
            ON CONFLICT (name) DO UPDATE SET adapter = excluded.adapter,
            dialect = excluded.dialect, url = excluded.url, needs_key = excluded.needs_key,
            concurrency = excluded.concurrency, forbidden = excluded.forbidden,
            fields = excluded.fields, seq = excluded.seq""",
        (
            ids.new_id(),
            storable(provider.name),
            provider.adapter,
            provider.dialect,
            storable(provider.url),
            provider.needs_key,
            provider.concurrency,
            provider.forbidden,
            storable(provider.fields),
            clock.now(),
            database.next_seq(db),
        ),
    )


def _typed(provider: Provider) -> Provider:
    return structs.replace(
        provider, needs_key=bool(provider.needs_key), forbidden=bool(provider.forbidden)
    )
