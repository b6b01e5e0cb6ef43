"""The chart of the page: its bars, what is pointed at in words, and its keys."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from proofroom.domain import figures
from proofroom.ui.cost import plotting
from proofroom.ui.cost.bars import Bar, Bars
from proofroom.ui.cost.plot import Plot, brushes
from proofroom.ui.cost.tip import Tip
from proofroom.ui.session import Session
from proofroom.ui.slices import Slices
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.frames import paint_bones

_NEARER = 0.7
_BONES = 6


class Legend(QWidget):
    """The series in one line, each with its ground; what has no room is left out."""

    def __init__(self) -> None:
        super().__init__()
        self._names: list[str] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.updateGeometry)

    def say(self, bars: Bars) -> None:
        """Show the series of a chart."""
        self._names = [series.name for series in bars.series]
        if any(bar.unknown for bar in bars.bars):
            self._names.append("? costs unknown")
        self.setAccessibleName(f"Legend: {', '.join(self._names)}")
        self.setToolTip("\n".join(self._names))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(Size.LIST), px(Size.CHIP))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, px(Size.CHIP))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, c, x, side = QPainter(self), theme().c, 0, px(Space.M - 2)
        for number, name in enumerate(self._names):
            is_sign = name.startswith("?")
            wide = paint.width(name, font(12)) + (0 if is_sign else side + px(Space.S))
            if x + wide > self.width():
                return
            if is_sign:
                paint.run(painter, x, self.rect(), name, font(12), c.warn)
            else:
                square = QRect(x, (self.height() - side) // 2, side, side)
                for one in brushes(number):
                    painter.fillRect(square, one)
                paint.run(painter, x + side + px(Space.S), self.rect(), name, font(12), c.text2)
            x += wide + px(Space.L)


class Chart(QWidget):
    """Bars that can be pointed at, zoomed and opened, by pointer and by keys."""

    pointed = Signal(str)
    opened = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._slices = session, Slices(self)
        self.plot: Plot | None = None
        self.bars: Bars | None = None
        self.at = -1
        self._asked = False
        self._box, self.tip = QVBoxLayout(self), Tip(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Chart")
        follow(self._restyle)

    def prepare(self) -> None:
        """Import what draws, bit by bit; the bars follow."""
        if not self._asked:
            self._asked = True
            self._session.errand(plotting.prepare, self._go_on, self._session.failed.emit)

    def _go_on(self, prepared: plotting.Prepared) -> None:
        self._slices.put(*plotting.steps(prepared), self._make)
        self._slices.begin()

    def _make(self) -> None:
        self.plot = Plot(self)
        self._box.addWidget(self.plot.widget)
        self.plot.pointed.connect(self._point)
        self.plot.left.connect(self._leave)
        self.plot.clicked.connect(self._clicked)
        if self.bars is not None:
            self.plot.show(self.bars)
        self.update()

    def show_bars(self, bars: Bars) -> None:
        """Show other bars; the same stretches stay pointed at and zoomed to."""
        same = self.bars is not None and [b.start for b in self.bars.bars] == [
            b.start for b in bars.bars
        ]
        zoomed = self.plot.shown() if self.plot is not None and same else None
        self.bars = bars
        self.setAccessibleName(f"{bars.title}, {figures.plural(len(bars.bars), 'bar')}")
        if not same:
            self._leave()
        if self.plot is not None:
            self.plot.show(bars)
            if zoomed is not None:
                self.plot.keep(*zoomed)

    def _clicked(self, at: int) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.opened.emit(at)

    def _point(self, at: int) -> None:
        if self.bars is None or self.plot is None:
            return
        is_new, self.at = at != self.at, at
        self.plot.mark(at)
        if is_new:
            bar = self.bars.bars[at]
            self.setAccessibleDescription(told(bar))
            self.pointed.emit(figures.facts(bar.name, bar.words))
        self._tell()

    def _tell(self) -> None:
        if self.plot is None or self.bars is None or not self.isVisible():
            return
        spot = self.plot.widget.mapTo(self, self.plot.place(self.at).toPoint())
        self.tip.say(told(self.bars.bars[self.at]), spot)

    def _leave(self) -> None:
        self.at = -1
        self.setAccessibleDescription("")
        if self.plot is not None:
            self.plot.mark(-1)
        self.tip.hide()
        self.pointed.emit("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.bars is None or self.plot is None or not self.bars.bars:
            super().keyPressEvent(event)
            return
        last, key = len(self.bars.bars) - 1, Qt.Key(event.key())
        to = {
            Qt.Key.Key_Left: last if self.at < 0 else max(0, self.at - 1),
            Qt.Key.Key_Right: min(last, self.at + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(key)
        middle = self.at if self.at >= 0 else last
        if to is not None:
            self._point(to)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.plot.zoom(_NEARER, middle)
        elif key == Qt.Key.Key_Minus:
            self.plot.zoom(1 / _NEARER, middle)
        elif key == Qt.Key.Key_0:
            self.plot.whole()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.at >= 0:
            self.opened.emit(self.at)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._leave()
        self.update()

    def _restyle(self) -> None:
        self._box.setContentsMargins(px(Space.M - 2), px(Space.XS), px(Space.M), px(Space.XS))
        if self.plot is not None:
            self.plot.draw()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(Size.SHEET), px(Size.LIST))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(Size.LIST), px(Size.LIST) - px(Size.HEADER))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, c = QPainter(self), theme().c
        if self.plot is None:
            side = px(Space.L)
            paint_bones(painter, self.rect().adjusted(side, side, -side, -side), _BONES)
        if self.hasFocus():
            paint.box(painter, self.rect(), px(Radius.CHIP), edge=c.accent, pen=2)


def told(bar: Bar) -> str:
    """Return all that is known of a bar, a line for each part."""
    lines = [f"{bar.name}: {bar.words}", *(f"{name}: {words}" for name, words in bar.parts)]
    if bar.unknown:
        runs = figures.plural(bar.unknown, "run")
        lines.append(f"The cost of {runs} is unknown and not in it")
    return "\n".join(lines)
