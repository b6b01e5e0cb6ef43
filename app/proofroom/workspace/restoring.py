"""A backup against the workspace as it is, and put in its place."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from proofroom import ids
from proofroom.workspace import alone, backup, database, file_errors, files, high_water

NAMED = 20
"""How many of the prompts and versions that would go are named."""


class Counts(Struct, frozen=True, kw_only=True):
    """What a workspace or a backup holds; `newest_run_at` in us, UTC."""

    prompts: int
    versions: int
    comparisons: int
    runs: int
    newest_run_at: int | None


class Lost(Struct, frozen=True, kw_only=True):
    """What is in the workspace and not in the backup; names of at most NAMED of each."""

    prompts: int = 0
    versions: int = 0
    comparisons: int = 0
    runs: int = 0
    prompt_names: tuple[str, ...] = ()
    version_names: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()


class Preview(Struct, frozen=True, kw_only=True):
    """What restoring would change; `now` is None where the workspace cannot be read or is gone.

    `back_runs` are runs that come back; `same` tells whether both are one workspace.
    """

    path: Path
    copy: Path
    then: Counts
    now: Counts | None
    same: bool = True
    lost: Lost = Lost()
    back_runs: int = 0


class Restored(Struct, frozen=True, kw_only=True):
    """Where the file that stood there before is kept: as a backup, or aside if it is damaged."""

    path: Path
    kept: Path | None


def counts(copy: Path) -> Counts:
    """Return what a workspace or backup holds.

    Raises WorkspaceError.
    """
    with file_errors.translated(copy), closing(database.connect(copy, read_only=True)) as db:
        return _counts(db)


def preview(path: Path, copy: Path) -> Preview:
    """Compare a backup with the workspace as it is; reads both, writes nothing.

    Raises WorkspaceError if the backup cannot be read.
    """
    then = counts(copy)
    try:
        with file_errors.translated(path), closing(database.connect(path, read_only=True)) as db:
            # as bytes: a path need not be UTF-8
            uri = f"{copy.absolute().as_uri()}?mode=ro"
            db.execute("ATTACH ? AS old", (uri,))
            return Preview(
                path=path,
                copy=copy,
                then=then,
                now=_counts(db),
                same=database.value(db, _SAME) == 1,
                lost=_lost(db),
                back_runs=database.value(db, _MISSING.format(table="runs", a="old", b="main")),
            )
    except file_errors.WorkspaceError:
        return Preview(path=path, copy=copy, then=then, now=None)


def restore(path: Path, copy: Path) -> Restored:
    """Let a sound backup stand in the workspace's place, and keep what stood there.

    At any moment the old or the new file stands there whole. Raises BusyError if somebody has the
    workspace open, DamagedError if the backup is not sound, or another WorkspaceError; then the
    workspace is as it was.
    """
    copy, path = copy.absolute(), path.absolute()
    if copy == path:
        raise file_errors.WorkspaceError(
            "That is the workspace itself", where=str(path), fix="Name one of its backups."
        )
    part = path.with_name(f".{path.name}.{ids.new_id()}")
    with file_errors.translated(path):
        try:
            _known(path)
            backup.copied(copy, part)
            # before the swap: a file that is further than was noted is no reason to warn
            with closing(database.connect(part, read_only=True)) as db:
                high_water.expect(path, db)
            kept = _put(path, part)
        finally:
            database.remove(part)
    return Restored(path=path, kept=kept)


def _known(path: Path) -> None:
    """Refuse to replace a file that never was a workspace.

    Raises NotAWorkspaceError.
    """
    try:
        database.check(path)
    except file_errors.NotAWorkspaceError:
        # its first page may be what is damaged
        if os.path.lexists(path) and not backup.listed(path):
            raise


def _put(path: Path, part: Path) -> Path | None:
    if not os.path.lexists(path):
        files.place(part, path)
        return None
    # read whole before its -wal is folded in: a damaged file is kept as it is
    if not backup.is_good(path):
        return alone.swap_damaged(part, path)
    with alone.held(path) as db:
        kept = backup.backup(path, reason="before restoring", through=db)
        alone.swap(db, part, path)
    return kept


_SAME = "SELECT (SELECT id FROM main.workspace) = (SELECT id FROM old.workspace)"
_MISSING = """SELECT count(*) FROM {a}.{table} x
    WHERE NOT EXISTS (SELECT 1 FROM {b}.{table} y WHERE y.id = x.id)"""
_NAMES = {
    "prompts": "SELECT x.name FROM main.prompts x",
    "versions": """SELECT p.name || ' v' || x.number FROM main.versions x
        JOIN main.prompts p ON p.key = x.prompt_key""",
}
_DRAFTS = """SELECT p.name FROM main.drafts d JOIN main.prompts p ON p.key = d.prompt_key
    JOIN old.prompts o ON o.id = p.id
    JOIN old.drafts e ON e.prompt_key = o.key AND e.branch_key = d.branch_key
    WHERE e.content <> d.content ORDER BY d.changed_at DESC LIMIT ?"""


def _lost(db: sqlite3.Connection) -> Lost:
    numbers = {
        table: database.value(db, _MISSING.format(table=table, a="main", b="old"))
        for table in ("prompts", "versions", "comparisons", "runs")
    }
    names = {
        table: tuple(
            row[0]
            for row in db.execute(
                f"""{sql} WHERE NOT EXISTS (SELECT 1 FROM old.{table} y WHERE y.id = x.id)
                    ORDER BY x.key DESC LIMIT ?""",
                (NAMED,),
            ).fetchall()
        )
        for table, sql in _NAMES.items()
    }
    return Lost(
        **numbers,
        prompt_names=names["prompts"],
        version_names=names["versions"],
        drafts=tuple(row[0] for row in db.execute(_DRAFTS, (NAMED,)).fetchall()),
    )


def _counts(db: sqlite3.Connection) -> Counts:
    row = db.execute(
        """SELECT (SELECT count(*) FROM main.prompts), (SELECT count(*) FROM main.versions),
            (SELECT count(*) FROM main.comparisons WHERE source = 'comparison'),
            (SELECT count(*) FROM main.runs),
            (SELECT started_at FROM main.runs ORDER BY key DESC LIMIT 1)"""
    ).fetchone()
    return Counts(
        prompts=row[0], versions=row[1], comparisons=row[2], runs=row[3], newest_run_at=row[4]
    )
