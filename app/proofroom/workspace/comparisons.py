"""Comparisons: their columns, rows and cells, when they were started and when they ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from proofroom import clock, ids
from proofroom.domain.message import storable, storable_json
from proofroom.domain.run import Source
from proofroom.domain.version import Content, encoded
from proofroom.workspace import authors, database, inputs, texts
from proofroom.workspace.removed_columns import is_removed, is_there


class NewColumn(Struct, frozen=True, kw_only=True):
    """A column to be: a saved version, or the draft of `prompt_key` as it is in `content`."""

    prompt_key: int | None
    version_key: int | None
    content: Content
    label: str
    model_key: int


class NewRow(Struct, frozen=True, kw_only=True):
    """A row to be: named values, from an input of the prompt where `input_key` says so."""

    name: str
    values: dict[str, Any]
    input_key: int | None = None


class ComparisonSummary(Struct, frozen=True, kw_only=True):
    """A comparison in a list; `view` is how it was last looked at, as JSON."""

    key: int
    id: str
    name: str
    source: Source
    samples: int
    created_at: int
    ended_at: int | None
    end_reason: str
    archived_at: int | None
    view: str
    columns: int
    rows: int


class Column(Struct, frozen=True, kw_only=True):
    """A column: whose content, which version (None: the draft), which model."""

    key: int
    number: int
    prompt_key: int | None
    prompt: str
    version_key: int | None
    label: str
    content_key: int
    model_key: int
    model: str
    provider: str


class Row(Struct, frozen=True, kw_only=True):
    """A row with its input's values."""

    key: int
    number: int
    name: str
    values: dict[str, Any]
    input_key: int | None


_SUMMARY = f"""SELECT c.key, c.id, c.name, c.source, c.samples, c.created_at, c.ended_at,
    c.end_reason, c.archived_at, c.view,
    (SELECT count(*) FROM comparison_columns k
        WHERE k.comparison_key = c.key AND {is_there("k.key")}) AS columns,
    (SELECT count(*) FROM comparison_rows r WHERE r.comparison_key = c.key) AS rows
    FROM comparisons c"""
_COLUMNS = """SELECT k.key, k.number, k.prompt_key, coalesce(p.name, '') AS prompt, k.version_key,
    k.label, k.content_key, k.model_key, v.name || '/' || m.name AS model, v.name AS provider
    FROM comparison_columns k JOIN models m ON m.key = k.model_key
    JOIN providers v ON v.key = m.provider_key LEFT JOIN prompts p ON p.key = k.prompt_key
    WHERE k.comparison_key = ? AND {which} ORDER BY k.number"""


def create(  # noqa: PLR0913 - a comparison is made whole
    db: sqlite3.Connection,
    columns: Sequence[NewColumn],
    rows: Sequence[NewRow],
    *,
    name: str,
    samples: int = 1,
    source: Source = "comparison",
) -> ComparisonSummary:
    """Keep a new comparison with its columns, rows and cells; nothing of it has run."""
    with database.writing(db):
        key = (
            db.execute(
                """INSERT INTO comparisons (id, name, source, author_key, samples, created_at,
                    end_reason, view, seq) VALUES (?, ?, ?, ?, ?, ?, '', '{}', ?)""",
                (
                    ids.new_id(),
                    storable(name),
                    source,
                    authors.current(db).key,
                    samples,
                    clock.now(),
                    database.next_seq(db),
                ),
            ).lastrowid
            or 0
        )
        add_columns(db, key, columns)
        add_rows(db, key, rows)
    return by_key(db, key)


