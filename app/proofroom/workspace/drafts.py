"""Drafts: the one mutable state of a prompt, autosaved with its undo journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from msgspec import Struct

from proofroom import clock
from proofroom.domain.version import Content, content_hash, decoded, encoded
from proofroom.errors import ProofroomError
from proofroom.workspace import database, prompts

JOURNAL_LIMIT = 10_000


class Draft(Struct, frozen=True, kw_only=True):
    """A draft; `position` is how many of its journal's edits are in effect."""

    key: int
    prompt_key: int
    branch_key: int
    base_key: int | None
    content: Content
    revision: int
    position: int
    edited: bool
    holder: str
    changed_at: int


class DraftChangedError(ProofroomError):
    """Another window or program has written the draft since it was read."""


class _Row(Struct, frozen=True, kw_only=True):
    key: int
    prompt_key: int
    branch_key: int
    base_key: int | None
    content: bytes
    revision: int
    position: int
    edited: bool
    holder: str
    changed_at: int


_OF = """SELECT d.key, d.prompt_key, d.branch_key, d.base_key, d.content, d.revision, d.position,
    d.edited, d.holder, d.changed_at FROM drafts d JOIN branches b ON b.key = d.branch_key
    WHERE d.prompt_key = ? AND b.name = ?"""


def of_prompt(db: sqlite3.Connection, prompt_key: int) -> Draft:
    """Return a prompt's draft on its main branch.

    Raises ProofroomError if the prompt is not there.
    """
    row = database.first(db, _OF, (prompt_key, prompts.MAIN), _Row)
    if row is None:
        raise ProofroomError(
            "That prompt is not there", where="this workspace", fix="Choose another."
        )
    return Draft(
        key=row.key,
        prompt_key=row.prompt_key,
        branch_key=row.branch_key,
        base_key=row.base_key,
        content=decoded(row.content),
        revision=row.revision,
        position=row.position,
        edited=bool(row.edited),
        holder=row.holder,
        changed_at=row.changed_at,
    )


def journal(db: sqlite3.Connection, draft_key: int) -> list[bytes]:
    """Return the draft's edits in order; those behind its `position` can be redone."""
    sql = "SELECT edit FROM draft_edits WHERE draft_key = ? ORDER BY number"
    return [row[0] for row in db.execute(sql, (draft_key,)).fetchall()]


def save(  # noqa: PLR0913 - one state of the editor, saved whole
    db: sqlite3.Connection,
    prompt_key: int,
    content: Content,
    *,
    revision: int,
    edits: Sequence[bytes] = (),
    kept: int | None = None,
    position: int | None = None,
) -> Draft:
    """Write the draft if it still is at `revision`, and return it as it is now.

    Of the journal the first `kept` edits stay and `edits` follow them; `position` of all these are
    in effect. Without `kept` the journal starts anew with `edits`.
    Raises DraftChangedError if the draft is at another revision.
    """
    with database.writing(db):
        draft = of_prompt(db, prompt_key)
        refuse_other_revision(draft, revision)
        now = clock.now()
        start = kept or 0
        db.execute(
            "DELETE FROM draft_edits WHERE draft_key = ? AND number >= ?", (draft.key, start)
        )
        db.executemany(
            "INSERT INTO draft_edits (draft_key, number, edit, made_at) VALUES (?, ?, ?, ?)",
            [(draft.key, start + n, edit, now) for n, edit in enumerate(edits)],
        )
        db.execute(
            """UPDATE drafts SET content = ?, revision = revision + 1, position = ?, edited = ?,
                changed_at = ?, seq = ? WHERE key = ?""",
            (
                encoded(content),
                start + len(edits) if position is None else position,
                _differs(db, draft.base_key, content),
                now,
                database.next_seq(db),
                draft.key,
            ),
        )
        prompts.touched(db, prompt_key, now)
        name = database.value(db, "SELECT name FROM prompts WHERE key = ?", (prompt_key,))
        prompts.index(db, prompt_key, name, content)
    return of_prompt(db, prompt_key)


def hold(db: sqlite3.Connection, prompt_key: int, change: Callable[[str], str]) -> None:
    """Let `change` say, from who edits the draft ('' for nobody), who does from now on."""
    with database.writing(db):
        draft = of_prompt(db, prompt_key)
        db.execute(
            "UPDATE drafts SET holder = ?, held_at = ?, seq = ? WHERE key = ?",
            (change(draft.holder), clock.now(), database.next_seq(db), draft.key),
        )


def rebase(db: sqlite3.Connection, draft: Draft, version_key: int, now: int) -> None:
    """Let the draft start from the version just saved, undo kept; the caller is writing."""
    db.execute(
        """UPDATE drafts SET base_key = ?, revision = revision + 1, edited = 0, changed_at = ?,
            seq = ? WHERE key = ?""",
        (version_key, now, database.next_seq(db), draft.key),
    )


def leave(db: sqlite3.Connection, version_key: int) -> None:
    """Let drafts that start from a version start from the one before it; the caller is writing."""
    found = "SELECT key, content FROM drafts WHERE base_key = ?"
    for draft_key, content in db.execute(found, (version_key,)).fetchall():
        base_key = database.value(
            db,
            """SELECT v.key FROM versions v JOIN versions left_one ON left_one.key = ?
                WHERE v.prompt_key = left_one.prompt_key AND v.branch_key = left_one.branch_key
                AND v.number < left_one.number AND v.archived_at IS NULL
                ORDER BY v.number DESC LIMIT 1""",
            (version_key,),
        )
        db.execute(
            "UPDATE drafts SET base_key = ?, edited = ?, seq = ? WHERE key = ?",
            (
                base_key,
                _differs(db, base_key, decoded(content)),
                database.next_seq(db),
                draft_key,
            ),
        )


def refuse_other_revision(draft: Draft, revision: int | None) -> None:
    """Raise DraftChangedError if the draft is not at `revision` (None: whichever it is at)."""
    if revision is not None and draft.revision != revision:
        raise DraftChangedError(
            "The draft was changed elsewhere, in a window or a terminal",
            where="this prompt",
            fix="Look at the newer text, then type your change again.",
        )


def _differs(db: sqlite3.Connection, base_key: int | None, content: Content) -> bool:
    if base_key is None:
        return True
    base = database.value(db, "SELECT hash FROM versions WHERE key = ?", (base_key,))
    return base != content_hash(content)
