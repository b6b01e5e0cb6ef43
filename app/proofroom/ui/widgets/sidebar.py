"""The sidebar: workspace and its menu, search, pages with counts, pinned prompts, settings."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QVBoxLayout, QWidget

from proofroom.ui import icons
from proofroom.ui.theme import Radius, Size, Space, follow, font, px, theme
from proofroom.ui.widgets import paint
from proofroom.ui.widgets.buttons import Pressable
from proofroom.ui.widgets.keycap import caps


class NavItem(Pressable):
    """A line of the sidebar: icon, words, and a count for what waits."""

    def __init__(self, id_: str, text: str, icon: str) -> None:
        super().__init__(text, text)
        self.id, self._icon, self._count, self.narrow = id_, icon, 0, False
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        follow(self._restyle)

    def set_count(self, count: int) -> None:
        """Show how much waits; nothing at 0."""
        self._count = count
        waits = f", {count} waiting" if count else ""
        self.setAccessibleName(self.text() + waits)
        self.update()

    def set_narrow(self, narrow: bool, key: str = "") -> None:
        """Show the icon alone or with its words; the tooltip has the key."""
        self.narrow = narrow
        cut = paint.width(self.text(), self.font()) > px(Size.SIDEBAR - 52)
        self.setToolTip(f"{self.text()}  {key}".rstrip() if key or narrow or cut else "")
        self.update()

    def nextCheckState(self) -> None:
        """Stay as it is: the window checks the item of the page that is shown."""

    def _restyle(self) -> None:
        self.setFont(font(13))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(Size.SIDEBAR_ICONS - Space.L), px(Size.CONTROL))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        parent = self.parentWidget()
        step = steps.get(Qt.Key(event.key()))
        if step and isinstance(parent, Sidebar):
            parent.step(self, step)
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter, rect = theme().c, QPainter(self), self.rect()
        on, over = self.isChecked(), self.underMouse()
        fill = c.line2 if self.isDown() else c.selected if on else c.hover if over else None
        edge = c.accent if self.ring else None
        paint.box(painter, rect, px(Radius.CONTROL), fill=fill, edge=edge, pen=2)
        place = QRect(0, 0, rect.width(), rect.height())
        if not self.narrow:
            place = QRect(px(Space.S), 0, px(Size.ICON), rect.height())
        icons.paint(painter, place, self._icon, c.accent if on else c.text2)
        if self.narrow:
            self._dot(painter)
            return
        inner = rect.adjusted(px(32), 0, -px(Space.S), 0)
        count = f"{self._count:,}" if self._count else ""
        paint.text(painter, inner, count, font(11, 500), c.text2, paint.RIGHT)
        inner.setRight(inner.right() - paint.width(count, font(11, 500)) - px(Space.XS))
        paint.text(painter, inner, self.text(), font(13, 500 if on else 400), c.text)

    def _dot(self, painter: QPainter) -> None:
        if self._count:
            side = px(6)
            spot = QRect(self.width() - px(Space.S) - side, px(Space.XS), side, side)
            paint.box(painter, spot, side, fill=theme().c.accent)


class _Top(Pressable):
    """The workspace's mark and name; a press opens its menu."""

    def __init__(self) -> None:
        super().__init__("", "Workspace")
        self.narrow = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(Size.SIDEBAR_ICONS - Space.L), px(Size.CONTROL))

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter, rect = theme().c, QPainter(self), self.rect()
        edge = c.accent if self.ring else None
        fill = c.line2 if self.isDown() else c.hover if self.underMouse() else None
        paint.box(painter, rect, px(Radius.CONTROL), fill=fill, edge=edge, pen=2)
        side = px(20)
        mark = QRect(px(Space.S), (rect.height() - side) // 2, side, side)
        paint.box(painter, mark, px(5), fill=c.accent)
        icons.paint(painter, mark, "proofroom", c.on, Size.ICON_DENSE)
        if not self.narrow:
            inner = rect.adjusted(px(36), 0, -px(26), 0)
            paint.text(painter, inner, self.text(), font(13, 600), c.text)
            place = QRect(rect.width() - px(22), 0, px(Size.ICON), rect.height())
            icons.paint(painter, place, "chevron-down", c.text2, Size.ICON_DENSE)


class _Search(Pressable):
    """Looks like a field, opens the palette."""

    def __init__(self) -> None:
        super().__init__("Search or run", "Search or run")
        self.narrow, self.keys = False, "Ctrl+K"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(Size.SIDEBAR_ICONS - Space.L), px(Size.CONTROL))

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter, rect = theme().c, QPainter(self), self.rect()
        fill = c.line2 if self.isDown() else c.hover if self.underMouse() else c.surface
        edge, pen = (c.accent, 2) if self.ring else (c.line2, 1)
        paint.box(painter, rect, px(Radius.CONTROL), fill=fill, edge=edge, pen=pen)
        if self.narrow:
            icons.paint(painter, rect, "search", c.text2)
            return
        place = QRect(px(Space.S), 0, px(Size.ICON), rect.height())
        icons.paint(painter, place, "search", c.text2)
        inner = rect.adjusted(px(30), 0, -px(Space.S), 0)
        keys = " ".join(caps(self.keys)) if self.keys else ""
        paint.text(painter, inner, keys, font(11, 500), c.text2, paint.RIGHT)
        inner.setRight(inner.right() - paint.width(keys, font(11, 500)) - px(Space.XS))
        paint.text(painter, inner, self.text(), font(12), c.text2)


