"""Figures of a report in words: units always, 'unknown' for what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from statistics import median

from proofroom.domain.run import SCREEN_WORDS
from proofroom.interchange.report import Report, ReportCell

_SPACE = "\N{NO-BREAK SPACE}"
_NANO = Decimal(10) ** 9
_CENT = Decimal("0.01")


def seconds(duration_us: float | None) -> str:
    """Return `1.46 s`, `14.2 s`, `38 ms` below a tenth of a second; '' if unknown."""
    if duration_us is None:
        return ""
    if duration_us < 100_000:  # noqa: PLR2004 - a tenth of a second
        return f"{duration_us / 1000:.0f}{_SPACE}ms"
    digits = 2 if duration_us < 9_995_000 else 1  # noqa: PLR2004 - what still rounds below 10 s
    return f"{duration_us / 1_000_000:.{digits}f}{_SPACE}s"


def tokens(count: int | None, *, estimated: bool = False) -> str:
    """Return `46 tok`; '' if unknown."""
    return "" if count is None else f"{'about ' if estimated else ''}{count:,}{_SPACE}tok"


def money(nano_usd: int | None) -> str:
    """Return USD: `$0.0004`, `$0.12`; 'cost unknown' for None.

    What cost money is never shown as $0.00: digits are added until one is not 0.
    """
    if nano_usd is None:
        return "cost unknown"
    usd, digits = Decimal(nano_usd) / _NANO, 2
    if 0 < usd < _CENT * 10:
        digits = 3 if usd >= _CENT else 4
        while round(usd, digits) == 0:
            digits += 1
    return f"${usd:,.{digits}f}"


def figures(cell: ReportCell) -> list[str]:
    """Return the line of figures under an answer."""
    shown = [
        seconds(cell.duration_us),
        tokens(cell.tokens_out, estimated=cell.tokens_estimated),
        money(cell.cost_nano_usd) if cell.duration_us is not None else "",
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
    costs = [cell.cost_nano_usd for cell in cells]
    known = [cost for cost in costs if cost is not None]
    total = money(sum(known)) if len(known) == len(costs) else _partly(known, len(costs))
    return {
        "Done": f"{len(done)} of {len(cells)}",
        "First token": seconds(_middle([cell.first_token_us for cell in done])),
        "Latency": seconds(_middle([cell.duration_us for cell in done])),
        "Tokens out": tokens(sum(cell.tokens_out or 0 for cell in cells)),
        "Cost": total if cells else "",
    }


def _partly(known: Sequence[int], count: int) -> str:
    if not known:
        return money(None)
    return f"{money(sum(known))} and {count - len(known)} unknown"


def _middle(values: Sequence[int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
