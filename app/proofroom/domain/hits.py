"""Where words stand in a text, as the full-text search found them: whatever accents and case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from msgspec import Struct

_WORD = re.compile(r"\w+", re.UNICODE)
_BEFORE, _LENGTH = 40, 160


class Wanted(Struct, frozen=True):
    """Words that follow each other; the last may be unfinished."""

    words: tuple[str, ...]
    unfinished: bool = False


class Snippet(Struct, frozen=True, kw_only=True):
    """A piece of a text in one line; each hit is a start and an end in it."""

    text: str
    hits: tuple[tuple[int, int], ...]


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text, as the search takes them apart."""
    # composed first: to Python an accent of its own ends a word, to FTS5 it does not
    return tuple(_WORD.findall(unicodedata.normalize("NFC", text)))


def snippet(text: str, wanted: Sequence[Wanted]) -> Snippet | None:
    """Return the text around the first hit with every hit in it; None without one."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    spans = [(found.start(), found.end()) for found in _WORD.finditer(text)]
    told = [folded(text[start:end]) for start, end in spans]
    hits = sorted({place for one in wanted for place in _places(spans, told, one)})
    if not hits:
        return None
    start = _start(text, hits[0][0])
    end = max(hits[0][1], start + _LENGTH)
    head, tail = "…" * (start > 0), "…" * (end < len(text))
    moved = len(head) - start
    return Snippet(
        text=head + text[start:end] + tail,
        hits=tuple((a + moved, b + moved) for a, b in hits if b <= end),
    )


def _start(text: str, hit: int) -> int:
    """Return where a piece begins so that a hit stands in it behind a few whole words."""
    if hit <= _BEFORE:
        return 0
    space = text.find(" ", hit - _BEFORE, hit)
    return hit - _BEFORE if space < 0 else space + 1


def _places(
    spans: Sequence[tuple[int, int]], told: Sequence[str], wanted: Wanted
) -> list[tuple[int, int]]:
    words = [folded(word) for word in wanted.words]
    length = len(words)
    if not length:
        return []
    found: list[tuple[int, int]] = []
    for at in range(len(told) - length + 1):
        if told[at : at + length - 1] != words[:-1]:
            continue
        last = told[at + length - 1]
        if last == words[-1] or (wanted.unfinished and last.startswith(words[-1])):
            found.append((spans[at][0], spans[at + length - 1][1]))
    return found


def folded(word: str) -> str:
    """Return a word as the search index has it: in small letters without their accents."""
    apart = unicodedata.normalize("NFD", word.lower())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))
