"""A button that opens a menu: a choice that shows its value, or an ellipsis with more actions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy

from proofroom.ui import icons
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import IconButton, Pressable


class MenuButton(Pressable):
    """'Rows Medium' with a chevron: a quiet label, the value, and a menu of values."""

    chosen = Signal(str)

    def __init__(
        self, label: str, options: Sequence[tuple[str, str]], value: str = "", *,
        icon: str | None = None,
    ) -> None:  # fmt: skip
        """Take a label and (value, words) pairs; the first is shown by default."""
        super().__init__(label, label)
        self._label, self._icon, self._value = label, icon, ""
        self._options: dict[str, str] = {}
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_options(options, value)
        self.clicked.connect(self.open)
        follow(self._restyle)

    @property
    def value(self) -> str:
        """The value chosen now."""
        return self._value

    def set_options(self, options: Sequence[tuple[str, str]], value: str = "") -> None:
        """Offer other values and choose one without telling anyone."""
        self._options = dict(options)
        self.set_value(value or next(iter(self._options), ""))

    def set_value(self, value: str) -> None:
        """Choose a value without telling anyone."""
        self._value = value
        self.setAccessibleName(f"{self._label} {self._words()}".strip())
        self._restyle()

    def open(self) -> None:
        """Show the menu under the button."""
        menu = QMenu(self)
        for value, words in self._options.items():
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(value == self._value)
            action.setData(value)
        menu.triggered.connect(self._picked)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, self.height() + px(Space.XXS))))

    def _picked(self, action: QAction) -> None:
        self.set_value(str(action.data()))
        self.chosen.emit(self._value)

    def _words(self) -> str:
        return self._options.get(self._value, self._value)

    def _restyle(self) -> None:
        self.setFont(font(12, 600))
        cut = self.sizeHint().width() > self.maximumWidth()
        self.setToolTip(self._words() if cut else "")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        wide = paint.width(self._words(), self.font()) + 2 * px(10) + px(Size.ICON + 2)
        if self._label:
            wide += paint.width(self._label, font(12)) + px(6)
        return QSize(wide + (px(Size.ICON + 6) if self._icon else 0), px(Size.CONTROL))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter, rect = theme().c, QPainter(self), self.rect()
        over = self.underMouse() and self.isEnabled()
        edge, pen = (c.accent, 2) if self.ring else (c.line2, 1)
        ground = c.line2 if self.isDown() else c.hover if over else c.surface
        paint.box(painter, rect, px(Radius.CONTROL), fill=ground, edge=edge, pen=pen)
        x: float = px(10)
        if self._icon:
            place = QRect(round(x), 0, px(Size.ICON), rect.height())
            icons.paint(painter, place, self._icon, c.text2, Size.ICON_DENSE)
            x += px(Size.ICON + 6)
        if self._label:
            x = paint.run(painter, x, rect, self._label, font(12), c.text2) + px(6)
        ink = c.text if self.isEnabled() else c.text3
        room = rect.width() - px(Size.ICON + 8) - x + 1
        end = Qt.TextElideMode.ElideRight
        words = QFontMetricsF(self.font()).elidedText(self._words(), end, room)
        paint.run(painter, x, rect, words, self.font(), ink)
        place = QRect(rect.width() - px(Size.ICON + 8), 0, px(Size.ICON), rect.height())
        icons.paint(painter, place, "chevron-down", c.text2, Size.ICON_DENSE)


class MoreButton(IconButton):
    """The ellipsis: the actions that found no room."""

    def __init__(self, name: str = "More actions", *, dense: bool = False) -> None:
        super().__init__("ellipsis", name, dense=dense)
        self.menu = QMenu(self)
        self.clicked.connect(self.open)

    def open(self) -> None:
        """Show the menu under the button, its right edge below the button's."""
        corner = QPoint(self.width() - self.menu.sizeHint().width(), self.height())
        self.menu.popup(self.mapToGlobal(corner))
