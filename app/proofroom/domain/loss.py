"""What a conversion from or to a foreign form could not keep."""

from __future__ import annotations

from msgspec import Struct


class Loss(Struct, frozen=True, kw_only=True):
    """One thing that did not come along: what, where it stood, and why, in words for a person."""

    what: str
    where: str
    why: str
