"""Versions: saved once, never changed."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from proofroom import clock, ids
from proofroom.domain.message import storable
from proofroom.domain.version import Content, content_hash, encoded
from proofroom.errors import ProofroomError
from proofroom.workspace import authors, database, drafts, prompts, texts

_NAMED = 5
_DIGITS = 18


class VersionSummary(Struct, frozen=True, kw_only=True):
    """A version in a list; `tags` are joined by commas."""

    key: int
    id: str
    prompt_key: int
    number: int
    hash: str
    content_key: int
    author: str
    note: str
    created_at: int
    archived_at: int | None
    tags: str

    @property
    def label(self) -> str:
        """Return 'v12'."""
        return f"v{self.number}"


_SUMMARY = """SELECT v.key, v.id, v.prompt_key, v.number, v.hash, v.content_key,
    coalesce(a.name, '') AS author, v.note, v.created_at, v.archived_at,
    coalesce((SELECT group_concat(value, ', ') FROM (SELECT m.value FROM marks m
        WHERE m.target = 'version' AND m.target_key = v.key AND m.kind = 'tag'
        AND m.removed_at IS NULL ORDER BY m.value)), '') AS tags
    FROM versions v LEFT JOIN authors a ON a.key = v.author_key"""


def of_prompt(
    db: sqlite3.Connection, prompt_key: int, *, archived: bool = False
) -> list[VersionSummary]:
    """Return a prompt's versions, the newest first."""
    hidden = "" if archived else "AND v.archived_at IS NULL"
    sql = f"{_SUMMARY} WHERE v.prompt_key = ? {hidden} ORDER BY v.number DESC"
    return database.fetch(db, sql, (prompt_key,), VersionSummary)


def by_key(db: sqlite3.Connection, key: int) -> VersionSummary | None:
    """Return one version."""
    return database.first(db, f"{_SUMMARY} WHERE v.key = ?", (key,), VersionSummary)


def content(db: sqlite3.Connection, version: VersionSummary) -> Content:
    """Return what a version consists of.

    Raises DamagedError if its text is damaged.
    """
    return texts.value(db, version.content_key, Content)


def find(db: sqlite3.Connection, prompt_key: int, selector: str) -> VersionSummary:
    """Return the version that `selector` names: a number, tag, environment or id prefix.

    '' is the latest. Raises ProofroomError if none or more than one fits, naming those.
    """
    selector = storable(selector)
    all_ = of_prompt(db, prompt_key, archived=True)
    live = [version for version in all_ if version.archived_at is None]
    if not selector:
        if live:
            return live[0]
        raise ProofroomError(
            "This prompt has no version yet",
            where="this workspace",
            fix="Save one, or name its draft with @draft.",
        )
    found = _matches(db, prompt_key, selector, all_, live)
    if len(found) == 1:
        return found[0]
    if found:
        raise ProofroomError(
            f"“{selector}” fits {_and(found)}",
            where="the version's name",
            fix="Use the number of the one that is meant.",
        )
    numbers = ", ".join(version.label for version in live[:5]) or "none yet"
    raise ProofroomError(
        f"There is no version “{selector}”", where="this prompt", fix=f"Its versions: {numbers}."
    )


def save(
    db: sqlite3.Connection, prompt_key: int, *, note: str = "", revision: int | None = None
) -> VersionSummary:
    """Keep the draft as a version and let the draft start from it; waits for the disk.

    Raises ProofroomError if the draft is at another `revision` than asked for, or is the same as
    the version it started from.
    """
    with database.writing(db, durable=True):
        draft = drafts.of_prompt(db, prompt_key)
        drafts.refuse_other_revision(draft, revision)
        base = None if draft.base_key is None else by_key(db, draft.base_key)
        digest = content_hash(draft.content)
        if base is not None and base.hash == digest:
            raise ProofroomError(
                f"The draft is the same as {base.label}", where="this prompt", fix="Edit it first."
            )
        now = clock.now()
        key = _insert(db, draft, digest, storable(note), now)
        if base is not None:
            db.execute(
                "INSERT INTO version_parents (version_key, number, parent_id) VALUES (?, 0, ?)",
                (key, base.id),
            )
        drafts.rebase(db, draft, key, now)
        prompts.touched(db, prompt_key, now)
    saved = by_key(db, key)
    if saved is None:
        raise RuntimeError("a version went away while it was saved")
    return saved


def archive(db: sqlite3.Connection, key: int, *, archived: bool = True) -> None:
    """Hide a version from lists, or show it again; its number is never given twice.

    A draft that starts from it starts from the one before; to show it again changes no draft.
    """
    with database.writing(db):
        if archived:
            drafts.leave(db, key)
        db.execute(
            "UPDATE versions SET archived_at = ?, seq = ? WHERE key = ?",
            (clock.now() if archived else None, database.next_seq(db), key),
        )


def _insert(db: sqlite3.Connection, draft: drafts.Draft, digest: str, note: str, now: int) -> int:
    number = database.value(
        db,
        "SELECT coalesce(max(number), 0) + 1 FROM versions WHERE prompt_key = ?",
        (draft.prompt_key,),
    )
    return (
        db.execute(
            """INSERT INTO versions (id, prompt_key, branch_key, number, hash, content_key,
                author_key, note, created_at, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                ids.new_id(),
                draft.prompt_key,
                draft.branch_key,
                number,
                digest,
                texts.put(db, encoded(draft.content), texts.JSON),
                authors.current(db).key,
                note,
                now,
                database.next_seq(db),
            ),
        ).lastrowid
        or 0
    )


def _and(found: list[VersionSummary]) -> str:
    labels = [version.label for version in found[:_NAMED]]
    return " and ".join(labels) + (f" and {more} more" if (more := len(found) - _NAMED) > 0 else "")


def _matches(
    db: sqlite3.Connection,
    prompt_key: int,
    selector: str,
    all_: list[VersionSummary],
    live: list[VersionSummary],
) -> list[VersionSummary]:
    number = selector.removeprefix("v")
    if number.isdecimal() and len(number) <= _DIGITS:
        by_number = [version for version in all_ if version.number == int(number)]
        if by_number:
            return by_number
    pointed = database.value(
        db,
        """SELECT m.version_key FROM pointer_moves m JOIN environments e
            ON e.key = m.environment_key WHERE m.prompt_key = ? AND e.name = ?
            ORDER BY m.key DESC LIMIT 1""",
        (prompt_key, selector),
    )
    # not from the joined tags: a tag may hold a comma
    marked = db.execute(
        """SELECT target_key FROM marks WHERE kind = 'tag' AND value = ? AND target = 'version'
            AND removed_at IS NULL""",
        (selector,),
    ).fetchall()
    wanted = {pointed, *(row[0] for row in marked)}
    tagged = [version for version in live if version.key in wanted]
    return tagged or [version for version in all_ if version.id.startswith(selector.upper())]
