"""Makes the stored file of a schema: `python -m tests.workspace.stored`, once for each version.

What is in it is opened for ever after by `test_stored`; a file that a release has had is never
made anew.
"""

from __future__ import annotations

import zipfile
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.workspace.making import begun, content, ended, prompt

from proofroom.workspace import (
    cell_runs,
    comparisons,
    database,
    drafts,
    inputs,
    marks,
    runs,
    schema,
    versions,
)
from proofroom.workspace.comparisons import NewColumn, NewRow
from proofroom.workspace.opening import open_workspace

FILES = Path(__file__).parent / "files"
NAME = "stored.proofspace"


def make(path: Path) -> None:
    """Make a workspace with something of everything that this schema's app can write."""
    with closing(open_workspace(path, create=True).connection) as db:
        key = prompt(db, "stored", "Explain {{ topic }}.")
        first = versions.save(db, key, note="first")
        revision = drafts.of_prompt(db, key).revision
        drafts.save(db, key, content("Explain 日本語."), revision=revision, edits=[b"edit"])
        marks.set_tags(db, "version", first.key, ["kept"])
        inputs.add(db, key, [("Sleep", {"topic": "sleep"})])
        column = NewColumn(
            prompt_key=key, version_key=first.key, content=content(), label="v1", model_key=1
        )
        made = comparisons.create(
            db, [column], [NewRow(name="Sleep", values={"topic": "sleep"})], name="compared"
        )
        with database.writing(db):
            comparisons.opened(db, made.key, runs.press_in(db, "press") or 0)
        cell = next(iter(cell_runs.cell_keys(db, made.key).values()))
        for number in range(20):
            ended(db, f"asked {number}", f"answered {number} " * 20, cell_key=cell)
        comparisons.close(db, made.key, "done")
        begun(db, "left open by an engine that is gone")


def main() -> None:
    """Write the file of the present schema."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        make(path)
        target = FILES / f"schema-{schema.VERSION}.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.write(path, NAME)


if __name__ == "__main__":
    main()
