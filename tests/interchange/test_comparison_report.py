"""A report is filled from what a workspace keeps of a comparison."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from tests.ui.support import compare_data

from proofroom.domain.mark import Pick
from proofroom.domain.run import Mark
from proofroom.interchange import report as forms
from proofroom.interchange import report_text
from proofroom.interchange.comparison_report import MARK_WORDS, report_of
from proofroom.interchange.report_html import html
from proofroom.workspace import comparisons, marks, removed_columns


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(compare_data.workspace(tmp_path / "report.proofspace")) as db:
        yield db


def test_every_cell_of_a_comparison_is_in_its_report(db: sqlite3.Connection) -> None:
    report = report_of(db, compare_data.filled(db))
    assert [(c.version, c.model) for c in report.columns][1] == ("v2", "openai/gpt-4o-mini")
    assert [len(samples) for samples in report.rows[2].cells] == [1, 1, 1, 0]
    first = report.rows[0].cells[1][0]
    assert (first.text, first.status, first.tokens_out) == (compare_data.NEW[0], "ok", 46)
    assert (report.rows[1].cells[2][0].status, report.rows[1].cells[2][0].failure_title) == (
        "failed", "Rate limit reached",
    )  # fmt: skip


def test_a_report_says_where_each_columns_text_goes(db: sqlite3.Connection) -> None:
    report = report_of(db, compare_data.filled(db))
    assert [column.place for column in report.columns][:3] == [
        "api.openai.com", "api.openai.com", "api.anthropic.com",
    ]  # fmt: skip


def test_what_is_unknown_stays_unknown_and_marks_are_words(db: sqlite3.Connection) -> None:
    cut = report_of(db, compare_data.filled(db)).rows[2].cells[2][0]
    assert cut.cost_nano_usd is None
    assert cut.marks == ("Cost unknown",)
    assert set(MARK_WORDS) == set(Mark.__args__)


def test_a_run_of_several_steps_names_them_and_whose_each_request_is(
    db: sqlite3.Connection,
) -> None:
    key = compare_data.filled(db)
    compare_data.tool_step(db, compare_data.newest(db))
    facts = {fact.label: fact.text for fact in report_of(db, key).rows[3].cells[2][0].provenance}
    assert list(facts)[4:] == [
        "Step 1", "Step 2", "Request 1.1", "Request 2.1", "Attempt 2.1", "Request 2.2",
    ]  # fmt: skip
    assert facts["Step 2"].startswith("Call with 1 tool result · anthropic/claude-haiku-4.5 · ")
    assert facts["Step 2"].endswith("1.00\N{NO-BREAK SPACE}s")
    plain = report_of(db, key).rows[0].cells[0][0].provenance
    assert [fact.label for fact in plain][4:] == ["Request 1"]


def test_winners_and_notes_are_in_the_report(db: sqlite3.Connection) -> None:
    key = compare_data.filled(db)
    column, row = comparisons.columns(db, key)[1], comparisons.rows(db, key)[0]
    pick = {"column": column.key, "note": "Names the amount"}
    marks.set_one(db, "pick", "row", row.key, msgspec.json.encode(pick).decode())
    report = report_of(db, key)
    assert [samples[0].picked for samples in report.rows[0].cells] == [False, True, False, False]
    assert report.rows[0].note == "Names the amount"


def test_every_form_of_a_report_can_be_written(db: sqlite3.Connection) -> None:
    report = report_of(db, compare_data.filled(db), base=1)
    for write in (html, report_text.csv, report_text.markdown, forms.json):
        text = write(report)
        assert "api.openai.com" in text or "gpt-4o-mini" in text
        assert "Lost parcel" in text


def test_a_column_that_was_taken_out_is_in_no_report_and_wins_nothing(
    db: sqlite3.Connection,
) -> None:
    key = compare_data.filled(db)
    column, row = comparisons.columns(db, key)[1], comparisons.rows(db, key)[0]
    pick = msgspec.json.encode(Pick(column.key, "Names the amount")).decode()
    marks.set_one(db, "pick", "row", row.key, pick)
    marks.set_one(db, "pick", "comparison", key, pick)
    removed_columns.remove(db, key, column.key)
    report = report_of(db, key)
    assert [len(found.cells) for found in report.rows] == [3, 3, 3, 3]
    assert (report.note, report.rows[0].note) == ("", "")
    removed_columns.bring_back(db, key, [column.key])
    assert (report_of(db, key).note, report_of(db, key).rows[0].note) == (
        "Names the amount", "Names the amount",
    )  # fmt: skip
