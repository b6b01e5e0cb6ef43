"""The base of every failure that is shown to a person."""

from __future__ import annotations

from typing import ClassVar


class ProofroomError(Exception):
    """A failure that someone can act on: what went wrong, where, and what to do about it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str, fix: str) -> None:
        super().__init__(f"{what} in {where}. {fix}")
        self.what, self.where, self.fix = what, where, fix
