"""Words on a page: one line that elides with a tooltip, a paragraph on fixed lines, a hairline."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent, QTextLayout
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from proofroom.ui.theme import follow, font, line_height, px, theme
from proofroom.ui.widgets import paint


class Label(QLabel):
    """One line of text in a token's colour; too long, it elides and its tooltip says it all."""

    def __init__(
        self, text: str = "", size: int = 13, weight: int = 400, *, ink: str = "text",
        mono: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(text)
        self._size, self._weight, self._ink, self._mono = size, weight, ink, mono
        self._tip, self._figures = "", False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def set_ink(self, ink: str) -> None:
        """Take another token's colour, such as 'bad'."""
        self._ink = ink
        self.update()

    def setToolTip(self, tip: str) -> None:
        """Keep a tooltip of the page's own; without one an elided label shows its whole text."""
        self._tip = tip
        super().setToolTip(tip)

    def _restyle(self) -> None:
        face = font(self._size, self._weight, mono=self._mono, figures=self._figures)
        self.setFont(face)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(paint.width(self.text(), self.font()) + 1, line_height(self._size))

    def minimumSizeHint(self) -> QSize:
        if self.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Fixed:
            return self.sizeHint()
        wide = paint.width(self.text()[:1] + "…", self.font()) if len(self.text()) > 1 else 0
        return QSize(min(wide, self.sizeHint().width()), line_height(self._size))

    def figures(self) -> Label:
        """Stand in tabular figures, for numbers that change while they are read. Return itself."""
        self._figures = True
        self._restyle()
        return self

    def keep(self) -> Label:
        """Never shrink, and stand in tabular figures; for numbers and legends. Return itself."""
        self.figures()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        return self

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        cut = self.sizeHint().width() - 1 > self.width()
        super().setToolTip(self._tip or (self.text() if cut else ""))

    def paintEvent(self, event: QPaintEvent) -> None:
        ink = getattr(theme().c, self._ink if self.isEnabled() else "text3")
        across = self.alignment() & Qt.AlignmentFlag.AlignHorizontal_Mask
        flags = across | Qt.AlignmentFlag.AlignVCenter
        paint.text(QPainter(self), self.contentsRect(), self.text(), self.font(), ink, flags)


class Paragraph(QLabel):
    """Text that wraps on lines of the token height, at most 90 characters wide."""

    def __init__(
        self, text: str = "", size: int = 13, *, weight: int = 400, ink: str = "text"
    ) -> None:
        super().__init__(text)
        self._size, self._weight, self._ink = size, weight, ink
        self.setTextFormat(Qt.TextFormat.PlainText)
        # no upper bound: narrower than its hint it needs more lines than its hint has
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        follow(self._restyle)

    def _restyle(self) -> None:
        self.setFont(font(self._size, self._weight))
        self.updateGeometry()
        self.update()

    def _widest(self) -> int:
        return ceil(QFontMetricsF(self.font()).averageCharWidth() * 90)

    def _lines(self, wide: int) -> list[QTextLayout]:
        layouts: list[QTextLayout] = []
        for words in self.text().split("\n"):
            layout = QTextLayout(words, self.font())
            option = layout.textOption()
            option.setAlignment(self.alignment() & Qt.AlignmentFlag.AlignHorizontal_Mask)
            layout.setTextOption(option)
            layout.beginLayout()
            while (line := layout.createLine()).isValid():
                line.setLineWidth(wide)
            layout.endLayout()
            layouts.append(layout)
        return layouts

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        wide = max(1, min(width, self._widest()))
        lines = sum(max(1, layout.lineCount()) for layout in self._lines(wide))
        return lines * line_height(self._size)

    def sizeHint(self) -> QSize:
        longest = max(paint.width(line, self.font()) for line in self.text().split("\n"))
        wide = min(longest + 1, self._widest(), px(480))
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:
        words = self.text().split() or [""]
        longest = max(paint.width(word, self.font()) for word in words)
        return QSize(min(longest, px(160)), line_height(self._size))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(getattr(theme().c, self._ink))
        high, y = line_height(self._size), 0
        wide = min(self.width(), self._widest())
        middle = bool(self.alignment() & Qt.AlignmentFlag.AlignHCenter)
        x = (self.width() - wide) / 2 if middle else 0.0
        metrics = QFontMetricsF(self.font())
        drop = (high - metrics.height()) / 2
        for layout in self._lines(wide):
            for number in range(layout.lineCount()):
                line = layout.lineAt(number)
                line.draw(painter, QPointF(x, round(y + drop - line.y())))
                y += high
            y += high if not layout.lineCount() else 0


class Hairline(QWidget):
    """A line of one pixel between two parts of a page."""

    def __init__(self, *, upright: bool = False) -> None:
        super().__init__()
        self._upright = upright
        fixed, wide = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding
        self.setSizePolicy(*((fixed, wide) if upright else (wide, fixed)))
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(1, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().c.line)
