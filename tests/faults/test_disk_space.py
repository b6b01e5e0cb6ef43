from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from tests.faults.conftest import Disk
from tests.workspace.making import ended, prompt

from proofroom.workspace import backup, database, file_errors, integrity, left_runs, machine
from proofroom.workspace.file_errors import DiskFullError, ReadOnlyError
from proofroom.workspace.opening import open_workspace


def write_on(db: sqlite3.Connection, path: Path) -> None:
    with file_errors.translated(path):
        while True:
            ended(db, os.urandom(4000).hex())


def fill(db: sqlite3.Connection, path: Path) -> int:
    """Write runs until the disk is full and return how many were committed."""
    with pytest.raises(DiskFullError, match="The disk is full"):
        write_on(db, path)
    return database.value(db, "SELECT count(*) FROM runs WHERE status = 'ok'")


def open_small(disk: Disk) -> tuple[sqlite3.Connection, Path]:
    """Return a workspace that fills up soon: on a small disk, or by SQLite's own limit."""
    path = disk.folder / "mine.proofspace"
    mounted = disk.mount(3000)
    db = open_workspace(path, create=True).connection
    if not mounted:
        db.execute("PRAGMA max_page_count = 400")
    return db, path


def test_d1_a_full_disk_takes_the_whole_write_back(disk: Disk) -> None:
    db, path = open_small(disk)
    done = fill(db, path)
    assert done > 5
    assert (db.in_transaction, len(left_runs.open_engines(db))) in {(False, 0), (False, 1)}
    half = "SELECT count(*) FROM attempts WHERE ended_at IS NOT NULL"
    assert database.value(db, half) == done
    assert database.value(db, "SELECT count(*) FROM run_search_docsize") == done
    db.close()


def test_d1_what_was_refused_is_written_when_there_is_space(disk: Disk) -> None:
    db, path = open_small(disk)
    done = fill(db, path)
    if disk.folder.is_mount():
        disk.change("size=16m")
    db.execute("PRAGMA max_page_count = 100000")
    ended(db, "at last")
    assert database.value(db, "SELECT count(*) FROM runs WHERE status = 'ok'") == done + 1
    db.close()
    assert [one for one in integrity.verify(path).findings if one.kind != "missing"] == []


def test_d2_a_backup_without_space_leaves_no_partial_file(disk: Disk) -> None:
    db, path = open_small(disk)
    if disk.folder.is_mount():
        fill(db, path)
        with pytest.raises(DiskFullError):
            backup.backup(path, reason="by command")
        assert [file.name for file in backup.folder(path).iterdir()] == [".lock"]
    else:  # nothing to fill: a folder that cannot be made is the same act that fails
        backup.folder(path).write_text("in the way")
        with pytest.raises(file_errors.WorkspaceError):
            backup.backup(path, reason="by command")
    db.close()
    assert open_workspace(path).connection.execute("SELECT count(*) FROM runs").fetchone()


def test_d2_a_new_workspace_without_space_leaves_nothing(disk: Disk) -> None:
    path = disk.folder / "mine.proofspace"
    if not disk.mount(200):
        disk.folder.chmod(0o500)
    with pytest.raises((DiskFullError, ReadOnlyError)):
        open_workspace(path, create=True)
    assert list(disk.folder.iterdir()) == []


def test_d3_a_read_only_disk_opens_for_reading(disk: Disk) -> None:
    path = disk.folder / "mine.proofspace"
    mounted = disk.mount(4000)
    with_one = open_workspace(path, create=True).connection
    prompt(with_one)
    with_one.close()
    before = path.read_bytes()
    if mounted:
        disk.change("ro")
    else:
        path.chmod(0o400)
        disk.folder.chmod(0o500)
    opened = open_workspace(path)
    assert (opened.read_only, [notice.kind for notice in opened.notices]) == (True, ["read_only"])
    assert database.value(opened.connection, "SELECT name FROM prompts") == "explain"
    with pytest.raises(ReadOnlyError), file_errors.translated(path):
        prompt(opened.connection, "another")
    opened.connection.close()
    assert path.read_bytes() == before
    with pytest.raises(ReadOnlyError):
        open_workspace(path, read_only=False)


def test_d3_what_lies_in_a_wal_that_cannot_be_read_is_said(disk: Disk) -> None:
    if not disk.mount(6000):
        disk.folder.chmod(0o700)
    path = disk.folder / "mine.proofspace"
    writer = open_workspace(path, create=True).connection
    prompt(writer)
    copy = disk.folder / "copy.proofspace"
    copy.write_bytes(path.read_bytes())
    copy.with_name("copy.proofspace-wal").write_bytes(
        path.with_name("mine.proofspace-wal").read_bytes()
    )
    writer.close()
    read_only = disk.folder.is_mount()
    if read_only:
        disk.change("ro")
    opened = open_workspace(copy, read_only=True)
    kinds = {notice.kind for notice in opened.notices}
    assert ("left_behind" in kinds) is read_only
    opened.connection.close()


def test_d12_settings_on_a_full_or_closed_disk_stay_as_they_were(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = disk.mount(64)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(disk.folder))
    machine.opened(Path("/a"))
    if mounted:
        disk.change("ro")
    else:
        (disk.folder / "proofroom").chmod(0o500)
    with pytest.raises(ReadOnlyError):
        machine.opened(Path("/b"))
    assert machine.load().recent == (Path("/a"),)
