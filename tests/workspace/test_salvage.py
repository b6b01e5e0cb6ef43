from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from tests.workspace.making import cells, content, ended, matrix, prompt
from tests.workspace.stored import FILES, NAME

from proofroom.workspace import (
    database,
    drafts,
    file_errors,
    inputs,
    integrity,
    marks,
    prompts,
    provider_keys,
    readable_rows,
    runs,
    salvage,
    search,
    texts,
    versions,
)
from proofroom.workspace.opening import open_workspace

RUNS = 300
PAGE = 4096


@pytest.fixture
def file(path: Path) -> Path:
    """Return a closed workspace with prompts, versions, a comparison and many runs."""
    with closing(open_workspace(path, create=True).connection) as db:
        cell = cells(db, matrix(db).key)[0]
        for number in range(20):
            key = prompt(db, f"prompt {number}", f"Say {number}. " * 40)
            versions.save(db, key)
            drafts.save(db, key, content(f"Say more {number}."), revision=2)
        marks.add(db, "star", "run", 5, "")
        for number in range(RUNS):
            ended(db, f"question {number} " * 9, f"answer {number} " * 9, cell_key=cell)
    return path


def leaves(path: Path, name: str) -> list[int]:
    with closing(sqlite3.connect(path)) as db:
        sql = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path"
        return [row[0] for row in db.execute(sql, (name,)).fetchall()]


def root(path: Path, name: str) -> int:
    with closing(sqlite3.connect(path)) as db:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        return int(db.execute(sql, (name,)).fetchone()[0])


def zeroed(path: Path, *pages: int) -> bytes:
    with path.open("r+b") as raw:
        for page in pages:
            raw.seek((page - 1) * PAGE)
            raw.write(bytes(PAGE))
    return path.read_bytes()


def saved(path: Path, to: Path) -> salvage.Salvaged:
    found = salvage.salvage(path, to)
    assert found.sound
    assert integrity.verify(to).findings == ()
    return found


def count(path: Path, table: str) -> int:
    with closing(database.connect(path, read_only=True)) as db:
        return database.value(db, f"SELECT count(*) FROM {table}")  # noqa: S608 - ours


def test_a_sound_file_is_saved_whole(file: Path, tmp_path: Path) -> None:
    before, to = file.read_bytes(), tmp_path / "saved.proofspace"
    found = saved(file, to)
    assert (found.tables, found.lost, file.read_bytes()) == ((), (), before)
    assert integrity.info(to).counts == integrity.info(file).counts
    assert integrity.info(to).id == integrity.info(file).id
    with closing(open_workspace(to).connection) as db:
        assert search.run_keys(db, "question 7", before=runs.NEWEST)


def test_damage_in_several_places_costs_only_what_stood_there(file: Path, tmp_path: Path) -> None:
    runs_, texts_, attempts = (leaves(file, name) for name in ("runs", "texts", "attempts"))
    before = zeroed(file, runs_[2], runs_[4], texts_[9], attempts[-1], leaves(file, "usage")[1])
    to = tmp_path / "saved.proofspace"
    found = saved(file, to)
    assert file.read_bytes() == before
    assert RUNS * 0.5 < count(to, "runs") < RUNS
    lost = {one.table: one.lost for one in found.tables}
    assert lost["runs"] == RUNS - count(to, "runs") == sum(w.startswith("run ") for w in found.lost)
    assert (count(to, "versions"), count(to, "prompts")) == (21, 21)


def test_a_lost_prompt_page_is_told_by_name_and_its_versions_stay(
    file: Path, tmp_path: Path
) -> None:
    zeroed(file, root(file, "prompts"))
    to = tmp_path / "saved.proofspace"
    found = saved(file, to)
    assert {"prompt prompt 3", "prompt explain"} <= set(found.lost)
    assert (count(to, "versions"), count(to, "drafts")) == (21, 21)
    with closing(open_workspace(to).connection) as db:
        names = {one.name for one in prompts.listed(db)}
        assert all(name.startswith("recovered-") for name in names)
        assert prompts.listed(db, query="recovered-4")


@pytest.mark.parametrize("table", ["models", "providers", "branches", "drafts", "workspace"])
def test_a_lost_table_does_not_take_the_runs_with_it(
    file: Path, tmp_path: Path, table: str
) -> None:
    zeroed(file, root(file, table))
    to = tmp_path / "saved.proofspace"
    saved(file, to)
    assert (count(to, "runs"), count(to, "prompts")) == (RUNS, 21)
    with closing(open_workspace(to).connection) as db:
        assert all(drafts.of_prompt(db, one.key).content for one in prompts.listed(db))


@pytest.mark.parametrize("tables", [["adapters"], ["models", "providers"]])
def test_what_every_run_names_is_stood_in_for(
    file: Path, tmp_path: Path, tables: list[str]
) -> None:
    zeroed(file, *(root(file, table) for table in tables))
    to = tmp_path / "saved.proofspace"
    saved(file, to)
    assert (count(to, "runs"), [count(to, table) for table in tables]) == (RUNS, [1] * len(tables))


