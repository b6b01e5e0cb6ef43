"""Lucide icons, tinted with a token and cached; one icon has one meaning everywhere."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from proofroom import paths
from proofroom.ui.theme import Size, px, theme


@lru_cache(maxsize=256)
def _source(name: str) -> bytes:
    return paths.resource(f"icons/{name}.svg").read_bytes()


@lru_cache(maxsize=1024)
def _drawn(name: str, rgba: int, pixels: int) -> QPixmap:
    colour = QColor.fromRgba(rgba)
    svg = _source(name).replace(b"currentColor", colour.name().encode())
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setOpacity(colour.alphaF())
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return pixmap


def pixmap(name: str, colour: QColor, size: int, ratio: float) -> QPixmap:
    """Return an icon of `size` device-independent pixels for a screen's device pixel ratio."""
    drawn = QPixmap(_drawn(name, colour.rgba(), round(size * ratio)))
    drawn.setDevicePixelRatio(ratio)
    return drawn


def paint(painter: QPainter, rect: QRect, name: str, colour: QColor, size: int = Size.ICON) -> None:
    """Paint an icon of a design size in the middle of a rectangle."""
    side, ratio = px(size), painter.device().devicePixelRatioF()
    corner = QPoint(
        rect.x() + (rect.width() - side + 1) // 2, rect.y() + (rect.height() - side + 1) // 2
    )
    painter.drawPixmap(corner, pixmap(name, colour, side, ratio))


class _Engine(QIconEngine):
    """Draws an icon in the colours of the theme as it is at that moment."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._name, self._token = name, token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(rect.topLeft(), self._at(rect.size(), mode, ratio))

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        return self._at(size / scale, mode, scale)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self._at(size, mode, 1.0)

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._token)

    def _at(self, size: QSize, mode: QIcon.Mode, ratio: float) -> QPixmap:
        token = "text3" if mode == QIcon.Mode.Disabled else self._token
        side = min(size.width(), size.height())
        return pixmap(self._name, getattr(theme().c, token), side, ratio)


def icon(name: str, ink: str = "text2") -> QIcon:
    """Return a QIcon for menus and Qt's own buttons that follows the theme."""
    return QIcon(_Engine(name, ink))
