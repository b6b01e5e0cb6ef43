"""An age as people write it: 90d, 12w, 6m, 1y."""

from __future__ import annotations

import re

_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_WORDS = re.compile(r"\s*(\d{1,5})\s*([dwmy]?)(?:ays?|eeks?|onths?|ears?)?\s*", re.IGNORECASE)
DAY_US = 86_400_000_000


def days_of(text: str) -> int | None:
    """Return the days of an age such as '90d', '12 weeks' or '90'; None for what is no age.

    A month has 30 days, a year 365; nothing is younger than a day.
    """
    found = _WORDS.fullmatch(text)
    if found is None:
        return None
    return int(found[1]) * _DAYS[found[2].lower() or "d"] or None
