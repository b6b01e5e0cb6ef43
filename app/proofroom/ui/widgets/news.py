"""News: a toast that passes after 6 s, and a banner that stays until the matter is solved."""

from __future__ import annotations

from enum import StrEnum

import shiboken6
from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from proofroom.ui.theme import Radius, Space, follow, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import IconButton, LinkButton
from proofroom.ui.widgets.form import Glyph
from proofroom.ui.widgets.labels import Label

TOAST_MS = 6000


class Tone(StrEnum):
    """What news means for the work."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


_ICONS = {Tone.OK: "check", Tone.WARN: "triangle-alert", Tone.BAD: "octagon-alert"}


class Toast(QWidget):
    """One line and one action; it stays while the pointer or focus is on it."""

    pressed = Signal()
    gone = Signal()

    def __init__(self, text: str, action: str = "", *, tone: Tone = Tone.OK) -> None:
        super().__init__()
        self.setAccessibleName(text)
        self.text, self.action = Label(text), LinkButton(action or text)
        self._icon = Glyph(_ICONS[tone], tone.value)
        self._before: QWidget | None = None
        self._row, self._timer = QHBoxLayout(self), QTimer(self)
        self._row.addWidget(self._icon)
        self._row.addWidget(self.text, 1)
        self._row.addWidget(self.action)
        self.action.setVisible(bool(action))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TOAST_MS)
        self._timer.timeout.connect(self.end)
        self.action.clicked.connect(self._press)
        self.action.installEventFilter(self)
        follow(self._restyle)
        self._timer.start()

    def sizeHint(self) -> QSize:
        return QSize(max(px(338), self._row.sizeHint().width()), px(36))

    @property
    def asks(self) -> bool:
        """Whether it has an action."""
        return self.action.isVisibleTo(self)

    def take_focus(self, before: QWidget | None) -> None:
        """Take focus by key; it goes back to `before` when the toast ends."""
        self._before = before
        self.action.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        if not self.action.hasFocus():
            self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            self._timer.stop()
        elif event.type() == QEvent.Type.FocusOut and not self.underMouse():
            self._timer.start()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme().c
        paint.box(QPainter(self), self.rect(), px(Radius.BLOCK), fill=c.raised, edge=c.line2)

    def _press(self) -> None:
        self.end()  # first: what the action opens gives focus back, and not to what is gone
        self.pressed.emit()

    def end(self) -> None:
        """Go away now."""
        self._timer.stop()
        before = self._before
        if self.action.hasFocus() and before is not None and shiboken6.isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self.gone.emit()
        self.deleteLater()

    def _restyle(self) -> None:
        self._row.setContentsMargins(px(Space.M), 0, px(Space.S), 0)
        self._row.setSpacing(px(Space.S))
        self.updateGeometry()


class Banner(QWidget):
    """A line at the top of the page it concerns, with what to do; hidden until `show_news`."""

    pressed = Signal()
    closed = Signal()

    def __init__(self, *, closable: bool = False) -> None:
        super().__init__()
        self._tone = Tone.WARN
        self._icon, self.text = Glyph("triangle-alert", "warn"), Label()
        self.action, self.close_button = LinkButton("Solve"), IconButton("x", "Close", dense=True)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._icon)
        self._row.addWidget(self.text, 1)
        self._row.addWidget(self.action)
        self._row.addWidget(self.close_button)
        self.close_button.setVisible(closable)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.action.clicked.connect(self.pressed)
        self.close_button.clicked.connect(self._close)
        self.hide()
        follow(self._restyle)

    def show_news(self, text: str, *, tone: Tone = Tone.WARN, action: str = "") -> None:
        """Say something until it is solved; call `hide` then."""
        self._tone = tone
        self.setAccessibleName(text)
        self.text.setText(text)
        icon = "circle-check" if tone == Tone.OK else _ICONS[tone]
        self._icon.set_icon(icon, tone.value)
        self.action.setText(action)
        self.action.setAccessibleName(action or text)
        self.action.setVisible(bool(action))
        self.action.updateGeometry()
        self.show()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(338), px(36))

    def paintEvent(self, event: QPaintEvent) -> None:
        fill = getattr(theme().c, f"{self._tone.value}_bg")
        paint.box(QPainter(self), self.rect(), px(Radius.CONTROL), fill=fill)

    def _close(self) -> None:
        self.hide()
        self.closed.emit()

    def _restyle(self) -> None:
        self._row.setContentsMargins(px(Space.M), 0, px(Space.S), 0)
        self._row.setSpacing(px(Space.S))
        self.updateGeometry()