class Sidebar(QWidget):
    """184 px with words, 52 with icons alone; says what was asked for and decides nothing."""

    page_asked = Signal(str)
    pin_asked = Signal(str)
    search_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Sidebar")
        self.top, self.search, self.menu = _Top(), _Search(), QMenu(self)
        self._items: dict[str, NavItem] = {}
        self._keys: dict[str, str] = {}
        self._narrow = False
        self._box, self._pages = QVBoxLayout(self), QVBoxLayout()
        self._low = QVBoxLayout()
        self._box.addWidget(self.top)
        self._box.addWidget(self.search)
        self._box.addLayout(self._pages)
        self._box.addStretch(1)
        self._box.addLayout(self._low)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.search.clicked.connect(self.search_asked)
        self.top.clicked.connect(self._open_menu)
        follow(self._restyle)

    def set_workspace(self, name: str) -> None:
        """Show the name of the workspace that is open."""
        self.top.setText(name)
        self.top.setAccessibleName(f"Workspace {name}")
        self.top.update()

    def add_page(self, id_: str, text: str, icon: str, *, key: str = "", low: bool = False) -> None:
        """Add a page to the list, or at the bottom (Settings)."""
        item = NavItem(id_, text, icon)
        self._items[id_], self._keys[id_] = item, key
        item.set_narrow(self._narrow, key)
        (self._low if low else self._pages).addWidget(item)
        item.clicked.connect(lambda: self.page_asked.emit(id_))

    def set_keys(self, id_: str, key: str) -> None:
        """Show another key in a page's tooltip."""
        self._keys[id_] = key
        self._items[id_].set_narrow(self._narrow, key)

    def set_page(self, id_: str) -> None:
        """Mark the page that is shown."""
        for each, item in self._items.items():
            item.setChecked(each == id_)

    def set_count(self, id_: str, count: int) -> None:
        """Show how much waits on a page."""
        self._items[id_].set_count(count)

    @property
    def narrow(self) -> bool:
        """Whether it shows icons alone."""
        return self._narrow

    def set_narrow(self, narrow: bool) -> None:
        """Show icons alone or with words."""
        self._narrow = self.top.narrow = self.search.narrow = narrow
        self.top.setToolTip(self.top.text() if narrow else "")
        self.search.setToolTip("Search or run" if narrow else "")
        for id_, item in self._items.items():
            item.set_narrow(narrow, self._keys[id_])
        self._restyle()

    def step(self, item: NavItem, by: int) -> None:
        """Move focus to the next or previous line."""
        lines = list(self._items.values())
        at = (lines.index(item) + by) % len(lines)
        lines[at].setFocus(Qt.FocusReason.TabFocusReason)

    def _open_menu(self) -> None:
        if not self.menu.isEmpty():
            self.menu.popup(self.top.mapToGlobal(QPoint(0, self.top.height())))

    def _restyle(self) -> None:
        side = px(Space.S)
        self._box.setContentsMargins(side, side, side + 1, side)
        self._box.setSpacing(px(Space.S))
        for box in (self._pages, self._low):
            box.setSpacing(px(Space.XXS))
        self._pages.setContentsMargins(0, px(Space.S), 0, px(Space.S))
        self.setFixedWidth(px(Size.SIDEBAR_ICONS if self._narrow else Size.SIDEBAR) + 1)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = theme().c, QPainter(self)
        painter.fillRect(self.rect(), c.chrome)
        paint.down(painter, self.width() - 1, 0, self.height(), c.line)
