"""Looks at a whole workspace: does it hold together, and if not, which objects are hit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Literal

from msgspec import Struct

from proofroom.workspace import (
    backup,
    database,
    file_errors,
    high_water,
    places,
    rollups,
    search_index,
    sizes,
    texts,
)

Kind = Literal["pages", "references", "text", "search", "rollups", "missing"]
Progress = Callable[[str, int, int], None]
MOST = 100


class Finding(Struct, frozen=True, kw_only=True):
    """Something that is not as it should be, in words, and what it hits."""

    kind: Kind
    what: str
    hits: tuple[str, ...] = ()


class Report(Struct, frozen=True, kw_only=True):
    """What `verify` found; `repaired` names what was rebuilt from the rows."""

    path: Path
    texts: int
    findings: tuple[Finding, ...]
    repaired: tuple[str, ...] = ()
    backup: Path | None = None

    @property
    def sound(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings


class Info(Struct, frozen=True, kw_only=True):
    """What a workspace is and holds; sizes in bytes, times in us."""

    path: Path
    id: str
    kind: str
    written_by: str
    schema: int
    created_at: int
    size: int
    wal_size: int
    sizes: dict[str, int]
    counts: dict[str, int]
    newest_run_at: int | None
    backups: tuple[backup.Backup, ...]


def verify(path: Path, progress: Progress | None = None, *, repair: bool = False) -> Report:
    """Check pages, references, every stored text, the search index and the sums.

    With `repair` the search index and the sums are built anew from the rows where they are wrong;
    without it nothing is written. `progress` hears a step, how far it is, and of how much.
    Raises WorkspaceError if the file cannot be read at all.
    """
    say = progress or _nobody
    database.check(path)
    with file_errors.translated(path), closing(_connected(path, repair)) as db:
        say("pages", 0, 1)
        findings = _pages(db)
        count = 0
        try:
            say("references", 0, 1)
            findings += _references(db)
            count, damaged = _texts(db, say)
            findings += damaged
            say("search", 0, 1)
            findings += _derived(db) + _missing(path, db)
        except sqlite3.DatabaseError as error:
            if not findings:  # else it was to be expected
                findings.append(Finding(kind="pages", what=f"Reading failed: {error}."))
        repaired = _repaired(db, findings) if repair else ()
    if repaired:
        findings = [one for one in findings if one.kind not in repaired]
    hurt = any(one.kind in {"pages", "references", "text"} for one in findings)
    good = backup.newest_good(path) if hurt else None
    return Report(
        path=path,
        texts=count,
        findings=tuple(findings),
        repaired=repaired,
        backup=good.path if good else None,
    )


def _connected(path: Path, repair: bool) -> sqlite3.Connection:
    # FTS5 checks itself only where it might write
    return database.connect(path, read_only=not repair and not places.is_writable(path))


def info(path: Path) -> Info:
    """Return what a workspace is and holds.

    Raises WorkspaceError if it cannot be read.
    """
    database.check(path)
    with file_errors.translated(path), closing(database.connect(path, read_only=True)) as db:
        row = db.execute("SELECT id, kind, written_by, created_at FROM workspace").fetchone()
        wal = path.with_name(f"{path.name}-wal")
        return Info(
            path=path,
            id=row[0],
            kind=row[1],
            written_by=row[2],
            created_at=row[3],
            schema=database.value(db, "PRAGMA user_version"),
            size=path.stat().st_size,
            wal_size=wal.stat().st_size if wal.exists() else 0,
            sizes=sizes.by_kind(db),
            counts={
                name: database.value(db, f"SELECT count(*) FROM {table}")
                for name, table in _COUNTED.items()
            },
            newest_run_at=database.value(
                db, "SELECT started_at FROM runs ORDER BY key DESC LIMIT 1"
            ),
            backups=tuple(backup.listed(path)),
        )


_COUNTED = {
    "prompts": "prompts",
    "versions": "versions",
    "inputs": "inputs",
    "comparisons": "comparisons",
    "runs": "runs",
    "attempts": "attempts",
    "texts": "texts",
}


def _pages(db: sqlite3.Connection) -> list[Finding]:
    try:
        lines = [row[0] for row in db.execute(f"PRAGMA integrity_check({MOST})").fetchall()]
    except sqlite3.DatabaseError as error:
        what = f"Pages are damaged ({error})."
        return [Finding(kind="pages", what=what, hits=_damaged_tables(db))]
    if lines == ["ok"]:
        return []
    # the search index reports itself here too; it is rebuilt, not lost
    lost = [line for line in lines if "search" not in line]
    if not lost:
        return []
    hits = tuple(dict.fromkeys(_table_hit(db, line) for line in lost))
    return [Finding(kind="pages", what=f"{len(lost)} pages or rows are damaged.", hits=hits)]


def _damaged_tables(db: sqlite3.Connection) -> tuple[str, ...]:
    """Name the tables that cannot be checked, where the check of all ended at the first of them."""
    try:
        names = [row[0] for row in db.execute(_TABLES).fetchall()]
    except sqlite3.DatabaseError:
        return ("the list of tables",)
    return tuple(f"the table {name}" for name in names if not _is_whole(db, name))


_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name"


def _is_whole(db: sqlite3.Connection, table: str) -> bool:
    try:
        return db.execute(f'PRAGMA integrity_check("{table}")').fetchall() == [("ok",)]
    except sqlite3.DatabaseError:
        return False


def _table_hit(db: sqlite3.Connection, line: str) -> str:
    """Name the table of a line such as 'Tree 12 page 40: ...' (the tree's root page)."""
    words = line.split()
    for place, word in enumerate(words[:-1]):
        if word == "Tree" and words[place + 1].isdecimal():
            try:
                name = database.value(
                    db,
                    "SELECT tbl_name FROM sqlite_schema WHERE rootpage = ?",
                    (int(words[place + 1]),),
                )
            except sqlite3.DatabaseError:
                return "the list of tables"
            return f"the table {name}" if name else line
    return line


def _references(db: sqlite3.Connection) -> list[Finding]:
    rows = db.execute("PRAGMA foreign_key_check").fetchmany(MOST)
    hits = tuple(dict.fromkeys(f"{row[0]} names a row of {row[2]} that is gone" for row in rows))
    if not rows:
        return []
    return [
        Finding(kind="references", what=f"{len(rows)} rows name others that are gone.", hits=hits)
    ]


def _texts(db: sqlite3.Connection, say: Progress) -> tuple[int, list[Finding]]:
    total = database.value(db, "SELECT count(*) FROM texts")
    done, after, damaged = 0, 0, list[int]()
    while True:
        last, bad = texts.damaged(db, after=after)
        damaged += bad
        if not last:
            break
        after, done = last, min(total, done + texts.CHECKED_AT_ONCE)
        say("texts", done, total)
    if not damaged:
        return total, []
    hits = tuple(dict.fromkeys(hit for key in damaged[:MOST] for hit in _users(db, key)))
    what = (
        f"{len(damaged)} stored text{'s do' if len(damaged) > 1 else ' does'} not match its hash."
    )
    return total, [Finding(kind="text", what=what, hits=hits)]


# (what the row is, how to find it by the text it refers to)
_USERS = (
    (
        "SELECT 'version v' || v.number || ' of prompt ' || p.name FROM versions v"
        " JOIN prompts p ON p.key = v.prompt_key WHERE v.content_key = ?1"
    ),
    (
        "SELECT 'input ' || i.name || ' of prompt ' || p.name FROM inputs i"
        " JOIN input_sets s ON s.key = i.set_key JOIN prompts p ON p.key = s.prompt_key"
        " WHERE i.values_key = ?1"
    ),
    (
        "SELECT 'a column of comparison ' || c.name FROM comparison_columns k"
        " JOIN comparisons c ON c.key = k.comparison_key WHERE k.content_key = ?1"
    ),
    (
        "SELECT 'a row of comparison ' || c.name FROM comparison_rows w"
        " JOIN comparisons c ON c.key = w.comparison_key WHERE w.values_key = ?1"
    ),
    "SELECT 'the draft asked with in run ' || id FROM runs WHERE content_key = ?1",
    "SELECT 'the input of run ' || id FROM runs WHERE input_key = ?1",
    "SELECT 'the output of run ' || id FROM runs WHERE output_key = ?1",
    "SELECT 'a choice of run ' || id FROM runs WHERE choices_key = ?1",
    (
        "SELECT 'a request of run ' || r.id FROM attempts a JOIN steps s ON s.key = a.step_key"
        " JOIN runs r ON r.key = s.run_key WHERE a.request_key = ?1"
    ),
    (
        "SELECT 'a response of run ' || r.id FROM attempts a JOIN steps s ON s.key = a.step_key"
        " JOIN runs r ON r.key = s.run_key WHERE a.response_key = ?1"
    ),
    (
        "SELECT 'the output of an attempt of run ' || r.id FROM attempts a"
        " JOIN steps s ON s.key = a.step_key JOIN runs r ON r.key = s.run_key"
        " WHERE a.output_key = ?1"
    ),
)


def _users(db: sqlite3.Connection, text_key: int) -> list[str]:
    """Name what refers to a stored text."""
    found = [str(row[0]) for sql in _USERS for row in db.execute(sql, (text_key,)).fetchmany(MOST)]
    return found or [f"text {text_key}, which nothing names any more"]


def _derived(db: sqlite3.Connection) -> list[Finding]:
    findings = [Finding(kind="search", what=what) for what in search_index.wrong(db)]
    off = rollups.out_of_step(db)
    if off:
        findings.append(
            Finding(kind="rollups", what="The sums do not agree with the runs.", hits=off)
        )
    return findings


def _missing(path: Path, db: sqlite3.Connection) -> list[Finding]:
    lost = high_water.missing(path, db)
    if lost is None:
        return []
    what = f"{lost.runs} runs and {lost.changes} changes that were seen here before are not there."
    return [Finding(kind="missing", what=what)]


def _repaired(db: sqlite3.Connection, findings: list[Finding]) -> tuple[Kind, ...]:
    kinds = {one.kind for one in findings}
    done: list[Kind] = []
    with database.writing(db):
        if "search" in kinds:
            search_index.rebuild(db)
            done.append("search")
        if "rollups" in kinds:
            rollups.rebuild(db)
            done.append("rollups")
    return tuple(done)


def _nobody(step: str, done: int, total: int) -> None:
    del step, done, total
