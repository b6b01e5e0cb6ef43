from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.workspace.making import attempt_end, begun, content, prompt, run_end

from proofroom.domain.message import Text
from proofroom.workspace import (
    attempts,
    backup,
    comparisons,
    database,
    drafts,
    inputs,
    integrity,
    runs,
    schema,
    texts,
    versions,
)
from proofroom.workspace.comparisons import NewColumn, NewRow
from proofroom.workspace.file_errors import NotAWorkspaceError
from proofroom.workspace.opening import open_workspace


def fill(db: sqlite3.Connection) -> None:
    """Write something that refers to a text of its own in every column that can."""
    key = prompt(db, "greet", "the version's words")
    versions.save(db, key)
    inputs.add(db, key, [("one", {"a": "an input"})])
    column = NewColumn(
        prompt_key=key, version_key=None, content=content("a column"), label="draft", model_key=1
    )
    comparisons.create(db, [column], [NewRow(name="r", values={"a": "a row"})], name="both")
    with database.writing(db):
        draft = texts.put(db, "what a draft asked with")
    one = begun(db, "the run's input", content_key=draft, request=b"the request")
    with database.writing(db):
        attempts.end(db, [attempt_end(one, response="the response", output=(Text(text="a try"),))])
        choices = ((Text(text="first"),), (Text(text="second"),))
        runs.end(db, [run_end(one, "the output", choices=choices)])


@pytest.fixture
def file(path: Path) -> Iterator[Path]:
    with closing(open_workspace(path, create=True).connection) as db:
        fill(db)
    yield path
    with closing(sqlite3.connect(path)) as left:
        assert left.execute("PRAGMA quick_check").fetchone() == ("ok",)