def listed(
    db: sqlite3.Connection,
    *,
    query: str = "",
    before: int = 2**63 - 1,
    size: int = 100,
    archived: bool = False,
) -> list[ComparisonSummary]:
    """Return comparisons older than the key `before`, newest first, without tries of drafts.

    `query` is looked for in their names and those of their prompts.
    """
    sql = f"""{_SUMMARY} WHERE c.key < :before AND c.source = 'comparison'
        AND (c.archived_at IS NOT NULL) = :archived AND (:like = '%%'
            OR c.name LIKE :like ESCAPE '!' OR EXISTS (SELECT 1 FROM comparison_columns k
                JOIN prompts p ON p.key = k.prompt_key
                WHERE k.comparison_key = c.key AND p.name LIKE :like ESCAPE '!'))
        ORDER BY c.key DESC LIMIT :size"""
    like = storable(query.strip())
    for sign in "!%_":
        like = like.replace(sign, f"!{sign}")
    params = {"before": before, "archived": archived, "size": size, "like": f"%{like}%"}
    return database.fetch(db, sql, params, ComparisonSummary)


def by_key(db: sqlite3.Connection, key: int) -> ComparisonSummary:
    """Return one comparison; it must be there."""
    found = database.first(db, f"{_SUMMARY} WHERE c.key = ?", (key,), ComparisonSummary)
    if found is None:
        raise RuntimeError(f"no comparison {key}")
    return found


def last_try(db: sqlite3.Connection, prompt_key: int) -> ComparisonSummary | None:
    """Return the newest try of a prompt's draft in place."""
    sql = f"""{_SUMMARY} WHERE c.source = 'draft' AND c.key = (SELECT max(k.comparison_key)
        FROM comparison_columns k JOIN comparisons d ON d.key = k.comparison_key
        WHERE k.prompt_key = ? AND d.source = 'draft')"""
    return database.first(db, sql, (prompt_key,), ComparisonSummary)


def columns(db: sqlite3.Connection, key: int, *, removed: bool = False) -> list[Column]:
    """Return the columns of a comparison in order, or those that were taken out of it."""
    which = is_removed("k.key") if removed else is_there("k.key")
    return database.fetch(db, _COLUMNS.format(which=which), (key,), Column)


def content(db: sqlite3.Connection, column: Column) -> Content:
    """Return the content that a column asks with."""
    return texts.value(db, column.content_key, Content)


def rows(db: sqlite3.Connection, key: int, *, after: int = -1, size: int = 1_000_000) -> list[Row]:
    """Return rows of a comparison behind the number `after`, in order."""
    found = db.execute(
        """SELECT key, number, name, values_key, input_key FROM comparison_rows
            WHERE comparison_key = ? AND number > ? ORDER BY number LIMIT ?""",
        (key, after, size),
    ).fetchall()
    return [
        Row(
            key=row[0],
            number=row[1],
            name=row[2],
            values=texts.value(db, row[3], inputs.Values),
            input_key=row[4],
        )
        for row in found
    ]


def opened(db: sqlite3.Connection, key: int, press_key: int) -> None:
    """Note that a press of Run was taken up, by a comparison that may have ended before.

    The caller is writing.
    """
    db.execute(
        """UPDATE comparisons SET press_key = ?, ended_at = NULL, end_reason = '', seq = ?
            WHERE key = ?""",
        (press_key, database.next_seq(db), key),
    )


def close(db: sqlite3.Connection, key: int, reason: str) -> None:
    """Note when and why nothing more of a comparison will run: done, stopped or interrupted."""
    with database.writing(db):
        closed(db, key, reason)


def closed(db: sqlite3.Connection, key: int, reason: str) -> None:
    """Note it as `close` does; the caller is writing."""
    db.execute(
        """UPDATE comparisons SET ended_at = ?, end_reason = ?, seq = ?
            WHERE key = ? AND ended_at IS NULL""",
        (clock.now(), reason, database.next_seq(db), key),
    )


def close_left(db: sqlite3.Connection, keys: Sequence[int]) -> None:
    """Note that the engine of these comparisons is gone."""
    for key in keys:
        close(db, key, "interrupted")


