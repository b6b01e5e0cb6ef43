"""Prompts: created, found, renamed, tagged, archived."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from proofroom import clock, ids
from proofroom.domain.message import storable, text_of
from proofroom.domain.version import Content, encoded
from proofroom.errors import ProofroomError
from proofroom.workspace import authors, database, search

MAIN = "main"
NAME_LIMIT = 200


class PromptSummary(Struct, frozen=True, kw_only=True):
    """A prompt in a list; `tags` are joined by commas, `number` is its last version's."""

    key: int
    id: str
    name: str
    kind: str
    changed_at: int
    archived_at: int | None
    number: int | None
    edited: bool
    tags: str


_SUMMARY = """SELECT p.key, p.id, p.name, p.kind, p.changed_at, p.archived_at,
    (SELECT max(number) FROM versions v WHERE v.prompt_key = p.key AND v.archived_at IS NULL)
        AS number,
    coalesce((SELECT d.edited FROM drafts d WHERE d.prompt_key = p.key LIMIT 1), 0) AS edited,
    coalesce((SELECT group_concat(value, ', ') FROM (SELECT m.value FROM marks m
        WHERE m.target = 'prompt' AND m.target_key = p.key AND m.kind = 'tag'
        AND m.removed_at IS NULL ORDER BY m.value)), '') AS tags
    FROM prompts p"""
_BY_NAME = f"{_SUMMARY} WHERE p.name = ? COLLATE NOCASE AND p.archived_at IS NULL"


def listed(
    db: sqlite3.Connection, *, query: str = "", tag: str = "", archived: bool = False
) -> list[PromptSummary]:
    """Return prompts, the latest changed first; `query` is matched in names and messages."""
    where = ["p.archived_at IS NOT NULL" if archived else "p.archived_at IS NULL"]
    params: list[int | str] = []
    if query.strip():
        found = search.prompt_keys(db, query)
        where.append(f"p.key IN ({','.join('?' * len(found))})")
        params += found
    if tag:
        where.append(
            "EXISTS (SELECT 1 FROM marks m WHERE m.target = 'prompt' AND m.target_key = p.key"
            " AND m.kind = 'tag' AND m.value = ? AND m.removed_at IS NULL)"
        )
        params.append(storable(tag))
    sql = f"{_SUMMARY} WHERE {' AND '.join(where)} ORDER BY p.changed_at DESC, p.key DESC"
    return database.fetch(db, sql, params, PromptSummary)


def by_key(db: sqlite3.Connection, key: int) -> PromptSummary | None:
    """Return one prompt."""
    return database.first(db, f"{_SUMMARY} WHERE p.key = ?", (key,), PromptSummary)


def by_name(db: sqlite3.Connection, name: str) -> PromptSummary:
    """Return the prompt of that name (whatever its case) or id.

    Raises ProofroomError, with near names, if there is none.
    """
    name = storable(name)
    found = database.first(db, _BY_NAME, (name,), PromptSummary) or database.first(
        db, f"{_SUMMARY} WHERE p.id = ?", (name.upper(),), PromptSummary
    )
    if found is not None:
        return found
    near = near_names(db, name)
    fix = f"Did you mean {' or '.join(near)}?" if near else "See `proofroom prompt list`."
    raise ProofroomError(f"There is no prompt “{name}”", where="this workspace", fix=fix)


def near_names(db: sqlite3.Connection, name: str) -> list[str]:
    """Return at most three names that look like `name`."""
    # 20 ms, for a slip of the pen alone
    from rapidfuzz import process  # noqa: PLC0415

    names = [row[0] for row in db.execute("SELECT name FROM prompts WHERE archived_at IS NULL")]
    return [match[0] for match in process.extract(name, names, limit=3, score_cutoff=60)]


