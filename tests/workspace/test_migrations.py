from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path

from proofroom.workspace import database, migrations, schema


def test_the_steps_are_numbered_and_lead_to_the_present_schema() -> None:
    assert all(re.fullmatch(r"m\d{4}_[a-z_]+", name) for name in migrations.STEPS)
    numbers = [int(name[1:5]) for name in migrations.STEPS]
    assert numbers == list(range(1, schema.VERSION + 1))
    files = {file.stem for file in Path(migrations.__file__).parent.glob("m*.py")}
    assert files == set(migrations.STEPS)
    for name in migrations.STEPS:
        assert callable(import_module(f"{migrations.__name__}.{name}").apply)


def test_what_is_pending_is_what_lies_behind_a_version() -> None:
    assert migrations.pending(0) == migrations.STEPS
    assert migrations.pending(schema.VERSION) == ()
    assert migrations.pending(schema.VERSION + 1) == ()


def test_an_empty_file_becomes_a_workspace_once() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        assert migrations.apply(db) == migrations.STEPS
        assert migrations.apply(db) == ()
        assert database.value(db, "PRAGMA user_version") == schema.VERSION
        assert database.value(db, "PRAGMA application_id") == schema.APPLICATION_ID


def test_every_table_is_strict_and_starts_as_any_app_can_read_it(db: sqlite3.Connection) -> None:
    rows = db.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").fetchall()
    strict = {name for name, is_strict in rows if is_strict}
    assert set(schema.TABLES) <= strict
    columns = [row[1] for row in db.execute("PRAGMA table_info(workspace)").fetchall()]
    assert columns[:2] == ["id", "written_by"]


def test_no_reference_of_any_table_leads_nowhere(db: sqlite3.Connection) -> None:
    for table in schema.TABLES:
        keys = db.execute(f"PRAGMA foreign_key_list({table})").fetchall()
        assert {row[2] for row in keys} <= set(schema.TABLES)
    assert db.execute("PRAGMA foreign_keys").fetchone() == (1,)
