"""Which lines of a long text are shown: Qt lays out 2 MB in seconds, and the window waits."""

from __future__ import annotations

from proofroom.ui.prompts.text_measures import has_longer_line

LONGEST = 20_000
"""A line over this many characters is shown folded, and edited in pieces."""
MOST_LINES, MOST = 2_000, 130_000
"""A text with more lines or characters is shown in portions: less is laid out in under 50 ms."""
_LINES, _CHARACTERS = 150, LONGEST + 2  # on one side of a place; a line before it whole
_CUT = 400  # characters of a folded line


def fits(text: str) -> bool:
    """Tell whether a text is shown whole."""
    return len(text) <= MOST and text.count("\n") < MOST_LINES


def has_long_line(text: str) -> bool:
    """Tell whether a line is too long to be laid out."""
    return has_longer_line(text, LONGEST)


def around(text: str, place: int) -> tuple[int, int]:
    """Return where the lines to show around a place begin and end; all of a text that fits."""
    return (0, len(text)) if fits(text) else (_back(text, place), _on(text, place))


def behind(text: str, end: int) -> tuple[int, int]:
    """Return where the lines to show after those up to `end` begin and end."""
    start = end + text.startswith("\n", end)
    return start, _on(text, _on(text, start))


def ahead(text: str, start: int) -> tuple[int, int]:
    """Return where the lines to show before those from `start` on begin and end."""
    end = start - text.endswith("\n", 0, start)
    return _back(text, _back(text, end)), end


def line_start(text: str, line: int) -> int:
    """Return where a line (from 0) begins; the last one, if there are not so many."""
    return len(text) - len(text.split("\n", line)[-1])


def folded(text: str) -> str:
    """Return the start of a text with lines too long, each of these cut."""
    shown: list[str] = []
    lines = text.split("\n")
    room = MOST
    for line in lines[:MOST_LINES]:
        shown.append(line if len(line) <= LONGEST else line[:_CUT] + " …")
        room -= len(shown[-1])
        if room < 0:
            break
    return "\n".join(shown if len(shown) == len(lines) else [*shown, "…"])


def _back(text: str, place: int) -> int:
    """Go back over some lines, to the start of one; within one too long, as far as may be."""
    start, least = place, max(0, place - _CHARACTERS)
    for _ in range(_LINES):
        at = text.rfind("\n", least, start)
        if at < 0:
            break
        start = at
    else:
        return start + 1
    return start + 1 if least and start + 1 < place else least


def _on(text: str, place: int) -> int:
    """Go on over some lines, to the end of one; within one too long, as far as may be."""
    end, most = place - 1, min(len(text), place + _CHARACTERS)
    for _ in range(_LINES):
        at = text.find("\n", end + 1, most)
        if at < 0:
            break
        end = at
    else:
        return end
    return end if most < len(text) and end > place else most
