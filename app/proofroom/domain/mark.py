"""What a mark says: the winner of a row, and why."""

from __future__ import annotations

import msgspec
from msgspec import Struct


class Pick(Struct, frozen=True):
    """A winner: the key of its column, and why."""

    column: int
    note: str = ""


def pick_of(value: str) -> Pick | None:
    """Return the pick that a mark's value says; None for a value of another form."""
    try:
        return msgspec.json.decode(value, type=Pick)
    except (msgspec.DecodeError, msgspec.ValidationError):  # a hand in the file, or a newer app
        return None
