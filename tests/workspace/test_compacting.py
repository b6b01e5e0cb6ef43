from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.workspace.size import write_runs

from proofroom.workspace import (
    compacting,
    database,
    file_errors,
    integrity,
    places,
    pruning,
)
from proofroom.workspace.opening import open_workspace


@pytest.fixture
def holed(path: Path) -> Path:
    """Return a closed workspace most of whose runs were removed."""
    with closing(open_workspace(path, create=True).connection) as db:
        write_runs(db, 300)
        with database.writing(db):
            db.execute("UPDATE runs SET started_at = 5 WHERE key < 280")
    integrity.verify(path, repair=True)
    assert pruning.prune(path, 90).runs == 279
    return path


@pytest.fixture
def window(holed: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_workspace(holed).connection) as db:
        yield db


def test_the_room_of_what_was_removed_is_given_back(holed: Path) -> None:
    before, heard = holed.stat().st_size, list[tuple[int, int]]()

    def hear(part: int, whole: int) -> None:
        heard.append((part, whole))

    done = compacting.compact(holed, hear)
    assert (done.before, done.after) == (before, holed.stat().st_size)
    assert done.after * 2 < before
    assert done.gained == before - done.after
    assert integrity.verify(holed).findings == ()
    assert all(0 <= part <= whole for part, whole in heard)
    opened = open_workspace(holed)
    assert opened.notices == ()
    assert database.value(opened.connection, "SELECT count(*) FROM runs") == 21
    opened.connection.close()


def test_a_window_that_is_open_keeps_its_file(holed: Path, window: sqlite3.Connection) -> None:
    with pytest.raises(file_errors.BusyError, match="open elsewhere"):
        compacting.compact(holed)
    assert database.value(window, "SELECT count(*) FROM runs") == 21


def test_a_disk_without_room_is_said_before_anything_is_written(holed: Path) -> None:
    with pytest.raises(file_errors.DiskFullError, match="MB left"):
        places.refuse_full(holed, 1 << 60)
