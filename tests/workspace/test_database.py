from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import Struct
from tests.workspace.making import prompt

from proofroom.workspace import database
from proofroom.workspace.file_errors import WorkspaceError


class Pair(Struct, frozen=True, kw_only=True):
    a: int
    b: str


def count(db: sqlite3.Connection) -> int:
    return database.value(db, "SELECT count(*) FROM settings")


PUT = "INSERT INTO settings (name, value, seq) VALUES (?, '1', 1)"


def test_a_transaction_is_whole_or_not_at_all(db: sqlite3.Connection) -> None:
    with database.writing(db):
        db.execute(PUT, ("a",))
    with pytest.raises(sqlite3.IntegrityError), database.writing(db):
        db.executemany(PUT, [("b",), ("a",)])
    assert (count(db), db.in_transaction) == (1, False)


def test_an_interrupt_takes_a_transaction_back_too(db: sqlite3.Connection) -> None:
    def interrupted() -> None:
        with database.writing(db):
            db.execute(PUT, ("a",))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (count(db), db.in_transaction) == (0, False)


def test_a_reader_sees_a_write_only_once_it_is_whole(path: Path, db: sqlite3.Connection) -> None:
    with closing(database.connect(path, read_only=True)) as reader:
        with database.writing(db):
            db.execute(PUT, ("a",))
            assert count(reader) == 0
        assert count(reader) == 1


def test_a_durable_write_waits_for_the_disk_and_the_next_does_not(db: sqlite3.Connection) -> None:
    with database.writing(db, durable=True):
        assert database.value(db, "PRAGMA synchronous") == 2
    assert database.value(db, "PRAGMA synchronous") == 1
    with pytest.raises(sqlite3.IntegrityError), database.writing(db, durable=True):
        db.execute("INSERT INTO settings (name, value, seq) VALUES ('a', NULL, 1)")
    assert database.value(db, "PRAGMA synchronous") == 1


def test_rows_become_structs_by_the_names_of_their_columns(db: sqlite3.Connection) -> None:
    sql = "SELECT column2 AS b, column1 AS a FROM (VALUES (1, 'x'), (2, 'y')) WHERE column1 > ?"
    assert database.fetch(db, sql, (0,), Pair) == [Pair(a=1, b="x"), Pair(a=2, b="y")]
    assert database.first(db, sql, (1,), Pair) == Pair(a=2, b="y")
    assert database.first(db, sql, (9,), Pair) is None
    assert database.value(db, "SELECT 1 WHERE 0") is None
    with pytest.raises(TypeError):
        database.fetch(db, "SELECT 1 AS c", (), Pair)


def test_a_file_that_cannot_be_filled_is_not_there(path: Path) -> None:
    def fill(db: sqlite3.Connection) -> None:
        prompt(db)
        raise KeyError("half way")

    with pytest.raises(KeyError):
        database.create(path, fill=fill)
    assert [one.name for one in path.parent.iterdir()] == []


def test_two_who_make_one_file_do_not_share_it(path: Path) -> None:
    def fill(db: sqlite3.Connection) -> None:
        database.create(path)
        prompt(db)

    with pytest.raises(WorkspaceError, match="There is a file already"):
        database.create(path, fill=fill)
    with closing(database.connect(path)) as db:
        assert database.value(db, "SELECT count(*) FROM prompts") == 0
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_connection_holds_references_and_trusts_no_file(db: sqlite3.Connection) -> None:
    wanted = {"foreign_keys": 1, "trusted_schema": 0, "cell_size_check": 1, "busy_timeout": 5000}
    assert {name: database.value(db, f"PRAGMA {name}") for name in wanted} == wanted
    assert database.value(db, "PRAGMA journal_mode") == "wal"


def test_a_database_of_ours_goes_with_what_lies_beside_it(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).write_text("x")
    other = path.with_name("other")
    other.write_text("stays")
    database.remove(path)
    database.remove(path)
    assert list(path.parent.iterdir()) == [other]
