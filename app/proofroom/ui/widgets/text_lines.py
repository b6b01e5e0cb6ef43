"""Text that streams: lines but the last are frozen, so a token costs one line's layout."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextLayout

from proofroom.ui.theme import line_height, px

_CARET_W, _CARET_H = 7, 15
_LONGEST = 20_000
"""A line over this many characters is laid out in pieces, or each token would cost them all."""


class TextColours(Struct, frozen=True):
    """The two colours of streaming text."""

    text: QColor
    caret: QColor


class _Line(Struct):
    words: str
    start: int
    layout: QTextLayout


class StreamText:
    """Greedy line breaking kept between appends; not a widget, a delegate paints it."""

    def __init__(self, width: int, font: QFont, *, size: int = 13) -> None:
        """Lay out at a width in pixels, with lines of the height of a type size."""
        self._width, self._font, self._size = max(1, width), font, size
        self._text = ""
        self._frozen: list[_Line] = []
        self._tail: list[_Line] = []
        self._tail_start = 0

    @property
    def text(self) -> str:
        """All that was appended."""
        return self._text

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return len(self._frozen) + len(self._tail)

    @property
    def height(self) -> int:
        """How high the text is, in pixels."""
        return self.line_count * line_height(self._size)

    def append(self, words: str) -> None:
        """Add words at the end; only the last line is laid out again."""
        if not words:
            return
        self._text += words
        self._lay_tail()

    def set_text(self, text: str) -> None:
        """Start again with another text."""
        self._text, self._frozen, self._tail, self._tail_start = text, [], [], 0
        self._lay_tail()

    def set_width(self, width: int) -> None:
        """Lay everything out again if the width is another."""
        if width != self._width:
            self._width = max(1, width)
            self._frozen, self._tail, self._tail_start = [], [], 0
            self._lay_tail()

    def set_font(self, font: QFont) -> None:
        """Lay everything out again in another font, for instance after a zoom."""
        self._font = font
        self._frozen, self._tail, self._tail_start = [], [], 0
        self._lay_tail()

    def _lay_tail(self) -> None:
        lines = _broken(self._text, self._tail_start, self._width, self._font)
        if lines:
            self._frozen += lines[:-1]
            self._tail, self._tail_start = lines[-1:], lines[-1].start

    def lines(self) -> list[str]:
        """Return the words of each line, without line ends."""
        return [line.words for line in (*self._frozen, *self._tail)]

    def paint(
        self, painter: QPainter, rect: QRect, colours: TextColours, *, caret: bool = False,
        max_height: int | None = None,
    ) -> None:  # fmt: skip
        """Paint as many whole lines as fit, and a block caret after the last word."""
        high, metrics = line_height(self._size), QFontMetricsF(self._font)
        room = rect.height() if max_height is None else min(rect.height(), max_height)
        shown = (*self._frozen, *self._tail)[: max(0, room // high)]
        drop = (high - metrics.height()) / 2
        painter.setPen(colours.text)
        for number, line in enumerate(shown):
            line.layout.draw(painter, QPointF(rect.x(), round(rect.y() + number * high + drop)))
        if caret and len(shown) == self.line_count:
            last = max(0, len(shown) - 1)
            across = shown[-1].layout.lineAt(0).naturalTextWidth() if shown else 0.0
            y = rect.y() + last * high + (high - px(_CARET_H)) // 2
            spot = QRectF(round(rect.x() + across) + 1, y, px(_CARET_W), px(_CARET_H))
            painter.fillRect(spot, colours.caret)


def _broken(text: str, start: int, width: int, font: QFont) -> list[_Line]:
    """Break the text from `start` into laid out lines; the last may still grow."""
    lines: list[_Line] = []
    end = len(text)
    while start < end:
        stop = text.find("\n", start)
        stop = end if stop < 0 else stop
        cut = min(stop, start + _LONGEST)
        ends = _ends(text[start:cut], width, font)
        if cut < stop and len(ends) > 1:
            ends.pop()  # the piece's last line goes on in the next piece
        before = start
        for reached in (start + length for length in ends):
            lines.append(_line(text[before:reached], before, font))
            before = reached
        start = before + 1 if before == stop else before
    if text.endswith("\n") and (not lines or lines[-1].start != end):
        lines.append(_line("", end, font))
    return lines


def _ends(words: str, width: int, font: QFont) -> list[int]:
    """Return where each line of one paragraph ends; an empty one has one line."""
    layout = QTextLayout(words, font)
    layout.beginLayout()
    ends: list[int] = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        ends.append(line.textStart() + line.textLength())
    layout.endLayout()
    return ends or [0]


def _line(words: str, start: int, font: QFont) -> _Line:
    layout = QTextLayout(words, font)
    layout.beginLayout()
    layout.createLine().setLineWidth(1_000_000)  # it was broken to fit; a rounding must not wrap
    layout.endLayout()
    return _Line(words, start, layout)
