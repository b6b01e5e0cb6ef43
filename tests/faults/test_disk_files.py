from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.workspace.making import ended, prompt

from proofroom.workspace import (
    backup,
    database,
    engines,
    file_errors,
    files,
    high_water,
    machine,
    places,
    schema,
    versions,
)
from proofroom.workspace.file_errors import (
    BusyError,
    DamagedError,
    NewerSchemaError,
    NotAWorkspaceError,
)
from proofroom.workspace.opening import open_workspace, remember_high_water


def made(path: Path, runs: int = 0) -> Path:
    db = open_workspace(path, create=True).connection
    for number in range(runs):
        ended(db, f"asked {number}")
    remember_high_water(path, db, now=True)
    db.close()
    return path


def other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE t (a)")


NOT_OURS: list[Callable[[Path], object]] = [
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"no database at all" * 20),
    lambda path: path.write_bytes(b"SQLite format 3\x00"),
    other_database,
    lambda path: path.mkdir(),
    os.mkfifo,
    lambda path: path.symlink_to("/dev/null"),
    lambda path: path.symlink_to("/nowhere/at/all"),
]


@pytest.mark.parametrize("make", NOT_OURS)
def test_d6_what_is_not_a_workspace_is_not_touched(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    path = tmp_path / "other.proofspace"
    make(path)
    before, content = path.lstat(), path.read_bytes() if path.is_file() else b""
    with pytest.raises(NotAWorkspaceError):
        open_workspace(path)
    with pytest.raises(file_errors.WorkspaceError, match="There is a file already"):
        open_workspace(path, create=True)
    after = path.lstat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert (path.read_bytes() if path.is_file() else b"") == content
    assert [file.name for file in tmp_path.iterdir()] == ["other.proofspace"]


@pytest.mark.parametrize("newest_in_wal", [False, True])
def test_d7_a_newer_schema_is_refused_with_its_writer_and_keeps_its_backups(
    tmp_path: Path, *, newest_in_wal: bool
) -> None:
    path = made(tmp_path / "mine.proofspace")
    kept = backup.backup(path, reason="by command")
    newer = database.connect(path)
    newer.execute("UPDATE workspace SET written_by = '9.8.7'")
    newer.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    if not newest_in_wal:
        newer.close()
    for read_only in (None, True):
        with pytest.raises(NewerSchemaError, match=r"made by Proofroom 9\.8\.7"):
            open_workspace(path, read_only=read_only)
    assert [one.path for one in backup.listed(path)] == [kept]
    if not newest_in_wal:
        assert [file.name for file in tmp_path.glob("mine.proofspace-*")] == []
    newer.close()


HOLD = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA locking_mode = EXCLUSIVE" if sys.argv[2] == "all" else "SELECT 1")
db.execute("BEGIN IMMEDIATE")
db.execute("UPDATE workspace SET seq = seq")
print("held", flush=True)
sys.stdin.read()
"""


def written(path: Path) -> None:
    with closing(open_workspace(path).connection) as db, file_errors.translated(path):
        prompt(db)


@pytest.mark.parametrize("what", ["writes", "all"])
def test_d5_a_file_that_another_program_holds_names_its_process(tmp_path: Path, what: str) -> None:
    path = made(tmp_path / "mine.proofspace")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), what],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=f"in use by process {holder.pid}"):
            written(path)
        holder.communicate()
    with closing(open_workspace(path).connection) as db:
        prompt(db)


def test_d4_a_network_drive_is_told_by_its_mount(tmp_path: Path) -> None:
    mounts = f"tmpfs /a tmpfs rw 0 0\nhost:/x {tmp_path}/far nfs4 rw 0 0\n"
    assert places.network(tmp_path / "far" / "mine.proofspace", mounts) == "nfs4"
    assert places.network(tmp_path / "near" / "mine.proofspace", mounts) == ""
    # a mount above it that was made later does not hide it
    assert places.network(tmp_path / "far" / "a", f"{mounts}tmpfs / tmpfs rw 0 0\n") == "nfs4"
    assert places.network(tmp_path / "mine.proofspace") == ""


@pytest.mark.parametrize(
    ("folder", "owner"),
    [
        ("Dropbox (Personal)", "Dropbox"),
        ("OneDrive - Company", "OneDrive"),
        ("Library/Mobile Documents", "iCloud"),
        ("GoogleDrive-me@example.com", "Google Drive"),
        ("Nextcloud", "Nextcloud"),
        ("dropboxes", ""),
    ],
)
def test_d4_a_folder_of_a_cloud_is_named_at_open(tmp_path: Path, folder: str, owner: str) -> None:
    path = made(tmp_path / folder / "mine.proofspace")
    opened = open_workspace(path)
    texts = [notice.text for notice in opened.notices if notice.kind == "cloud"]
    assert [text.split(" keeps")[0] for text in texts] == ([owner] if owner else [])
    opened.connection.close()


def test_d9_a_lost_wal_is_noticed_with_the_number_of_runs(tmp_path: Path) -> None:
    path = made(tmp_path / "mine.proofspace", runs=2)
    old = path.read_bytes()
    with closing(open_workspace(path).connection) as db:
        for _ in range(3):
            ended(db)
        remember_high_water(path, db, now=True)
    path.write_bytes(old)
    for _ in range(2):  # it is said again until something new is written
        opened = open_workspace(path)
        assert [notice.text for notice in opened.notices] == [
            "This file lacks the last 3 runs that this laptop saw in it before."
        ]
        opened.connection.close()
    with closing(open_workspace(path).connection) as db:
        ended(db)
        remember_high_water(path, db, now=True)
    assert open_workspace(path).notices == ()


def test_d9_a_copy_beside_its_source_lacks_nothing(tmp_path: Path) -> None:
    path = made(tmp_path / "mine.proofspace", runs=1)
    copy = tmp_path / "copy.proofspace"
    copy.write_bytes(path.read_bytes())
    with closing(open_workspace(path).connection) as db:
        ended(db)
        remember_high_water(path, db, now=True)
    assert open_workspace(copy).notices == ()
    path.unlink()
    assert [notice.kind for notice in open_workspace(copy).notices] == ["missing"]


def test_d9_what_was_seen_is_noted_at_most_every_two_seconds(tmp_path: Path) -> None:
    path = made(tmp_path / "mine.proofspace")
    noted = tmp_path / "state/proofroom/workspaces.json"
    before = noted.read_bytes()
    with closing(open_workspace(path).connection) as db:
        ended(db)
        remember_high_water(path, db)
        assert noted.read_bytes() == before
        remember_high_water(path, db, now=True)
        assert noted.read_bytes() != before
        assert high_water.missing(path, db) is None


def test_a_finished_file_takes_nobodys_name(tmp_path: Path) -> None:
    part, taken = tmp_path / "part", tmp_path / "taken"
    part.write_text("new")
    taken.write_text("old")
    with pytest.raises(FileExistsError):
        files.place(part, taken)
    assert taken.read_text() == "old"
    files.place(part, tmp_path / "free")
    assert (part.exists(), (tmp_path / "free").read_text()) == (False, "new")


def test_d9_a_wal_of_another_file_harms_nobody(tmp_path: Path) -> None:
    path, other = made(tmp_path / "mine.proofspace", runs=3), tmp_path / "other.proofspace"
    writer = open_workspace(other, create=True).connection
    prompt(writer)
    wal = other.with_name(f"{other.name}-wal").read_bytes()
    writer.close()
    path.with_name(f"{path.name}-wal").write_bytes(wal)
    before = path.read_bytes()
    try:
        opened = open_workspace(path)
    except DamagedError as error:
        assert "backup" in error.fix  # noqa: PT017 - both ends are right, silence is not
        assert path.read_bytes() == before
    else:
        kinds = {notice.kind for notice in opened.notices}
        whole = database.value(opened.connection, "SELECT count(*) FROM runs") == 3
        assert whole or "missing" in kinds
        opened.connection.close()


def test_r8_a_lock_that_nobody_holds_is_stale(tmp_path: Path) -> None:
    held = engines.hold()
    stale = engines.folder() / "01STALE.lock"
    stale.write_text("{}")
    assert engines.live() == {held.id}
    assert (stale.exists(), engines.pid(held.id)) == (False, os.getpid())
    held.release()
    held.release()
    assert (engines.live(), list(engines.folder().iterdir())) == (frozenset(), [])
    assert tmp_path in engines.folder().parents


def test_d11_versions_wait_for_the_disk(tmp_path: Path) -> None:
    with closing(open_workspace(tmp_path / "mine.proofspace", create=True).connection) as db:
        key, asked = prompt(db), list[str]()
        db.set_trace_callback(asked.append)
        versions.save(db, key)
        db.set_trace_callback(None)
        full, commit = asked.index("PRAGMA synchronous = FULL"), asked.index("COMMIT")
        assert full < commit < asked.index("PRAGMA synchronous = NORMAL")
        assert database.value(db, "PRAGMA synchronous") == 1


@pytest.mark.parametrize("mask", [0o077, 0o000])
def test_m5_files_with_content_are_the_owners_alone(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        path = tmp_path / "mine.proofspace"
        with closing(open_workspace(path, create=True).connection) as db:
            ended(db)
            backup.backup(path, reason="by command")
            remember_high_water(path, db, now=True)
            machine.opened(path)
            found = [file for file in tmp_path.rglob("*") if file.is_file()]
            modes = {file.name: oct(file.stat().st_mode & 0o777) for file in found}
    finally:
        os.umask(before)
    assert {"mine.proofspace-wal", "config.toml", "workspaces.json"} <= modes.keys()
    assert {name for name, mode in modes.items() if mode != "0o600"} == set()
