from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from tests.workspace.making import begun, ended, prompt

from proofroom.workspace import database, high_water, opening, runs
from proofroom.workspace.high_water import Missing
from proofroom.workspace.opening import open_workspace


def noted(laptop: Path) -> dict[str, dict[str, object]]:
    return json.loads((laptop / "state/proofroom/workspaces.json").read_bytes())


def test_what_was_never_seen_lacks_nothing(path: Path) -> None:
    with closing(open_workspace(path, create=True).connection) as db:
        ended(db)
        assert high_water.missing(path, db) is None


def test_runs_and_changes_that_are_gone_are_counted_apart(path: Path) -> None:
    with closing(open_workspace(path, create=True).connection) as db:
        ended(db)
        prompt(db)
        opening.remember_high_water(path, db, now=True)
        assert high_water.missing(path, db) is None
        db.execute("UPDATE workspace SET seq = seq - 2")
        assert high_water.missing(path, db) == Missing(runs=0, changes=2)
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("DELETE FROM runs")
        assert high_water.missing(path, db) == Missing(runs=1, changes=2)


def test_a_run_that_was_taken_back_is_not_missing(path: Path) -> None:
    with closing(open_workspace(path, create=True).connection) as db:
        ended(db)
        waits = begun(db, "waits")
        opening.remember_high_water(path, db, now=True)
        with database.writing(db):
            runs.withdraw(db, [waits.run_key])
        assert high_water.missing(path, db) is None


def test_a_file_that_moved_is_known_by_its_id(path: Path, tmp_path: Path) -> None:
    old = open_workspace(path, create=True).connection
    old.close()
    early = path.read_bytes()
    with closing(open_workspace(path).connection) as db:
        ended(db)
        opening.remember_high_water(path, db, now=True)
    moved = tmp_path / "moved.proofspace"
    path.unlink()
    moved.write_bytes(early)
    with closing(open_workspace(moved).connection) as db:
        found = high_water.missing(moved, db)
    assert found is not None
    assert found.runs == 1


def test_the_last_two_hundred_workspaces_are_remembered(path: Path, laptop: Path) -> None:
    with closing(open_workspace(path, create=True).connection) as db:
        opening.remember_high_water(path, db, now=True)
        one = noted(laptop)
        identity, mark = next(iter(one.items()))
        many = {f"other {n}": mark for n in range(250)}
        (laptop / "state/proofroom/workspaces.json").write_text(json.dumps({**one, **many}))
        ended(db)
        opening.remember_high_water(path, db, now=True)
    kept = list(noted(laptop))
    assert (len(kept), kept[-1], kept[0]) == (200, identity, "other 51")


def test_nothing_is_written_where_nothing_changed(path: Path, laptop: Path) -> None:
    with closing(open_workspace(path, create=True).connection) as db:
        opening.remember_high_water(path, db, now=True)
        file = laptop / "state/proofroom/workspaces.json"
        before = file.stat().st_ino
        opening.remember_high_water(path, db, now=True)
        assert file.stat().st_ino == before  # a write puts another file in its place
        ended(db)
        opening.remember_high_water(path, db, now=True)
        assert file.stat().st_ino != before
