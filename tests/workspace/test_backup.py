from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.workspace.making import ended, prompt

from proofroom.workspace import backup, database, file_errors, schema
from proofroom.workspace.opening import open_workspace


@pytest.fixture
def file(path: Path) -> Path:
    with closing(open_workspace(path, create=True).connection) as db:
        prompt(db)
    return path


def made(path: Path, count: int) -> list[Path]:
    return [backup.backup(path, reason=f"try {number}") for number in range(count)]


def spoilt(copy: Path, at: int = 4096, data: bytes = b"\xff" * 40_000) -> None:
    with copy.open("r+b") as raw:
        raw.seek(at)
        raw.write(data)


def open_files() -> int:
    """Count this process's descriptors, where the system tells (Linux)."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_a_copy_has_what_is_still_in_the_wal(file: Path) -> None:
    with closing(open_workspace(file).connection) as db:
        ended(db)
        assert file.with_name(f"{file.name}-wal").stat().st_size
        copy = backup.backup(file, reason="by command")
    with closing(database.connect(copy, read_only=True)) as db:
        assert database.value(db, "SELECT count(*) FROM runs") == 1
    assert backup.is_good(copy)


def test_two_workspaces_of_one_stem_have_their_own_copies(file: Path) -> None:
    others = [file.with_suffix(suffix) for suffix in (".old", "")]
    mine = made(file, 1)
    for other in others:
        open_workspace(other, create=True).connection.close()
        assert backup.listed(other) == []
        made(other, 8)  # of which the first one goes
    assert [one.path for one in backup.listed(file)] == mine
    assert len({backup.folder(one) for one in (file, *others)}) == 3


def test_copies_are_numbered_on_and_described_by_their_names(file: Path) -> None:
    first, second = made(file, 2)
    assert [path.name[:7] for path in (first, second)] == ["000001-", "000002-"]
    found = backup.listed(file)
    assert [(one.number, one.reason, one.schema) for one in found] == [
        (2, "try 1", schema.VERSION),
        (1, "try 0", schema.VERSION),
    ]
    assert found[0].size == second.stat().st_size
    second.unlink()
    assert backup.backup(file, reason="again").name.startswith("000002-")


def test_the_last_copy_of_an_older_schema_never_goes(file: Path) -> None:
    old = made(file, 2)
    for copy in old:
        spoilt(copy, 60, (0).to_bytes(4))
    new = made(file, 9)
    assert [one.path for one in backup.listed(file)] == [*new[:1:-1], old[1]]


def test_copies_go_only_while_a_sound_one_is_among_those_that_stay(file: Path) -> None:
    kept = made(file, 7)
    for copy in kept[1:]:
        spoilt(copy)
    newest = backup.backup(file, reason="by command")
    # the oldest was the only sound one until the newest was made, which is
    assert [one.path for one in backup.listed(file)] == [newest, *kept[:0:-1]]
    found = backup.newest_good(file)
    assert found is not None
    assert found.path == newest


def test_the_next_sound_one_is_offered_past_damaged_ones(file: Path) -> None:
    first, second, third = made(file, 3)
    spoilt(third)
    os.truncate(second, second.stat().st_size // 2)
    found = backup.newest_good(file)
    assert found is not None
    assert found.path == first
    first.write_bytes(b"no workspace")
    assert backup.newest_good(file) is None


def test_a_copy_that_opens_and_does_not_hold_together_does_not_count(file: Path) -> None:
    copy = backup.backup(file, reason="by command")
    with closing(database.connect(copy, read_only=True)) as db:
        page = database.value(db, "SELECT rootpage FROM sqlite_schema WHERE name = 'prompts'")
    spoilt(copy, (page - 1) * 4096, bytes(4096))
    database.connect(copy, read_only=True).close()
    assert (backup.is_good(copy), backup.newest_good(file)) == (False, None)


def test_a_copy_counts_only_once_it_was_checked(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:  # rows that its tables do not allow
        db.execute("PRAGMA writable_schema = ON")
        db.execute(
            """UPDATE sqlite_schema SET sql = replace(sql, 'archived_at INTEGER',
                'archived_at INTEGER NOT NULL') WHERE name = 'prompts'"""
        )
    with pytest.raises(file_errors.DamagedError, match=r"The copy is damaged .*archived_at"):
        backup.backup(file, reason="by command")
    assert [one.name for one in backup.folder(file).iterdir()] == [".lock"]


def test_other_files_in_the_folder_are_neither_listed_nor_removed(file: Path) -> None:
    copy = backup.backup(file, reason="by command")
    folder = backup.folder(file)
    (folder / "notes.txt").write_text("mine")
    (folder / "mine.proofspace").write_bytes(copy.read_bytes())
    (folder / "000009-20260101-000000-x.proofspace").mkdir()
    before = open_files()
    for _ in range(20):
        assert [one.path for one in backup.listed(file)] == [copy]
    assert open_files() <= before + 1
    made(file, 8)
    assert (folder / "notes.txt").exists()
    assert (folder / "mine.proofspace").exists()


def test_a_workspace_in_a_folder_that_is_not_utf8_is_backed_up(tmp_path: Path) -> None:
    folder = tmp_path / "j\udcf6rg"
    folder.mkdir()
    path = folder / "mine.proofspace"
    with closing(open_workspace(path, create=True).connection) as db:
        prompt(db)
        assert database.path_of(db) == path
    copy = backup.backup(path, reason="by command")
    assert (copy.parent.parent, backup.is_good(copy)) == (folder, True)


def test_a_file_that_is_no_workspace_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "other.proofspace"
    path.write_text("no database")
    with pytest.raises(file_errors.NotAWorkspaceError):
        backup.backup(path, reason="by command")
    assert [one.name for one in backup.folder(path).iterdir()] == [".lock"]
