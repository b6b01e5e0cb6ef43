from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.workspace.making import ended, prompt

from proofroom.workspace import backup, database, integrity, migrations, schema, versions
from proofroom.workspace.file_errors import DamagedError
from proofroom.workspace.opening import open_workspace


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a closed workspace with a prompt, a version and some runs."""
    file = tmp_path / "mine.proofspace"
    with closing(open_workspace(file, create=True).connection) as db:
        key = prompt(db, text="Explain the sea. " * 40)
        versions.save(db, key)
        for number in range(30):
            ended(db, f"question {number} " * 30, f"answer {number} " * 30)
    return file


def broken(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def test_d8_a_flipped_bit_in_a_text_is_named_by_what_uses_it(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        data: bytes = db.execute(
            "SELECT t.data FROM texts t JOIN versions v ON v.content_key = t.key"
        ).fetchone()[0]
    whole = path.read_bytes()
    place = whole.index(data) + len(data) // 2
    broken(path, place, bytes([whole[place] ^ 1]))
    before = path.read_bytes()
    report = integrity.verify(path)
    assert [finding.kind for finding in report.findings] == ["text"]
    assert report.findings[0].hits == ("version v1 of prompt explain",)
    assert (report.sound, path.read_bytes() == before) == (False, True)


def test_d8_a_zeroed_page_is_found_and_a_sound_backup_is_offered(path: Path) -> None:
    good = backup.backup(path, reason="by command")
    with closing(sqlite3.connect(path)) as db:
        page: int = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'runs'").fetchone()[
            0
        ]
    broken(path, (page - 1) * 4096, bytes(4096))
    report = integrity.verify(path)
    assert report.findings[0].kind == "pages"
    assert report.backup == good
    with pytest.raises(DamagedError):
        backup.backup(path, reason="by command")
    assert [one.path for one in backup.listed(path)] == [good]


@pytest.mark.parametrize("share", [0.999, 0.9, 0.5])
def test_d8_a_cut_file_is_refused_with_its_last_backup(path: Path, share: float) -> None:
    good = backup.backup(path, reason="by command")
    os.truncate(path, int(path.stat().st_size * share))
    before = path.read_bytes()
    with pytest.raises(DamagedError, match="was cut") as caught:
        open_workspace(path)
    assert str(good) in caught.value.fix
    assert path.read_bytes() == before


def test_d12_a_damaged_backup_does_not_count(path: Path) -> None:
    first, second = (backup.backup(path, reason=f"try {n}") for n in range(2))
    broken(second, 4096, os.urandom(40_000))
    found = backup.newest_good(path)
    assert [one.path for one in backup.listed(path)] == [second, first]
    assert found is not None
    assert (found.path, backup.is_good(second)) == (first, False)


def test_d12_seven_stay_and_the_last_good_one_is_never_among_those_that_go(path: Path) -> None:
    made = [backup.backup(path, reason="by command") for _ in range(9)]
    assert [one.path for one in backup.listed(path)] == made[:1:-1]
    for copy in made[2:]:
        os.utime(copy, (0, 0))  # a clock set back says nothing of their order
    assert backup.listed(path)[0].path == made[-1]
    assert (made[-1].stat().st_mode & 0o777, made[-1].parent.stat().st_mode & 0o777) == (
        0o600,
        0o700,
    )


def test_d12_a_backup_opens_as_a_workspace_with_all_that_was_there(path: Path) -> None:
    copy = backup.backup(path, reason="Before: a / strange reason")
    assert backup.listed(path)[0].reason == "before a strange reason"
    with closing(open_workspace(copy).connection) as db:
        assert database.value(db, "SELECT count(*) FROM runs") == 30
    assert integrity.verify(copy).sound


def test_d12_what_a_killed_backup_left_is_removed_by_the_next(path: Path) -> None:
    left = backup.folder(path) / "000001-20260101-000000-x.proofspace.unfinished"
    left.parent.mkdir()
    left.write_bytes(b"half")
    backup.backup(path, reason="by command")
    assert not left.exists()


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Plan a further step of the schema, which a test writes."""
    folder = tmp_path / "steps"
    folder.mkdir()
    monkeypatch.setattr(migrations, "__path__", [*migrations.__path__, str(folder)])
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, f"m9999_{tmp_path.name}"))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    return folder / f"m9999_{tmp_path.name}.py"


def test_d14_a_migration_that_fails_half_way_changes_nothing(path: Path, planned: Path) -> None:
    planned.write_text(
        "def apply(db):\n    db.conn.execute('CREATE TABLE half (a)')\n"
        "    raise KeyError('planted')\n"
    )
    before = path.read_bytes()
    with pytest.raises(KeyError, match="planted"):
        open_workspace(path)
    assert path.read_bytes() == before
    copies = backup.listed(path)
    assert [(one.reason, one.schema) for one in copies] == [
        (f"before schema {schema.VERSION}", schema.VERSION - 1)
    ]
    assert backup.is_good(copies[0].path)


def test_d14_a_migration_is_made_once_behind_a_backup(path: Path, planned: Path) -> None:
    planned.write_text("def apply(db):\n    db.conn.execute('CREATE TABLE added (a)')\n")
    said: list[str] = []
    opened = open_workspace(path, say=said.append)
    assert [notice.kind for notice in opened.notices] == ["migrated"]
    assert said == ["Backing up, then bringing this workspace up to date"]
    assert database.value(opened.connection, "SELECT count(*) FROM added") == 0
    opened.connection.close()
    assert (open_workspace(path).notices, len(backup.listed(path))) == ((), 1)


def test_d15_a_reader_left_open_is_seen_in_the_size_of_the_wal(path: Path) -> None:
    reader, writer = (open_workspace(path).connection for _ in range(2))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM runs").fetchone()
    for _ in range(200):
        ended(writer, os.urandom(8000).hex())
    assert integrity.info(path).wal_size > 4_000_000
    reader.execute("COMMIT")
    assert writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    assert integrity.info(path).wal_size == 0
    reader.close()
    writer.close()


def test_d16_search_and_sums_are_rebuilt_from_the_rows_when_asked(path: Path) -> None:
    with closing(open_workspace(path).connection) as db, database.writing(db):
        db.execute("INSERT INTO run_search (run_search) VALUES ('delete-all')")
        db.execute("UPDATE prompt_search SET text = 'other'")
        db.execute("UPDATE rollups SET cost_nano_usd = 0")
        db.execute("DELETE FROM rollup_days WHERE dimension = 'model'")
    before = path.read_bytes()
    report = integrity.verify(path)
    assert [one.kind for one in report.findings] == ["search", "search", "rollups"]
    assert path.read_bytes() == before
    assert integrity.verify(path, repair=True).repaired == ("search", "rollups")
    assert integrity.verify(path).findings == ()
