from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain import run_query
from proofroom.domain.run_query import RunQuery, Token, Word, parse, written
from proofroom.errors import ProofroomError

NOW = int(datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp()) * 1_000_000
DAY_US = 86_400_000_000
VALUE = st.one_of(st.text(min_size=1), st.sampled_from(['a "b"', "\\", '\\"', "-x", "a:b", "日本"]))
SIGNED = st.sampled_from(
    [
        ("cost", ">", "0.01"),
        ("cost", "<", "$5"),
        ("latency", ">", "1.5s"),
        ("latency", "<", "250ms"),
        ("tokens", ">", "1000"),
        ("since", ":", "2d"),
        ("until", ":", "2026-11-01"),
    ]
).map(lambda one: Token(name=one[0], sign=one[1], value=one[2]))
NAMED = st.builds(
    Token,
    name=st.sampled_from(["prompt", "model", "provider", "tag"]),
    sign=st.just(":"),
    value=VALUE,
    negated=st.booleans(),
)
WORD = st.builds(
    Word, text=VALUE.filter(lambda text: text.strip() == text), quoted=st.just(True),
    negated=st.booleans(),
)  # fmt: skip


def said(query: RunQuery) -> list[tuple[object, ...]]:
    """Return what a query says, without the places it was read at."""
    tokens = [(one.start, one.name, one.sign, one.value, one.negated) for one in query.tokens]
    words = [(one.start, "", one.quoted, one.text, one.negated) for one in query.words]
    return [row[1:] for row in sorted([*tokens, *words], key=lambda row: row[0])]


@given(st.lists(st.one_of(SIGNED, NAMED, WORD), max_size=6))
def test_what_is_written_is_read_as_the_same(parts: list[Token | Word]) -> None:
    text = " ".join(one.text if isinstance(one, Token) else one.written for one in parts)
    read = parse(text, NOW)
    meant = [
        (one.name, one.sign, one.value, one.negated)
        if isinstance(one, Token)
        else ("", one.quoted, one.text, one.negated)
        for one in parts
    ]
    assert said(read) == meant
    assert written(read) == text


@given(st.text(alphabet='ab -"\\:<>\n\u00a0é'))
def test_whatever_is_typed_is_read_or_refused_and_reads_back_the_same(text: str) -> None:
    try:
        read = parse(text, NOW)
    except ProofroomError:
        return
    assert said(parse(written(read), NOW)) == said(read)


@given(st.lists(st.one_of(SIGNED, NAMED, WORD), max_size=4))
def test_each_part_knows_its_place(parts: list[Token | Word]) -> None:
    text = "  ".join(one.text if isinstance(one, Token) else one.written for one in parts)
    read = parse(text, NOW)
    assert [text[one.start : one.end] for one in read.tokens] == [one.text for one in read.tokens]
    assert [text[one.start : one.end] for one in read.words] == [one.written for one in read.words]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("cost>0.01", 10_000_000),
        ("cost<$.5", 500_000_000),
        ("latency>2s", 2_000_000),
        ("latency<1.5", 1_500_000),
        ("latency<500ms", 500_000),
        ("latency>2min", 120_000_000),
        ("tokens>1000", 1000),
        ("version:3", 3),
        ("version:v12", 12),
        ("version:draft", None),
        ("since:2d", NOW - 2 * DAY_US),
        ("until:3h", NOW - DAY_US // 8),
        ("since:30m", NOW - DAY_US // 48),
        ("since:1w", NOW - 7 * DAY_US),
    ],
)
def test_a_value_is_read_in_its_unit(text: str, number: int | None) -> None:
    assert parse(text, NOW).tokens[0].number == number


def test_a_day_is_whole_and_local() -> None:
    first, behind, at = (
        parse(text, NOW).tokens[0].number
        for text in ("since:2026-11-02", "until:2026-11-02", "until:2026-11-02T14:30")
    )
    midnight = int(datetime.fromisoformat("2026-11-02").astimezone().timestamp()) * 1_000_000
    assert (first, behind, at) == (midnight, midnight + DAY_US, midnight + 52_200_000_000)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("ab  stats:ok", 5, "Did you mean status?"),
        ("http://a.b", 1, "in quotes"),
        ("prompt:", 1, "prompt:NAME"),
        ("x cost:1", 3, "cost>0.01"),
        ("prompt>1", 1, "prompt:NAME"),
        ("x -cost>1", 3, "cost<0.01"),
        ("-since:2d", 1, "since:2d"),
        ("status:done", 1, "timeout"),
        ("source:app", 1, "application"),
        ("version:x", 1, "version:draft"),
        ("cost>1e3", 1, "in dollars"),
        ("latency>٣s", 1, "500ms"),
        ("since:2026-02-30", 1, "since:2026-11-01"),
        ("until:9999-12-31", 1, "until:3h"),
        ("is:odd", 1, "is:starred"),
    ],
)
def test_a_wrong_token_is_named_with_its_place_and_what_can_be_written(
    text: str, place: int, words: str
) -> None:
    with pytest.raises(ProofroomError) as refused:
        parse(text, NOW)
    assert f"“{text.rsplit(maxsplit=1)[-1]}”" in refused.value.what
    assert refused.value.where == f"the query at character {place}"
    assert words in refused.value.fix


def test_open_quotes_reach_to_the_end_while_somebody_types() -> None:
    assert parse('ok "late deli', NOW).words[1].text == "late deli"
    assert parse('prompt:"my pro', NOW).tokens[0].value == "my pro"


def test_a_dash_alone_or_before_a_dash_negates_nothing() -> None:
    assert [(one.text, one.negated) for one in parse("- --x -y", NOW).words] == [
        ("-", False),
        ("--x", False),
        ("y", True),
    ]


def test_every_filter_that_is_told_of_can_be_written() -> None:
    for example in run_query.FILTERS:
        first = example.split(" ")[0].rstrip(",")
        text = first if not first.endswith(":") else first + example.split()[-1].rstrip(",")
        assert parse(text, NOW).tokens[0].name in example
