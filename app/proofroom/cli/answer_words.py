"""Words for an answer on a terminal or in a pipe: its state, figures and lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proofroom.domain import comparison
from proofroom.interchange import comparison_report, report_words
from proofroom.interchange.report import ReportCell, ReportRow

Unsent = Mapping[tuple[int, int], str]
"""Why nothing was sent for a cell, by the numbers of its row and column."""


def band(number: int, row: ReportRow) -> str:
    """Return the line above a row's cells: its number, name and values."""
    values = comparison.one_line(dict(row.values))
    name = "" if row.name == values else row.name
    return "  ".join(part for part in (str(number + 1), name, values) if part)


def line_of(cell: ReportCell) -> Sequence[str]:
    """Return a cell's state and figures, with what is unusual about it."""
    reused = ["cached"] if cell.reused else []
    marks = [mark for mark in cell.marks if mark != comparison_report.MARK_WORDS["cost_unknown"]]
    parts = [report_words.state(cell), *report_words.figures(cell), *reused, *marks]
    return [part.replace("\N{NO-BREAK SPACE}", " ") for part in parts]


def body(cell: ReportCell) -> list[str]:
    """Return an answer's lines, its tool calls, and what to do about a failure."""
    lines = cell.text.splitlines()
    lines += [f"{call.label}({call.text})" for call in cell.tool_calls]
    failure = ". ".join(part for part in (cell.failure_title, cell.failure_detail) if part)
    return lines + (failure.splitlines() if cell.status != "ok" else [])