def spoilt(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        for sql in statements:
            db.execute(sql)


def columns_of_texts() -> list[tuple[str, str]]:
    found = re.compile(r"(\w+) INTEGER(?: NOT NULL)? REFERENCES texts\(key\)")
    return [(table, name) for table, sql in schema.TABLES.items() for name in found.findall(sql)]


HITS = {
    ("versions", "content_key"): "version v1 of prompt greet",
    ("inputs", "values_key"): "input one of prompt greet",
    ("comparison_columns", "content_key"): "a column of comparison both",
    ("comparison_rows", "values_key"): "a row of comparison both",
    ("runs", "content_key"): "the draft asked with in run RUN",
    ("runs", "input_key"): "the input of run RUN",
    ("runs", "output_key"): "the output of run RUN",
    ("runs", "choices_key"): "a choice of run RUN",
    ("attempts", "request_key"): "a request of run RUN",
    ("attempts", "response_key"): "a response of run RUN",
    ("attempts", "output_key"): "the output of an attempt of run RUN",
}


@pytest.mark.parametrize("place", HITS, ids=".".join)
def test_a_damaged_text_names_what_uses_it(file: Path, place: tuple[str, str]) -> None:
    table, column = place
    spoilt(
        file,
        f"UPDATE texts SET codec = 0, data = x'00' WHERE key = (SELECT {column} FROM {table})",  # noqa: S608 - ours
    )
    report = integrity.verify(file)
    with closing(sqlite3.connect(file)) as db:
        run = str(db.execute("SELECT id FROM runs").fetchone()[0])
    assert [(one.kind, one.hits) for one in report.findings] == [
        ("text", (HITS[place].replace("RUN", run),))
    ]
    assert report.findings[0].what == "1 stored text does not match its hash."


def test_no_text_of_what_the_app_writes_is_without_a_name(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        written = [
            (table, name)
            for table, name in columns_of_texts()
            if db.execute(f"SELECT 1 FROM {table} WHERE {name} IS NOT NULL").fetchone()  # noqa: S608 - ours
        ]
    assert written
    assert set(written) == set(HITS)


def test_a_text_that_nothing_names_is_told_by_its_number(file: Path) -> None:
    with closing(database.connect(file)) as db, database.writing(db):
        key = texts.put(db, "nobody's")
    spoilt(file, f"UPDATE texts SET data = x'00' WHERE key = {key}")  # noqa: S608 - ours
    hits = integrity.verify(file).findings[0].hits
    assert hits == (f"text {key}, which nothing names any more",)


KINDS: list[tuple[str, str, str]] = [
    ("DELETE FROM prompts", "references", "versions names a row of prompts that is gone"),
    ("DELETE FROM models", "references", "runs names a row of models that is gone"),
    ("INSERT INTO run_search (run_search) VALUES ('delete-all')", "search", ""),
    ("UPDATE rollups SET runs = runs + 1", "rollups", "1 sums by quarter hours"),
]


@pytest.mark.parametrize(("sql", "kind", "hit"), KINDS)
def test_each_kind_of_damage_is_told_by_its_kind(file: Path, sql: str, kind: str, hit: str) -> None:
    assert integrity.verify(file).sound
    spoilt(file, sql)
    found = {one.kind: one.hits for one in integrity.verify(file).findings}
    assert kind in found
    assert not hit or hit in found[kind]


def test_what_is_rebuilt_is_no_reason_to_open_a_backup(file: Path) -> None:
    good = backup.backup(file, reason="by command")
    spoilt(file, "UPDATE rollups SET runs = 9")
    assert integrity.verify(file).backup is None
    spoilt(file, "UPDATE texts SET data = x'00' WHERE key = 1")
    report = integrity.verify(file, repair=True)
    assert (report.repaired, report.backup) == (("rollups",), good)
    assert [one.kind for one in report.findings] == ["text"]


def test_a_look_changes_nothing_and_tells_how_far_it_is(file: Path) -> None:
    before, heard = file.read_bytes(), list[tuple[str, int, int]]()

    def hear(step: str, done: int, total: int) -> None:
        heard.append((step, done, total))

    report = integrity.verify(file, hear)
    assert (report.sound, file.read_bytes()) == (True, before)
    assert [step for step, _, _ in heard] == ["pages", "references", "texts", "search"]
    assert heard[2] == ("texts", report.texts, report.texts)


@pytest.mark.parametrize("table", ["texts", "prompts", "versions", "attempts"])
def test_a_zeroed_root_page_names_its_table_and_ends_in_a_report(path: Path, table: str) -> None:
    with closing(open_workspace(path, create=True).connection) as db:
        fill(db)
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        page: int = database.value(db, sql, (table,))
    with path.open("r+b") as raw:
        raw.seek((page - 1) * 4096)
        raw.write(bytes(4096))
    report = integrity.verify(path)
    assert not report.sound
    assert report.findings[0].kind == "pages"
    assert f"the table {table}" in report.findings[0].hits


def counted(path: Path) -> dict[str, int]:
    return integrity.info(path).counts


def test_a_workspace_tells_what_it_is_and_holds(file: Path) -> None:
    made = backup.backup(file, reason="by command")
    info = integrity.info(file)
    assert counted(file) == {
        "prompts": 1,
        "versions": 1,
        "inputs": 1,
        "comparisons": 1,
        "runs": 1,
        "attempts": 1,
        "texts": 11,
    }
    assert (info.kind, info.schema, len(info.id)) == ("own", schema.VERSION, 26)
    assert [one.path for one in info.backups] == [made]
    assert info.size == file.stat().st_size
    assert sum(info.sizes.values()) == pytest.approx(info.size, rel=0.01)
    with closing(database.connect(file)) as db:
        assert info.newest_run_at == database.value(db, "SELECT started_at FROM runs")


def test_the_report_of_a_draft_that_moved_on_is_sound(file: Path) -> None:
    with closing(open_workspace(file).connection) as db:
        drafts.save(db, 1, content("moved on"), revision=drafts.of_prompt(db, 1).revision)
    assert integrity.verify(file).findings == ()


CALLS: list[Callable[[Path], object]] = [integrity.verify, integrity.info]


@pytest.mark.parametrize("call", CALLS)
def test_what_is_no_workspace_is_said_and_not_looked_at(
    tmp_path: Path, call: Callable[[Path], object]
) -> None:
    other = tmp_path / "other.proofspace"
    other.write_text("no database")
    with pytest.raises(NotAWorkspaceError):
        call(other)
    assert other.read_text() == "no database"
