from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.workspace.making import content, ended, prompt

from proofroom.workspace import (
    backup,
    database,
    drafts,
    file_errors,
    integrity,
    restoring,
    salvage,
    versions,
)
from proofroom.workspace.opening import open_workspace, remember_high_water


@pytest.fixture
def copy(path: Path) -> Path:
    """Return a backup of a closed workspace, to which something was added since."""
    with closing(open_workspace(path, create=True).connection) as db:
        key = prompt(db, "greet")
        versions.save(db, key)
        for number in range(3):
            ended(db, f"question {number}")
    made = backup.backup(path, reason="asked")
    with closing(open_workspace(path).connection) as db:
        drafts.save(db, 1, content("moved on"), revision=drafts.of_prompt(db, 1).revision)
        versions.save(db, 1)
        prompt(db, "new one")
        ended(db, "after the backup")
        remember_high_water(path, db, now=True)
    return made


@pytest.fixture
def opened(path: Path, copy: Path) -> Iterator[sqlite3.Connection]:
    assert copy.exists()
    with closing(open_workspace(path).connection) as db:
        yield db


def runs(path: Path) -> int:
    with closing(database.connect(path, read_only=True)) as db:
        return database.value(db, "SELECT count(*) FROM runs")


def test_a_preview_names_what_would_go(path: Path, copy: Path) -> None:
    seen = restoring.preview(path, copy)
    assert seen.now is not None
    assert (seen.now.runs, seen.then.runs, seen.lost.runs) == (4, 3, 1)
    assert (seen.lost.prompt_names, seen.lost.version_names) == (("new one",), ("greet v2",))
    assert (seen.lost.drafts, seen.back_runs, seen.same) == (("greet",), 0, True)


def test_runs_that_were_removed_since_come_back(path: Path, copy: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM runs WHERE key < 3")
    assert restoring.preview(path, copy).back_runs == 2


def test_a_backup_of_another_workspace_is_told(tmp_path: Path, path: Path, copy: Path) -> None:
    other = tmp_path / "other.proofspace"
    open_workspace(other, create=True).connection.close()
    assert (restoring.preview(path, other).same, restoring.preview(path, copy).same) == (
        False,
        True,
    )


def test_what_stood_there_is_kept_and_nothing_is_said_to_be_missing(path: Path, copy: Path) -> None:
    done = restoring.restore(path, copy)
    assert (runs(path), integrity.verify(path).findings) == (3, ())
    assert done.kept is not None
    assert (runs(done.kept), backup.listed(path)[0].reason) == (4, "before restoring")
    opened = open_workspace(path)
    assert opened.notices == ()
    opened.connection.close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_oldest_backup_can_be_restored_although_it_then_goes(path: Path, copy: Path) -> None:
    for number in range(6):
        backup.backup(path, reason=f"try {number}")
    restoring.restore(path, copy)
    assert (runs(path), copy.exists(), len(backup.listed(path))) == (3, False, 7)


def test_an_open_window_is_told_of(path: Path, copy: Path, opened: sqlite3.Connection) -> None:
    with pytest.raises(file_errors.BusyError, match="open elsewhere"):
        restoring.restore(path, copy)
    assert database.value(opened, "SELECT count(*) FROM runs") == 4
    assert ended(opened).run_key == 5
    assert [one.name for one in path.parent.glob(".*")] == []


def test_a_damaged_backup_changes_nothing(path: Path, copy: Path) -> None:
    with copy.open("r+b") as raw:
        raw.seek(8192)
        raw.write(bytes(40_000))
    before = path.read_bytes()
    with pytest.raises(file_errors.WorkspaceError):
        restoring.restore(path, copy)
    assert (path.read_bytes(), [one.name for one in path.parent.glob(".*")]) == (before, [])


@pytest.mark.parametrize("at", [0, 8192])
def test_a_damaged_workspace_is_kept_aside_as_it_was(path: Path, copy: Path, at: int) -> None:
    with path.open("r+b") as raw:
        raw.seek(at)
        raw.write(bytes(40_000))
    before = path.read_bytes()
    assert restoring.preview(path, copy).now is None or at
    done = restoring.restore(path, copy)
    assert done.kept is not None
    assert (done.kept.read_bytes(), runs(path)) == (before, 3)
    assert "-damaged-" in done.kept.name


def test_a_workspace_that_is_gone_comes_back(path: Path, copy: Path) -> None:
    database.remove(path)
    assert restoring.restore(path, copy).kept is None
    assert runs(path) == 3


def test_a_file_that_never_was_a_workspace_is_not_replaced(tmp_path: Path, copy: Path) -> None:
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("a hundred pages")
    with pytest.raises(file_errors.NotAWorkspaceError):
        restoring.restore(thesis, copy)
    assert thesis.read_text() == "a hundred pages"


def test_a_workspace_is_not_its_own_backup(path: Path, copy: Path) -> None:
    assert copy.exists()
    with pytest.raises(file_errors.WorkspaceError, match="itself"):
        restoring.restore(path, path)


def left_wal(path: Path) -> bytes:
    """Let a workspace go away while its -wal with one more run stays, as after a kill."""
    with closing(open_workspace(path).connection) as db:
        ended(db, "only in the -wal")
        left = path.with_name(f"{path.name}-wal")
        held = left.read_bytes()
    path.unlink()
    left.write_bytes(held)
    return held


@pytest.mark.parametrize("how", ["restore", "create", "salvage"])
def test_what_a_file_that_went_left_is_kept_and_never_played_into_another(
    tmp_path: Path, path: Path, copy: Path, how: str
) -> None:
    held = left_wal(path)
    if how == "restore":
        restoring.restore(path, copy)
    elif how == "create":
        open_workspace(path, create=True).connection.close()
    else:
        salvage.salvage(copy, path)
    assert runs(path) == (0 if how == "create" else 3)
    assert {one.kind for one in integrity.verify(path).findings} <= {"missing"}
    assert [one.read_bytes() for one in tmp_path.rglob("*-left-*-wal")] == [held]


def test_a_file_that_stands_there_keeps_its_wal(path: Path, opened: sqlite3.Connection) -> None:
    ended(opened)
    with pytest.raises(file_errors.WorkspaceError, match="There is a file already"):
        database.create(path)
    assert path.with_name(f"{path.name}-wal").exists()
