"""Inputs in named sets, kept with the prompt."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from proofroom import clock, ids
from proofroom.domain.message import storable, storable_json
from proofroom.errors import ProofroomError
from proofroom.workspace import database, texts

Values = dict[str, Any]
DEFAULT_SET = "Inputs"
NAME_LIMIT = 200


class InputSet(Struct, frozen=True, kw_only=True):
    """A named set of inputs and how many it holds."""

    key: int
    id: str
    prompt_key: int
    name: str
    size: int


class Input(Struct, frozen=True, kw_only=True):
    """Named values for a prompt's variables."""

    key: int
    id: str
    set_key: int
    number: int
    name: str
    values: Values


_SETS = """SELECT s.key, s.id, s.prompt_key, s.name, (SELECT count(*) FROM inputs i
    WHERE i.set_key = s.key AND i.archived_at IS NULL) AS size
    FROM input_sets s WHERE s.prompt_key = ? AND s.archived_at IS NULL ORDER BY s.key"""
_SET_BY_NAME = """SELECT key, name FROM input_sets
    WHERE prompt_key = ? AND name = ? COLLATE NOCASE AND archived_at IS NULL AND key IS NOT ?"""
_LAST = "SELECT coalesce(max(number), 0) FROM inputs WHERE set_key = ?"
_INPUTS = """SELECT key, id, set_key, number, name, values_key FROM inputs
    WHERE set_key = ? AND archived_at IS NULL ORDER BY number, key"""


def sets(db: sqlite3.Connection, prompt_key: int) -> list[InputSet]:
    """Return a prompt's sets of inputs, oldest first."""
    return database.fetch(db, _SETS, (prompt_key,), InputSet)


def of_set(db: sqlite3.Connection, set_key: int) -> list[Input]:
    """Return the inputs of a set in order."""
    return [
        Input(
            key=row[0],
            id=row[1],
            set_key=row[2],
            number=row[3],
            name=row[4],
            values=texts.value(db, row[5], Values),
        )
        for row in db.execute(_INPUTS, (set_key,)).fetchall()
    ]


def of_prompt(db: sqlite3.Connection, prompt_key: int) -> list[Input]:
    """Return all inputs of a prompt, set by set."""
    return [one for chosen in sets(db, prompt_key) for one in of_set(db, chosen.key)]


def add(
    db: sqlite3.Connection,
    prompt_key: int,
    rows: list[tuple[str, Values]],
    *,
    to: str = DEFAULT_SET,
) -> list[int]:
    """Add named inputs to the end of a set and return their keys."""
    with database.writing(db):
        set_key = _set_key(db, prompt_key, to)
        start = database.value(db, _LAST, (set_key,))
        return [
            db.execute(
                """INSERT INTO inputs (id, set_key, number, name, values_key, changed_at, seq)
                    VALUES (?, ?, ?, ?, ?, ?, ?)""",
                (
                    ids.new_id(),
                    set_key,
                    start + place,
                    storable(name) or f"Input {start + place}",
                    texts.put(db, encoded(values), texts.JSON),
                    clock.now(),
                    database.next_seq(db),
                ),
            ).lastrowid
            or 0
            for place, (name, values) in enumerate(rows, start=1)
        ]


def change(db: sqlite3.Connection, key: int, name: str, values: Mapping[str, Any]) -> None:
    """Give an input another name and other values; comparisons keep the old ones."""
    with database.writing(db):
        db.execute(
            "UPDATE inputs SET name = ?, values_key = ?, changed_at = ?, seq = ? WHERE key = ?",
            (
                storable(name),
                texts.put(db, encoded(dict(values)), texts.JSON),
                clock.now(),
                database.next_seq(db),
                key,
            ),
        )


def rename(db: sqlite3.Connection, key: int, name: str) -> None:
    """Give an input another name; its values stay, whoever changed them last."""
    with database.writing(db):
        db.execute(
            "UPDATE inputs SET name = ?, changed_at = ?, seq = ? WHERE key = ?",
            (storable(name), clock.now(), database.next_seq(db), key),
        )


