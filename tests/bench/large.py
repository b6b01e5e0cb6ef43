"""What a million runs cost a window, the disk and a writer, against a thousand (year.py)."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from tests.bench import window, year
from tests.bench.figure import Figure, figure
from tests.workspace import size

from proofroom.domain import run_query
from proofroom.workspace import database, run_list
from proofroom.workspace.run_filter import filter_of

FEW = 1000
WRITES = 60


def figures() -> Iterator[Figure]:
    """Yield times of opening, memory, bytes a run, and how long a write takes beside reads."""
    few, many = year.built(FEW), year.built()
    for file in (few, many):  # what is read for the first time comes from the disk
        window.measured("runs_page", file)
    opened = {file: window.rounds("runs_page", file) for file in (few, many)}
    held = {file: window.rounds("resident", file) for file in (few, many)}
    yield figure("open_to_runs_page_million", [one / 1000 for one in opened[many]], "s", "<", 1.0)
    grown = [a / b for a, b in zip(opened[many], opened[few], strict=True)]
    yield figure("open_to_runs_page_million_against_thousand", grown, "times", "<=", 1.2)
    more = [a - b for a, b in zip(held[many], held[few], strict=True)]
    yield figure("ui_memory_million_against_thousand", more, "MiB", "<=", 5)
    with closing(database.connect(many, read_only=True)) as db:
        count = database.value(db, "SELECT count(*) FROM runs")
        yield figure("bytes_a_run_million", [size.bytes_besides(db) / count], "B", "<=", 1536)
    spent = _writes(many)
    yield figure("write_while_read", [statistics.quantiles(spent, n=20)[-1]], "ms", "<=", 50)


def _writes(path: Path) -> list[float]:
    """Return what writes of 20 runs took (ms for the two transactions) while lists are read."""
    over = threading.Event()
    readers = [threading.Thread(target=partial(_read, path, over)) for _ in range(2)]
    for reader in readers:
        reader.start()
    spent: list[float] = []
    with closing(database.connect(path)) as db:
        for _ in range(WRITES):
            start = time.perf_counter()
            size.write_runs(db, 20)
            spent.append((time.perf_counter() - start) * 1000)
    over.set()
    for reader in readers:
        reader.join()
    return spent


def _read(path: Path, over: threading.Event) -> None:
    """Read as the page does until it is over: the newest, a filter, a word."""
    with closing(database.connect(path, read_only=True)) as db:
        while not over.is_set():
            for text in ("", "status:failed", year.RARE):
                run_list.page(db, filter_of(db, run_query.parse(text, year.END_US)))
