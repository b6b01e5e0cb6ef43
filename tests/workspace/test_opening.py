from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.workspace.making import begun, content, ended, prompt

from proofroom.workspace import backup, comparisons, database, engines, runs
from proofroom.workspace.comparisons import NewColumn
from proofroom.workspace.file_errors import (
    DamagedError,
    NotAWorkspaceError,
    ReadOnlyError,
    WorkspaceError,
)
from proofroom.workspace.opening import open_workspace, remember_high_water


def closed(path: Path) -> Path:
    open_workspace(path, create=True).connection.close()
    return path


def test_a_workspace_is_made_once_and_only_where_nothing_stands(path: Path) -> None:
    before = closed(path).read_bytes()
    with pytest.raises(WorkspaceError, match="There is a file already"):
        open_workspace(path, create=True)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.glob("*.proofspace*")] == [path.name]


def test_what_is_not_there_and_what_is_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotAWorkspaceError, match="There is no workspace"):
        open_workspace(tmp_path / "nowhere.proofspace")
    with pytest.raises(NotAWorkspaceError, match="That is not a file"):
        open_workspace(tmp_path)
    assert not (tmp_path / "nowhere.proofspace").exists()


def test_it_is_opened_for_reading_when_asked_and_then_writes_nothing(path: Path) -> None:
    opened = open_workspace(closed(path), read_only=True)
    assert (opened.read_only, [one.kind for one in opened.notices]) == (True, ["read_only"])
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        prompt(opened.connection)
    opened.connection.close()


def test_an_older_schema_is_not_opened_for_reading(path: Path) -> None:
    closed(path)
    with path.open("r+b") as raw:
        raw.seek(60)
        raw.write((0).to_bytes(4))
    before = path.read_bytes()
    with pytest.raises(ReadOnlyError, match="cannot be brought up to date"):
        open_workspace(path, read_only=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("left", [1, 2])
def test_runs_of_engines_that_are_gone_are_counted_at_opening(path: Path, left: int) -> None:
    with closing(open_workspace(path, create=True).connection) as db:
        for _ in range(left):
            begun(db)
    notices = open_workspace(path).notices
    words = {1: "1 run was interrupted.", 2: "2 runs were interrupted."}
    assert [(one.kind, one.text) for one in notices] == [("interrupted", words[left])]
    assert open_workspace(path).notices == ()


def test_a_run_of_an_engine_that_lives_is_left_alone(path: Path) -> None:
    alive = engines.hold()
    with closing(open_workspace(path, create=True).connection) as db:
        begun(db, engine=alive.id)
        assert open_workspace(path).notices == ()
        assert database.value(db, "SELECT status FROM runs") is None
    alive.release()


@pytest.mark.parametrize(("runs_", "words"), [(1, "the last 1 run "), (2, "the last 2 runs ")])
def test_a_file_that_lost_runs_says_how_many(path: Path, runs_: int, words: str) -> None:
    old = closed(path).read_bytes()
    with closing(open_workspace(path).connection) as db:
        for _ in range(runs_):
            ended(db)
        remember_high_water(path, db, now=True)
    path.write_bytes(old)
    assert [
        one.text.split("lacks ")[1].split("that")[0] for one in open_workspace(path).notices
    ] == [words]


def test_a_file_that_lost_only_changes_says_so(path: Path) -> None:
    old = closed(path).read_bytes()
    with closing(open_workspace(path).connection) as db:
        prompt(db)
        remember_high_water(path, db, now=True)
    path.write_bytes(old)
    assert [one.text for one in open_workspace(path).notices] == [
        "This file lacks the last changes that this laptop saw in it before."
    ]


def test_notes_of_other_workspaces_that_are_damaged_are_no_reason_not_to_open(path: Path) -> None:
    with closing(open_workspace(path, create=True).connection) as db:
        remember_high_water(path, db, now=True)
    noted = path.parent / "state/proofroom/workspaces.json"
    for damage in (b"{", b"\xff\xfe", b"[1]", b'{"x": {"path": 1}}', b'{"\xff": {}}', b""):
        noted.write_bytes(damage)
        with closing(open_workspace(path).connection) as db:
            ended(db)
            remember_high_water(path, db, now=True)
        assert noted.read_bytes() != damage


def test_a_workspace_in_a_folder_that_is_not_utf8_opens_and_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "j\udcf6rg" / "mine.proofspace"
    path.parent.mkdir()
    with closing(open_workspace(path, create=True).connection) as db:
        ended(db)
        remember_high_water(path, db, now=True)
    assert open_workspace(path).notices == ()


def test_a_damaged_file_is_refused_with_its_backup_or_without(path: Path) -> None:
    with closing(open_workspace(path, create=True).connection) as db:
        for number in range(20):
            ended(db, f"asked {number} " * 40)
    for is_kept in (False, True):
        good = backup.backup(path, reason="by command") if is_kept else None
        whole = path.read_bytes()
        os.truncate(path, path.stat().st_size - 5000)
        with pytest.raises(DamagedError, match="5000 of its") as caught:
            open_workspace(path)
        assert (str(good) in caught.value.fix) is is_kept
        assert ("It has no sound backup" in caught.value.fix) is not is_kept
        path.write_bytes(whole)


def test_a_comparison_that_was_under_way_is_closed_without_a_run(path: Path) -> None:
    with closing(open_workspace(path, create=True).connection) as db:
        column = NewColumn(
            prompt_key=prompt(db), version_key=None, content=content(), label="d", model_key=1
        )
        made = comparisons.create(db, [column], [], name="c")
        with database.writing(db):
            comparisons.opened(db, made.key, runs.press_in(db, "p") or 0)
    with closing(open_workspace(path).connection) as db:
        assert comparisons.by_key(db, made.key).end_reason == "interrupted"


def test_a_link_is_opened_by_its_own_name(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.proofspace"
    link.symlink_to(closed(path))
    opened = open_workspace(link)
    assert opened.path == link
    prompt(opened.connection)
    opened.connection.close()
    with closing(open_workspace(path).connection) as db:
        assert database.value(db, "SELECT count(*) FROM prompts") == 1
