"""JSON or text in a frame, read-only: JSON with keys and values apart, prose wrapped."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QFontMetrics,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy

from proofroom.ui.json_colours import STYLES, json_pieces
from proofroom.ui.theme import LINE_HEIGHT, Radius, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.fields import ground_palette

MOST_SHOWN = 200_000
"""Characters of a request or response that the panel shows; Copy takes them all."""
COLOURED = 20_000
PROSE_SHOWN = 20_000
"""Characters of prose: a line of more would be laid out for as long as it takes to notice."""
_MEASURED = 6_000


class _Colours(QSyntaxHighlighter):
    """JSON's keys and values apart, for texts that are not huge."""

    def highlightBlock(self, text: str) -> None:
        if self.document().characterCount() > COLOURED:
            return
        at = 0
        for piece, style in json_pieces(text):
            look = QTextCharFormat()
            look.setForeground(getattr(theme().c, STYLES[style]))
            self.setFormat(at, len(piece), look)
            at += len(piece)


class CodeBlock(QPlainTextEdit):
    """JSON or text in a frame, read-only, at most 14 lines high."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text[:MOST_SHOWN])
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._colours = _Colours(self.document())
        follow(self._restyle)

    def _restyle(self) -> None:
        self.setFont(font(12, mono=True))
        self.setPalette(ground_palette())
        self.document().setDocumentMargin(px(Space.S))
        self._colours.rehighlight()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        lines = min(14, max(2, self.document().blockCount()))
        bar = self.horizontalScrollBar().sizeHint().height()
        return QSize(
            px(240),
            round(lines * QFontMetricsF(self.font()).lineSpacing()) + 2 * px(Space.S) + bar // 2,
        )

    def minimumSizeHint(self) -> QSize:
        return QSize(px(120), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = theme().c, QPainter(self.viewport())
        ring, edge = self.hasFocus(), c.line2
        paint.box(painter, self.viewport().rect(), px(Radius.CONTROL), fill=c.surface,
                  edge=c.accent if ring else edge, pen=2 if ring else 1)  # fmt: skip
        painter.end()
        super().paintEvent(event)


class TextBlock(CodeBlock):
    """Prose in the same frame, wrapped, at most 24 lines high."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(name, text[:PROSE_SHOWN])
        self._measured = text[:_MEASURED]
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _restyle(self) -> None:
        super()._restyle()
        self.setFont(font(13))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        wide, flags = max(px(120), width - 2 * px(Space.S)), Qt.TextFlag.TextWordWrap
        metrics, most = QFontMetrics(self.font()), 24 * px(LINE_HEIGHT[13])
        area = metrics.boundingRect(QRect(0, 0, wide, most), flags, self._measured)
        lines = max(1, -(-area.height() // max(1, metrics.lineSpacing())))
        return min(24, lines) * metrics.lineSpacing() + 2 * px(Space.S) + px(Space.XXS)

    def sizeHint(self) -> QSize:
        return QSize(px(240), self.heightForWidth(px(400)))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(120), px(Space.XXL))
