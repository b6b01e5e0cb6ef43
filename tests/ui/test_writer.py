from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS, Asked, outcome, value

from proofroom.ui.writer import Writer
from proofroom.workspace import authors, database, file_errors, opening, settings
from proofroom.workspace.file_errors import DiskFullError, ReadOnlyError

BIG = "x" * 2_000_000
COUNT = "SELECT count(*) FROM settings"


@pytest.fixture
def writer(qtbot: QtBot, workspace_path: Path) -> Iterator[Writer]:
    writer = Writer(workspace_path)
    qtbot.waitUntil(writer.ready.done, timeout=GUARD_MS)
    yield writer
    writer.flush_and_close()


def _limit(pages: int, db: sqlite3.Connection) -> None:
    db.execute(f"PRAGMA max_page_count = {pages}")


def _hurry(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA busy_timeout = 10")


def _put(name: str, what: object, db: sqlite3.Connection) -> str:
    settings.put(db, name, what)
    return name


def _put_where_room(room: threading.Event, name: str, db: sqlite3.Connection) -> str:
    """Write on a disk that is full until `room` is set."""
    _limit(1_000_000 if room.is_set() else 1, db)
    return _put(name, BIG, db)


def _do(writer: Writer, work: Callable[[sqlite3.Connection], object]) -> Asked:
    asked = Asked()
    writer.write(work, asked.shown.append, asked.failed.append)
    return asked


def test_writes_are_carried_out_in_order(qtbot: QtBot, writer: Writer) -> None:
    asked = [_do(writer, partial(_put, "last", number)) for number in range(50)]
    outcome(qtbot, asked[-1])
    assert all(one.shown for one in asked)
    assert value(writer.path, "SELECT value FROM settings WHERE name = 'last'") == "49"


def test_a_full_disk_keeps_writes_in_memory_until_there_is_room(
    qtbot: QtBot, writer: Writer
) -> None:
    troubles, room = list[object](), threading.Event()
    writer.stuck.connect(troubles.append)
    asked = [_do(writer, partial(_put_where_room, room, name)) for name in ("a", "b")]
    qtbot.waitUntil(lambda: bool(troubles), timeout=GUARD_MS)
    assert isinstance(troubles[0], DiskFullError)
    assert (writer.unsaved, value(writer.path, COUNT)) == (2, 0)
    room.set()
    writer.retry()
    assert [outcome(qtbot, one) for one in asked] == ["a", "b"]
    qtbot.waitUntil(lambda: troubles[-1] is None, timeout=GUARD_MS)
    assert (writer.unsaved, value(writer.path, COUNT)) == (0, 2)


def test_a_file_held_by_another_program_is_written_later(qtbot: QtBot, writer: Writer) -> None:
    troubles: list[object] = []
    writer.stuck.connect(troubles.append)
    outcome(qtbot, _do(writer, _hurry))
    with closing(database.connect(writer.path)) as other, database.writing(other):
        asked = _do(writer, partial(_put, "a", 1))
        qtbot.waitUntil(lambda: bool(troubles), timeout=GUARD_MS)
        assert not asked.done
    writer.retry()
    assert outcome(qtbot, asked) == "a"


def test_a_read_only_workspace_refuses_at_once(qtbot: QtBot, workspace_path: Path) -> None:
    writer = Writer(workspace_path, partial(opening.open_workspace, read_only=True))
    with pytest.raises(ReadOnlyError):
        outcome(qtbot, _do(writer, partial(_put, "a", 1)))
    assert writer.flush_and_close() == 0


def test_what_waits_is_written_before_it_closes(qapp: QApplication, workspace_path: Path) -> None:
    assert qapp
    writer = Writer(workspace_path)
    for number in range(20):
        _do(writer, partial(_put, f"n{number}", number))
    assert writer.flush_and_close(GUARD_MS / 1000) == 0
    assert not workspace_path.with_name(f"{workspace_path.name}-wal").exists()
    assert value(workspace_path, COUNT) == 20


def test_what_cannot_be_written_at_the_end_is_counted(qtbot: QtBot, workspace_path: Path) -> None:
    writer = Writer(workspace_path)
    outcome(qtbot, _do(writer, partial(_limit, 1)))
    asked = _do(writer, partial(_put, "a", BIG))
    assert writer.flush_and_close(GUARD_MS / 1000) == 1
    assert not asked.done


def test_a_file_that_cannot_be_opened_is_said_to_all_who_write(
    qtbot: QtBot, tmp_path: Path
) -> None:
    writer = Writer(tmp_path / "missing.proofspace")
    for _ in range(2):
        with pytest.raises(file_errors.NotAWorkspaceError):
            outcome(qtbot, _do(writer, authors.current))
    assert writer.flush_and_close() == 0
