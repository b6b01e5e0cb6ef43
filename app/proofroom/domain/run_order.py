"""By what a list of runs is sorted."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

By = Literal["time", "cost", "latency", "first_token", "tokens", "tokens_in", "tokens_out"]
BY: tuple[By, ...] = get_args(By)


class Order(Struct, frozen=True):
    """A figure of runs and its direction; what is not known stands last in both."""

    by: By = "time"
    rising: bool = False

    @property
    def words(self) -> str:
        """Return it as it is said: 'newest first'."""
        return _WORDS[self.by][self.rising]

    @property
    def written(self) -> str:
        """Return it as it is kept: 'cost', '-cost' where it rises."""
        return "-" * self.rising + self.by

    @property
    def turned(self) -> Order:
        """Return it the other way round."""
        return Order(self.by, not self.rising)


def order_of(written: str) -> Order:
    """Return the order that was kept; the newest first for what is no order."""
    named: dict[str, By] = {one: one for one in BY}
    by = named.get(written.removeprefix("-"))
    return Order() if by is None else Order(by, written.startswith("-"))


_WORDS: dict[By, tuple[str, str]] = {
    "time": ("newest first", "oldest first"),
    "cost": ("dearest first", "cheapest first"),
    "latency": ("slowest first", "fastest first"),
    "first_token": ("latest first token first", "soonest first token first"),
    "tokens": ("most tokens first", "fewest tokens first"),
    "tokens_in": ("most tokens in first", "fewest tokens in first"),
    "tokens_out": ("most tokens out first", "fewest tokens out first"),
}
