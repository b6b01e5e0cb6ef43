"""How long lists and searches take on a workspace with a million runs (year.py).

The file is built once, in the folder `build`, and asked again and again.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Protocol, TypeVar

from tests.bench import year
from tests.bench.figure import Figure, figure

from proofroom.domain import run_query
from proofroom.domain.run_order import Order
from proofroom.workspace import (
    database,
    names,
    run_find,
    run_groups,
    run_list,
    run_sort,
    run_totals,
)
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
    "failure": "failure:overloaded",
    "failure_of_none": "failure:tls",
    "tokens": "tokens>100000",
    "id": "id:01",
    "rare_word": year.RARE,
    "common_word": year.COMMON,
    "common_word_unfinished": year.COMMON[:4],
    "short_word_unfinished": "st",
    "no_common_word": f"-{year.COMMON}",
    "common_word_of_prompt": f"{year.COMMON} prompt:prompt-07",
}

LOOKS = {"all": "", "failed": "status:failed", "common_word": f"{year.COMMON} "}
PALETTE = {"id": "01KV", "rare_word": year.RARE, "common_word": year.COMMON, "short": "st"}


def figures() -> Iterator[Figure]:
    """Yield the 95th percentile (ms) of each list, as a page asks for it."""
    path = year.built()
    with closing(database.connect(path, read_only=True)) as db:
        for name, text in {"all": "", **QUERIES}.items():
            query = run_query.parse(text, year.END_US)

            def first(query: run_query.RunQuery = query) -> int:
                found = run_list.some(db, filter_of(db, query), before=run_list.NEWEST, size=100)
                return len(run_list.lines(db, found.keys))

            yield _taken(f"runs_first_page_{name}", first)
        newest = database.value(db, "SELECT max(key) FROM runs")
        whole = filter_of(db, run_query.parse("", year.END_US))
        down = partial(run_list.page, db, whole, before=newest - DOWN)
        yield _taken("runs_page_100000_down", lambda: len(down()))
        yield _taken("runs_counted", lambda: run_list.count(db, whole))
        yield from _looks(db)
        for name, text in PALETTE.items():
            yield _taken(f"palette_runs_{name}", partial(_found, db, text))
        yield _taken("palette_names", lambda: len(names.all_named(db)))


def _found(db: sqlite3.Connection, text: str) -> int:
    return len(run_find.found(db, text, year.END_US, size=8).lines)


def _looks(db: sqlite3.Connection) -> Iterator[Figure]:
    """Yield the 95th percentile of the steps of each sorted page, sum and group."""
    for name, text in LOOKS.items():
        wanted = filter_of(db, run_query.parse(text, year.END_US))
        for by in ("cost", "latency", "tokens"):
            order = Order(by)
            begin = partial(run_sort.begin, db, wanted, order)
            yield _steps(f"runs_sorted_{by}_{name}", begin, partial(run_sort.step, db, wanted))
        yield _steps(f"runs_summed_{name}", partial(run_totals.begin, db, wanted),
                     partial(run_totals.step, db, wanted))  # fmt: skip
        for group in ("prompt", "comparison"):
            begin_groups = partial(run_groups.begin, db, wanted, group)
            yield _steps(f"runs_by_{group}_{name}", begin_groups,
                         partial(run_groups.step, db, wanted))  # fmt: skip


class _Look(Protocol):
    @property
    def is_whole(self) -> bool: ...


L = TypeVar("L", bound=_Look)


def _steps(name: str, begin: Callable[[], L], step: Callable[[L], L]) -> Figure:
    """Return the 95th percentile of the questions that a look consists of; others wait for it."""
    spent: list[float] = []
    for _ in range(3):
        start = time.perf_counter()
        look = begin()
        spent.append((time.perf_counter() - start) * 1000)
        while not look.is_whole:
            start = time.perf_counter()
            look = step(look)
            spent.append((time.perf_counter() - start) * 1000)
    return figure(name, [statistics.quantiles(spent, n=20)[-1]], "ms", "<=", 50)


def _taken(name: str, work: Callable[[], int]) -> Figure:
    work()  # what is read for the first time comes from the disk
    spent: list[float] = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        spent.append((time.perf_counter() - start) * 1000)
    return figure(name, [statistics.quantiles(spent, n=20)[-1]], "ms", "<=", 50)
