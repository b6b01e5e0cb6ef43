"""Lengths of texts as Qt counts them, and where two texts are the same."""

from __future__ import annotations


def longest_line(text: str, bound: int) -> int:
    """Return the length of the longest line; of a text up to `bound`, its own."""
    if len(text) <= bound:
        return len(text)
    return max(len(line) for line in text.split("\n"))


def units(text: str) -> int:
    """Return the length of a text in Qt's UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def replaced(text: str, start: int, end: int, by: str) -> str:
    """Return a text with what stands between two of Qt's places replaced."""
    kept = text.encode("utf-16-le", "surrogatepass")
    first, last = kept[: 2 * start], kept[2 * end :]
    return by.join(part.decode("utf-16-le", "surrogatepass") for part in (first, last))


def common_ends(old: str, new: str) -> tuple[int, int]:
    """Return the lengths of the common start and, behind it, of the common end."""
    short = min(len(old), len(new))
    start = next((n for n in range(short) if old[n] != new[n]), short)
    room = short - start
    end = next((n for n in range(room) if old[-1 - n] != new[-1 - n]), room)
    return start, end
