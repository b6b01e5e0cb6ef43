"""What marks say: the winner of a row and why; star, tags and note of one answer."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from proofroom.domain import shape


class Pick(Struct, frozen=True):
    """A winner: the key of its column, and why."""

    column: int
    note: str = ""


class Marked(Struct, frozen=True):
    """What a person marked on one answer."""

    star: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """Each of them as people read it; () of nothing."""
        tags = f"{'Tag' if len(self.tags) == 1 else 'Tags'}: {', '.join(self.tags)}"
        found = ("Starred" if self.star else "", tags if self.tags else "", self.note)
        return tuple(words for words in found if words)


class Many(Struct, frozen=True, kw_only=True):
    """What many answers get: a star, tags besides those they have, a note in place of theirs.

    With `turn` the star is taken off where all have one.
    """

    star: bool = False
    turn: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""


def tags_of(text: str) -> tuple[str, ...]:
    """Return the tags that were typed with commas between them, each once."""
    return tuple(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))


def pick_of(value: str) -> Pick | None:
    """Return the pick that a mark's value says; None for a value of another form."""
    try:
        return shape.decoded(value, Pick)
    except (msgspec.DecodeError, msgspec.ValidationError):  # a hand in the file, or a newer app
        return None
