from __future__ import annotations

import os
import random
import selectors
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.faults.conftest import Disk
from tests.faults.test_disk_kill import child
from tests.workspace.making import ended, prompt

from proofroom.workspace import (
    alone,
    backup,
    compacting,
    database,
    file_errors,
    integrity,
    pruning,
    restoring,
)
from proofroom.workspace.opening import open_workspace

RESTORE = """
import sys
from pathlib import Path
from proofroom.workspace import restoring
path, one, other = map(Path, sys.argv[1:])
print("open", flush=True)
while True:
    for copy in (one, other):
        restoring.restore(path, copy)
        print("restored", flush=True)
"""
COMPACT = """
import sys
from pathlib import Path
from proofroom.workspace import compacting
print("open", flush=True)
while True:
    compacting.compact(Path(sys.argv[1]))
    print("compacted", flush=True)
"""
PRUNE = """
import sys
from pathlib import Path
from proofroom.workspace import pruning
print("open", flush=True)
pruning.prune(Path(sys.argv[1]), 90)
"""
OPEN = """
import select
import sys
from pathlib import Path
from proofroom.workspace import database
from proofroom.workspace.opening import open_workspace
print("begins", flush=True)
opened = open_workspace(Path(sys.argv[1]))
print(database.value(opened.connection, "SELECT count(*) FROM runs"), flush=True)
select.select([], [], [])
"""


CONNECT = """
import sys
from pathlib import Path
from proofroom.workspace import database
print("begins", flush=True)
db = database.connect(Path(sys.argv[1]))
print(database.value(db, "SELECT count(*) FROM runs"), flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a closed workspace with a prompt and forty runs of long ago."""
    file = tmp_path / "mine.proofspace"
    with closing(open_workspace(file, create=True).connection) as db:
        prompt(db)
        for number in range(40):
            ended(db, f"question {number} " * 30, f"answer {number} " * 30, started_at=number)
    return file


