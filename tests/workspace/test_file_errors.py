from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from proofroom.workspace import database, file_errors
from proofroom.workspace.file_errors import (
    BusyError,
    DamagedError,
    DiskFullError,
    NotAWorkspaceError,
    ReadOnlyError,
    WorkspaceError,
    explained,
    translated,
)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, DiskFullError),
        (errno.EDQUOT, DiskFullError),
        (errno.EFBIG, DiskFullError),
        (errno.EACCES, ReadOnlyError),
        (errno.EROFS, ReadOnlyError),
        (errno.EPERM, ReadOnlyError),
        (errno.EIO, WorkspaceError),
        (errno.ENOENT, WorkspaceError),
    ],
)
def test_an_error_of_the_disk_says_what_to_do(
    path: Path, number: int, kind: type[WorkspaceError]
) -> None:
    found = explained(OSError(number, os.strerror(number)), path)
    assert type(found) is kind
    assert found is not None
    assert (found.where, found.fix[-1]) == (str(path), ".")


def test_what_is_no_fault_of_the_file_passes_unchanged(path: Path, db: sqlite3.Connection) -> None:
    assert explained(KeyError("x"), path) is None
    for sql, kind in (
        ("SELECT * FROM no_such_table", sqlite3.OperationalError),
        ("INSERT INTO steps (run_key, number) VALUES (99, 1)", sqlite3.IntegrityError),
        ("SELECT ?", sqlite3.ProgrammingError),
    ):
        with pytest.raises(kind), translated(path):
            db.execute(sql)


def test_sqlites_own_errors_are_told_apart(path: Path, db: sqlite3.Connection) -> None:
    db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(DiskFullError) as caught, translated(path):
        db.execute("CREATE TABLE t AS SELECT randomblob(100000) AS a")
    assert isinstance(caught.value.__cause__, sqlite3.Error)
    reader = database.connect(path, read_only=True)
    with closing(reader), pytest.raises(ReadOnlyError), translated(path):
        reader.execute("DELETE FROM settings")
    other = path.with_name("other")
    other.write_bytes(b"no database at all" * 100)
    wrong = sqlite3.connect(other)
    with closing(wrong), pytest.raises(NotAWorkspaceError), translated(other):
        wrong.execute("SELECT * FROM sqlite_schema")


def test_a_damaged_page_is_damage(path: Path, db: sqlite3.Connection) -> None:
    page = database.value(db, "SELECT rootpage FROM sqlite_schema WHERE name = 'models'")
    db.close()
    with path.open("r+b") as raw:
        raw.seek((page - 1) * 4096)
        raw.write(b"\xff" * 4096)
    again = database.connect(path)
    with closing(again), pytest.raises(DamagedError, match="verify"), translated(path):
        again.execute("SELECT * FROM models").fetchall()


def test_a_file_that_another_connection_holds_is_busy(path: Path, db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    with closing(database.connect(path)) as other:
        other.execute("PRAGMA busy_timeout = 0")
        with pytest.raises(sqlite3.OperationalError) as caught:
            other.execute("BEGIN IMMEDIATE")
    assert file_errors.is_busy(caught.value)
    found = explained(caught.value, path)
    assert isinstance(found, BusyError)
    assert "in use by another program" in found.what  # our own process is not named
    db.execute("ROLLBACK")
