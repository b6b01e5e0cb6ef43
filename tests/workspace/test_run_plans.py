"""No sorted page, sum, group or list of names reads a whole table for what it shows."""

from __future__ import annotations

import re
import sqlite3

import pytest
from tests.workspace import making

from proofroom.domain import run_query
from proofroom.domain.run_order import Order
from proofroom.workspace import names, run_filter, run_groups, run_sort, run_totals


@pytest.fixture
def filled(db: sqlite3.Connection) -> sqlite3.Connection:
    making.matrix(db)
    for number in range(30):
        making.ended(db, f"Question {number}", f"Answer {number}")
    return db


def plans(db: sqlite3.Connection, work: object) -> list[str]:
    """Return how SQLite finds what `work` asks for."""
    sent: list[str] = []
    db.set_trace_callback(sent.append)
    assert callable(work)
    work()
    db.set_trace_callback(None)
    asked = [sql for sql in sent if sql[0] != "-" and not sql.startswith("CREATE")]
    return [row[3] for sql in asked for row in db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]


def scans(found: list[str]) -> list[str]:
    """Return the steps that read a whole table of rows."""
    whole = re.compile(r"SCAN (r|runs|m|p|v|c|e|cells|comparisons|versions)( |$)")
    return [one for one in found if whole.match(one) and "INDEX" not in one]


@pytest.mark.parametrize("text", ["", "status:ok", "answer ", "cost>0.000000001", "id:0", "-no"])
@pytest.mark.parametrize("by", ["cost", "latency", "tokens", "time"])
@pytest.mark.parametrize("rising", [False, True])
def test_a_sorted_page_scans_no_table(
    filled: sqlite3.Connection, text: str, by: str, *, rising: bool
) -> None:
    wanted = run_filter.filter_of(filled, run_query.parse(text, 0))
    order = Order(by, rising)  # pyright: ignore[reportArgumentType]
    first = run_sort.page(filled, wanted, order, size=5)
    found = plans(
        filled, lambda: run_sort.page(filled, wanted, order, after=first.found[-1], size=5)
    )
    assert scans(found) == []
    if by in {"cost", "latency"} and text in {"", "status:ok"}:
        assert any(f"COVERING INDEX runs_by_{by} (" in one for one in found)
        assert not any("TEMP B-TREE" in one for one in found)


@pytest.mark.parametrize("text", ["", "status:ok", "answer "])
def test_sums_and_groups_scan_no_table(filled: sqlite3.Connection, text: str) -> None:
    wanted = run_filter.filter_of(filled, run_query.parse(text, 0))
    assert scans(plans(filled, lambda: run_totals.whole(filled, wanted))) == []
    assert scans(plans(filled, lambda: run_groups.page(filled, wanted, "prompt"))) == []
    assert scans(plans(filled, lambda: run_groups.page(filled, wanted, "comparison"))) == []


def test_names_are_read_from_the_newest_on(filled: sqlite3.Connection) -> None:
    found = plans(filled, lambda: names.all_named(filled))
    assert [one for one in scans(found) if not one.startswith("SCAN m")] == []
