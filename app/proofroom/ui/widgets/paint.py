"""Painting that widgets and delegates share: boxes, lines, rings and elided text."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter


def width(words: str, font: QFont) -> int:
    """Return the width of one line of text, rounded up."""
    return ceil(QFontMetricsF(font).horizontalAdvance(words))


def box(  # noqa: PLR0913 - what a box has
    painter: QPainter,
    rect: QRect,
    radius: int,
    *,
    fill: QColor | None = None,
    edge: QColor | None = None,
    pen: float = 1,
    dashed: bool = False,
) -> None:
    """Paint a rounded box whose edge lies wholly inside the rectangle."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    half = pen / 2 if edge is not None else 0.0
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    if edge is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        painter.setPen(QPen(edge, pen, style))
    painter.setBrush(Qt.BrushStyle.NoBrush if fill is None else fill)
    inner = QRectF(rect).adjusted(half, half, -half, -half)
    painter.drawRoundedRect(inner, max(0.0, radius - half), max(0.0, radius - half))
    painter.restore()


def text(  # noqa: PLR0913, PLR0917 - in the order of drawText
    painter: QPainter,
    rect: QRect,
    words: str,
    font: QFont,
    colour: QColor,
    flags: Qt.AlignmentFlag = LEFT,
) -> bool:
    """Paint one line, elided at its end if it must be; return whether it was."""
    painter.setFont(font)
    painter.setPen(colour)
    shown = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, rect.width() + 1)
    painter.drawText(rect, flags | Qt.TextFlag.TextSingleLine, shown)
    return shown != words


def run(  # noqa: PLR0913, PLR0917 - in the order of drawText
    painter: QPainter, x: float, rect: QRect, words: str, font: QFont, colour: QColor
) -> float:
    """Paint words from `x` on the baseline that is middle in `rect`; return the x after them."""
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(colour)
    base = rect.y() + (rect.height() - metrics.height()) / 2 + metrics.ascent()
    painter.drawText(QPointF(x, round(base)), words)
    return x + metrics.horizontalAdvance(words)


def across(painter: QPainter, x: int, y: int, length: int, colour: QColor) -> None:
    """Paint a hairline of one pixel from left to right."""
    painter.fillRect(QRect(x, y, length, 1), colour)


def down(painter: QPainter, x: int, y: int, length: int, colour: QColor) -> None:
    """Paint a hairline of one pixel from top to bottom."""
    painter.fillRect(QRect(x, y, 1, length), colour)
