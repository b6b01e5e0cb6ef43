"""How long lists and searches take on a workspace with a million runs (year.py).

The file is built once, in the folder `build`, and asked again and again.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

from tests.bench import year
from tests.bench.figure import Figure, figure

from proofroom.domain import run_query
from proofroom.workspace import database, run_list
from proofroom.workspace.run_filter import filter_of

ROUNDS = 20
DOWN = 100_000
QUERIES = {
    "prompt": "prompt:prompt-07",
    "version": "prompt:prompt-07 version:3",
    "model": "model:gemini/gemini-pro",
    "provider": "provider:anthropic",
    "failed": "status:failed",
    "running": "status:running",
    "source": "source:cli",
    "since": "since:2026-06-01",
    "until": "until:2026-01-01",
    "cost": "cost>0.0003",
    "latency": "latency>5s",
    "starred": "is:starred",
    "rare_word": year.RARE,
    "common_word": year.COMMON,
    "common_word_of_prompt": f"{year.COMMON} prompt:prompt-07",
}


def figures() -> Iterator[Figure]:
    """Yield the 95th percentile (ms) of each list, as a page asks for it."""
    path = year.built()
    with closing(database.connect(path, read_only=True)) as db:
        for name, text in {"all": "", **QUERIES}.items():
            query = run_query.parse(text, year.END_US)

            def first(query: run_query.RunQuery = query) -> int:
                return len(run_list.page(db, filter_of(db, query)))

            yield _taken(f"runs_first_page_{name}", first)
        newest = database.value(db, "SELECT max(key) FROM runs")
        whole = filter_of(db, run_query.parse("", year.END_US))
        down = partial(run_list.page, db, whole, before=newest - DOWN)
        yield _taken("runs_page_100000_down", lambda: len(down()))
        yield _taken("runs_counted", lambda: run_list.count(db, whole))


def _taken(name: str, work: Callable[[], int]) -> Figure:
    work()  # what is read for the first time comes from the disk
    spent: list[float] = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        spent.append((time.perf_counter() - start) * 1000)
    return figure(name, [statistics.quantiles(spent, n=20)[-1]], "ms", "<=", 50)
