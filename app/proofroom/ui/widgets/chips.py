"""Chips of 20 px: version, draft, environment, tag, status; shape tells them apart, not colour."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from proofroom.ui import icons
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint


class ChipKind(StrEnum):
    """What a chip stands for."""

    VERSION = "version"
    DRAFT = "draft"
    PRODUCTION = "production"
    STAGING = "staging"
    PLAIN = "plain"
    PASSES = "passes"
    FAILS = "fails"
    NO_VERDICT = "no verdict"
    FLIPS = "flips"


_ICONS = {
    ChipKind.PASSES: "check", ChipKind.FAILS: "x",
    ChipKind.NO_VERDICT: "minus", ChipKind.FLIPS: "repeat",
}  # fmt: skip


def _colours(kind: ChipKind) -> tuple[QColor | None, QColor | None, QColor]:
    c = theme().c
    looks: dict[ChipKind, tuple[QColor | None, QColor | None, QColor]] = {
        ChipKind.VERSION: (c.selected, None, c.accent),
        ChipKind.DRAFT: (None, c.accent, c.accent),
        ChipKind.PRODUCTION: (c.accent, None, c.on),
        ChipKind.STAGING: (None, c.accent, c.accent),
        ChipKind.PASSES: (c.ok_bg, None, c.ok),
        ChipKind.FAILS: (c.bad_bg, None, c.bad),
        ChipKind.FLIPS: (c.warn_bg, None, c.warn),
    }
    return looks.get(kind, (c.hover, None, c.text2))


def chip_width(words: str, kind: ChipKind, icon: str | None = None) -> int:
    """Return how wide `paint_chip` will be."""
    wide = paint.width(words, font(11, 500)) + 2 * px(6)
    return wide + (px(Size.ICON_SMALL + 4) if icon or kind in _ICONS else 0)


def paint_chip(
    painter: QPainter, rect: QRect, words: str, kind: ChipKind, icon: str | None = None
) -> int:
    """Paint a chip at the left, middle in `rect`, elided to its width; return the width used."""
    icon = icon or _ICONS.get(kind)
    fill, edge, ink = _colours(kind)
    high = px(Size.CHIP)
    wide = min(chip_width(words, kind, icon), rect.width())
    area = QRect(rect.x(), rect.y() + (rect.height() - high) // 2, wide, high)
    dashed = kind == ChipKind.DRAFT
    paint.box(painter, area, px(Radius.CHIP), fill=fill, edge=edge, dashed=dashed)
    inner = area.adjusted(px(6), 0, -px(6) + 1, 0)
    if icon:
        place = QRect(inner.x(), area.y(), px(Size.ICON_SMALL), high)
        icons.paint(painter, place, icon, ink, Size.ICON_SMALL)
        inner.setLeft(inner.x() + px(Size.ICON_SMALL + 4))
    paint.text(painter, inner, words, font(11, 500), ink)
    return wide


class Chip(QLabel):
    """A chip on a page; it says something and cannot be pressed."""

    def __init__(self, text: str, kind: ChipKind = ChipKind.PLAIN, icon: str | None = None) -> None:
        super().__init__(text)
        self._kind, self._icon = kind, icon
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def set_face(self, text: str, kind: ChipKind, icon: str | None = None) -> None:
        """Say something else."""
        self._kind, self._icon = kind, icon
        self.setText(text)
        self._restyle()

    def _restyle(self) -> None:
        self.setFont(font(11, 500))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(chip_width(self.text(), self._kind, self._icon), px(Size.CHIP))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_chip(QPainter(self), self.rect(), self.text(), self._kind, self._icon)


GAP = Space.XS
"""Between two chips, in design pixels."""
