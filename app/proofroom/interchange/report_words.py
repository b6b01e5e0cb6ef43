"""Figures of a report in words: units always, 'unknown' for what is not known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from proofroom.domain.figures import cost, duration, number, tokens
from proofroom.domain.run import SCREEN_WORDS
from proofroom.interchange.report import Report, ReportCell


def seconds(duration_us: float | None) -> str:
    """Return a duration as screens say it; '' if unknown."""
    return "" if duration_us is None else duration(duration_us)


def figures(cell: ReportCell) -> list[str]:
    """Return the line of figures under an answer."""
    shown = [
        seconds(cell.duration_us),
        "" if cell.tokens_out is None else tokens(cell.tokens_out, about=cell.tokens_estimated),
        "" if cell.duration_us is None else cost(cell.cost_nano_usd),
    ]
    return [figure for figure in shown if figure]


def state(cell: ReportCell) -> str:
    """Return the status as screens say it, with what is unusual about the end."""
    word = SCREEN_WORDS[cell.status]
    ends = {"content_filter": "blocked by the provider's filter", "length": "cut at max tokens"}
    return f"{word}, {ends[cell.finish_reason]}" if cell.finish_reason in ends else word


def summary(report: Report, column: int) -> dict[str, str]:
    """Return what can be said of a whole column, by label."""
    cells = [cell for row in report.rows for cell in row.cells[column]]
    done = [cell for cell in cells if cell.status == "ok"]
    return {
        "Done": f"{len(done)} of {len(cells)}",
        "First token": seconds(_middle([cell.first_token_us for cell in done])),
        "Latency": seconds(_middle([cell.duration_us for cell in done])),
        "Tokens out": _sum([cell.tokens_out for cell in cells if _answers(cell)], tokens),
        "Cost": _sum([cell.cost_nano_usd for cell in cells], cost),
    }


def _answers(cell: ReportCell) -> bool:
    """Tell whether anything was answered, so that there are tokens, known or not."""
    return cell.status == "ok" or cell.tokens_out is not None


def _sum(values: Sequence[int | None], words: Callable[[int | None], str]) -> str:
    """Return a sum that says how much of it nobody knows; '' of nothing."""
    known = [value for value in values if value is not None]
    if not known:
        return words(None) if values else ""
    left = len(values) - len(known)
    return words(sum(known)) + (f" and {number(left)} unknown" if left else "")


def _middle(values: Sequence[int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
