"""Which API keys a provider has by name, which of them is used, and when each was last used.

The keys themselves are in the keychain, under PROVIDER or PROVIDER/NAME, and never here.
"""

from __future__ import annotations

import sqlite3

from msgspec import Struct, structs

from proofroom.domain.message import storable
from proofroom.errors import ProofroomError
from proofroom.workspace import database, providers

_NAME_LIMIT = 40


class NamedKey(Struct, frozen=True, kw_only=True):
    """A key that a provider has; `variable` is the environment variable that holds it, '' for none.

    Times are in us UTC; `used_at` is None until a request left with it.
    """

    provider: str
    name: str
    variable: str = ""
    added_at: int = 0
    used_at: int | None = None
    chosen: bool = False


_KEYS = """SELECT p.name AS provider, k.name, k.variable, k.added_at, k.used_at, k.chosen
    FROM provider_keys k JOIN providers p ON p.key = k.provider_key"""


def listed(db: sqlite3.Connection, provider: str = "") -> list[NamedKey]:
    """Return the keys of a provider, or of all, the default one first."""
    sql = f"""{_KEYS} WHERE ? IN ('', p.name) ORDER BY p.name, k.name <> 'default', k.name"""
    found = database.fetch(db, sql, (storable(provider),), NamedKey)
    return [structs.replace(one, chosen=bool(one.chosen)) for one in found]


def put(db: sqlite3.Connection, provider: str, name: str, *, at: int, variable: str = "") -> None:
    """Note that a key was saved, or is held by a variable; it is used from now on."""
    owner, name = providers.by_name(db, provider).key, checked_name(name)
    with database.writing(db):
        db.execute(
            """INSERT INTO provider_keys (provider_key, name, variable, added_at, chosen, seq)
                VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT (provider_key, name) DO UPDATE SET
                variable = excluded.variable, added_at = excluded.added_at, seq = excluded.seq""",
            (owner, name, storable(variable), at, database.next_seq(db)),
        )
        _choose(db, owner, name)


def choose(db: sqlite3.Connection, provider: str, name: str) -> None:
    """Use the key of this name from now on. Raises ProofroomError if there is none."""
    owner, name = providers.by_name(db, provider).key, known(db, provider, name)
    with database.writing(db):
        _choose(db, owner, name)


def rename(db: sqlite3.Connection, provider: str, name: str, new: str) -> None:
    """Give a key another name. Raises ProofroomError if there is none, or the new one is taken."""
    owner, name, new = providers.by_name(db, provider).key, known(db, provider, name), new.strip()
    free(db, provider, new)
    with database.writing(db):
        db.execute(
            "UPDATE provider_keys SET name = ?, seq = ? WHERE provider_key = ? AND name = ?",
            (new, database.next_seq(db), owner, name),
        )


def remove(db: sqlite3.Connection, provider: str, name: str) -> None:
    """Forget a key; if it was the one in use, the oldest of the others is used."""
    owner = providers.by_name(db, provider).key
    with database.writing(db):
        db.execute(
            "DELETE FROM provider_keys WHERE provider_key = ? AND name = ?", (owner, storable(name))
        )
        chosen = "SELECT count(*) FROM provider_keys WHERE provider_key = ? AND chosen"
        oldest = "SELECT name FROM provider_keys WHERE provider_key = ? ORDER BY added_at, key"
        if not database.value(db, chosen, (owner,)):
            _choose(db, owner, database.value(db, oldest, (owner,)) or "")
        seq = database.next_seq(db)
        db.execute("UPDATE providers SET seq = ? WHERE key = ?", (seq, owner))


def used(db: sqlite3.Connection, provider_key: int, at: int) -> None:
    """Note that a request of a provider leaves with the key in use; the caller is writing."""
    db.execute(
        "UPDATE provider_keys SET used_at = ?, seq = ? WHERE provider_key = ? AND chosen",
        (at, database.next_seq(db), provider_key),
    )


def free(db: sqlite3.Connection, provider: str, name: str) -> None:
    """Raise ProofroomError if a key of a provider has this name, or none can have it."""
    if any(one.name == checked_name(name) for one in listed(db, provider)):
        raise ProofroomError(
            f"{provider} has a key “{name}” already", where="the name", fix="Choose another one."
        )


def known(db: sqlite3.Connection, provider: str, name: str) -> str:
    """Return the name of a key that a provider has. Raises ProofroomError if it has none of it."""
    names = [one.name for one in listed(db, provider)]
    if storable(name) not in names:
        raise ProofroomError(
            f"{provider} has no key “{name}”",
            where="this workspace",
            fix=f"It has {', '.join(names)}." if names else "It has none yet.",
        )
    return storable(name)


def checked_name(name: str) -> str:
    """Return a name that a key can have, without white space around it.

    Raises ProofroomError for another one.
    """
    name = storable(name).strip()
    if not name or "/" in name or not name.isprintable() or len(name) > _NAME_LIMIT:
        raise ProofroomError(
            f"“{name}” cannot be the name of a key",
            where="the name",
            fix=f"Use at most {_NAME_LIMIT} letters, digits and spaces, without a slash.",
        )
    return name


def _choose(db: sqlite3.Connection, owner: int, name: str) -> None:
    seq = database.next_seq(db)
    db.execute(
        "UPDATE provider_keys SET chosen = (name = ?), seq = ? WHERE provider_key = ?",
        (name, seq, owner),
    )
    db.execute("UPDATE providers SET seq = ? WHERE key = ?", (seq, owner))
