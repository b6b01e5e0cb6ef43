from __future__ import annotations

import sqlite3

from tests.workspace import making

from proofroom.domain.version import encoded
from proofroom.workspace import cell_runs, comparisons, database, run_again, texts


def test_a_run_of_a_comparison_is_asked_again_with_its_version_and_input(
    db: sqlite3.Connection,
) -> None:
    made = making.matrix(db)
    column = comparisons.columns(db, made.key)[0]
    row = comparisons.rows(db, made.key)[1]
    cell = cell_runs.cell_keys(db, made.key)[row.key, column.key]
    begun = making.begun(
        db,
        cell_key=cell,
        prompt_key=column.prompt_key,
        version_key=column.version_key,
        content_key=column.content_key,
    )
    again = run_again.asked(db, begun.run_key)
    assert (again.column.version_key, again.column.label) == (column.version_key, "v1")
    assert again.column.content == comparisons.content(db, column)
    assert (again.row.name, again.row.values) == ("row 1", {"topic": 1})


def test_a_run_of_no_comparison_is_asked_again_as_it_was_sent(db: sqlite3.Connection) -> None:
    key = making.prompt(db)
    with database.writing(db):
        content_key = texts.put(db, encoded(making.content("{{ x }}")), texts.JSON)
    begun = making.begun(db, "Why {{ not }}?", prompt_key=key, content_key=content_key)
    again = run_again.asked(db, begun.run_key)
    assert (again.column.label, again.column.prompt_key) == ("As sent", None)
    assert again.column.content.template == "none"
    assert again.column.content.messages == making.new_run(db, "Why {{ not }}?").messages
