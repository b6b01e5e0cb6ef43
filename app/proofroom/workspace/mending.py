"""Makes rows that were saved from a damaged file hold together: each names only what is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from msgspec import Struct

from proofroom import clock, ids
from proofroom.domain.version import Content, encoded
from proofroom.workspace import database, prompts, texts

# a lost row of these would take much else with it: one in its place is better
_STAND_INS = {
    "prompts": """INSERT INTO prompts (key, id, name, kind, created_at, changed_at, seq)
        VALUES (:key, :id, 'recovered-' || :key, 'prompt', :now, :now, 1)""",
    "providers": """INSERT INTO providers (key, id, name, adapter, dialect, url, needs_key,
        concurrency, forbidden, key_variable, added_at, seq)
        VALUES (:key, :id, 'lost-' || :key, 'litellm', '', '', 1, 4, 1, '', :now, 1)""",
    "adapters": "INSERT INTO adapters (key, name, version) VALUES (:key, 'lost', :id)",
    "input_sets": """INSERT INTO input_sets (key, id, prompt_key, name, created_at, seq)
        SELECT :key, :id, min(key), 'recovered', :now, 1 FROM prompts""",
}
_NAMES = {
    "versions": """SELECT 'version v' || x.number || ' of prompt ' || coalesce(p.name, '?')
        FROM versions x LEFT JOIN prompts p ON p.key = x.prompt_key""",
    "inputs": "SELECT 'input ' || x.name FROM inputs x",
    "comparison_columns": "SELECT 'a column, ' || x.label || ', of a comparison' "
    "FROM comparison_columns x",
    "runs": "SELECT 'run ' || x.id FROM runs x",
}


class Link(Struct, frozen=True):
    """A column that names a row of another table; `needed` ones cannot be empty."""

    table: str
    column: str
    parent: str
    key: str
    needed: bool


def mend(db: sqlite3.Connection) -> list[str]:
    """Let every row name only rows that are there, and return in words what had to go.

    The caller is writing, with foreign keys off.
    """
    links = _links(db)
    _stand_in(db, links)
    said: list[str] = []
    changed = True
    while changed:
        changed = False
        for link in links:
            changed |= _mended(db, link, said)
    _complete_prompts(db)
    return said


def _links(db: sqlite3.Connection) -> list[Link]:
    rows = db.execute(
        """SELECT t.name, f."from", f."table", f."to", c."notnull" OR c.pk > 0
            FROM sqlite_schema t, pragma_foreign_key_list(t.name) f
            JOIN pragma_table_info(t.name) c ON c.name = f."from" WHERE t.type = 'table'"""
    ).fetchall()
    return [Link(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]


def _gone(link: Link) -> str:
    return f"""{link.column} IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM {link.parent} y WHERE y.{link.key} = x.{link.column})"""


def _stand_in(db: sqlite3.Connection, links: Sequence[Link]) -> None:
    now = clock.now()
    # what a stand-in names itself stands before it
    order = list(_STAND_INS)
    needed = [one for one in links if one.needed and one.parent in _STAND_INS]
    for link in sorted(needed, key=lambda one: order.index(one.parent)):
        sql = f"SELECT DISTINCT {link.column} FROM {link.table} x WHERE {_gone(link)}"
        for (key,) in db.execute(sql).fetchall():
            if link.parent == "input_sets":
                _any_of(db, "prompts")
            _put(db, link.parent, key)
    models = """INSERT INTO models (key, provider_key, name, path, source, listed, added_at, seq)
        SELECT x.model_key, (SELECT min(key) FROM providers), 'lost-' || x.model_key, '', '', 0,
            ?, 1 FROM (SELECT DISTINCT model_key FROM {table}) x
        WHERE NOT EXISTS (SELECT 1 FROM models m WHERE m.key = x.model_key)"""
    for table in ("runs", "comparison_columns", "prices"):
        if database.value(db, f"SELECT 1 FROM {table}"):
            _any_of(db, "providers")
        db.execute(models.format(table=table), (now,))
    # a prompt's first branch bears the name that its draft is looked for by
    db.execute(
        """INSERT INTO branches (key, prompt_key, name)
            SELECT v.branch_key, v.prompt_key, ? FROM versions v WHERE NOT EXISTS
            (SELECT 1 FROM branches b WHERE b.key = v.branch_key OR b.prompt_key = v.prompt_key)
            GROUP BY v.branch_key""",
        (prompts.MAIN,),
    )


def _put(db: sqlite3.Connection, table: str, key: int) -> None:
    row = {"key": key, "id": ids.new_id(), "now": clock.now()}
    db.execute(_STAND_INS[table], row)


def _any_of(db: sqlite3.Connection, table: str) -> None:
    if not database.value(db, f"SELECT count(*) FROM {table}"):
        _put(db, table, 1)


def _mended(db: sqlite3.Connection, link: Link, said: list[str]) -> bool:
    if not link.needed:
        sql = f"UPDATE {link.table} AS x SET {link.column} = NULL WHERE {_gone(link)}"
        return db.execute(sql).rowcount > 0
    if link.table in _NAMES:
        sql = f"{_NAMES[link.table]} WHERE x.{_gone(link)}"
        said += [str(row[0]) for row in db.execute(sql).fetchall()]
    return db.execute(f"DELETE FROM {link.table} AS x WHERE {_gone(link)}").rowcount > 0


def _complete_prompts(db: sqlite3.Connection) -> None:
    """Give every prompt its first branch and a draft: its last version, or an empty one."""
    missing = """SELECT p.key FROM prompts p WHERE NOT EXISTS (SELECT 1 FROM branches b
        JOIN drafts d ON d.branch_key = b.key WHERE b.prompt_key = p.key AND b.name = ?)"""
    for (key,) in db.execute(missing, (prompts.MAIN,)).fetchall():
        branch = database.value(
            db, "SELECT key FROM branches WHERE prompt_key = ? AND name = ?", (key, prompts.MAIN)
        )
        if branch is None:
            sql = "INSERT INTO branches (prompt_key, name) VALUES (?, ?)"
            branch = db.execute(sql, (key, prompts.MAIN)).lastrowid
        last = db.execute(
            """SELECT v.key, t.codec, t.data, t.key FROM versions v
                JOIN texts t ON t.key = v.content_key
                WHERE v.prompt_key = ? ORDER BY v.number DESC LIMIT 1""",
            (key,),
        ).fetchone()
        content = encoded(Content()) if last is None else texts.unpacked(*last[1:])
        db.execute(
            """INSERT INTO drafts (prompt_key, branch_key, base_key, content, revision, position,
                edited, holder, held_at, changed_at, seq)
                VALUES (?, ?, ?, ?, 1, 0, 0, '', 0, ?, 1)""",
            (key, branch, None if last is None else last[0], content, clock.now()),
        )