def archive(db: sqlite3.Connection, key: int, *, archived: bool = True) -> None:
    """Take an input out of its set, or put it back."""
    with database.writing(db):
        db.execute(
            "UPDATE inputs SET archived_at = ?, seq = ? WHERE key = ?",
            (clock.now() if archived else None, database.next_seq(db), key),
        )


def move(db: sqlite3.Connection, key: int, to: int) -> None:
    """Put an input at the end of the set with the key `to`; within its own set nothing happens."""
    with database.writing(db):
        db.execute(
            f"""UPDATE inputs SET set_key = ?, number = ({_LAST}) + 1, changed_at = ?, seq = ?
                WHERE key = ? AND set_key <> ?""",
            (to, to, clock.now(), database.next_seq(db), key, to),
        )


def add_set(db: sqlite3.Connection, prompt_key: int, name: str) -> int:
    """Make an empty set of a prompt and return its key.

    Raises ProofroomError if the name is empty, too long or another living set's.
    """
    with database.writing(db):
        return _new_set(db, prompt_key, _free(db, prompt_key, name, None))


def rename_set(db: sqlite3.Connection, key: int, name: str) -> None:
    """Give a set another name. Raises ProofroomError as `add_set` does."""
    with database.writing(db):
        name = _free(db, _prompt_of(db, key), name, key)
        db.execute(
            "UPDATE input_sets SET name = ?, seq = ? WHERE key = ?",
            (name, database.next_seq(db), key),
        )


def archive_set(db: sqlite3.Connection, key: int, *, archived: bool = True) -> None:
    """Take a set with its inputs out of what is offered, or put it back; nothing is deleted.

    Raises ProofroomError if its name has been taken in between.
    """
    with database.writing(db):
        if not archived:
            name = database.value(db, "SELECT name FROM input_sets WHERE key = ?", (key,))
            _free(db, _prompt_of(db, key), name, key)
        db.execute(
            "UPDATE input_sets SET archived_at = ?, seq = ? WHERE key = ?",
            (clock.now() if archived else None, database.next_seq(db), key),
        )


def encoded(values: Values) -> bytes:
    """Return the canonical JSON of named values."""
    return storable_json(values)


def _set_key(db: sqlite3.Connection, prompt_key: int, name: str) -> int:
    name = storable(name)
    found = database.value(
        db,
        """SELECT key FROM input_sets
            WHERE prompt_key = ? AND name = ? AND archived_at IS NULL""",
        (prompt_key, name),
    )
    if found is not None:
        return found
    return _new_set(db, prompt_key, name)


def _new_set(db: sqlite3.Connection, prompt_key: int, name: str) -> int:
    sql = """INSERT INTO input_sets (id, prompt_key, name, created_at, seq)
        VALUES (?, ?, ?, ?, ?)"""
    row = (ids.new_id(), prompt_key, name, clock.now(), database.next_seq(db))
    return db.execute(sql, row).lastrowid or 0


def _prompt_of(db: sqlite3.Connection, set_key: int) -> int:
    return database.value(db, "SELECT prompt_key FROM input_sets WHERE key = ?", (set_key,))


def _free(db: sqlite3.Connection, prompt_key: int, name: str, own: int | None) -> str:
    name = storable(name).strip()
    if not name or len(name) > NAME_LIMIT:
        raise ProofroomError(
            "A set needs a name" if not name else "That name is too long for a set",
            where="the name",
            fix=f"Use 1 to {NAME_LIMIT} characters.",
        )
    found = db.execute(_SET_BY_NAME, (prompt_key, name, own)).fetchall()
    if found:
        raise ProofroomError(
            f"There is a set “{found[0][1]}” already",
            where="this prompt",
            fix="Choose another name, or rename that one first.",
        )
    return name