@pytest.fixture
def copies(path: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Return two copies elsewhere: one with forty runs, one with forty-one."""
    made = tmp_path / "one.proofspace", tmp_path / "other.proofspace"
    backup.copied(path, made[0])
    with closing(open_workspace(path).connection) as db:
        ended(db)
    backup.copied(path, made[1])
    return made


def kill(code: str, *arguments: Path, after_s: float) -> None:
    with child("-c", code, *map(str, arguments)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with selectors.DefaultSelector() as nothing:
            nothing.select(after_s)  # nothing is registered: only the time passes
        process.kill()


def runs(path: Path) -> int:
    with closing(open_workspace(path).connection) as db:
        return database.value(db, "SELECT count(*) FROM runs")


def test_d13_a_restore_beside_an_open_window_is_refused(
    path: Path, copies: tuple[Path, Path]
) -> None:
    with child("-c", OPEN, str(path)) as window:
        assert window.stdout is not None
        assert [window.stdout.readline() for _ in range(2)] == ["begins\n", "41\n"]
        with pytest.raises(file_errors.BusyError, match=f"process {window.pid}"):
            restoring.restore(path, copies[0])
        window.kill()
    assert restoring.restore(path, copies[0]).kept is not None
    assert runs(path) == 40


def test_d13_who_waited_for_the_swap_opens_the_new_file(
    path: Path, copies: tuple[Path, Path]
) -> None:
    with alone.held(path) as db, child("-c", CONNECT, str(path)) as window:
        assert window.stdout is not None
        assert window.stdout.readline() == "begins\n"
        with selectors.DefaultSelector() as nothing:
            nothing.select(0.7)  # until it waits for the file, which nothing tells
        alone.swap(db, copies[0], path)
        db.close()
        assert window.stdout.readline() == "40\n"


@pytest.mark.parametrize(
    ("code", "lock"), [(CONNECT, "BEGIN EXCLUSIVE"), (OPEN, "BEGIN; SELECT count(*) FROM runs")]
)
def test_d13_who_waited_for_a_file_that_failed_opens_the_one_swapped_in(
    path: Path, copies: tuple[Path, Path], code: str, lock: str
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'workspace'"
        page: int = db.execute(sql).fetchone()[0]
        for statement in lock.split("; "):
            db.execute(statement).fetchall()
        with path.open("r+b") as old, child("-c", code, str(path)) as window:
            assert window.stdout is not None
            assert window.stdout.readline() == "begins\n"
            with selectors.DefaultSelector() as nothing:
                nothing.select(1)  # until it waits for the file, which nothing tells
            copies[0].replace(path)
            if code == CONNECT:
                os.pwrite(old.fileno(), bytes(4096), (page - 1) * 4096)
            db.close()
            assert window.stdout.readline() == "40\n"
            window.kill()


def test_d13_no_wal_of_the_old_file_is_left_for_the_new_one(
    path: Path, copies: tuple[Path, Path]
) -> None:
    with child("-c", OPEN, str(path)) as window:  # killed: its -wal stays
        assert window.stdout is not None
        assert [window.stdout.readline() for _ in range(2)][1] == "41\n"
        with closing(open_workspace(path).connection) as db:
            ended(db)
            window.kill()
            window.wait()
            left = path.with_name(f"{path.name}-wal").read_bytes()
    path.with_name(f"{path.name}-wal").write_bytes(left)
    restoring.restore(path, copies[0])
    assert not path.with_name(f"{path.name}-wal").exists()
    assert (runs(path), integrity.verify(path).findings) == (40, ())


def test_d10_a_kill_in_a_restore_leaves_the_old_or_the_new_file_whole(
    path: Path, copies: tuple[Path, Path]
) -> None:
    chance = random.Random(13)  # noqa: S311 - places to kill at, no secret
    seen: set[int] = set()
    for _ in range(6):
        kill(RESTORE, path, *copies, after_s=chance.uniform(0, 0.3))
        seen.add(runs(path))
        assert integrity.verify(path).findings == ()
    assert seen <= {40, 41}
    assert all(backup.is_good(one.path) for one in backup.listed(path))


@pytest.mark.parametrize(
    ("kind", "ends"), [("restore", {"41 []", "40 []"}), ("compact", {"41 []"})]
)
def test_d10_a_kill_at_any_file_operation_leaves_the_old_or_the_new_file(
    path: Path, copies: tuple[Path, Path], kind: str, ends: set[str]
) -> None:
    with child("-m", "tests.faults.points", kind, str(path), str(copies[0])) as process:
        said = process.communicate()[0].splitlines()
    assert (set(said), len(said) > 8) == (ends, True)


def test_d10_a_kill_in_compacting_leaves_the_file_whole(path: Path) -> None:
    chance = random.Random(14)  # noqa: S311
    for _ in range(4):
        kill(COMPACT, path, after_s=chance.uniform(0, 0.2))
        assert (runs(path), integrity.verify(path).findings) == (40, ())


def test_d10_a_kill_in_a_prune_leaves_whole_runs_and_all_their_cost(path: Path) -> None:
    with closing(open_workspace(path).connection) as db:
        total: int = database.value(db, "SELECT sum(cost_nano_usd) FROM runs")
        for number in range(400):
            ended(db, f"further {number}", started_at=number)
            total += 12
    chance = random.Random(15)  # noqa: S311
    for _ in range(4):
        kill(PRUNE, path, after_s=chance.uniform(0, 0.15))
        assert integrity.verify(path).findings == ()
        with closing(database.connect(path, read_only=True)) as db:
            assert database.value(db, "SELECT sum(cost_nano_usd) FROM rollups") == total
            gone = "SELECT coalesce(sum(to_key - from_key + 1), 0) FROM tombstones"
            assert database.value(db, gone) == 440 - database.value(db, "SELECT count(*) FROM runs")
    pruning.prune(path, 90)
    assert (runs(path), integrity.verify(path).findings) == (0, ())


def test_d2_compacting_and_restoring_without_space_leave_the_file_as_it_was(
    path: Path, disk: Disk
) -> None:
    if not disk.mount(1500):
        pytest.skip("only root can mount a small disk")
    small = disk.folder / "mine.proofspace"
    backup.copied(path, small)
    (disk.folder / "full").write_bytes(bytes(600_000))
    before = small.read_bytes()
    with pytest.raises(file_errors.DiskFullError):
        compacting.compact(small)
    with pytest.raises(file_errors.DiskFullError):
        restoring.restore(small, path)
    assert small.read_bytes() == before
    assert {one.name for one in disk.folder.iterdir()} <= {
        "full", "mine.proofspace", "mine.proofspace.backups"
    }  # fmt: skip


def test_d8_a_damaged_file_is_kept_aside_with_its_wal(
    path: Path, copies: tuple[Path, Path]
) -> None:
    with closing(sqlite3.connect(path)) as db:
        page: int = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'runs'").fetchone()[
            0
        ]
    with path.open("r+b") as raw:
        raw.seek((page - 1) * 4096)
        raw.write(bytes(4096))
    wal = path.with_name(f"{path.name}-wal")
    wal.write_bytes(b"what was left behind")
    before = path.read_bytes()
    kept = restoring.restore(path, copies[0]).kept
    assert kept is not None
    assert not wal.exists()
    assert (kept.read_bytes(), kept.with_name(f"{kept.name}-wal").read_bytes()) == (
        before,
        b"what was left behind",
    )
    assert runs(path) == 40
