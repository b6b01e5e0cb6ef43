"""What is painted around a message's text: line numbers, changed lines, pills and remarks."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter, QTextBlock

from proofroom.domain.version import TemplateLanguage
from proofroom.ui import icons
from proofroom.ui.prompts.analysis import Note, pills
from proofroom.ui.prompts.text_blocks import continues
from proofroom.ui.theme import Radius, Size, Space, font, line_height, px, theme
from proofroom.ui.widgets import paint

GUTTER = 56
_NUMBER_RIGHT = 34
_BAR = 3


def gutter(painter: QPainter, block: QTextBlock, box: QRect, number: int, *, changed: bool) -> None:
    """Paint the number of a block's line (from 0), and a bar if it was changed."""
    c, high = theme().c, line_height(13)
    if not continues(block):
        first, face = QRect(0, box.y() + px(1), px(_NUMBER_RIGHT), high), font(11, mono=True)
        paint.text(painter, first, str(number + 1), face, c.text3, paint.RIGHT)
    if changed:
        bar = QRect(px(_NUMBER_RIGHT + 7), box.y(), px(_BAR), box.height())
        painter.fillRect(bar, c.ok)


def sign(painter: QPainter, box: QRect, note: Note) -> None:
    """Paint the sign of a remark beside its line."""
    icon, ink = ("info", theme().c.text2) if note.hint else ("triangle-alert", theme().c.warn)
    spot = QRect(px(Space.XXS), box.y(), px(Size.ICON), line_height(13))
    icons.paint(painter, spot, icon, ink, Size.ICON_DENSE)


def tags(painter: QPainter, block: QTextBlock, box: QRect, language: TemplateLanguage) -> None:
    """Paint a ground below each tag of a template."""
    c, layout, high = theme().c, block.layout(), line_height(13)
    for start, end, variable in pills(block.text(), language):
        fill = c.selected if variable else c.hover
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            low = max(start, line.textStart())
            top = min(end, line.textStart() + line.textLength())
            if low >= top:
                continue
            left, right = _x(line.cursorToX(low)), _x(line.cursorToX(top))
            y = box.y() + number * high
            pill = QRect(round(box.x() + left) - 2, y + 1, ceil(right - left) + 4, high - 2)
            paint.box(painter, pill, px(Radius.CHIP), fill=fill)


def remark(painter: QPainter, block: QTextBlock, box: QRect, note: Note, width: int) -> None:
    """Paint the words of a remark behind its line, where the text's `width` has room for them."""
    layout = block.layout()
    if not layout.lineCount():
        return
    line = layout.lineAt(layout.lineCount() - 1)
    x = round(box.x() + line.naturalTextWidth()) + px(Space.M)
    y = box.y() + (layout.lineCount() - 1) * line_height(13)
    rect = QRectF(x, y, width - x - px(Space.S), line_height(13)).toRect()
    ink = theme().c.text2 if note.hint else theme().c.warn
    if rect.width() > px(Space.XXL):
        paint.text(painter, rect, note.text, font(11), ink)


def _x(answer: object) -> float:
    """Return the x of cursorToX, which PySide gives alone or with the cursor's place."""
    first = answer[0] if isinstance(answer, tuple) else answer  # pyright: ignore[reportUnknownVariableType]
    return float(first)  # pyright: ignore[reportArgumentType, reportUnknownArgumentType]