def test_an_input_alone_keeps_its_place_without_any_prompt(path: Path, tmp_path: Path) -> None:
    with closing(open_workspace(path, create=True).connection) as db:
        inputs.add(db, prompt(db), [("one", {"x": "one"})])
        with database.writing(db):
            for table in ("drafts", "branches"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - ours
    zeroed(path, root(path, "prompts"), root(path, "input_sets"))
    to = tmp_path / "saved.proofspace"
    saved(path, to)
    assert [count(to, table) for table in ("inputs", "input_sets", "prompts")] == [1, 1, 1]


def test_a_row_with_a_value_of_a_wrong_type_goes_alone(file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        (shape,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'usage'").fetchone()
        whole: int = db.execute("SELECT count(*) FROM usage").fetchone()[0]
        put = "UPDATE sqlite_schema SET sql = ? WHERE name = 'usage'"
        db.execute("PRAGMA writable_schema = ON")
        db.execute(put, (shape.replace("STRICT, ", "").replace("STRICT", ""),))
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE usage SET count = 'x' WHERE attempt_key = 9 AND bucket = 'input'")
        db.execute("PRAGMA writable_schema = ON")
        db.execute(put, (shape,))
    to = tmp_path / "saved.proofspace"
    found = saved(file, to)
    assert [(one.table, one.lost) for one in found.tables] == [("usage", 1)]
    assert count(to, "usage") == whole - 1


def test_a_file_of_the_first_schema_keeps_which_providers_have_keys(tmp_path: Path) -> None:
    with zipfile.ZipFile(FILES / "schema-1.zip") as archive:
        old = Path(archive.extract(NAME, tmp_path))
    with closing(sqlite3.connect(old)) as db, db:
        db.execute("UPDATE providers SET key_variable = 'SOME_KEY', key_added_at = 7")
    to = tmp_path / "saved.proofspace"
    saved(old, to)
    with closing(database.connect(to, read_only=True)) as db:
        found = {(one.name, one.variable, one.added_at) for one in provider_keys.listed(db)}
    assert found == {("default", "SOME_KEY", 7)}


def test_a_text_that_changed_is_kept_as_it_reads_and_told(file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        key: int = db.execute("SELECT output_key FROM runs WHERE key = 9").fetchone()[0]
        other: int = db.execute("SELECT output_key FROM runs WHERE key = 10").fetchone()[0]
        data: bytes = db.execute("SELECT data FROM texts WHERE key = ?", (key,)).fetchone()[0]
        new = data.replace(b"answer 8", b"answer X", 1)
        db.execute("UPDATE texts SET data = ? WHERE key = ?", (new, key))
        db.execute("UPDATE texts SET codec = 1, data = x'00' WHERE key = ?", (other,))
    to = tmp_path / "saved.proofspace"
    found = saved(file, to)
    assert found.lost == (
        f"text {key} is not as it was written",
        f"text {other} cannot be read any more",
    )
    with closing(database.connect(to, read_only=True)) as db:
        assert "answer X" in texts.text(db, key)
        assert database.value(db, "SELECT output_key FROM runs WHERE key = 10") is None


def test_a_file_without_its_first_page_is_beyond_that(file: Path, tmp_path: Path) -> None:
    with file.open("r+b") as raw:
        raw.seek(100)
        raw.write(bytes(PAGE - 100))
    with pytest.raises(file_errors.DamagedError, match="list of tables"):
        salvage.salvage(file, tmp_path / "saved.proofspace")
    assert [one.name for one in tmp_path.glob("*saved*")] == []


def test_no_file_is_written_over(file: Path, tmp_path: Path) -> None:
    assert salvage.place_for(file).name == "mine-saved.proofspace"
    (tmp_path / "mine-saved.proofspace").write_text("there")
    assert salvage.place_for(file).name == "mine-saved-2.proofspace"
    with pytest.raises((FileExistsError, file_errors.WorkspaceError)):
        salvage.salvage(file, tmp_path / "mine-saved.proofspace")


def test_every_row_outside_of_the_damage_is_read_once(file: Path) -> None:
    pages = leaves(file, "texts")
    damaged = (pages[3], pages[4], pages[6], pages[20], pages[-1])
    with closing(sqlite3.connect(file)) as db:
        whole: int = db.execute("SELECT count(*) FROM texts").fetchone()[0]
        sql = f"SELECT sum(ncell) FROM dbstat WHERE pageno IN {damaged}"  # noqa: S608 - ours
        lost: int = db.execute(sql).fetchone()[0]
    zeroed(file, *damaged)
    with closing(database.unchecked(file)) as db:
        parts = readable_rows.by_key(db, "texts", "key", "size")
        found = [row[0] for rows in parts for row in rows]
    assert (len(found), len(set(found))) == (whole - lost, whole - lost)
