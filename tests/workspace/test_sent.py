"""The list of runs whose request left, and what a later opening makes of it."""

from __future__ import annotations

import os
import resource
import sqlite3
import time

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
