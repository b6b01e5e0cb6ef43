"""The query that a person types over runs: words, and tokens as `prompt:greet` or `cost>0.01`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches

from msgspec import Struct, structs

from proofroom.domain.run import FAILURES, SOURCES
from proofroom.errors import ProofroomError

DRAFT = "draft"
STARRED = "starred"
STATUSES = ("running", "ok", "failed", "timeout", "cancelled", "interrupted")


class Token(Struct, frozen=True, kw_only=True):
    """`cost>0.01`: its name, sign and value, and its place in the text from `start` to `end`.

    `number` is what the value says: a time (UTC us), nano-USD, us, tokens, a version's number;
    None where it is a name.
    """

    name: str
    sign: str
    value: str
    number: int | None = None
    negated: bool = False
    start: int = 0
    end: int = 0

    @property
    def text(self) -> str:
        """Return the token as it is written."""
        return "-" * self.negated + self.name + self.sign + _written_value(self.value)


class Word(Struct, frozen=True, kw_only=True):
    """A word that must occur, or words in quotes that must follow each other.

    One is unfinished if the text ends with it, without a space.
    """

    text: str
    quoted: bool = False
    unfinished: bool = False
    negated: bool = False
    start: int = 0
    end: int = 0

    @property
    def written(self) -> str:
        """Return the word as it is typed."""
        plain = not self.quoted and _ITEM.fullmatch(self.text) and not _TOKEN.match(self.text)
        return "-" * self.negated + (self.text if plain else _in_quotes(self.text))


class RunQuery(Struct, frozen=True, kw_only=True):
    """What is asked for; tokens and words each in the order they were typed in."""

    tokens: tuple[Token, ...] = ()
    words: tuple[Word, ...] = ()


def parse(text: str, now: int) -> RunQuery:
    """Return the query that `text` says at the time `now` (us, UTC); dates are local ones.

    Tokens of one name are alternatives, except tags, which are all required. Raises ProofroomError
    for a token that means nothing: which, where, and what can be written.
    """
    tokens: list[Token] = []
    words: list[Word] = []
    place = 0
    while (begins := _BEGIN.match(text, place)) is not None:
        negated = bool(begins[1])
        start = begins.end() - negated
        named = _TOKEN.match(text, begins.end())
        value, quoted, place = _value(text, begins.end() if named is None else named.end())
        if named is not None:
            name, sign = named[1].lower(), named[2]
            one = Token(name=name, sign=sign, value=value, negated=negated, start=start, end=place)
            tokens.append(_understood(one, text[start:place], now))
        elif value:
            words.append(
                Word(
                    text=value,
                    quoted=quoted,
                    unfinished=not quoted and place == len(text),
                    negated=negated,
                    start=start,
                    end=place,
                )
            )
    return RunQuery(tokens=tuple(tokens), words=tuple(words))


def written(query: RunQuery) -> str:
    """Return the text of a query, each part in its place; `parse` reads the same from it."""
    parts = [(one.start, one.text) for one in query.tokens]
    parts += [(one.start, one.written) for one in query.words]
    return " ".join(text for _, text in sorted(parts, key=lambda part: part[0]))


def asking(**values: str) -> str:
    """Return the text of a query for runs with these values, by the names of their filters."""
    return " ".join(f"{name}:{_written_value(value)}" for name, value in values.items())


_BEGIN = re.compile(r"\s*(-(?=[^\s-]))?(?=\S)")
_TOKEN = re.compile(r"([A-Za-z]+)([:<>])")
_ITEM = re.compile(r'(?!["])(?!-[^-])\S+')
_BARE = re.compile(r"\S*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.|\\\Z)*)(?:"|\Z)', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')


def _value(text: str, place: int) -> tuple[str, bool, int]:
    """Return what stands at a place, whether it is in quotes, and where it ends.

    Quotes that are still open reach to the end: the text is looked at while it is typed.
    """
    quoted = _QUOTED.match(text, place)
    if quoted is not None:
        return _ESCAPED.sub(r"\1", quoted[1]), True, quoted.end()
    bare = _BARE.match(text, place)
    return ("", False, place) if bare is None else (bare[0], False, bare.end())


def _in_quotes(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _written_value(value: str) -> str:
    bare = _BARE.fullmatch(value) is not None and not value.startswith('"')
    return value if bare else _in_quotes(value)


class _Kind(Struct, frozen=True):
    """How a token is written, what its value says, and whether it can be negated."""

    example: str
    read: Callable[[str, int], int | None]
    signs: str = ":"
    negates: bool = True


class _UnreadableError(Exception):
    """A value that says nothing."""


def _understood(token: Token, typed: str, now: int) -> Token:
    where = f"the query at character {token.start + 1}"
    kind = _KINDS.get(token.name)
    if kind is None:
        near = get_close_matches(token.name, _KINDS, n=1)
        meant = f"Did you mean {near[0]}? " if near else ""
        raise ProofroomError(
            f"“{typed}” names no filter",
            where=where,
            fix=f"{meant}There are {', '.join(_KINDS)}; in quotes it is searched for as it is.",
        )
    fits = token.sign in kind.signs and bool(token.value) and (kind.negates or not token.negated)
    try:
        number = kind.read(token.value if fits else "", now)
    except _UnreadableError:
        fits, number = False, None
    if not fits:
        raise ProofroomError(f"“{typed}” is no filter", where=where, fix=f"Write {kind.example}.")
    return structs.replace(token, number=number)


def _name(value: str, now: int) -> None:
    del value, now


def _one_of(*known: str) -> Callable[[str, int], None]:
    def read(value: str, now: int) -> None:
        del now
        if value not in known:
            raise _UnreadableError

    return read


def _version(value: str, now: int) -> int | None:
    del now
    return None if value == DRAFT else int(_found(r"v?([0-9]{1,9})", value)[1])


_FIGURE = r"([0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})"
_UNITS_US = {"ms": 1000, "s": 1_000_000, "": 1_000_000, "min": 60_000_000}
_AGES_US = {"m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000, "w": 604_800_000_000}


def _cost(value: str, now: int) -> int:
    del now
    return int(Decimal(_found(rf"\$?{_FIGURE}", value)[1]) * 1_000_000_000)


def _latency(value: str, now: int) -> int:
    del now
    found = _found(rf"{_FIGURE}(ms|s|min|)", value)
    return int(Decimal(found[1]) * _UNITS_US[found[2]])


def _tokens(value: str, now: int) -> int:
    del now
    return int(_found(r"([0-9]{1,12})", value)[1])


def _since(value: str, now: int) -> int:
    return _age(value, now) if _AGE.fullmatch(value) else _moment(value)


def _until(value: str, now: int) -> int:
    """Return the first moment behind it: a day belongs to what is until it."""
    if _AGE.fullmatch(value):
        return _age(value, now)
    return _moment(value, days=1 if _DAY.fullmatch(value) else 0)


_AGE = re.compile(r"([0-9]{1,5})([mhdw])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(rf"{_DAY.pattern}(?:T[0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}})?)?")


def _age(value: str, now: int) -> int:
    found = _found(_AGE.pattern, value)
    return now - int(found[1]) * _AGES_US[found[2]]


def _moment(value: str, *, days: int = 0) -> int:
    _found(_TIME.pattern, value)
    try:
        local = datetime.fromisoformat(value) + timedelta(days=days)
        return int(local.astimezone().timestamp()) * 1_000_000
    except (ValueError, OverflowError, OSError):
        raise _UnreadableError from None


def _found(pattern: str, value: str) -> re.Match[str]:
    found = re.fullmatch(pattern, value)
    if found is None:
        raise _UnreadableError
    return found


_TIMES = "{0}:2026-11-01, {0}:2026-11-01T14:30, {0}:2d or {0}:3h"
_KINDS = {
    "prompt": _Kind("prompt:NAME", _name),
    "version": _Kind("version:3 or version:draft", _version),
    "model": _Kind("model:PROVIDER/NAME", _name),
    "provider": _Kind("provider:NAME", _name),
    "status": _Kind(f"status: with one of {', '.join(STATUSES)}", _one_of(*STATUSES)),
    "failure": _Kind(f"failure: with one of {', '.join(FAILURES)}", _one_of(*FAILURES)),
    "source": _Kind(f"source: with one of {', '.join(SOURCES)}", _one_of(*SOURCES)),
    "comparison": _Kind("comparison:NAME or comparison:ID", _name),
    "id": _Kind("id:ID or the begin of one", _name),
    "since": _Kind(_TIMES.format("since"), _since, ":", False),
    "until": _Kind(_TIMES.format("until"), _until, ":", False),
    "cost": _Kind("cost>0.01 or cost<0.01, in dollars", _cost, "<>", False),
    "latency": _Kind("latency>2s or latency<500ms", _latency, "<>", False),
    "tokens": _Kind("tokens>1000 or tokens<50", _tokens, "<>", False),
    "is": _Kind("is:starred", _one_of(STARRED)),
    "tag": _Kind("tag:NAME", _name),
}
FILTERS = tuple(kind.example for kind in _KINDS.values())
"""What can be written, an example of each filter."""
VALUES: dict[str, tuple[str, ...]] = {
    "status": STATUSES,
    "failure": FAILURES,
    "source": SOURCES,
    "is": (STARRED,),
    "since": ("1h", "24h", "7d", "30d"),
    "until": ("1h", "24h", "7d", "30d"),
}
"""Values that can be told of a filter without a workspace."""
SIGNS = {name: kind.signs for name, kind in _KINDS.items()}
"""The signs that may follow the name of each filter."""
NEGATED = frozenset(name for name, kind in _KINDS.items() if kind.negates)
"""The filters that may be turned around."""
