from __future__ import annotations

import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from tests.workspace.stored import FILES, NAME

from proofroom.workspace import (
    comparisons,
    database,
    integrity,
    prompts,
    provenance,
    rollups,
    runs,
    schema,
    search,
    versions,
)
from proofroom.workspace.opening import open_workspace

STORED = sorted(FILES.glob("schema-*.zip"))


def test_every_schema_has_its_stored_file() -> None:
    numbers = range(1, schema.VERSION + 1)
    assert [file.stem for file in STORED] == [f"schema-{number}" for number in numbers]


@pytest.mark.parametrize("stored", STORED, ids=lambda file: file.stem)
def test_a_file_of_any_schema_opens_with_all_that_it_holds(stored: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(stored) as archive:
        path = Path(archive.extract(NAME, tmp_path))
    opened = open_workspace(path)
    with closing(opened.connection) as db:
        assert "interrupted" in {notice.kind for notice in opened.notices}
        key = prompts.by_name(db, "stored").key
        assert versions.find(db, key, "kept").note == "first"
        assert [prompt.key for prompt in prompts.listed(db, query="日本語")] == [key]
        found = search.run_keys(db, "asked 7", before=runs.NEWEST)
        assert [run.run.status for run in (provenance.of_run(db, n) for n in found)] == ["ok"]
        assert [one.end_reason for one in comparisons.listed(db)] == ["done"]
        assert rollups.out_of_step(db) == ()
    assert integrity.verify(path).sound


def test_a_new_file_has_the_tables_that_the_steps_make(tmp_path: Path) -> None:
    with zipfile.ZipFile(STORED[-1]) as archive:
        old = Path(archive.extract(NAME, tmp_path))
    new = tmp_path / "new.proofspace"
    open_workspace(new, create=True).connection.close()
    shapes: list[object] = []
    for path in (old, new):
        with closing(database.connect(path)) as db:
            sql = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
            shapes.append(db.execute(sql).fetchall())
    assert shapes[0] == shapes[1]
