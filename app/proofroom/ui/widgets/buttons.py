"""Buttons: primary, normal, quiet and danger; of icon alone; a link; Run that turns Stop."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from proofroom.ui import icons
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint

_BY_KEY = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class Kind(StrEnum):
    """How loud a button is; one PRIMARY on a page."""

    PRIMARY = "primary"
    NORMAL = "normal"
    QUIET = "quiet"
    DANGER = "danger"


class Pressable(QAbstractButton):
    """A painted button's ground: hover, focus by key, repaint with the theme."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__()
        self.setText(text)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._ring = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() in _BY_KEY
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ring = False
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.click()  # Qt leaves Enter to dialogs; here every button takes it
            return
        super().keyPressEvent(event)

    @property
    def ring(self) -> bool:
        """Whether a focus ring is due: focus is here and came by key."""
        return self._ring and self.hasFocus()


class Button(Pressable):
    """A button with words and perhaps an icon before or after them; Enter and Space press it."""

    def __init__(
        self,
        text: str,
        kind: Kind = Kind.NORMAL,
        *,
        icon: str | None = None,
        small: bool = False,
    ) -> None:
        super().__init__(text, text)
        self._kind, self._icon, self._small = kind, icon, small
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def set_face(self, text: str, kind: Kind, icon: str | None) -> None:
        """Give the button another word, loudness and icon in the same place."""
        self.setText(text)
        self.setAccessibleName(text)
        self._kind, self._icon = kind, icon
        self._restyle()

    @property
    def kind(self) -> Kind:
        """How loud it is."""
        return self._kind

    def _restyle(self) -> None:
        weight = 600 if self._kind == Kind.PRIMARY else 500
        self.setFont(font(12 if self._small else 13, weight))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        side = px(Space.S if self._small else Space.M)
        wide = paint.width(self.text(), self.font()) + 2 * side
        if self._icon:
            wide += px(Size.ICON + (Space.S - 2))
        return QSize(wide, px(Size.SMALL if self._small else Size.CONTROL))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter, rect = theme().c, QPainter(self), self.rect()
        if self.ring:
            # the face gives way so that the ring stands 1 px away from it and inside the widget
            paint.box(painter, rect, px(Radius.CONTROL) + 1, edge=c.accent, pen=2)
            rect = rect.adjusted(3, 3, -3, -3)
        fill, edge, ink = self._colours()
        paint.box(painter, rect, px(Radius.CONTROL) - (2 if self.ring else 0), fill=fill, edge=edge)
        wide = paint.width(self.text(), self.font())
        x = (self.width() - wide - (px(Size.ICON + 6) if self._icon else 0)) // 2
        if self._icon:
            place = QRect(x, 0, px(Size.ICON), self.height())
            icons.paint(painter, place, self._icon, ink)
            x += px(Size.ICON + 6)
        paint.run(painter, x, self.rect(), self.text(), self.font(), ink)

    def _colours(self) -> tuple[QColor | None, QColor | None, QColor]:
        """Return fill, edge and ink of the present state."""
        c, over, down = theme().c, self.underMouse() and self.isEnabled(), self.isDown()
        if not self.isEnabled():
            return (None, None if self._kind == Kind.QUIET else c.line2, c.text3)
        if self._kind == Kind.PRIMARY:
            shade = 118 if down else 108
            deep = c.accent.lighter(shade) if theme().dark else c.accent.darker(shade)
            return (deep if over or down else c.accent, None, c.on)
        ink = {Kind.QUIET: c.text2, Kind.DANGER: c.bad}.get(self._kind, c.text)
        ground = c.line2 if down else c.hover if over else None
        if self._kind == Kind.QUIET:
            return (ground, None, c.text if over else ink)
        return (ground or c.surface, c.line2, ink)


class IconButton(Pressable):
    """A button of an icon alone; its name is read aloud and shown as its tooltip with its key."""

    def __init__(
        self,
        icon: str,
        name: str,
        *,
        key: QKeySequence | None = None,
        dense: bool = False,
        ink: str = "text2",
    ) -> None:
        super().__init__("", name)
        self._icon, self._dense, self._ink = icon, dense, ink
        shown = key.toString(QKeySequence.SequenceFormat.NativeText) if key else ""
        self.setToolTip(f"{name}  {shown}".rstrip())
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def set_icon(self, icon: str, name: str) -> None:
        """Show another icon with another meaning."""
        self._icon = icon
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.update()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        side = px(Size.SMALL if self._dense else Size.CONTROL)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = theme().c, QPainter(self)
        over = self.underMouse() and self.isEnabled()
        fill = c.line2 if self.isDown() else c.hover if over or self.isChecked() else None
        edge = c.accent if self.ring else None
        paint.box(painter, self.rect(), px(Radius.CONTROL), fill=fill, edge=edge, pen=2)
        ink = getattr(c, self._ink if self.isEnabled() else "text3")
        size = Size.ICON_DENSE if self._dense else Size.ICON
        icons.paint(painter, self.rect(), self._icon, ink, size)


class LinkButton(Pressable):
    """Words in accent that do something at once: the action of a toast, a banner or a line."""

    def __init__(self, text: str, *, size: int = 13) -> None:
        super().__init__(text, text)
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def _restyle(self) -> None:
        self.setFont(font(self._size, 600))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        wide = paint.width(self.text(), self.font()) + 2 * px(Space.XS)
        return QSize(max(wide, px(Size.HIT)), px(Size.HIT))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = theme().c, QPainter(self)
        over = self.underMouse() and self.isEnabled()
        font_ = self.font()
        font_.setUnderline(over)
        fill, edge = c.hover if self.isDown() else None, c.accent if self.ring else None
        paint.box(painter, self.rect(), px(Radius.CHIP), fill=fill, edge=edge, pen=2)
        ink = c.accent if self.isEnabled() else c.text3
        paint.text(painter, self.rect(), self.text(), font_, ink, paint.CENTRE)


class RunButton(Button):
    """Run, which becomes Stop in the same place and width while work is under way."""

    run_asked = Signal()
    stop_asked = Signal()

    def __init__(self, text: str = "Run") -> None:
        super().__init__(text, Kind.PRIMARY, icon="play")
        self._words, self._running = text, False
        self.clicked.connect(self._pressed)

    @property
    def running(self) -> bool:
        """Whether it shows Stop."""
        return self._running

    def set_running(self, running: bool) -> None:
        """Show Stop while work runs, else the words it was made with."""
        self._running = running
        if running:
            self.set_face("Stop", Kind.NORMAL, "circle-stop")
        else:
            self.set_face(self._words, Kind.PRIMARY, "play")

    def sizeHint(self) -> QSize:
        pad = px(Size.ICON + 6) + 2 * px(Space.M)
        wide = max(paint.width(word, font(13, 600)) for word in (self._words, "Stop"))
        return QSize(wide + pad, px(Size.CONTROL))

    def _pressed(self) -> None:
        (self.stop_asked if self._running else self.run_asked).emit()
