from __future__ import annotations

import os
import random
import selectors
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from proofroom.workspace import backup, database, integrity, sample
from proofroom.workspace.opening import open_workspace

CREATE = "from proofroom.workspace import sample; print(sample.ensure_sample(), flush=True)"


def child(*arguments: str) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    paths = os.pathsep.join((str(root), str(root / "app")))
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
    )


def killed(arguments: list[str], after_s: float) -> list[list[str]]:
    """Start the writer, kill it some time after its first word, and return what it printed."""
    with child("-m", "tests.faults.writer", *arguments) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        with selectors.DefaultSelector() as nothing:
            nothing.select(after_s)  # nothing is registered: only the time passes
        writer.kill()
        lines = writer.stdout.read().splitlines(keepends=True)
    # the last line may be half of one
    return [line.split() for line in lines if line.endswith("\n")]


def kill_loop(path: Path, times: int, arguments: list[str]) -> None:
    said = 0
    chance = random.Random(times)  # noqa: S311 - places to kill at, no secret
    open_workspace(path, create=True).connection.close()
    for _ in range(times):
        printed = killed([str(path), *arguments], chance.uniform(0, 0.25))
        said += len(printed)
        with closing(open_workspace(path).connection) as db:
            for kind, what in printed:
                if kind == "run":
                    sql = "SELECT status FROM runs WHERE key = ?"
                    assert database.value(db, sql, (int(what),)) == "ok"
                elif kind == "version":
                    assert database.value(db, "SELECT id FROM versions WHERE key = ?", (int(what),))
                else:
                    assert backup.is_good(backup.folder(path) / what) or backup.listed(path)
            half = "SELECT count(*) FROM runs WHERE ended_at IS NULL"
            assert database.value(db, half) == 0
            odd = "SELECT count(*) % 3 FROM runs WHERE status = 'ok'"
            assert database.value(db, odd) == 0
        assert integrity.verify(path).findings == ()
    assert said > times


def test_d10_no_kill_loses_a_commit_or_leaves_half_of_one(tmp_path: Path) -> None:
    kill_loop(tmp_path / "mine.proofspace", 4, [])


def test_d10_a_kill_in_a_backup_leaves_only_sound_ones(tmp_path: Path) -> None:
    path = tmp_path / "mine.proofspace"
    kill_loop(path, 3, ["backup"])
    assert all(backup.is_good(one.path) for one in backup.listed(path))


@pytest.mark.long
@pytest.mark.timeout(900)
def test_d10_a_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    kill_loop(tmp_path / "mine.proofspace", 100, ["backup"])


def test_r7_two_processes_make_one_sample(tmp_path: Path) -> None:
    both = [child("-c", CREATE) for _ in range(2)]
    found = {one.communicate()[0].strip() for one in both}
    assert [one.returncode for one in both] == [0, 0]
    assert found == {str(sample.sample_path())}
    assert tmp_path in sample.sample_path().parents
    with closing(open_workspace(sample.sample_path()).connection) as db:
        assert database.value(db, "SELECT count(*) FROM prompts") == 2


def test_r7_two_processes_write_at_once_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mine.proofspace"
    open_workspace(path, create=True).connection.close()
    both = [child("-m", "tests.faults.writer", str(path)) for _ in range(2)]
    printed: list[str] = []
    for _ in range(12):
        for writer in both:
            assert writer.stdout is not None
            printed.append(writer.stdout.readline())
    for writer in both:
        writer.kill()
        writer.communicate()
    assert "" not in printed
    with closing(open_workspace(path).connection) as db:
        for line in printed:
            kind, _, what = line.strip().partition(" ")
            if kind == "run":
                sql = "SELECT status FROM runs WHERE key = ?"
                assert database.value(db, sql, (int(what),)) == "ok"
    assert integrity.verify(path).findings == ()


MIGRATE = """
import sys
from pathlib import Path
from proofroom.workspace import migrations, schema, opening
migrations.__path__.append(sys.argv[2])
migrations.STEPS = (*migrations.STEPS, "m9999_slow")
schema.VERSION += 1
opened = opening.open_workspace(Path(sys.argv[1]), say=lambda text: print(text, flush=True))
print([notice.kind for notice in opened.notices], flush=True)
"""
SLOW = """
import select
def apply(db):
    db.conn.execute("CREATE TABLE added (a)")
    select.select([], [], [], 0.5)
"""


def test_r7_of_two_processes_one_migrates_and_the_other_waits(tmp_path: Path) -> None:
    path = tmp_path / "mine.proofspace"
    open_workspace(path, create=True).connection.close()
    (tmp_path / "m9999_slow.py").write_text(SLOW)
    both = [child("-c", MIGRATE, str(path), str(tmp_path)) for _ in range(2)]
    said = sorted(one.communicate()[0] for one in both)
    assert [one.returncode for one in both] == [0, 0]
    assert said[0] == "Another Proofroom brings this workspace up to date\n[]\n"
    assert said[1].endswith("['migrated']\n")
    assert len(backup.listed(path)) == 1
