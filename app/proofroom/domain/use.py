"""How often and how recently things were used, so that the usual ones come first."""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct

HALF_LIFE_US = 14 * 86_400_000_000
"""After so long a use counts half."""
MOST = 300
"""Things that are remembered."""
_STEP, _CAP = 9.0, 29.0


class Use(Struct, frozen=True):
    """What uses up to the time `at` (us, UTC) count, each halved every two weeks."""

    count: float
    at: int


def counted(use: Use, now: int) -> float:
    """Return what the uses count now."""
    return use.count * 0.5 ** (max(0, now - use.at) / HALF_LIFE_US)


def used(uses: Mapping[str, Use], name: str, now: int) -> dict[str, Use]:
    """Return the uses with one more; the least used are forgotten."""
    before = uses.get(name)
    one = Use((0.0 if before is None else counted(before, now)) + 1, now)
    held = {**uses, name: one}
    kept = sorted(held, key=lambda other: -counted(held[other], now))[:MOST]
    return {other: held[other] for other in kept}


def bonus(use: Use | None, now: int) -> float:
    """Return how much nearer a thing is for its uses, 0 to 29, on the scale of fuzzy matching.

    The best match by letters in order cannot pass a word that is typed whole.
    """
    return 0.0 if use is None else min(_CAP, _STEP * math.log2(1 + counted(use, now)))
