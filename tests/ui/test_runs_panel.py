"""The panel of a run: its bars stand at their times, its bill is worked out by hand."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from msgspec import structs
from pytestqt.qtbot import QtBot
from tests.support.sessions import new_workspace
from tests.ui.support import compare_data

from proofroom.domain.usage import PriceRow, UsageRow
from proofroom.ui.provenance.code_block import TextBlock
from proofroom.ui.runs import bill, trace
from proofroom.workspace import database, provenance, run_origin
from proofroom.workspace.provenance import Priced, Provenance


@pytest.fixture
def found(tmp_path: Path) -> Provenance:
    """A run of two steps: the second was refused, waited 400 ms and went on."""
    path = new_workspace(tmp_path / "w.proofspace")
    with closing(database.connect(path)) as db:
        compare_data.filled(db)
        key = compare_data.newest(db)
        compare_data.tool_step(db, key)
        return provenance.of_run(db, key)


def test_each_request_and_each_wait_is_a_bar_at_its_time(found: Provenance) -> None:
    spans = trace.spans(found)
    assert [(one.name, one.start, one.end) for one in spans] == [
        ("refund-reply", 0, 3_600_000),
        ("step 1, attempt 1", 0, 2_040_000),
        ("step 2, attempt 1, failed", 2_700_000, 3_000_000),
        ("waits as asked", 2_900_000, 3_300_000),
        ("step 2, attempt 2", 3_300_000, 3_600_000),
    ]
    assert [one.fill for one in spans[1:3]] == ["s1", "bad"]


def test_the_bill_has_each_bucket_with_its_price_and_sum(found: Provenance) -> None:
    price = PriceRow(bucket="input", nano_usd_per_million=150_000_000, source="the list")
    usage = (
        Priced(usage=UsageRow(bucket="input", count=2_000), price=price),
        Priced(usage=UsageRow(bucket="output", count=None), price=price),
        Priced(usage=UsageRow(bucket="cache_read", count=0), price=None),
        Priced(usage=UsageRow(bucket="reasoning", count=7, origin="estimated"), price=None),
    )
    lines = bill.lines(structs.replace(found, usage=(usage,)))
    # 2,000 tokens at $0.15 a million are $0.0003
    assert [(one.bucket, one.count, one.price, one.cost) for one in lines] == [
        ("Input", "2,000", "$0.15", "$0.0003"),
        ("Output", "unknown", "$0.15", "unknown"),
        ("Cached", "0", "", "$0.00"),
        ("Reasoning", "about 7", "unknown", "unknown"),
    ]
    assert bill.sources(structs.replace(found, usage=(usage,))) == "the list"


def test_a_run_knows_the_cell_it_can_be_asked_again_in(tmp_path: Path) -> None:
    path = new_workspace(tmp_path / "w.proofspace")
    with closing(database.connect(path)) as db:
        key = compare_data.comparison(db)
        run = compare_data.cell(db, key, 1, 0, "Hello")
        busy = compare_data.cell(db, key, 1, 1, "", open_=True)
        one = run_origin.of_run(db, run)
        assert (one.comparison_key, one.kept, one.again) == (key, True, True)
        assert one.place == "api.openai.com"
        assert not run_origin.of_run(db, busy).again  # it is under way
        with database.writing(db):
            db.execute("UPDATE runs SET cell_key = NULL WHERE key = ?", (run,))
        one = run_origin.of_run(db, run)
        assert (one.comparison_key, one.kept, one.again) == (None, False, False)


def test_prose_is_as_high_as_its_lines_at_its_width(qtbot: QtBot) -> None:
    block = TextBlock("Answer", "word " * 60)
    qtbot.addWidget(block)
    assert block.heightForWidth(200) > 2 * block.heightForWidth(800)
    long = TextBlock("Answer", "word " * 100_000)
    qtbot.addWidget(long)
    assert long.heightForWidth(200) <= 24 * 24 + 40
