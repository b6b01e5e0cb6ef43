"""What completes a query of runs at its caret: names of filters, and values of the one there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from proofroom.domain import run_query

MOST = 12
"""Offers at once."""
_PART = re.compile(r'-?(?:[A-Za-z]+[:<>]"[^"]*|[^\s"]*)\Z')
_VALUE = re.compile(r'(-?)([A-Za-z]+):("?)(.*)', re.DOTALL)


class Completions(Struct, frozen=True):
    """What may stand from `start` up to the caret, the likeliest first."""

    start: int
    offers: tuple[str, ...]


def completions(text: str, caret: int, known: Mapping[str, Sequence[str]]) -> Completions:
    """Return what may be meant at the caret; `known` are values by the names of their filters."""
    found = _PART.search(text[:caret])
    typed = "" if found is None else found[0]
    start = caret - len(typed)
    if text[:start].count('"') % 2:
        return Completions(start, ())  # words in quotes that are still open
    valued = _VALUE.fullmatch(typed)
    if valued is not None:
        return Completions(start, tuple(_values(valued, known))[:MOST])
    dash, name = ("-", typed[1:]) if typed.startswith("-") else ("", typed)
    if not name.isalpha() or not name.isascii():
        return Completions(start, ())
    offers = [
        f"{dash}{one}{sign}"
        for one, signs in run_query.SIGNS.items()
        for sign in signs
        if one.startswith(name.lower()) and (not dash or one in run_query.NEGATED)
    ]
    return Completions(start, tuple(offers)[:MOST])


def _values(typed: re.Match[str], known: Mapping[str, Sequence[str]]) -> list[str]:
    dash, name, quote, begun = typed.groups()
    name = name.lower()
    if name not in run_query.SIGNS or (dash and name not in run_query.NEGATED):
        return []
    if any(one.lower().endswith(f"/{begun.lower()}") for one in known.get(name, ()) if begun):
        return []  # a model's own name is whole without its provider's
    all_ = (*run_query.VALUES.get(name, ()), *known.get(name, ()))
    low = begun.lower()
    first = [one for one in all_ if one.lower().startswith(low)]
    then = [one for one in all_ if low in one.lower() and not one.lower().startswith(low)]
    return [
        dash + run_query.asking(**{name: one})
        for one in dict.fromkeys((*first, *then))
        if one != begun or quote
    ]
