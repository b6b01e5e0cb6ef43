"""What the window hears of its engine's process besides news."""

from __future__ import annotations

from msgspec import Struct

from proofroom.engine import protocol


class Died(Struct, frozen=True):
    """The engine's process has ended, with this exit code."""

    code: int


class Answered(Struct, frozen=True):
    """The answer to a request: its result, or why there is none."""

    number: int
    result: Struct | None = None
    fault: protocol.Fault | None = None
