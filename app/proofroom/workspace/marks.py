"""Stars, tags, notes and picks on anything, each a row with its author and time.

A column that was taken out of its comparison has the mark `removed`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct, structs

from proofroom import clock, ids
from proofroom.domain.mark import Many, Marked
from proofroom.domain.message import storable
from proofroom.workspace import authors, database

Kind = Literal["star", "tag", "note", "pick", "removed"]
Target = Literal["prompt", "version", "run", "comparison", "row", "column"]


class Mark(Struct, frozen=True, kw_only=True):
    """A mark as it stands."""

    key: int
    kind: Kind
    target: Target
    target_key: int
    value: str
    made_at: int


_OF = """SELECT key, kind, target, target_key, value, made_at FROM marks
    WHERE target = ? AND target_key = ? AND removed_at IS NULL ORDER BY key"""
_ADD = """INSERT INTO marks (id, kind, target, target_key, value, author_key, made_at, seq)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""


def of(db: sqlite3.Connection, target: Target, target_key: int) -> list[Mark]:
    """Return what is marked on one thing, oldest first."""
    return database.fetch(db, _OF, (target, target_key), Mark)


def add(db: sqlite3.Connection, kind: Kind, target: Target, target_key: int, value: str) -> None:
    """Mark something; the same mark twice is one."""
    with database.writing(db):
        put(db, kind, target, target_key, value)


def put(db: sqlite3.Connection, kind: Kind, target: Target, target_key: int, value: str) -> None:
    """Mark something; the caller is writing."""
    text = storable(value)
    if any(mark.kind == kind and mark.value == text for mark in of(db, target, target_key)):
        return
    author = authors.current(db).key
    row = (ids.new_id(), kind, target, target_key, text, author, clock.now(), database.next_seq(db))
    db.execute(_ADD, row)


def set_one(
    db: sqlite3.Connection, kind: Kind, target: Target, target_key: int, value: str
) -> None:
    """Let `value` be the only mark of its kind on something; '' leaves none."""
    with database.writing(db):
        take_off(db, kind, target, target_key)
        if value:
            put(db, kind, target, target_key, value)


def set_tags(db: sqlite3.Connection, target: Target, target_key: int, tags: Iterable[str]) -> None:
    """Let something have exactly these tags."""
    wanted = [storable(tag).strip() for tag in tags if tag.strip()]
    with database.writing(db):
        for mark in of(db, target, target_key):
            if mark.kind == "tag" and mark.value not in wanted:
                take_off(db, "tag", target, target_key, mark.value)
        for tag in wanted:
            put(db, "tag", target, target_key, tag)


def remove(db: sqlite3.Connection, kind: Kind, target: Target, key: int, value: str) -> None:
    """Take a mark away; its row stays with the time of that."""
    with database.writing(db):
        take_off(db, kind, target, key, value)


def on_runs(db: sqlite3.Connection, run_keys: Sequence[int]) -> dict[int, Marked]:
    """Return what is marked on runs, by their keys; a run without a mark is left out."""
    sql = f"""SELECT target_key, kind, value FROM marks WHERE target = 'run' AND removed_at IS NULL
        AND target_key IN ({",".join("?" * len(run_keys))}) ORDER BY key"""
    found: dict[int, Marked] = {}
    for key, kind, value in db.execute(sql, tuple(run_keys)).fetchall():
        one = found.get(key, Marked())
        if kind == "star":
            found[key] = structs.replace(one, star=True)
        elif kind == "tag":
            found[key] = structs.replace(one, tags=(*one.tags, value))
        elif kind == "note":
            found[key] = structs.replace(one, note=value)
    return found


def mark_run(db: sqlite3.Connection, run_key: int, marked: Marked) -> None:
    """Let a run have exactly this star, these tags and this note."""
    with database.writing(db):
        now = on_runs(db, [run_key]).get(run_key, Marked())
        if now.star != marked.star:
            take_off(db, "star", "run", run_key)
            if marked.star:
                put(db, "star", "run", run_key, "")
        for tag in set(now.tags) - set(marked.tags):
            take_off(db, "tag", "run", run_key, tag)
        for tag in marked.tags:
            put(db, "tag", "run", run_key, tag)
        if now.note != marked.note:
            take_off(db, "note", "run", run_key)
            if marked.note:
                put(db, "note", "run", run_key, marked.note)


def mark_runs(db: sqlite3.Connection, run_keys: Sequence[int], many: Many) -> None:
    """Let runs get a star, tags and a note, all in one transaction."""
    with database.writing(db):
        now: dict[int, Marked] = {}
        for start in range(0, len(run_keys), _AT_ONCE):
            now |= on_runs(db, run_keys[start : start + _AT_ONCE])
        starred = all(key in now and now[key].star for key in run_keys)
        for key in run_keys:
            if many.turn and starred:
                take_off(db, "star", "run", key)
            elif many.star:
                put(db, "star", "run", key, "")
            for tag in many.tags:
                put(db, "tag", "run", key, tag)
            if many.note:
                take_off(db, "note", "run", key)
                put(db, "note", "run", key, many.note)


_AT_ONCE = 1_000


def tags(db: sqlite3.Connection, target: Target) -> list[str]:
    """Return all tags on things of one kind, in order."""
    sql = """SELECT DISTINCT value FROM marks WHERE kind = 'tag' AND target = ?
        AND removed_at IS NULL ORDER BY value"""
    return [row[0] for row in db.execute(sql, (target,)).fetchall()]


def take_off(
    db: sqlite3.Connection, kind: Kind, target: Target, target_key: int, value: str | None = None
) -> None:
    """Take off one mark of a kind, or all without `value`; the caller is writing."""
    text = None if value is None else storable(value)
    db.execute(
        """UPDATE marks SET removed_at = ?, seq = ? WHERE kind = ? AND target = ?
            AND target_key = ? AND removed_at IS NULL AND (? IS NULL OR value = ?)""",
        (clock.now(), database.next_seq(db), kind, target, target_key, text, text),
    )
