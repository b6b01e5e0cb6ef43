"""Spans of local days, the stretches that a chart cuts them into, and the span before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal, get_args

from msgspec import Struct

Per = Literal["hour", "day", "week", "month"]
PERS: tuple[Per, ...] = get_args(Per)
HOUR_US = 3_600_000_000
_EPOCH = date(1970, 1, 1)
_WEEK, _YEAR = 7, 12
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Span(Struct, frozen=True, kw_only=True):
    """Local days since 1970, from `first` to `last`, both in it."""

    first: int
    last: int

    @property
    def days(self) -> int:
        """How many days it has."""
        return self.last - self.first + 1


def day_of(one: date) -> int:
    """Return the number of a date (days since 1970)."""
    return (one - _EPOCH).days


def date_of(day: int) -> date:
    """Return the date of a number of days since 1970."""
    return _EPOCH + timedelta(days=day)


def start_of(day: int, per: Per) -> int:
    """Return the first day of the week (a Monday) or month that a day is in; the day itself else.

    Hours are no days: `hour_of` finds theirs.
    """
    one = date_of(day)
    if per == "week":
        return day - one.weekday()
    return day_of(one.replace(day=1)) if per == "month" else day


def hour_of(at: int, offset_s: int) -> int:
    """Return when the local hour of `at` began (us, UTC), at an offset of local time (s).

    The two hours of one name on the night a clock is set back begin at two times.
    """
    offset = offset_s * 1_000_000
    return (at + offset) // HOUR_US * HOUR_US - offset


def starts(span: Span, per: Per) -> list[int]:
    """Return the first day of every stretch of days in a span, without a gap; not for hours."""
    found: list[int] = []
    day = span.first
    while day <= span.last:
        found.append(start_of(day, per))
        day = end_of(found[-1], per)
    return found


def end_of(start: int, per: Per) -> int:
    """Return the first day after the stretch that begins on `start`."""
    if per == "week":
        return start + _WEEK
    return day_of(_months_on(date_of(start), 1)) if per == "month" else start + 1


def stretch(start: int, per: Per, within: Span) -> Span:
    """Return the days of the stretch that begins on `start`, as far as they lie in `within`."""
    return Span(first=max(start, within.first), last=min(end_of(start, per) - 1, within.last))


def before(span: Span) -> Span:
    """Return the span to compare with: the months before for months, else as many days before.

    A month that is not over is compared with as many days of the month before.
    """
    first, last = date_of(span.first), date_of(span.last)
    end = span.first - 1
    if first.day != 1:
        return Span(first=span.first - span.days, last=end)
    months = (last.year - first.year) * _YEAR + last.month - first.month + 1
    start = day_of(_months_on(first, -months))
    if (last + timedelta(days=1)).day == 1:
        return Span(first=start, last=end)
    return Span(first=start, last=min(end, start + span.days - 1))


def _months_on(first: date, by: int) -> date:
    """Return the first day of the month that is `by` months from the month of `first`."""
    months = first.year * _YEAR + first.month - 1 + by
    return date(months // _YEAR, months % _YEAR + 1, 1)


Preset = Literal["today", "week", "month", "last-month", "30-days", "90-days", "year"]
PRESETS: dict[Preset, str] = {
    "today": "Today",
    "week": "Last 7 days",
    "30-days": "Last 30 days",
    "90-days": "Last 90 days",
    "month": "This month",
    "last-month": "Last month",
    "year": "Last 12 months",
}


def preset(name: Preset, today: int) -> Span:
    """Return the span that a name means on a day; all but last month end with that day."""
    month = start_of(today, "month")
    first: dict[Preset, Callable[[], int]] = {
        "today": lambda: today,
        "week": lambda: today - 6,
        "30-days": lambda: today - 29,
        "90-days": lambda: today - 89,
        "month": lambda: month,
        "last-month": lambda: start_of(month - 1, "month"),
        "year": lambda: day_of(_months_on(date_of(today), -11)),
    }
    return Span(first=first[name](), last=month - 1 if name == "last-month" else today)


def fitting(span: Span) -> Per:
    """Return into what a span is cut unless someone says otherwise."""
    if span.days <= 2:  # noqa: PLR2004 - two days of hours are 48 bars
        return "hour"
    if span.days <= 62:  # noqa: PLR2004 - two months of days
        return "day"
    return "week" if span.days <= 200 else "month"  # noqa: PLR2004 - about half a year of weeks


def day_words(day: int, *, year: bool = False) -> str:
    """Return a day for people: 19 Nov, 19 Nov 2026."""
    one = date_of(day)
    return f"{one.day}\u00a0{_MONTHS[one.month - 1]}" + (f" {one.year}" if year else "")


def stretch_words(start: int, per: Per) -> str:
    """Return the name of a stretch of days: 19 Nov 2026, week of 16 Nov 2026, Nov 2026."""
    one = date_of(start)
    if per == "month":
        return f"{_MONTHS[one.month - 1]} {one.year}"
    return ("week of " if per == "week" else "") + day_words(start, year=True)


def span_words(span: Span) -> str:
    """Return a span for people: 19 Nov 2026, 1 to 28 Nov 2026, 28 Oct 2025 to 3 Nov 2026."""
    first, last = date_of(span.first), date_of(span.last)
    end = day_words(span.last, year=True)
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {end}"
    return f"{day_words(span.first, year=first.year != last.year)} to {end}"
