"""Long work in sight: what, how far, how many failed, time left, cost so far, and a Stop."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from proofroom.ui.theme import Radius, Space, follow, px, theme
from proofroom.ui.widgets import figures, paint
from proofroom.ui.widgets.buttons import Button, Kind
from proofroom.ui.widgets.labels import Label


class Progress(Struct, frozen=True, kw_only=True):
    """How far some work is; money in nano-USD, time in seconds, None where nobody knows."""

    done: int
    total: int
    unit: str = "cases"
    failed: int = 0
    seconds_left: float | None = None
    spent: int | None = None
    expected: int | None = None


class ProgressLine(QWidget):
    """A line of 4 px that fills from the left; 2 px without round ends under a toolbar."""

    def __init__(self, name: str, *, thin: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._share, self._thin = 0.0, thin
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.updateGeometry)

    def set_share(self, share: float) -> None:
        """Fill a share from 0 to 1."""
        self._share = max(0.0, min(1.0, share))
        self.setAccessibleDescription(figures.percent(self._share))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(120), px(2 if self._thin else 4))

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter, rect = theme().c, QPainter(self), self.rect()
        radius = 0 if self._thin else rect.height() // 2
        paint.box(painter, rect, radius, fill=c.grid)
        done = QRect(0, 0, round(rect.width() * self._share), rect.height())
        if done.width():
            paint.box(painter, done, radius, fill=c.accent)


class StopBar(QWidget):
    """The progress of one piece of work with Pause, if it can, and Stop."""

    stop_asked = Signal()
    pause_asked = Signal()
    resume_asked = Signal()

    def __init__(self, title: str, *, can_pause: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self.title, self.state = Label(title, 13, 600), Label("", 12, ink="text2").figures()
        self.cost = Label("", 12, ink="text2").keep()
        self.pause = Button("Pause", Kind.QUIET, icon="pause", small=True)
        self.stop = Button("Stop", icon="circle-stop", small=True)
        self.line, self._paused = ProgressLine(title), False
        self.pause.setVisible(can_pause)
        self._box, self._top, self._low = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        self._top.addWidget(self.title, 1)
        self._top.addWidget(self.pause)
        self._top.addWidget(self.stop)
        self._low.addWidget(self.state, 1)
        self._low.addWidget(self.cost)
        self._box.addLayout(self._top)
        self._box.addWidget(self.line)
        self._box.addLayout(self._low)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.stop.clicked.connect(self.stop_asked)
        self.pause.clicked.connect(self._pause)
        follow(self._restyle)

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is."""
        done, total = figures.number(progress.done), figures.number(progress.total)
        left = "" if progress.seconds_left is None else figures.time_left(progress.seconds_left)
        failed = f"{figures.number(progress.failed)} failed" if progress.failed else ""
        words = "paused" if self._paused else left
        self.state.setText(figures.facts(f"{done} of {total} {progress.unit}", failed, words))
        self.line.set_share(progress.done / progress.total if progress.total else 0.0)
        spent = "" if progress.spent is None else figures.money(progress.spent)
        if spent and progress.expected is not None:
            spent += f" of {figures.money(progress.expected, about=True)}"
        self.cost.setText(spent)

    def _pause(self) -> None:
        self._paused = not self._paused
        if self._paused:
            self.pause.set_face("Resume", Kind.QUIET, "play")
            self.pause_asked.emit()
        else:
            self.pause.set_face("Pause", Kind.QUIET, "pause")
            self.resume_asked.emit()

    def _restyle(self) -> None:
        side, top = px(Space.M), px(Space.S)
        self._box.setContentsMargins(side, top, side, top)
        self._box.setSpacing(px(Space.XS))
        self._top.setSpacing(px(Space.S))
        self._low.setSpacing(px(Space.M))

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme().c
        paint.box(QPainter(self), self.rect(), px(Radius.BLOCK), fill=c.surface, edge=c.line)
