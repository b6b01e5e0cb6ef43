"""A child that writes without end and prints what it has committed; killed by a test."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.workspace.making import attempt_end, begun, content, new_run, prompt, run_end

from proofroom import ids
from proofroom.workspace import attempts, backup, database, drafts, engines, runs, versions
from proofroom.workspace.opening import open_workspace


def main() -> None:
    path = Path(sys.argv[1])
    engine = engines.hold().id  # or another writer that opens the file ends what is open here
    db = open_workspace(path).connection
    print("open", flush=True)  # noqa: T201 - its only way to speak
    key = prompt(db, ids.new_id())
    while True:
        with database.writing(db):
            many = runs.begin(db, [new_run(db, f"n {n}", engine=engine) for n in range(3)])
        with database.writing(db):
            for one in many:
                attempts.end(db, [attempt_end(one)])
                runs.end(db, [run_end(one)])
        print("run", many[-1].run_key, flush=True)  # noqa: T201
        begun(db, "left open", engine=engine)
        drafts.save(
            db,
            key,
            content(f"text {many[0].run_key}"),
            revision=drafts.of_prompt(db, key).revision,
            edits=[b"edit"],
            kept=0,
        )
        print("version", versions.save(db, key).key, flush=True)  # noqa: T201
        if len(sys.argv) > 2:
            print("backup", backup.backup(path, reason="loop").name, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
