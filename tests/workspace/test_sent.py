"""The list of runs whose request left, and what a later opening makes of it."""

from __future__ import annotations

import os
import resource
import sqlite3
import time
from pathlib import Path

import pytest
from tests.workspace.making import attempt_end, new_run

from proofroom import ids
from proofroom.workspace import attempts, database, engines, left_runs, provenance, runs, sent
from proofroom.workspace.sent import Sent

BOOT_LINE = "another boot\n"


def begun(db: sqlite3.Connection, engine: str, asked: str) -> tuple[str, runs.Begun]:
    new = new_run(db, asked, engine=engine)
    with database.writing(db):
        return new.id, runs.begin(db, [new])[0]


def counts(db: sqlite3.Connection) -> list[int]:
    return [
        database.value(db, "SELECT count(*) FROM runs"),
        database.value(db, "SELECT count(*) FROM steps"),
        database.value(db, "SELECT count(*) FROM attempts"),
    ]


@pytest.fixture
def engine() -> str:
    return ids.new_id()


def test_a_run_that_only_waited_is_taken_back_and_one_that_left_is_interrupted(
    db: sqlite3.Connection, engine: str
) -> None:
    noted = Sent(engine)
    (left, one), (_, _) = begun(db, engine, "left"), begun(db, engine, "waited")
    noted.leaves(left)
    assert left_runs.end_left(db) == [one.run_key]
    assert counts(db) == [1, 1, 1]
    assert provenance.of_run(db, one.run_key).attempts[0].billed == "perhaps"


@pytest.mark.parametrize("lost", ["removed", "another boot", "unreadable"])
def test_where_nobody_knows_every_open_run_may_have_been_billed(
    db: sqlite3.Connection, engine: str, lost: str
) -> None:
    Sent(engine)
    file = engines.folder() / f"{engine}.sent"
    if lost == "removed":
        file.unlink()
    else:
        file.write_bytes(BOOT_LINE.encode() if lost == "another boot" else b"\xff")
    one = begun(db, engine, "one")[1]
    assert sent.of_engine(engine) is None
    assert left_runs.end_left(db) == [one.run_key]


def test_a_list_that_cannot_be_written_goes_and_says_nothing(engine: str) -> None:
    noted = Sent(engine)
    noted.leaves(ids.new_id())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (engines.folder() / f"{engine}.sent").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 5, hard))  # room for half a line
    try:
        noted.leaves(ids.new_id())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert sent.of_engine(engine) is None
    noted.leaves(ids.new_id())
    assert not (engines.folder() / f"{engine}.sent").exists()


def test_an_engine_that_left_nothing_open_leaves_no_list(engine: str) -> None:
    noted = Sent(engine)
    noted.remove()
    noted.remove()
    assert list(engines.folder().iterdir()) == []


def test_lists_of_engines_that_were_killed_go_after_a_month(engine: str) -> None:
    Sent(engine)
    young = ids.new_id()
    Sent(young)
    month = time.time() - 31 * 86_400
    os.utime(engines.folder() / f"{engine}.sent", (month, month))
    engines.live()
    assert [path.name for path in engines.folder().iterdir()] == [f"{young}.sent"]


def test_a_run_that_ended_is_never_taken_back(db: sqlite3.Connection, engine: str) -> None:
    one = begun(db, engine, "one")[1]
    with database.writing(db):
        attempts.end(db, [attempt_end(one)])
    with pytest.raises(RuntimeError, match=f"run {one.run_key}"), database.writing(db):
        runs.withdraw(db, [one.run_key])
    assert counts(db) == [1, 1, 1]


def test_the_key_of_a_run_that_was_taken_back_is_never_given_again(
    db: sqlite3.Connection, engine: str
) -> None:
    one = begun(db, engine, "one")[1]
    with database.writing(db):
        runs.withdraw(db, [one.run_key])
    assert begun(db, engine, "two")[1].run_key > one.run_key


def test_no_key_comes_again_in_whichever_order_runs_are_taken_back(
    db: sqlite3.Connection, engine: str
) -> None:
    keys = [begun(db, engine, f"{n}")[1].run_key for n in range(4)]
    for key in (keys[3], keys[1], keys[2]):
        with database.writing(db):
            runs.withdraw(db, [key])
    assert begun(db, engine, "next")[1].run_key == keys[3] + 1


def test_no_key_comes_again_of_runs_that_a_later_opening_took_back(
    db: sqlite3.Connection, engine: str
) -> None:
    Sent(engine)
    keys = [begun(db, engine, f"{n}")[1].run_key for n in range(3)]
    assert left_runs.end_left(db) == []
    assert counts(db) == [0, 0, 0]
    assert begun(db, engine, "next")[1].run_key == keys[-1] + 1


def test_a_run_that_began_while_another_process_recovers_is_left_alone(
    db: sqlite3.Connection, engine: str
) -> None:
    Sent(engine)
    waited, alive = begun(db, engine, "waited")[1], engines.hold()
    assert left_runs.interrupt(db, frozenset({alive.id})) == []
    later = begun(db, alive.id, "later")[1]
    assert later.run_key != waited.run_key
    assert left_runs.interrupt(db, frozenset({alive.id})) == []
    assert counts(db) == [1, 1, 1]
    alive.release()


def test_a_list_that_stands_is_written_or_nothing_leaves(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    noted = Sent(engine)
    file = engines.folder() / f"{engine}.sent"
    kept = file.read_text()
    file.unlink()
    file.mkdir()  # so that it cannot be taken away
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(kept), hard))
    try:
        for _ in range(2):
            with pytest.raises(OSError, match="directory"):
                noted.leaves(ids.new_id())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
