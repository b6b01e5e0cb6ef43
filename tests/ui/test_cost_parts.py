"""What the Cost page is made of: its bars and scale, and how what draws them is imported."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.sessions import new_workspace
from tests.support.spending import DOLLAR, day, spent

from proofroom.domain.period import Span
from proofroom.domain.provider import Provider
from proofroom.ui.cost import bars, scale
from proofroom.ui.cost.strip import per_thousand, thousand_words
from proofroom.workspace import costs, database, providers
from proofroom.workspace.cost_sums import Sum


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(database.connect(new_workspace(tmp_path / "bars.proofspace"))) as db:
        yield db


def test_the_fourth_series_is_all_others_where_there_are_more(db: sqlite3.Connection) -> None:
    provider = providers.put(
        db, Provider(name="many", adapter="direct", url="http://127.0.0.1:9/v1", needs_key=False)
    )
    with database.writing(db):
        keys = [providers.ensure_model(db, provider.key, f"m{n}", listed=True) for n in range(5)]
    span = Span(first=day("2026-11-03"), last=day("2026-11-03"))
    for number, key in enumerate(keys[:4]):
        spent(db, (number + 1) * DOLLAR, "2026-11-03T12:00", model_key=key)
    made = bars.made(costs.of_span(db, span, "day", "model"), "cost")
    assert [(one.name, one.values) for one in made.series] == [
        *(("many/m3", (4.0,)), ("many/m2", (3.0,)), ("many/m1", (2.0,)), ("many/m0", (1.0,))),
    ]
    spent(db, 5 * DOLLAR, "2026-11-03T12:00", model_key=keys[4])
    made = bars.made(costs.of_span(db, span, "day", "model"), "cost")
    assert [(one.name, one.values) for one in made.series] == [
        *(("many/m4", (5.0,)), ("many/m3", (4.0,)), ("many/m2", (3.0,)), ("Other", (3.0,))),
    ]
    assert made.tops() == [15.0]
    assert made.bars[0].parts[-1] == ("Other", "$3.00")  # 2 + 1
    calls = bars.made(costs.of_span(db, span, "day", "model"), "calls")
    assert calls.tops() == [5.0]


def test_a_span_without_a_run_has_its_bars_and_no_series(db: sqlite3.Connection) -> None:
    span = Span(first=day("2026-11-03"), last=day("2026-11-05"))
    made = bars.made(costs.of_span(db, span, "day", "model"), "cost")
    assert (made.series, made.tops()) == ((), [0.0, 0.0, 0.0])
    assert [bar.tick.replace("\u00a0", " ") for bar in made.bars] == ["3 Nov", "4 Nov", "5 Nov"]


@pytest.mark.parametrize(
    ("top", "measure", "words"),
    [
        (1.66, "cost", ["$0.00", "$0.50", "$1.00", "$1.50", "$2.00"]),
        (0.9, "cost", ["$0.00", "$0.25", "$0.50", "$0.75", "$1.00"]),
        (0.09, "cost", ["$0.000", "$0.025", "$0.050", "$0.075", "$0.100"]),
        (0.00013, "cost", ["$0.00000", "$0.00005", "$0.00010", "$0.00015"]),
        (4800.0, "cost", ["$0.00", "$2,000.00", "$4,000.00", "$6,000.00"]),
        (3.0, "calls", ["0", "1", "2", "3"]),
        (67_500_000.0, "tokens", ["0", "20.0 M", "40.0 M", "60.0 M", "80.0 M"]),
        (0.0, "cost", ["$0.00", "$1.00"]),
    ],
)
def test_the_scale_has_at_most_five_round_steps_up_to_the_top(
    top: float, measure: bars.Measure, words: list[str]
) -> None:
    found = scale.ticks(top, measure)
    assert [text.replace("\u00a0", " ") for _, text in found] == words
    assert found[-1][0] >= top
    assert len(found) <= 5


def test_a_thousand_done_runs_cost_what_failed_ones_took_too() -> None:
    # 7 nano-USD for 3 done runs: 7,000 / 3 = 2,333.3
    assert per_thousand(Sum(runs=4, done=3, cost=7)) == 2333
    assert per_thousand(Sum(runs=4, done=0, cost=7)) is None
    one = Sum(runs=4, done=2, unknown=1, cost=2 * DOLLAR)
    assert thousand_words(one) == "at least $1,000.00"
    assert thousand_words(Sum(runs=1, done=1, unknown=1)) == "unknown"


CHILD = """
import sys
from PySide6.QtWidgets import QApplication
app = QApplication([])
from proofroom.ui import pages
[step() for step in pages.imports("cost")]
assert not {"pyqtgraph", "numpy"} & set(sys.modules), "a page not shown yet brings them"
from proofroom.ui.cost import plotting
prepared = plotting.prepare()
assert "pyqtgraph" not in sys.modules
whole = {"BarGraphItem", "ViewBox", "AxisItem", "GraphicsView", "PlotWidget", "mkPen"}
steps = plotting.steps(prepared)
assert len(steps) > 200
[step() for step in steps]
assert plotting.is_there() and plotting.steps(prepared) == []
import pyqtgraph
assert whole <= set(dir(pyqtgraph))
"""


def test_what_draws_is_imported_in_many_steps_and_only_when_it_is_wanted() -> None:
    subprocess.run([sys.executable, "-c", CHILD], check=True)
