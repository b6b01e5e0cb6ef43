from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.workspace.making import content, prompt

from proofroom.workspace import authors, database, drafts, versions
from proofroom.workspace.opening import open_workspace


def test_the_first_person_is_the_systems_user_and_is_made_once(
    path: Path, db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    with database.writing(db):
        first = authors.current(db)
    monkeypatch.setenv("LOGNAME", "bob")
    other = open_workspace(path).connection
    with database.writing(other):
        assert authors.current(other) == first
    assert (first.name, len(first.id)) == ("ada", 26)
    assert database.value(db, "SELECT count(*) FROM authors") == 1
    other.close()


def test_a_name_that_is_not_utf8_is_kept_with_a_mark(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "j\udcf6rg")
    with database.writing(db):
        assert authors.current(db).name == "j\ufffdrg"


def test_a_person_under_another_name_is_still_the_author_of_what_was_saved(
    db: sqlite3.Connection,
) -> None:
    key = prompt(db)
    versions.save(db, key)
    authors.rename(db, 1, "Ada \ud800")
    drafts.save(db, key, content("other"), revision=drafts.of_prompt(db, key).revision)
    versions.save(db, key)
    assert [one.author for one in versions.of_prompt(db, key)] == ["Ada \ufffd"] * 2
