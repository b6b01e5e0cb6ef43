"""Draws the bars with pyqtgraph, made quiet: no frame, menu or buttons, own ticks and grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from proofroom.ui.cost import scale
from proofroom.ui.cost.bars import Bars
from proofroom.ui.theme import Space, font, line_height, px, theme
from proofroom.ui.widgets import paint

WIDE = 0.68
"""Of a bar's place; the rest is the gap."""
_ROOM = 0.6
_LEAST_SHOWN = 3
"""Bars that the nearest zoom shows."""
_TICK_WIDE = 72
"""Room for one name below the bars, in design pixels."""


def colours() -> list[QColor]:
    """Return the colours of the series, from the first on."""
    c = theme().c
    return [c.s1, c.s2, c.s3, c.s4]


_SIGNS = (
    Qt.BrushStyle.NoBrush,
    Qt.BrushStyle.FDiagPattern,
    Qt.BrushStyle.VerPattern,
    Qt.BrushStyle.Dense6Pattern,
)
"""What tells the series apart without colour: plain, aslant, upright, dotted.

A pattern of Qt's keeps its size on the screen at any zoom of the chart; a picture would not.
"""
_FAINT = 0.55


def brushes(number: int) -> list[QBrush]:
    """Return what is painted one over the other for a series: its colour, and its pattern."""
    sign = _SIGNS[number]
    mark = QColor(theme().c.canvas)
    mark.setAlphaF(_FAINT)
    over = [] if sign == Qt.BrushStyle.NoBrush else [QBrush(mark, sign)]
    return [QBrush(colours()[number]), *over]