def create(
    db: sqlite3.Connection, name: str, content: Content, *, kind: str = "prompt"
) -> PromptSummary:
    """Make a prompt whose draft is `content`.

    Raises ProofroomError if the name is empty, too long, not fit for the command line or taken.
    """
    with database.writing(db):
        name = _free(db, name, None)
        now, author = clock.now(), authors.current(db).key
        seq = database.next_seq(db)
        key = db.execute(
            """INSERT INTO prompts (id, name, kind, created_at, changed_at, author_key, seq)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
            (ids.new_id(), name, kind, now, now, author, seq),
        ).lastrowid
        branch = db.execute(
            "INSERT INTO branches (prompt_key, name) VALUES (?, ?)", (key, MAIN)
        ).lastrowid
        db.execute(
            """INSERT INTO drafts (prompt_key, branch_key, base_key, content, revision, position,
                edited, holder, held_at, changed_at, seq)
                VALUES (?, ?, NULL, ?, 1, 0, 1, '', 0, ?, ?)""",
            (key, branch, encoded(content), now, seq),
        )
        index(db, key or 0, name, content)
    return _present(by_key(db, key or 0))


def rename(db: sqlite3.Connection, key: int, name: str) -> None:
    """Give a prompt another name.

    Raises ProofroomError as `create` does.
    """
    with database.writing(db):
        name = _free(db, name, key)
        db.execute(
            "UPDATE prompts SET name = ?, changed_at = ?, seq = ? WHERE key = ?",
            (name, clock.now(), database.next_seq(db), key),
        )
        db.execute("UPDATE prompt_search SET name = ? WHERE rowid = ?", (name, key))


def free_name(db: sqlite3.Connection, name: str) -> str:
    """Return `name`, or it with the first number behind it that is free."""
    name = storable(name)
    number, candidate = 1, name
    while database.first(db, _BY_NAME, (candidate,), PromptSummary) is not None:
        number += 1
        candidate = f"{name}-{number}"
    return candidate


def archive(db: sqlite3.Connection, key: int, *, archived: bool = True) -> None:
    """Take a prompt out of the list, or put it back; nothing of it is deleted.

    Raises ProofroomError if its name has been taken in between.
    """
    with database.writing(db):
        if not archived:
            _free(db, database.value(db, "SELECT name FROM prompts WHERE key = ?", (key,)), key)
        db.execute(
            "UPDATE prompts SET archived_at = ?, seq = ? WHERE key = ?",
            (clock.now() if archived else None, database.next_seq(db), key),
        )


def index(db: sqlite3.Connection, key: int, name: str, content: Content) -> None:
    """Let the search find a prompt by its present words; the caller is writing."""
    words = "\n".join(text_of(message.parts) for message in content.messages)
    db.execute("DELETE FROM prompt_search WHERE rowid = ?", (key,))
    db.execute(
        "INSERT INTO prompt_search (rowid, name, text) VALUES (?, ?, ?)",
        (key, name, storable(words)),
    )


def touched(db: sqlite3.Connection, key: int, now: int) -> None:
    """Note that something of a prompt changed; the caller is writing."""
    db.execute(
        "UPDATE prompts SET changed_at = ?, seq = ? WHERE key = ?",
        (now, database.next_seq(db), key),
    )


def _free(db: sqlite3.Connection, name: str, own: int | None) -> str:
    name = storable(name).strip()
    bad = next((sign for sign in name if sign in "@\x00\n\r\t"), None)
    if not name or len(name) > NAME_LIMIT or bad is not None or name == "-":
        raise ProofroomError(
            f"“{name[:NAME_LIMIT]}” cannot be a prompt's name",
            where="the name",
            fix=f"Use 1 to {NAME_LIMIT} characters without @, tabs and line ends.",
        )
    found = database.first(db, _BY_NAME, (name,), PromptSummary)
    if found is not None and found.key != own:
        raise ProofroomError(
            f"There is a prompt “{found.name}” already",
            where="this workspace",
            fix="Choose another name, or archive that one first.",
        )
    return name


def _present(found: PromptSummary | None) -> PromptSummary:
    if found is None:
        raise RuntimeError("a prompt went away while it was made")
    return found