def open_ones(db: sqlite3.Connection) -> dict[int, str]:
    """Return the comparisons that were started and have no end, with their last run's engine.

    '' for one without a run.
    """
    rows = db.execute(
        """SELECT c.key, coalesce((SELECT r.engine FROM comparison_rows w
            JOIN cells e ON e.row_key = w.key JOIN runs r ON r.cell_key = e.key
            WHERE w.comparison_key = c.key ORDER BY r.key DESC LIMIT 1), '')
            FROM comparisons c WHERE c.ended_at IS NULL AND c.press_key IS NOT NULL"""
    ).fetchall()
    return dict(rows)


def touched(db: sqlite3.Connection, key: int) -> None:
    """Tell other processes that cells of a comparison changed; the caller is writing."""
    db.execute("UPDATE comparisons SET seq = ? WHERE key = ?", (database.next_seq(db), key))


def rename(db: sqlite3.Connection, key: int, name: str) -> None:
    """Give a comparison another name."""
    _set(db, key, "name", storable(name))


def keep_view(db: sqlite3.Connection, key: int, view: dict[str, Any]) -> None:
    """Keep how a comparison is looked at, so that it opens as it was left."""
    _set(db, key, "view", storable_json(view).decode())


def archive(db: sqlite3.Connection, key: int, *, archived: bool = True) -> None:
    """Take a comparison out of the list, or put it back."""
    _set(db, key, "archived_at", clock.now() if archived else None)


def add_columns(db: sqlite3.Connection, key: int, new: Sequence[NewColumn]) -> None:
    """Add columns behind those there are, with their cells; the caller is writing."""
    start = _count(db, "comparison_columns", key)
    for number, column in enumerate(new, start=start):
        column_key = db.execute(
            """INSERT INTO comparison_columns (comparison_key, number, prompt_key, version_key,
                content_key, label, model_key) VALUES (?, ?, ?, ?, ?, ?, ?)""",
            (
                key,
                number,
                column.prompt_key,
                column.version_key,
                texts.put(db, encoded(column.content), texts.JSON),
                storable(column.label),
                column.model_key,
            ),
        ).lastrowid
        db.execute(
            """INSERT INTO cells (row_key, column_key)
                SELECT key, ? FROM comparison_rows WHERE comparison_key = ?""",
            (column_key, key),
        )


def add_rows(db: sqlite3.Connection, key: int, new: Sequence[NewRow]) -> None:
    """Add rows below those there are, with their cells; the caller is writing."""
    start = _count(db, "comparison_rows", key)
    for number, row in enumerate(new, start=start):
        row_key = db.execute(
            """INSERT INTO comparison_rows (comparison_key, number, name, values_key, input_key)
                VALUES (?, ?, ?, ?, ?)""",
            (
                key,
                number,
                storable(row.name),
                texts.put(db, inputs.encoded(row.values), texts.JSON),
                row.input_key,
            ),
        ).lastrowid
        db.execute(
            """INSERT INTO cells (row_key, column_key)
                SELECT ?, key FROM comparison_columns WHERE comparison_key = ?""",
            (row_key, key),
        )


def ask_with(db: sqlite3.Connection, column_key: int, content: Content) -> None:
    """Let a draft's column ask with the draft as it is now; runs keep what they asked with."""
    with database.writing(db):
        db.execute(
            "UPDATE comparison_columns SET content_key = ? WHERE key = ? AND version_key IS NULL",
            (texts.put(db, encoded(content), texts.JSON), column_key),
        )


def _count(db: sqlite3.Connection, table: str, key: int) -> int:
    return database.value(
        db,
        f"SELECT coalesce(max(number) + 1, 0) FROM {table} WHERE comparison_key = ?",
        (key,),
    )


def _set(db: sqlite3.Connection, key: int, column: str, value: Any) -> None:  # noqa: ANN401
    with database.writing(db):
        db.execute(
            f"UPDATE comparisons SET {column} = ?, seq = ? WHERE key = ?",
            (value, database.next_seq(db), key),
        )
