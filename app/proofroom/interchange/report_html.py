"""A report as one HTML file that fetches nothing and runs nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from msgspec import Struct

from proofroom import paths
from proofroom.domain.content_diff import ContentDifference, contents
from proofroom.domain.diff import Line, Run, words
from proofroom.domain.json_diff import json_lines
from proofroom.domain.message import storable
from proofroom.domain.version import encoded
from proofroom.interchange import report_words
from proofroom.interchange.report import Report, ReportCell, ReportRow

if TYPE_CHECKING:
    import jinja2
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_TAGS = {"=": "{}", "-": "<del>{}</del>", "+": "<ins>{}</ins>"}
_MARKDOWN_LIMIT = 400  # cells: a millisecond each, and the file holds each answer twice
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_STATES = {
    "ok": ("✓", "ok"),
    "failed": ("✕", "bad"),
    "timeout": ("✕", "bad"),
    "interrupted": ("!", "warn"),
    "cancelled": ("−", "quiet"),  # noqa: RUF001 - a true minus
    "running": ("…", "quiet"),
    "queued": ("○", "quiet"),
}


class _Cell(Struct, frozen=True, kw_only=True):
    """A cell as the template wants it."""

    cell: ReportCell
    sign: str
    tone: str
    state: str
    figures: str
    first: str
    plain: Markup
    against_base: Markup
    rendered: Markup


def html(report: Report) -> str:
    """Return the report as one file: words of each answer against the base column, no script."""
    count = sum(len(cells) for row in report.rows for cells in row.cells)
    is_markdown = count <= _MARKDOWN_LIMIT
    page = _template().render(
        report=report,
        css=Markup(paths.resource("report/report.css").read_text("utf-8")),  # noqa: S704 - ours
        summaries=[report_words.summary(report, place) for place in range(len(report.columns))],
        rows=[_row(report, row, is_markdown) for row in report.rows],
        versions=_versions(report),
        failed=sum(
            c.status in ("failed", "timeout") for r in report.rows for s in r.cells for c in s
        ),
        count=count,
        is_markdown=is_markdown,
        runs=_marked,
    )
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", storable(page))


def _row(report: Report, row: ReportRow, is_markdown: bool) -> list[list[_Cell]]:
    samples = row.cells[report.base] if report.base < len(row.cells) else ()
    base = samples[0] if samples and samples[0].status == "ok" else None
    return [
        [_cell(cell, base if place != report.base else None, is_markdown) for cell in cells]
        for place, cells in enumerate(row.cells)
    ]


def _cell(cell: ReportCell, base: ReportCell | None, is_markdown: bool) -> _Cell:
    sign, tone = _STATES[cell.status]
    plain = Markup('<div class="text">{}</div>').format(cell.text)
    is_compared = base is not None and cell.text and cell.status == "ok"
    return _Cell(
        cell=cell,
        sign=sign,
        tone=tone,
        state=report_words.state(cell),
        figures=" · ".join(report_words.figures(cell)),
        first=report_words.seconds(cell.first_token_us),
        plain=plain,
        against_base=_compared(base.text if base and is_compared else cell.text, cell.text),
        rendered=_rendered(cell.text) if is_markdown else Markup(),
    )


def _compared(old: str, new: str) -> Markup:
    """Return the new text against the old one: JSON by its keys, unlike forms not at all."""
    was, now = _object(old), _object(new)
    if now is not None:
        return _lines(json_lines(now if was is None else was, now))
    return Markup('<div class="text">{}</div>').format(
        _marked(words(old, new)) if was is None else new
    )


def _object(text: str) -> Any:  # noqa: ANN401 - a JSON object or array, or None
    try:
        return json.loads(text) if text.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return None


def _marked(runs: Sequence[Run]) -> Markup:
    return Markup().join(Markup(_TAGS[run.op]).format(run.text) for run in runs)  # noqa: S704 - our tags


def _lines(found: Sequence[Line]) -> Markup:
    rows = Markup().join(
        Markup('<div class="line {}"><span class="sign">{}</span>{}</div>').format(
            {"=": "same", "-": "gone", "+": "new"}[line.op],
            {"=": " ", "-": "−", "+": "+"}[line.op],  # noqa: RUF001 - a true minus
            _marked(line.runs) if line.runs else line.text,
        )
        for line in found
    )
    return Markup('<div class="lines">{}</div>').format(rows)


def _versions(report: Report) -> list[tuple[str, str, ContentDifference]]:
    """Return what differs between the base column's content and each other one, once each."""
    if report.base >= len(report.columns):
        return []
    base = report.columns[report.base]
    found: dict[tuple[str, bytes], tuple[str, str, ContentDifference]] = {}
    for column in report.columns:
        if base.content is None or column.content is None:
            continue
        difference = contents(base.content, column.content)
        if not difference.same:
            key = (column.version, encoded(column.content))
            found.setdefault(key, (column.version, base.version, difference))
    return list(found.values())


def _rendered(text: str) -> Markup:
    """Return an answer's Markdown as HTML: its own HTML is text, links and images are inert."""
    tokens = _parser().parse(text)
    for token in tokens:
        token.children = [_inert(child) for child in token.children or []] or token.children
    shown: str = _parser().renderer.render(tokens, _parser().options, {})
    return Markup('<div class="md">{}</div>').format(Markup(shown))  # noqa: S704 - html is off


def _inert(token: Token) -> Token:
    if token.type == "image":
        return _text(token, f"[image: {token.content}] {token.attrGet('src') or ''}")
    if token.type == "link_open":
        return _text(token, "")
    return _text(token, "") if token.type == "link_close" else token


def _text(token: Token, content: str) -> Token:
    plain = token.copy(type="text", tag="", content=content, children=None)
    plain.attrs = {}
    plain.nesting = 0
    return plain


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 58 ms, for a report alone

    return MarkdownIt("gfm-like", {"html": False, "linkify": False})


@cache
def _template() -> jinja2.Template:
    import jinja2  # noqa: PLC0415 - 58 ms, for a report alone

    source = paths.resource("report/report.html.jinja").read_text("utf-8")
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.from_string(source)
