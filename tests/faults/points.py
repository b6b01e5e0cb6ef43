"""A child that ends itself with SIGKILL at each file operation of some work in turn.

Prints for each such point what stands there afterwards: how many runs, and what is wrong with it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from proofroom.workspace import backup, compacting, database, integrity, restoring
from proofroom.workspace.opening import open_workspace

EVENTS = frozenset(("os.rename", "os.remove", "os.link", "sqlite3.connect"))
"""What Python tells its audit hooks before it is done."""


def killed_at(point: int, work: Callable[[], object]) -> bool:
    """Do the work in a fork that is killed at its n-th operation; False if it had fewer."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    seen = 0

    def hear(event: str, _: object) -> None:
        nonlocal seen
        seen += event in EVENTS
        if seen == point and event in EVENTS:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)
    work()
    os._exit(0)


def main() -> None:
    kind, path, other = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    before = path.with_name("before")
    shutil.copy(path, before)
    works: dict[str, Callable[[], object]] = {
        "restore": lambda: restoring.restore(path, other),
        "compact": lambda: compacting.compact(path),
    }
    point, goes_on = 0, True
    while goes_on:
        point += 1
        # as it was, else what the last one left behind shifts the points
        shutil.rmtree(backup.folder(path), ignore_errors=True)
        for left in path.parent.glob(f"*{path.name}*"):
            left.unlink()
        shutil.copy(before, path)
        goes_on = killed_at(point, works[kind])
        with closing(open_workspace(path).connection) as db:
            runs = database.value(db, "SELECT count(*) FROM runs")
        print(runs, [one.what for one in integrity.verify(path).findings], flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
