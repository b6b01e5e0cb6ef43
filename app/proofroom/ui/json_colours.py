"""Printed JSON in pieces, each with the style it is drawn in."""

from __future__ import annotations

import re
from collections.abc import Iterator

Piece = tuple[str, str]
"""Words and their style, a name of `STYLES`."""
STYLES = {
    "text": "text", "quiet": "text2", "strong": "text", "code": "text", "added": "text",
    "removed": "bad", "key": "accent", "string": "text", "number": "warn", "bad": "bad",
}  # fmt: skip
"""Each style's token for its ink."""
_JSON = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<number2>true|false|null)"
)


def json_pieces(text: str) -> Iterator[Piece]:
    """Yield printed JSON with keys, strings and other values apart."""
    at = 0
    for match in _JSON.finditer(text):
        if match.start() > at:
            yield (text[at : match.start()], "text")
        yield (match.group(), (match.lastgroup or "text").rstrip("2"))
        at = match.end()
    if at < len(text):
        yield (text[at:], "text")