class Plot(QObject):
    """The picture of some bars; tells which of them the pointer is over, and which is clicked."""

    pointed = Signal(int)
    left = Signal()
    clicked = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        """Make it once pyqtgraph is imported (`plotting.is_there`)."""
        super().__init__(parent)
        self._pg: Any = import_module("pyqtgraph")
        # no PlotWidget, and no layout of the view's: they make windows of their own that nobody
        # shows, and who closes all windows deletes them twice
        self.widget: Any = self._pg.GraphicsView(parent, background=None)
        self.widget.centralWidget.setLayout(None)
        self._view: Any = self._pg.ViewBox(enableMenu=False)
        self._axes: dict[str, Any] = {
            side: self._pg.AxisItem(side, linkView=self._view) for side in ("left", "bottom")
        }
        self._drawn: list[Any] = []
        self._steps: list[tuple[float, str]] = []
        self._bars: Bars | None = None
        self._over = -1
        self._mark: Any = None
        self._quiet()
        scene = self.widget.scene()
        scene.sigMouseMoved.connect(self._moved)
        scene.sigMouseClicked.connect(self._pressed)
        self._view.sigXRangeChanged.connect(self._say_ticks)
        self.widget.installEventFilter(self)

    def _quiet(self) -> None:
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.widget.setFrameShape(self.widget.Shape.NoFrame)
        for item in (*self._axes.values(), self._view):
            self.widget.addItem(item)
        self._view.setMouseEnabled(x=True, y=False)
        for axis in self._axes.values():
            axis.setPen(None)
            axis.setStyle(tickLength=0, tickTextOffset=px(Space.S))
            axis.generateDrawSpecs = partial(_without_ticks, axis.generateDrawSpecs)

    def _lay_out(self) -> None:
        wide, high = self.widget.width(), self.widget.height()
        words = [words for _, words in self._steps]
        left = max((paint.width(one, font(11, figures=True)) for one in words), default=0)
        left, low = left + px(Space.M), line_height(11) + px(Space.M)
        # it leaves out words that it holds wider than itself, and would grow to them too late
        self._axes["left"].setWidth(left)
        self._axes["left"].setGeometry(QRectF(0, 0, left, high - low))
        self._axes["bottom"].setGeometry(QRectF(left, high - low, wide - left, low))
        self._view.setGeometry(QRectF(left, 0, wide - left, high - low))
        self._say_ticks()

    def _add(self, item: Any) -> None:  # noqa: ANN401 - pyqtgraph's own
        self._view.addItem(item)
        self._drawn.append(item)

    def _clear(self) -> None:
        for item in self._drawn:
            self._view.removeItem(item)
        self._drawn, self._mark = [], None

    def show(self, bars: Bars) -> None:
        """Draw other bars, all of them in sight."""
        self._bars = bars
        self.draw()
        self.whole()

    def draw(self) -> None:
        """Draw the bars anew, in the colours of now; the zoom stays."""
        if self._bars is None or not shiboken6.isValid(self.widget):
            return
        self._clear()
        c = theme().c
        count, base = len(self._bars.bars), [0.0] * len(self._bars.bars)
        tops = self._bars.tops()
        steps = scale.ticks(max(tops, default=0.0), self._bars.measure)
        for value, _ in steps:
            pen = c.grid if value else c.line2
            self._add(self._pg.InfiniteLine(value, 0, QPen(pen, 0)))
        edge = QPen(c.canvas, 1)
        edge.setCosmetic(True)
        for number, series in enumerate(self._bars.series):
            where = [at for at, value in enumerate(series.values) if value]
            low, high = [base[at] for at in where], [series.values[at] for at in where]
            for fill in brushes(number):
                self._add_bars(where, low, high, fill, edge)
            base = [a + b for a, b in zip(base, series.values, strict=True)]
        self._say_unknown(tops)
        for side in ("left", "bottom"):
            axis = self._axes[side]
            axis.setTextPen(c.text2)
            axis.setStyle(tickFont=font(11, figures=True))
        self._axes["left"].setTicks([steps])
        self._steps = steps
        top = max(max(tops, default=0.0), steps[-1][0])
        self._view.setYRange(0, top * 1.04, padding=0)
        self._view.setLimits(
            xMin=-_ROOM, xMax=max(1, count) - 1 + _ROOM, minXRange=min(_LEAST_SHOWN, max(1, count)),
        )  # fmt: skip
        self._lay_out()
        self._put_mark()

    def _add_bars(
        self, where: Sequence[int], base: Sequence[float], high: Sequence[float], fill: QBrush,
        pen: QPen,
    ) -> None:  # fmt: skip
        if where:
            self._add(
                self._pg.BarGraphItem(
                    x=list(where), y0=list(base), height=list(high), width=WIDE, brush=fill, pen=pen
                )
            )

    def _say_unknown(self, tops: Sequence[float]) -> None:
        """Put a question mark over a bar in which runs of unknown cost are missing."""
        for at, bar in enumerate(self._bars.bars if self._bars else ()):
            if bar.unknown:
                sign = self._pg.TextItem("?", color=theme().c.warn, anchor=(0.5, 1.0))
                sign.setFont(font(11, 600))
                sign.setPos(at, tops[at])
                self._add(sign)

    def whole(self) -> None:
        """Show all bars."""
        count = len(self._bars.bars) if self._bars else 1
        self._view.setXRange(-_ROOM, max(1, count) - 1 + _ROOM, padding=0)

    def keep(self, first: float, last: float) -> None:
        """Show the bars between two places."""
        self._view.setXRange(first, last, padding=0)

    def zoom(self, by: float, at: int) -> None:
        """Show more or fewer bars around one of them; `by` under 1 comes nearer."""
        self._view.scaleBy((by, 1), center=QPointF(at, 0))

    def shown(self) -> tuple[float, float]:
        """Return the places of the first and the last bar in sight."""
        first, last = self._view.viewRange()[0]
        return float(first), float(last)

    def mark(self, at: int) -> None:
        """Draw an edge around a bar; around none for -1. It is brought into sight."""
        if at == self._over:
            return
        self._over = at
        first, last = self.shown()
        if at >= 0 and not first <= at <= last:
            self._view.translateBy(x=at - last + _ROOM if at > last else at - first - _ROOM)
        self._put_mark()

    def _put_mark(self) -> None:
        if self._mark is not None:
            self._view.removeItem(self._mark)
            self._drawn.remove(self._mark)
            self._mark = None
        tops = self._bars.tops() if self._bars else []
        if 0 <= self._over < len(tops):
            pen = QPen(theme().c.text, 2)
            pen.setCosmetic(True)
            self._mark = self._pg.BarGraphItem(
                x=[self._over], height=[tops[self._over]], width=WIDE, brush=None, pen=pen
            )
            self._add(self._mark)

    def place(self, at: int) -> QPointF:
        """Return where the top of a bar is, in the widget's pixels."""
        top = self._bars.tops()[at] if self._bars else 0.0
        spot = self._view.mapViewToScene(QPointF(at, top))
        return QPointF(self.widget.mapFromScene(spot))

    def _say_ticks(self, *_: object) -> None:
        if self._bars is None:
            return
        first, last = self.shown()
        room = max(1, self.widget.width() // px(_TICK_WIDE))
        step = max(1, -(-round(last - first) // room))
        ticks = [(at, bar.tick) for at, bar in enumerate(self._bars.bars) if at % step == 0]
        self._axes["bottom"].setTicks([ticks])

    def _at(self, spot: QPointF) -> int:
        if self._bars is None or not self._view.sceneBoundingRect().contains(spot):
            return -1
        at = round(self._view.mapSceneToView(spot).x())
        return at if 0 <= at < len(self._bars.bars) else -1

    def _moved(self, spot: QPointF) -> None:
        at = self._at(spot)
        if at >= 0:
            self.pointed.emit(at)
        else:
            self.left.emit()

    def _pressed(self, event: Any) -> None:  # noqa: ANN401 - pyqtgraph's own
        at = self._at(event.scenePos())
        if at >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(at)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.left.emit()
        elif event.type() == QEvent.Type.Resize:
            self._lay_out()
        return False


def _without_ticks(specs: Callable[[QPainter], Any], painter: QPainter) -> Any:  # noqa: ANN401 - pyqtgraph's own
    """Return what an axis draws but for its ticks: even those of no length leave dots."""
    found = specs(painter)
    return None if found is None else (found[0], [], found[2])
