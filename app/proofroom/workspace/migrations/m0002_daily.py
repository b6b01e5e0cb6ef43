"""Fields and named keys of providers, facts of models, and runs by their cost and latency."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

KEYS_OF_PROVIDERS = """INSERT INTO provider_keys
    (provider_key, name, variable, added_at, chosen, seq)
    SELECT key, 'default', key_variable, coalesce(key_added_at, added_at), 1, seq
    FROM providers WHERE key_added_at IS NOT NULL OR key_variable <> ''"""
# `fields` is JSON of what a provider asks for besides its address and key (region, project);
# a key's `name` is that of the keychain's entry, `variable` the environment variable that holds it.
_STATEMENTS = (
    "ALTER TABLE providers ADD COLUMN fields TEXT NOT NULL DEFAULT '{}'",
    """CREATE TABLE provider_keys (key INTEGER PRIMARY KEY,
        provider_key INTEGER NOT NULL REFERENCES providers(key), name TEXT NOT NULL,
        variable TEXT NOT NULL, added_at INTEGER NOT NULL, used_at INTEGER,
        chosen INTEGER NOT NULL, seq INTEGER NOT NULL, UNIQUE (provider_key, name)) STRICT""",
    "CREATE INDEX provider_keys_by_seq ON provider_keys(seq)",
    KEYS_OF_PROVIDERS,
    "ALTER TABLE models ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE models ADD COLUMN max_output INTEGER",
    "ALTER TABLE models ADD COLUMN modalities TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE models ADD COLUMN retires_on TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX runs_by_cost ON runs(cost_nano_usd) WHERE cost_nano_usd > 0",
    "CREATE INDEX runs_by_latency ON runs(latency_us) WHERE latency_us IS NOT NULL",
)


def apply(db: Database) -> None:
    """Add what schema 2 has more than schema 1; the caller holds the transaction."""
    connection: sqlite3.Connection = db.conn
    for statement in _STATEMENTS:
        connection.execute(statement)
