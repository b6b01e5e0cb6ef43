"""What is known of a model besides its name: modalities, retirement, prices that a person types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from proofroom.domain.figures import plural
from proofroom.domain.usage import NANO, Bucket

NOTICE_DAYS = 60
"""A retirement that is this near, in days, is told wherever the model is asked for."""
MODALITIES = ("text", "image", "audio", "video", "pdf")
BUCKET_WORDS: Mapping[Bucket, str] = {
    "input": "Input",
    "cache_read": "Cached input",
    "cache_write_5m": "Cache write, 5 min",
    "cache_write_1h": "Cache write, 1 h",
    "output": "Output",
    "reasoning": "Reasoning",
    "audio_in": "Audio in",
    "audio_out": "Audio out",
    "image": "Image",
    "tool_fees": "Tool fees",
}
OWN = "own"
"""The source of a price row that the user wrote."""
OWN_ENDED = "own, removed"
"""The source of the row that ends the user's price of a bucket from its date on."""
_MOST_USD = 1_000_000
# What providers add to a name for one state of a model; `-mini` or `.1` would be another model.
DATE = re.compile(r"[-@:](\d{3,8}|\d{4}-\d\d-\d\d|\d\d-\d\d|latest)")
_LATEST = "-latest"


def modalities(takes: Iterable[str], gives: Iterable[str]) -> str:
    """Return how modalities are stored: 'text,image>text'; '' where nothing is known."""
    first, second = (
        ",".join(one for one in MODALITIES if one in {"pdf" if m == "file" else m for m in part})
        for part in (frozenset(takes), frozenset(gives))
    )
    return f"{first}>{second}" if first or second else ""


def modality_words(stored: str) -> str:
    """Return stored modalities for people: 'text, image → text'; '' where nothing is known."""
    takes, arrow, gives = stored.partition(">")
    if not arrow:
        return ""
    return f"{takes.replace(',', ', ')} → {gives.replace(',', ', ')}"


def days_left(retires_on: str, today: date) -> int | None:
    """Return the days until a retirement date (YYYY-MM-DD), below 0 after it; None without one."""
    try:
        return (date.fromisoformat(retires_on) - today).days
    except ValueError:
        return None


def retirement(retires_on: str, today: date) -> str:
    """Return what to say of a retirement that is near or past; '' of any other."""
    left = days_left(retires_on, today)
    if left is None or left > NOTICE_DAYS:
        return ""
    if left < 0:
        return f"Retired on {retires_on}, {plural(-left, 'day')} ago"
    return f"Retires on {retires_on}, " + (f"in {plural(left, 'day')}" if left else "today")


def notice(provider: str, *, gone_on: str, retires_on: str, today: date) -> str:
    """Return what to say where a model is asked for that is gone or about to go; '' of others."""
    gone = f"Not in {provider}'s list any more, seen {gone_on}" if gone_on else ""
    return gone or retirement(retires_on, today)


def has_name(name: str, offered: frozenset[str]) -> bool:
    """Tell whether a provider that lists `offered` still takes `name`.

    A list has the dated name (`claude-x-20250929`) where people write the short one (`claude-x`),
    or the one that ends in `-latest`.
    """
    if name in offered:
        return True
    stem = name.removesuffix(_LATEST)
    return any(one.startswith(stem) and DATE.fullmatch(one[len(stem) :]) for one in offered)


def nano_of(text: str) -> int:
    """Return nano-USD for a price in USD that a person typed: '2.50', '$0.075', '0,6'.

    Raises ValueError for what is no price.
    """
    plain = text.strip().removeprefix("$").strip()
    if re.fullmatch(r"\d*,\d{1,2}|0?,\d+", plain):
        plain = plain.replace(",", ".")
    try:
        usd = Decimal(plain.replace(",", ""))
    except InvalidOperation as error:
        raise ValueError("A price is a number of USD, such as 2.50.") from error
    if not usd.is_finite() or not 0 <= usd <= _MOST_USD:
        raise ValueError(f"A price is 0 to {_MOST_USD:,} USD for a million tokens.")
    exact = usd * NANO
    if exact != exact.to_integral_value():
        raise ValueError("A price has at most nine decimals.")
    return int(exact)


def usd_of(nano_usd: int) -> str:
    """Return a price in USD, whole and to be typed again: 2.50, 0.0375, 1.00."""
    whole, _, part = f"{Decimal(nano_usd) / NANO:f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"
