from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import Struct
from tests.cli.conftest import Proofroom, Said
from tests.workspace.making import ended, prompt

from proofroom import clock
from proofroom.domain.age import DAY_US
from proofroom.workspace import backup, database, integrity
from proofroom.workspace.opening import open_workspace


class Own(Struct, frozen=True):
    """A workspace with three old runs and a new one, open as in a window."""

    path: Path
    db: sqlite3.Connection


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Own]:
    path = tmp_path / "own.proofspace"
    with closing(open_workspace(path, create=True).connection) as db:
        prompt(db)
        for number in range(3):
            ended(db, f"old {number}", started_at=clock.now() - 100 * DAY_US)
        ended(db, "new")
        yield Own(path, db)


@pytest.fixture
def care(proofroom: Proofroom, filled: Own) -> Proofroom:
    """Run `proofroom workspace` on that workspace."""

    def run(*arguments: str, given: str = "") -> Said:
        return proofroom("--workspace", str(filled.path), "workspace", *arguments, given=given)

    return run


def runs(own: Own) -> int:
    return int(database.value(own.db, "SELECT count(*) FROM runs"))


def test_a_prune_shows_first_and_removes_then(care: Proofroom, filled: Own) -> None:
    said = care("prune", "--older-than", "90d", "--dry-run")
    assert (said.code, "3 runs from" in said.out, runs(filled)) == (0, True, 4)
    assert "stays in every sum" in said.out
    said = care("prune", "--older-than", "90d")
    assert (said.code, "--yes" in said.err, runs(filled)) == (2, True, 4)
    said = care("prune", "--older-than", "90d", "--yes")
    assert (said.code, "3 runs and" in said.err, runs(filled)) == (0, True, 1)
    assert care("verify").code == 0


def test_an_age_limit_is_what_a_prune_goes_by(care: Proofroom, filled: Own) -> None:
    assert care("prune").code == 2
    assert care("age-limit", "12w").out == "84 days\n"
    found = json.loads(care("prune", "--dry-run", "--json").out)
    assert (found["runs"], found["cost_nano_usd"]) == (3, 36)
    assert care("age-limit", "off").out == "off\n"
    assert care("age-limit").out == "off\n"
    assert care("age-limit", "soon").code == 2
    assert runs(filled) == 4


def test_backups_are_listed_shown_and_restored(care: Proofroom, filled: Own) -> None:
    made = care("backup").out.strip()
    ended(filled.db, "later")
    listed = care("restore").out.splitlines()
    assert listed[0].split("\t")[:3] == ["Number", "Made", "Why"]
    assert listed[1].split("\t")[-1] == "4"
    said = care("restore", "--from", "last", "--dry-run")
    assert ("Runs: 5 now, 4 then" in said.out, "1 run would be gone." in said.out) == (True, True)
    assert care("restore", "--from", made, "--yes").code == 1  # the lab has it open
    filled.db.close()
    said = care("restore", "--from", "1", "--yes")
    assert (said.code, "is restored" in said.err) == (0, True)
    assert backup.listed(filled.path)[0].reason == "before restoring"
    assert "Runs\t4" in care("info").out
    assert care("restore", "--from", "99").code == 1


def test_compacting_tells_what_it_gained(care: Proofroom, filled: Own) -> None:
    assert "open elsewhere" in care("compact").err
    filled.db.close()
    said = care("compact")
    assert (said.code, "gained" in said.err) == (0, True)


def test_a_damaged_file_is_salvaged_beside_itself(
    care: Proofroom, filled: Own, tmp_path: Path
) -> None:
    filled.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    page = database.value(filled.db, "SELECT rootpage FROM sqlite_schema WHERE name = 'prompts'")
    filled.db.close()
    with filled.path.open("r+b") as raw:
        raw.seek((page - 1) * 4096)
        raw.write(bytes(4096))
    said = care("verify")
    assert (said.code, "workspace salvage" in said.err) == (1, True)
    new = tmp_path / "new.proofspace"
    said = care("salvage", "--to", str(new))
    assert (said.code, "prompt explain" in said.out) == (0, True)
    assert integrity.verify(new).sound
