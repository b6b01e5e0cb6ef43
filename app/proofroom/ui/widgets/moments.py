"""Times as a clock on the wall has them: today without the date, later with it."""

from __future__ import annotations

from proofroom import clock
from proofroom.domain.figures import NBSP

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def moment(at: int, now: int | None = None) -> str:
    """Return local time, with the date when it is not today: 14:05, 19 Nov 14:05, with the year."""
    when, today = clock.local(at), clock.local(clock.now() if now is None else now)
    hour = f"{when:%H:%M}"
    return (
        hour
        if when.date() == today.date()
        else f"{_date(when.day, when.month)}"
        + (f" {hour}" if when.year == today.year else f" {when.year} {hour}")
    )


def day(at: int, now: int | None = None) -> str:
    """Return a local date: today, 19 Nov, 19 Nov 2025."""
    when, today = clock.local(at), clock.local(clock.now() if now is None else now)
    if when.date() == today.date():
        return "today"
    return _date(when.day, when.month) + ("" if when.year == today.year else f" {when.year}")


def ago(at: int, now: int | None = None) -> str:
    """Return how long ago in words: just now, 2 min ago, 3 h ago, then the date."""
    seconds = ((clock.now() if now is None else now) - at) // 1_000_000
    if seconds < 45:  # noqa: PLR2004 - what rounds to no minute
        return "just now"
    if seconds < 3570:  # noqa: PLR2004 - what rounds below an hour
        return f"{max(1, round(seconds / 60))}{NBSP}min ago"
    if seconds < 22 * 3600:
        return f"{round(seconds / 3600)}{NBSP}h ago"
    return moment(at, now)


def _date(number_of_day: int, month: int) -> str:
    return f"{number_of_day}{NBSP}{_MONTHS[month - 1]}"
