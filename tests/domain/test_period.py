from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.domain import period
from proofroom.domain.period import Per, Preset, Span

DAYS = st.integers(period.day_of(date(1999, 1, 1)), period.day_of(date(2040, 1, 1)))
SPANS = st.tuples(DAYS, st.integers(0, 900)).map(lambda one: Span(first=one[0], last=sum(one)))


def span(first: str, last: str) -> Span:
    return Span(
        first=period.day_of(date.fromisoformat(first)), last=period.day_of(date.fromisoformat(last))
    )


@given(SPANS, st.sampled_from(["day", "week", "month"]))
def test_stretches_cover_a_span_once_and_without_a_gap(whole: Span, per: Per) -> None:
    parts = [period.stretch(start, per, whole) for start in period.starts(whole, per)]
    days = [day for part in parts for day in range(part.first, part.last + 1)]
    assert days == list(range(whole.first, whole.last + 1))
    for part, start in zip(parts, period.starts(whole, per), strict=True):
        assert {period.start_of(day, per) for day in range(part.first, part.last + 1)} == {start}


def test_a_week_begins_on_monday_and_a_month_on_its_first() -> None:
    day = period.day_of(date(2024, 2, 29))  # a Thursday
    assert period.date_of(period.start_of(day, "week")) == date(2024, 2, 26)
    assert period.date_of(period.start_of(day, "month")) == date(2024, 2, 1)
    assert period.start_of(day, "day") == day


@pytest.mark.parametrize(
    ("whole", "earlier"),
    [
        (span("2026-11-01", "2026-11-28"), span("2026-10-01", "2026-10-28")),  # not over yet
        (span("2026-03-01", "2026-03-31"), span("2026-02-01", "2026-02-28")),  # a whole month
        (span("2026-03-01", "2026-03-30"), span("2026-02-01", "2026-02-28")),  # February is short
        (span("2026-01-01", "2026-01-31"), span("2025-12-01", "2025-12-31")),
        (span("2026-04-01", "2026-06-30"), span("2026-01-01", "2026-03-31")),  # a quarter
        (span("2026-11-22", "2026-11-28"), span("2026-11-15", "2026-11-21")),
        (span("2026-11-28", "2026-11-28"), span("2026-11-27", "2026-11-27")),
    ],
)
def test_the_span_before_is_the_months_before_or_as_many_days(whole: Span, earlier: Span) -> None:
    assert period.before(whole) == earlier


def test_the_hours_of_one_name_in_the_night_of_a_clock_set_back_are_two() -> None:
    # Berlin, 25 October 2026: 02:30 comes at 00:30 UTC (+2 h) and again at 01:30 UTC (+1 h)
    midnight = 1_792_886_400_000_000
    first = period.hour_of(midnight + 30 * 60_000_000, 7200)
    again = period.hour_of(midnight + 90 * 60_000_000, 3600)
    assert (first - midnight, again - midnight) == (0, period.HOUR_US)
    # India is half an hour off: 18:45 UTC is 00:15, in the hour that began at 18:30 UTC
    at = midnight + 18 * period.HOUR_US + 45 * 60_000_000
    assert period.hour_of(at, 19_800) == midnight + 18 * period.HOUR_US + 30 * 60_000_000


NAMED: dict[Preset, Span] = {
    "today": span("2026-11-28", "2026-11-28"),
    "week": span("2026-11-22", "2026-11-28"),
    "30-days": span("2026-10-30", "2026-11-28"),
    "90-days": span("2026-08-31", "2026-11-28"),
    "month": span("2026-11-01", "2026-11-28"),
    "last-month": span("2026-10-01", "2026-10-31"),
    "year": span("2025-12-01", "2026-11-28"),
}


@pytest.mark.parametrize("name", period.PRESETS)
def test_a_name_means_these_days(name: Preset) -> None:
    assert period.preset(name, period.day_of(date(2026, 11, 28))) == NAMED[name]


def test_a_span_is_cut_into_what_can_be_read() -> None:
    cut = {days: period.fitting(Span(first=0, last=days - 1)) for days in (1, 2, 3, 62, 90, 365)}
    assert cut == {1: "hour", 2: "hour", 3: "day", 62: "day", 90: "week", 365: "month"}


def test_spans_and_stretches_have_names() -> None:
    assert period.span_words(span("2026-11-01", "2026-11-28")) == "1 to 28\u00a0Nov 2026"
    assert period.span_words(span("2025-12-01", "2026-11-28")) == (
        "1\u00a0Dec 2025 to 28\u00a0Nov 2026"
    )
    assert period.span_words(span("2026-10-30", "2026-11-28")) == "30\u00a0Oct to 28\u00a0Nov 2026"
    assert period.span_words(span("2026-11-28", "2026-11-28")) == "28\u00a0Nov 2026"
    day = period.day_of(date(2026, 11, 1))
    assert period.stretch_words(day, "month") == "Nov 2026"
    assert period.stretch_words(day, "week") == "week of 1\u00a0Nov 2026"
