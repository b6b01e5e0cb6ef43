from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from proofroom.domain.mark import Marked
from proofroom.domain.message import text_message
from proofroom.domain.run import SCREEN_WORDS
from proofroom.domain.version import Content, Settings
from proofroom.errors import ProofroomError
from proofroom.interchange import report as forms
from proofroom.interchange import report_text, report_words
from proofroom.interchange.report import Report, ReportCell, ReportColumn, ReportFact, ReportRow
from proofroom.interchange.report_html import html

VOID = frozenset(("meta", "input", "br", "hr", "img", "link"))
EVIL = (
    '<script>alert(1)</script><img src=x onerror="alert(1)"> ![beacon](https://evil.example/p.png)'
    ' [go](javascript:alert(1)) <https://evil.example> [ref]\n\n[ref]: https://evil.example "t"\n'
    "</style></td></table>{{ 7*7 }}{% raw %} \ud800 \0 \x1b"
)


class Outline(HTMLParser):
    """Notes tags and what they would fetch, and fails on one that does not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [
            f"{k}={v}" for k, v in attrs if k in ("src", "href", "action", "data", "srcset")
        ]
        self.addresses += [k for k, _ in attrs if k.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        assert tag in VOID  # what is closed in its own tag must be empty

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def outline(page: str) -> Outline:
    found = Outline()
    found.feed(page)
    found.close()
    assert found.open == []
    return found


def ok(text: str, **more: object) -> ReportCell:
    figures = {
        "first_token_us": 410_000,
        "duration_us": 1_460_000,
        "tokens_out": 46,
        "cost_nano_usd": 412_000,
    }
    return ReportCell(status="ok", text=text, **{**figures, **more})  # pyright: ignore[reportArgumentType] - fields by name


def made(*rows: tuple[ReportCell, ...]) -> Report:
    contents = [
        Content(messages=(text_message("system", f"Be {word}."),), settings=Settings(temperature=t))
        for word, t in (("kind", 0.2), ("curt", 0.7))
    ]
    return Report(
        title="Refund reply: v12 against v11",
        columns=tuple(
            ReportColumn(
                version=f"v{n}", model="local/smollm2", place="stays on this laptop", content=c
            )
            for n, c in zip((11, 12), contents, strict=True)
        ),
        rows=tuple(
            ReportRow(
                name=f"Input {n}", values={"mail": f"Mail {n}"}, cells=tuple((c,) for c in cells)
            )
            for n, cells in enumerate(rows, start=1)
        ),
        made_at_text="23 Nov 2026, 14:05",
    )


def test_a_page_nests_fetches_nothing_and_runs_nothing() -> None:
    found = outline(html(made((ok("Hello **you**"), ok(EVIL, reasoning=EVIL, marks=(EVIL,))))))
    assert found.addresses == []
    assert not {"script", "img", "a", "iframe", "link", "object", "form"} & set(found.tags)
    assert "default-src 'none'" in html(made())


def test_a_malicious_answer_is_shown_as_it_came() -> None:
    page = html(made((ok("x"), ok(EVIL))))
    shown = "".join(outline(page).text)
    assert "<script>alert(1)</script>" in shown
    assert "{{ 7*7 }}" in shown
    assert "https://evil.example/p.png" in shown
    assert page.encode()
    assert not re.search("[\0\x1b\ud800]", page)


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_was_answered_the_page_nests(old: str, new: str) -> None:
    found = outline(html(made((ok(old), ok(new)))))
    assert found.addresses == []


def test_words_are_marked_against_the_base_column() -> None:
    page = html(made((ok("It takes 5 days."), ok("It takes 3 days."))))
    assert "It takes <del>5</del><ins>3</ins> days." in page
    assert page.count("<del>5</del>") == 1


def test_the_samples_of_the_base_column_are_not_compared_with_each_other() -> None:
    whole = made((ok("one"), ok("one")))
    row = msgspec.structs.replace(whole.rows[0], cells=((ok("one"), ok("two")), (ok("one"),)))
    page = html(msgspec.structs.replace(whole, rows=(row,)))
    assert "<del>one</del>" not in page


def test_json_answers_are_compared_by_key() -> None:
    page = html(made((ok('{"a": 1, "b": 2}'), ok('{"b": 2, "a": 3}'))))
    assert page.count('class="line same"') == 4 + 3  # the base column's, and what stayed
    assert page.count('class="line gone"') == page.count('class="line new"') == 1


def test_markdown_is_rendered_without_links_or_pictures() -> None:
    page = html(made((ok("# Title\n\n- **bold**\n\n| a |\n|---|\n| 1 |"), ok("x"))))
    assert "<strong>bold</strong>" in page
    assert "<td>1</td>" in page
    inert = html(made((ok("![alt](https://a.example/x.png) [text](https://b.example)"), ok("x"))))
    assert "[image: alt] https://a.example/x.png" in inert


def test_failures_unknown_costs_and_tool_calls_are_in_place() -> None:
    failed = ReportCell(
        status="failed", failure_title="Rate limit reached", failure_detail="Nothing was charged."
    )
    call = ok("", tool_calls=(ReportFact(label="refund", text='{"order": 1}'),), cost_nano_usd=None)
    page = html(made((failed, call)))
    for text in (
        "Rate limit reached",
        "Nothing was charged.",
        "cost unknown",
        "refund",
        "1 failed",
    ):
        assert text in page
    assert "No text came back." not in page
    assert "No text came back." in html(made((ok(""), ok("x"))))


def test_the_versions_differences_stand_at_the_end() -> None:
    page = html(made((ok("a"), ok("b"))))
    assert "<del>0.2</del>" in page
    assert "<ins>0.7</ins>" in page
    assert "Be <del>kind</del><ins>curt</ins>." in page


def test_every_status_has_its_word() -> None:
    for status, word in SCREEN_WORDS.items():
        assert word in html(made((ReportCell(status=status), ok("x"))))


def test_a_report_without_rows_or_columns_is_a_page() -> None:
    assert outline(html(made())).tags
    assert outline(html(Report(title="Empty", columns=(), rows=()))).tags
    assert report_text.markdown(Report(title="Empty", columns=(), rows=())) == "# Empty\n"


def test_csv_has_a_line_for_each_sample_and_no_formula() -> None:
    text = report_text.csv(made((ok("=1+1"), ok("fine", cost_nano_usd=None, picked=True))))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["answer"] for row in rows] == ["'=1+1", "fine"]
    assert (rows[0]["cost_usd"], rows[1]["cost_usd"]) == ("0.000412", "")
    assert (rows[0]["latency_ms"], rows[1]["picked"], rows[0]["input.mail"]) == (
        "1460",
        "yes",
        "Mail 1",
    )


def test_json_holds_all_of_it() -> None:
    whole = made((ok("a"), ok(EVIL)))
    back = json.loads(forms.json(whole))
    assert back.pop("format") == 1
    assert msgspec.convert(back, Report) == whole


def test_markdown_fences_outgrow_the_answers() -> None:
    text = report_text.markdown(made((ok("```\ncode\n```"), ok("# no heading"))))
    assert "\n````\n```\ncode\n```\n````\n" in text
    assert "| v11 · local/smollm2 | 1 of 1 |" in text


def test_why_a_column_won_is_in_every_form() -> None:
    report = made((ok("a"), ok("b", picked=True)))
    row = structs.replace(report.rows[0], note="Names *the* amount")
    report = structs.replace(report, rows=(row,))
    assert "Why the winner won: Names \\*the\\* amount\n" in report_text.markdown(report)
    rows = list(csv.DictReader(io.StringIO(report_text.csv(report), newline="")))
    assert [one["pick_note"] for one in rows] == ["", "Names *the* amount"]
    assert "Names *the* amount" in html(report)
    assert json.loads(forms.json(report))["rows"][0]["note"] == "Names *the* amount"


def test_reasoning_and_kept_answers_are_in_markdown() -> None:
    text = report_text.markdown(made((ok("a", reasoning="It ```is``` so."), ok("b", reused=True))))
    assert "\nReasoning\n\n````\nIt ```is``` so.\n````\n\n```\na\n```\n" in text
    assert text.count("Reasoning") == text.count("kept answer") == 1
    assert " · kept answer\n" in text.split("### v12")[1]


def test_a_formula_in_any_field_of_csv_is_text() -> None:
    evil = ok("fine", reasoning="@sum(1)", marked=Marked(note="+1", tags=("-2",)))
    row = ReportRow(name="=2+3", values={"=mail": "\t=4"}, cells=((evil,), ()))
    report = structs.replace(made((ok("a"), ok("b"))), rows=(row,))
    line = next(csv.reader(io.StringIO(report_text.csv(report).split("\r\n")[1], newline="")))
    assert [cell for cell in line if cell[:1] in "=+-@\t" and cell] == []


def test_a_sum_with_an_unknown_cost_says_so() -> None:
    facts = report_words.summary(made((ok("a"), ok("b", cost_nano_usd=None))), 1)
    assert facts["Cost"] == "cost unknown"
    both = made((ok("a"), ok("b")), (ok("a"), ok("b", cost_nano_usd=None)))
    assert report_words.summary(both, 1)["Cost"] == "$0.0004 and 1 unknown"


def test_tokens_nobody_counted_are_unknown_and_not_0() -> None:
    facts = report_words.summary(made((ok("a"), ok("b", tokens_out=None))), 1)
    assert facts["Tokens out"] == "unknown\u00a0tok"
    failed = ReportCell(status="failed", failure_title="Unknown model")
    assert report_words.summary(made((ok("a"), failed)), 1)["Tokens out"] == ""


def test_a_long_answer_takes_minutes_in_a_report_as_on_screen() -> None:
    assert report_words.figures(ok("a", duration_us=125_000_000))[0] == "2\u00a0min 5\u00a0s"


def test_a_file_is_written_whole_and_replaced_only_when_told(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    forms.write(path, "first\ud800")
    assert path.read_text("utf-8") == "first\N{REPLACEMENT CHARACTER}"
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ProofroomError, match="exists"):
        forms.write(path, "second")
    forms.write(path, "second", replace=True)
    assert (path.read_text(), list(tmp_path.iterdir())) == ("second", [path])


def test_a_place_that_cannot_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "kept").write_text("kept")
    for path in (tmp_path / "nowhere" / "x.html", folder):
        with pytest.raises(ProofroomError, match="cannot be written"):
            forms.write(path, "text", replace=True)
    assert list(tmp_path.iterdir()) == [folder]
