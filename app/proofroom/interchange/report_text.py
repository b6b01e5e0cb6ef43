"""A report as CSV and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from proofroom.interchange.report import Report, ReportCell
from proofroom.interchange.report_words import figures, state, summary
from proofroom.interchange.table_file import csv_text

_HEADER = [
    *("input", "version", "model", "sample", "status", "answer", "reasoning", "tool_calls"),
    *("failure", "finish_reason", "first_token_ms", "latency_ms", "tokens_in", "tokens_out"),
    *("cost_usd", "reused", "picked", "marks", "starred", "tags", "note", "pick_note"),
]


def csv(report: Report) -> str:
    """Return a line for each sample, its input's values at the end; formulas are quoted."""
    names = list(dict.fromkeys(name for row in report.rows for name in row.values))
    return csv_text([*_HEADER, *(f"input.{name}" for name in names)], _lines(report, names))


def markdown(report: Report) -> str:
    """Return the report as Markdown; answers stand in fences, as they came."""
    lines = [f"# {_line(report.title)}", ""]
    facts = [report.prompt, report.workspace, report.made_at_text, report.note]
    lines += [f"{_line(fact)}\n" for fact in facts if fact]
    lines += _summary_table(report)
    for number, row in enumerate(report.rows, start=1):
        lines += ["", f"## {number}. {_line(row.name or 'Input')}", ""]
        for name, value in row.values.items():
            lines += [f"**{_line(name)}**", "", *_fenced(value), ""]
        lines += [f"Why the winner won: {_line(row.note)}", ""] if row.note else []
        for column, cells in zip(report.columns, row.cells, strict=True):
            for cell in cells:
                lines += [f"### {_line(column.version)} · {_line(column.model)}", ""]
                lines += _answer(cell)
    return "\n".join(lines).rstrip() + "\n"


def _lines(report: Report, names: list[str]) -> Iterator[list[str]]:
    for row in report.rows:
        values = [row.values.get(name, "") for name in names]
        for column, cells in zip(report.columns, row.cells, strict=True):
            for sample, cell in enumerate(cells, start=1):
                start = [row.name, column.version, column.model, str(sample)]
                yield [*start, *_fields(cell), row.note if cell.picked else "", *values]


def _fields(cell: ReportCell) -> list[str]:
    return [
        cell.status,
        cell.text,
        cell.reasoning,
        "\n".join(f"{call.label}({call.text})" for call in cell.tool_calls),
        " ".join(filter(None, (cell.failure_title, cell.failure_detail))),
        cell.finish_reason,
        _thousandth(cell.first_token_us),
        _thousandth(cell.duration_us),
        _number(cell.tokens_in),
        _number(cell.tokens_out),
        "" if cell.cost_nano_usd is None else f"{Decimal(cell.cost_nano_usd) / 10**9:f}",
        "yes" if cell.reused else "",
        "yes" if cell.picked else "",
        ", ".join(cell.marks),
        "yes" if cell.marked.star else "",
        ", ".join(cell.marked.tags),
        cell.marked.note,
    ]


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _thousandth(value_us: int | None) -> str:
    return "" if value_us is None else f"{Decimal(value_us) / 1000:f}"


def _summary_table(report: Report) -> list[str]:
    found = [summary(report, place) for place in range(len(report.columns))]
    if not found:
        return []
    head = ["Column", *found[0]]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for column, facts in zip(report.columns, found, strict=True):
        cells = [f"{column.version} · {column.model}", *facts.values()]
        lines.append("| " + " | ".join(_line(cell).replace("|", "\\|") for cell in cells) + " |")
    return lines


def _answer(cell: ReportCell) -> list[str]:
    said = [*(["kept answer"] if cell.reused else []), *(["Winner"] if cell.picked else [])]
    lines = [" · ".join([state(cell), *figures(cell), *said, *cell.marks]), ""]
    lines += [f"{_line(words)}\n" for words in cell.marked.words]
    if cell.failure_title:
        lines += [f"{_line(cell.failure_title)} {_line(cell.failure_detail)}".strip(), ""]
    if cell.reasoning:
        lines += ["Reasoning", "", *_fenced(cell.reasoning), ""]
    if cell.text:
        lines += [*_fenced(cell.text), ""]
    for call in cell.tool_calls:
        lines += [f"Tool call: {_line(call.label)}", "", *_fenced(call.text), ""]
    return lines


def _fenced(text: str) -> list[str]:
    """Return a text between fences longer than any row of backticks in it."""
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, text, fence]


def _line(text: str) -> str:
    """Return a text on one line in which Markdown reads no link, image, HTML or heading."""
    return re.sub(r"([\\`*_\[\]<>#!])", r"\\\1", " ".join(text.split()))
