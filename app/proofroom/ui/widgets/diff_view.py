"""Word and line diffs on screen: added words on a ground, removed words struck through."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import cast

from PySide6.QtCore import QPointF, QRect, QSize
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QLabel, QSizePolicy

from proofroom.ui.theme import font, line_height, px, theme

Run = tuple[str, str]
"""An operation and its text: '=' kept, '+' added, '-' removed."""


class DiffLayout:
    """A word diff laid out at a width; make it once when an answer ended, off the paint path."""

    def __init__(self, runs: Sequence[Run], width: int, font_: QFont, *, size: int = 13) -> None:
        self._runs, self._size = list(runs), size
        self._high, self._metrics = line_height(size), QFontMetricsF(font_)
        words = "".join(text for _, text in self._runs).replace("\n", "\u2028")
        self._layout = QTextLayout(words, font_)
        self._width = max(1, width)
        self._lay()

    def _lay(self) -> None:
        """Lay out in the theme's colours; setting formats throws the lines away, so it is first."""
        self._tokens = theme().tokens
        self._tint()
        self._layout.beginLayout()
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(self._width)
        self._layout.endLayout()

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return self._layout.lineCount()

    @property
    def height(self) -> int:
        """How high it is, in pixels."""
        return self.line_count * self._high

    def paint(self, painter: QPainter, rect: QRect, *, max_height: int | None = None) -> None:
        """Paint as many whole lines as fit, in the theme's colours of this moment."""
        room = rect.height() if max_height is None else max_height
        drop = (self._high - self._metrics.height()) / 2
        if self._tokens is not theme().tokens:
            self._lay()
        for number in range(min(self.line_count, max(0, room // self._high))):
            line = self._layout.lineAt(number)
            top = rect.y() + number * self._high
            self._grounds(painter, rect.x(), top, number)
            painter.setPen(theme().c.text)
            line.draw(painter, QPointF(rect.x(), round(top + drop) - line.y()))

    def _tint(self) -> None:
        c, formats, at = theme().c, list[QTextLayout.FormatRange](), 0
        for op, text in self._runs:
            if op == "-":
                part = QTextLayout.FormatRange()
                part.start, part.length = at, len(text)
                style = QTextCharFormat()
                style.setForeground(c.bad)
                style.setFontStrikeOut(True)
                part.format = style
                formats.append(part)
            at += len(text)
        self._layout.setFormats(formats)

    def _grounds(self, painter: QPainter, x: int, top: int, number: int) -> None:
        c, line, at = theme().c, self._layout.lineAt(number), 0
        begin, end = line.textStart(), line.textStart() + line.textLength()
        for op, text in self._runs:
            low, high = max(at, begin), min(at + len(text), end)
            at += len(text)
            if op == "=" or low >= high:
                continue
            left, right = _x(line.cursorToX(low)), _x(line.cursorToX(high))
            ground = c.added if op == "+" else c.bad_bg
            area = QRect(round(x + left), top + 1, ceil(right - left), self._high - 2)
            painter.fillRect(area, ground)


def _x(answer: object) -> float:
    """Return the x of cursorToX, which PySide gives alone or with the cursor's place."""
    first = cast("tuple[float, int]", answer)[0] if isinstance(answer, tuple) else answer
    return float(cast("float", first))


def spoken(runs: Sequence[Run]) -> str:
    """Return a diff in words for assistive tools."""
    says = {"=": "{}", "+": "[added: {}]", "-": "[removed: {}]"}
    return "".join(says[op].format(text) for op, text in runs)


class DiffText(QLabel):
    """A word diff on a page; it wraps and is as high as its lines."""

    def __init__(self, runs: Sequence[Run], *, size: int = 13, mono: bool = False) -> None:
        super().__init__()
        self._runs, self._size, self._mono = list(runs), size, mono
        self._laid: tuple[int, DiffLayout] | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_runs(runs)
        theme().changed.connect(self._restyle)

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Show another diff."""
        self._runs = list(runs)
        self.setAccessibleName(spoken(runs) or "No text")
        self._restyle()

    def _restyle(self) -> None:
        self._laid = None
        self.updateGeometry()
        self.update()

    def _at(self, width: int) -> DiffLayout:
        if self._laid is None or self._laid[0] != width:
            laid = DiffLayout(self._runs, width, font(self._size, mono=self._mono), size=self._size)
            self._laid = (width, laid)
        return self._laid[1]

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._at(max(1, width)).height

    def sizeHint(self) -> QSize:
        return QSize(px(320), self.heightForWidth(px(320)))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(120), line_height(self._size))

    def paintEvent(self, event: QPaintEvent) -> None:
        self._at(self.width()).paint(QPainter(self), self.rect())
