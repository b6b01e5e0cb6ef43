"""Blocks of a body laid out at a width: made once, painted many times."""

from __future__ import annotations

from math import ceil
from typing import cast

from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QLinearGradient,
    QPainter,
    QTextCharFormat,
    QTextLayout,
)

from proofroom.ui import icons
from proofroom.ui.compare.bodies import Block
from proofroom.ui.json_colours import STYLES
from proofroom.ui.theme import font, line_height, px, theme
from proofroom.ui.widgets import paint

_GROUNDS = {"added": "added", "removed": "bad_bg", "code": "hover"}


_BARE = frozenset(("added", "removed"))
"""Styles whose ground and line leave out the spaces around the words."""


def _inner(text: str) -> tuple[int, int]:
    """Return how many spaces a text begins with, and its length without those around it."""
    bare = text.strip(" ")
    return (len(text) - len(text.lstrip(" ")), len(bare)) if bare else (0, len(text))


class LaidBlock:
    """A block's lines at a width, no more of them than fit; in the colours of its making."""

    def __init__(self, block: Block, width: int, most_lines: int) -> None:
        mono = block.mono or block.kind == "call"
        self._size = 12 if mono or block.kind == "reasoning" else 13
        self._pieces = block.pieces
        self.tokens = theme().tokens
        face = font(self._size, mono=mono)
        self._metrics, self._high = QFontMetricsF(face), line_height(self._size)
        words = "".join(text for text, _ in block.pieces).rstrip("\n")
        self.layout = QTextLayout(words.replace("\n", "\u2028"), face)
        self.layout.setFormats(self._formats())
        self.layout.beginLayout()
        lines, self.cut = 0, False
        while lines < most_lines and (line := self.layout.createLine()).isValid():
            line.setLineWidth(width)
            lines += 1
        self.layout.endLayout()
        self.lines = lines
        if lines:
            last = self.layout.lineAt(lines - 1)
            self.cut = last.textStart() + last.textLength() < len(words)

    @property
    def height(self) -> int:
        """How high it is, in pixels."""
        return self.lines * self._high

    def paint(self, painter: QPainter, rect: QRect) -> None:
        """Paint the lines from the top of `rect`."""
        drop = (self._high - self._metrics.height()) / 2
        painter.setPen(theme().c.text)
        for number in range(self.lines):
            line = self.layout.lineAt(number)
            top = rect.y() + number * self._high
            self._ground(painter, rect.x(), top, number)
            line.draw(painter, QPointF(rect.x(), round(top + drop) - line.y()))

    def _formats(self) -> list[QTextLayout.FormatRange]:
        c, at = theme().c, 0
        found: list[QTextLayout.FormatRange] = []
        for text, style in self._pieces:
            part = QTextLayout.FormatRange()
            lead, inner = _inner(text) if style in _BARE else (0, len(text))
            part.start, part.length = at + lead, inner
            look = QTextCharFormat()
            look.setForeground(getattr(c, STYLES[style]))
            look.setFontStrikeOut(style == "removed")
            if style == "strong":
                look.setFont(font(self._size, 600))
            elif style == "code":
                look.setFont(font(12, mono=True))
            part.format = look
            at += len(text)
            if style != "text":
                found.append(part)
        return found

    def _ground(self, painter: QPainter, x: int, top: int, number: int) -> None:
        c, line, at = theme().c, self.layout.lineAt(number), 0
        begin, end = line.textStart(), line.textStart() + line.textLength()
        for text, style in self._pieces:
            lead, inner = _inner(text) if style in _BARE else (0, len(text))
            low, high = max(at + lead, begin), min(at + lead + inner, end)
            at += len(text)
            if at < begin:
                continue
            if low >= end:
                break
            if style not in _GROUNDS or low >= high:
                continue
            left, right = _x(line.cursorToX(low)), _x(line.cursorToX(high))
            area = QRect(round(x + left), top + 1, ceil(right - left), self._high - 2)
            painter.fillRect(area, getattr(c, _GROUNDS[style]))


def _x(answer: object) -> float:
    """Return the x of cursorToX, which PySide gives alone or with the cursor's place."""
    first = cast("tuple[float, int]", answer)[0] if isinstance(answer, tuple) else answer
    return float(cast("float", first))


class LaidBody:
    """All blocks of a body at a width and a height; thoughts are one line that can be opened."""

    def __init__(
        self, blocks: tuple[Block, ...], width: int, height: int, *, unfolded: bool = False
    ) -> None:
        self.width, self.room, self.tokens = width, height, theme().tokens
        self.zoom, self.unfolded = theme().zoom, unfolded
        self.blocks: list[tuple[Block, LaidBlock]] = []
        self.cut, used = False, 0
        for block in blocks:
            left = max(1, (height - used) // line_height(12) + 1)
            inset = px(20) if block.kind != "answer" else 0
            most = 1 if block.kind == "reasoning" and not unfolded else left
            laid = LaidBlock(block, width - inset, most)
            self.blocks.append((block, laid))
            used += laid.height + (px(8) if block.kind != "answer" else 0)
            if used > height:
                self.cut = True
                break
        self.height = used

    def fits(self, width: int, height: int) -> bool:
        """Tell whether it was laid out for this place, zoom and palette."""
        present = theme()
        return (
            self.width == width
            and self.room == height
            and self.tokens is present.tokens
            and self.zoom == present.zoom
        )

    def paint(self, painter: QPainter, rect: QRect) -> None:
        """Paint the blocks below each other; the caller has clipped."""
        c, y = theme().c, rect.y()
        for block, laid in self.blocks:
            inset = 0
            if block.kind != "answer":
                inset = px(20)
                fold = "chevron-down" if self.unfolded else "chevron-right"
                name = fold if block.kind == "reasoning" else "wrench"
                high = line_height(12)
                icons.paint(painter, QRect(rect.x(), y, px(14), high), name, c.text2, 14)
            area = QRect(rect.x() + inset, y, rect.width() - inset, laid.height)
            if block.kind == "reasoning" and not self.unfolded:
                words = " ".join(block.pieces[0][0][:400].split())
                paint.text(painter, area, words, font(12), c.text2)
            else:
                laid.paint(painter, area)
            y += laid.height + (px(8) if block.kind != "answer" else 0)


def fade(painter: QPainter, rect: QRect, high: int, ground: QColor) -> None:
    """Let what is too long go out over the last `high` pixels of `rect`."""
    solid = QColor(ground)
    clear = QColor(solid)
    clear.setAlpha(0)
    area = QRect(rect.x(), rect.bottom() - high + 1, rect.width(), high)
    slope = QLinearGradient(area.topLeft(), area.bottomLeft())
    slope.setColorAt(0, clear)
    slope.setColorAt(1, solid)
    painter.fillRect(area, slope)
