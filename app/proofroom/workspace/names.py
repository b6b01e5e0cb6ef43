"""Names of versions, comparisons and models, for a list that is searched in memory."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from proofroom.workspace import database

MOST = 1_000
"""The newest of each kind; more would make a keystroke slow."""
_LOOKED = 20_000


class Named(Struct, frozen=True, kw_only=True):
    """Something with a name, and what is said beside it; `place` is how its page knows it."""

    id: str
    name: str
    note: str
    place: str


# those that were typed in are few among the tries: no more than so many keys are looked through
_COMPARISONS = """SELECT id, name, '' AS note, CAST(key AS TEXT) AS place FROM comparisons
    WHERE key > (SELECT coalesce(max(key), 0) FROM comparisons) - :looked
    AND source = 'comparison' AND archived_at IS NULL ORDER BY key DESC LIMIT :most"""
_VERSIONS = """SELECT v.id, p.name || ' v' || v.number AS name, v.note,
    v.prompt_key || '/' || v.key AS place FROM versions v JOIN prompts p ON p.key = v.prompt_key
    WHERE v.key > (SELECT coalesce(max(key), 0) FROM versions) - :looked
    AND v.archived_at IS NULL AND p.archived_at IS NULL ORDER BY v.key DESC LIMIT :most"""
_MODELS = """SELECT p.name || '/' || m.name AS id, m.name, p.name AS note,
    p.name || '/' || m.name AS place FROM models m JOIN providers p ON p.key = m.provider_key
    WHERE m.listed AND :looked ORDER BY m.key DESC LIMIT :most"""
_KINDS = {"Versions": _VERSIONS, "Comparisons": _COMPARISONS, "Models": _MODELS}


def all_named(db: sqlite3.Connection) -> dict[str, list[Named]]:
    """Return the newest of each kind, newest first."""
    params = {"looked": _LOOKED, "most": MOST}
    return {kind: database.fetch(db, sql, params, Named) for kind, sql in _KINDS.items()}
