"""Fills a report from a kept comparison."""

from __future__ import annotations

import sqlite3

import msgspec

from proofroom import __version__, clock
from proofroom.domain.mark import Marked, Pick, pick_of
from proofroom.domain.message import Part, Reasoning, ToolCall, text_of
from proofroom.domain.provider import host_of
from proofroom.interchange import step_words
from proofroom.interchange.report import Report, ReportCell, ReportColumn, ReportFact, ReportRow
from proofroom.workspace import cell_runs, comparisons, database, marks, provenance, providers

MARK_WORDS = {
    "usage_estimated": "Usage not reported, estimated",
    "usage_inconsistent": "Reported usage does not add up",
    "cost_unknown": "Cost unknown",
    "other_model": "Another model answered",
    "no_end_marker": "No end marker came",
    "bad_bytes": "Some bytes could not be read",
    "tool_arguments_not_json": "Arguments are not JSON",
    "tool_call_ids_repeated": "Call ids are repeated",
    "tool_calls_without_index": "Calls came without an index",
    "tool_call_against_schema": "A call does not fit its schema",
    "answer_against_schema": "Does not fit its schema",
    "empty_answer": "No text came back",
    "refusal": "The model refused",
    "unstreamed": "Came in one piece",
}
"""What is noted on a run (domain.run.Mark), in words for a person."""

ATTEMPT = "Attempt"
"""How the label of what is said of an attempt begins."""


def report_of(db: sqlite3.Connection, comparison_key: int, *, base: int = 0) -> Report:
    """Return a comparison as it stands; `base` is the number of the column compared with."""
    found = comparisons.by_key(db, comparison_key)
    columns = comparisons.columns(db, comparison_key)
    now = clock.now()
    picks = _picks(db, "comparison", comparison_key, columns)
    return Report(
        title=found.name,
        columns=tuple(_column(db, column) for column in columns),
        rows=tuple(_row(db, row, columns) for row in comparisons.rows(db, comparison_key)),
        base=min(base, max(0, len(columns) - 1)),
        made_at=now,
        made_at_text=f"{clock.local(now):%Y-%m-%d %H:%M}",
        prompt=", ".join(dict.fromkeys(column.prompt for column in columns if column.prompt)),
        workspace=_file_name(db),
        note=_notes(picks),
        app=f"Proofroom {__version__}",
    )


def _column(db: sqlite3.Connection, column: comparisons.Column) -> ReportColumn:
    return ReportColumn(
        version=column.label,
        model=column.model,
        place=host_of(providers.by_name(db, column.provider)),
        content=comparisons.content(db, column),
    )


def _row(
    db: sqlite3.Connection, row: comparisons.Row, columns: list[comparisons.Column]
) -> ReportRow:
    runs = sorted(cell_runs.of_row(db, row.key), key=lambda run: run.sample)
    picks = _picks(db, "row", row.key, columns)
    marked = marks.on_runs(db, [run.run_key for run in runs])
    picked = {pick.column for pick in picks}
    return ReportRow(
        name=row.name,
        values={name: _text(value) for name, value in row.values.items()},
        cells=tuple(
            tuple(
                _cell(db, run, marked.get(run.run_key, Marked()), picked=column.key in picked)
                for run in runs
                if run.column_key == column.key
            )
            for column in columns
        ),
        note=_notes(picks),
    )


def _cell(
    db: sqlite3.Connection, run: cell_runs.CellRun, marked: Marked, *, picked: bool
) -> ReportCell:
    output = cell_runs.output(db, run.output_key)
    warnings = tuple(run.warnings.split(",")) if run.warnings else ()
    return ReportCell(
        status=run.status or "running",
        text=text_of(output),
        reasoning="".join(part.text for part in output if isinstance(part, Reasoning)),
        tool_calls=_calls(output),
        failure_title=run.title or "",
        failure_detail=run.detail or "",
        finish_reason=run.finish_reason or "",
        marks=tuple(MARK_WORDS.get(mark, mark) for mark in warnings),
        first_token_us=run.first_token_us,
        duration_us=run.latency_us,
        tokens_in=run.tokens_in,
        tokens_out=run.tokens_out,
        tokens_estimated="usage_estimated" in warnings,
        cost_nano_usd=run.cost_nano_usd,
        reused=bool(run.cached),
        picked=picked,
        marked=marked,
        provenance=_provenance(db, run.run_key),
    )


def _calls(output: tuple[Part, ...]) -> tuple[ReportFact, ...]:
    return tuple(
        ReportFact(label=part.name, text=part.arguments)
        for part in output
        if isinstance(part, ToolCall)
    )


def _provenance(db: sqlite3.Connection, run_key: int) -> tuple[ReportFact, ...]:
    found = provenance.of_run(db, run_key)
    facts = [
        ReportFact(label="Run", text=found.run.id),
        ReportFact(label="Asked", text=f"{found.run.provider}/{found.run.model}"),
        ReportFact(label="Answered by", text=found.run.answering_model or found.run.model),
        ReportFact(label="Adapter", text=f"{found.run.adapter} {found.run.adapter_version}"),
    ]
    steps = step_words.of_run(found)
    facts += [ReportFact(label=f"Step {step.number}", text=step.line) for step in steps]
    for attempt, request in zip(found.attempts, found.requests, strict=True):
        number = f"{attempt.step}.{attempt.number}" if steps else str(attempt.number)
        facts.append(ReportFact(label=f"Request {number}", text=request))
        if attempt.detail:
            facts.append(ReportFact(label=f"{ATTEMPT} {number}", text=attempt.detail))
    return tuple(facts)


def _picks(
    db: sqlite3.Connection, target: marks.Target, key: int, columns: list[comparisons.Column]
) -> list[Pick]:
    """Return who won, and why; a column that was taken out has won nothing."""
    there = {column.key for column in columns}
    found = [mark.value for mark in marks.of(db, target, key) if mark.kind == "pick"]
    picks = [pick for value in found if (pick := pick_of(value)) is not None]
    return [pick for pick in picks if pick.column in there]


def _notes(picks: list[Pick]) -> str:
    return "; ".join(pick.note for pick in picks if pick.note)


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _file_name(db: sqlite3.Connection) -> str:
    return database.path_of(db).name
