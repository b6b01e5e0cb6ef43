"""What a run takes on disk besides its texts and the search index."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.bench.figure import Figure, figure
from tests.support.sessions import new_workspace
from tests.workspace.size import bytes_a_run

from proofroom.workspace import database

ROUNDS = 5


def figures() -> Iterator[Figure]:
    """Yield bytes a run of 5,000 runs each, in files of their own."""
    found: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            path = new_workspace(Path(folder) / f"{number}.proofspace")
            with closing(database.connect(path)) as db:
                found.append(bytes_a_run(db))
    yield figure("bytes_a_run", found, "B", "<=", 900)
