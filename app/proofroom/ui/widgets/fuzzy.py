"""Fuzzy matching of a few letters against names, with the places to highlight; pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import nsmallest
from typing import TypeVar

Item = TypeVar("Item")

_APART = " -_./:,("


def match(query: str, text: str) -> tuple[int, tuple[int, ...]] | None:
    """Return how far `text` is from `query` (0 is best) and the places matched, or None.

    Both in lower case. Whole words first, then a run of letters, then letters in order.
    """
    if not query:
        return (0, ())
    at = text.find(query)
    if at >= 0:
        start = _word_start(query, text, at)
        if start >= 0:
            return ((0 if start == 0 else 10) + min(start, 9), _span(start, query))
        return (30 + min(at, 9), _span(at, query))
    places: list[int] = []
    at = -1
    for letter in query:
        at = text.find(letter, at + 1)
        if at < 0:
            return None
        places.append(at)
    gaps = places[-1] - places[0] - len(query) + 1
    return (60 + gaps, tuple(places))


def best(
    query: str,
    items: Iterable[Item],
    text: Callable[[Item], str],
    most: int,
    bonus: Callable[[Item], float] | None = None,
) -> list[tuple[Item, tuple[int, ...]]]:
    """Return the `most` items nearest to a query, best first, with the places matched.

    A `bonus` brings an item so much nearer.
    """
    held, wanted = list(items), query.lower()
    found: list[tuple[float, int, tuple[int, ...]]] = []
    for number, item in enumerate(held):
        hit = match(wanted, text(item).lower())
        if hit is not None:
            near = hit[0] if bonus is None else hit[0] - bonus(item)
            found.append((near, number, hit[1]))
    return [(held[number], places) for _, number, places in nsmallest(most, found)]


def _word_start(query: str, text: str, at: int) -> int:
    """Return the first place from `at` where the query begins a word, or -1."""
    while at >= 0:
        if at == 0 or text[at - 1] in _APART:
            return at
        at = text.find(query, at + 1)
    return -1


def _span(start: int, query: str) -> tuple[int, ...]:
    return tuple(range(start, start + len(query)))
