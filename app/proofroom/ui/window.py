"""The frame: sidebar, pages with a history, menu bar, status line, news, place and zoom."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import shiboken6
from msgspec import Struct
from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QMoveEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from proofroom.ui.actions import ANYWHERE, Actions, ActionSpec
from proofroom.ui.menus import Menus
from proofroom.ui.panes import InOrder, PaneWalk, panes_of
from proofroom.ui.slices import Slices
from proofroom.ui.theme import MAX_ZOOM, MIN_ZOOM, Size, follow, px, theme
from proofroom.ui.widgets.news import Banner
from proofroom.ui.widgets.sidebar import Sidebar
from proofroom.ui.widgets.status_line import StatusLine
from proofroom.ui.widgets.toasts import Toasts
from proofroom.ui.worker import receiver

if TYPE_CHECKING:
    from proofroom.ui.palette import Palette  # made after the first paint

ZOOM_STEP = 10
MOST_VISITS = 50
_UNSEEN_MS = 500
"""A window that starts hidden or minimized is not painted; what waits for that begins then."""
_SETTLED_MS = 300
"""After the last move or resize the place is told, once."""


class PageSpec(Struct, frozen=True, kw_only=True):
    """A page of the sidebar; `factory` builds it when it is first shown.

    `arrive` is told the page and the place in it that was asked for, or None; a page that moves
    inside itself calls `MainWindow.went` so that Back finds the way. One that is not `listed` has
    no line in the sidebar.
    """

    id: str
    title: str
    icon: str
    factory: Callable[[], QWidget]
    key: str = ""
    low: bool = False
    listed: bool = True
    arrive: Callable[[QWidget, str | None], None] | None = None


class Place(Struct, frozen=True, kw_only=True):
    """Where the window stood, in device-independent pixels; the zoom in percent."""

    x: int
    y: int
    width: int
    height: int
    maximized: bool = False
    narrow: bool = False
    zoom: int = 100


class MainWindow(QMainWindow):
    """Holds pages it knows nothing about; the lead registers them and listens to its signals."""

    page_shown = Signal(str)
    place_changed = Signal()
    closing = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Proofroom")
        self.setMinimumSize(Size.MIN_W, Size.MIN_H)
        self.resize(Size.WINDOW_W, Size.WINDOW_H)
        self.actions_ = Actions(self)
        self.sidebar, self.status, self.banner = Sidebar(), StatusLine(), Banner(closable=True)
        self._stack = QStackedWidget()
        self._specs: dict[str, PageSpec] = {}
        self._pages: dict[str, QWidget] = {}
        self._visits: list[tuple[str, str | None]] = []
        self._at, self._asked_narrow = -1, False
        self._painted, self._walk = False, PaneWalk()
        self._after_paint = Slices(self)
        self._waits = False
        self._palette: Palette | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLED_MS)
        self._settle.timeout.connect(self.place_changed)
        self.toasts, self.menus = Toasts(self._stack), Menus(self, self.actions_)
        self._lay_out()
        self._connect()
        follow(self._narrow)

    def add_page(self, spec: PageSpec) -> None:
        """Register a page: it gets its line in the sidebar and its key."""
        if spec.listed:
            self.sidebar.add_page(spec.id, spec.title, spec.icon, low=spec.low)
        self._specs[spec.id] = spec
        go = ActionSpec(
            id=f"go-{spec.id}", text=spec.title, group=ANYWHERE, icon=spec.icon, key=spec.key,
            menu="Go",
        )  # fmt: skip
        id_ = spec.id
        self.actions_.add(go, lambda: self.go(id_))

    def has_page(self, page: str) -> bool:
        """Tell whether the window has such a page."""
        return page in self._specs

    def go(self, page: str, place: str | None = None) -> None:
        """Show a page, and a place in it; Back will come back here."""
        self._visits[self._at + 1 :] = [(page, place)]
        self._visits = self._visits[-MOST_VISITS:]
        self._at = len(self._visits) - 1
        self._arrive()

    def went(self, place: str | None) -> None:
        """Note that the page shown moved to another place in itself."""
        if self._at >= 0 and self._visits[self._at][1] != place:
            page = self._visits[self._at][0]
            self._visits[self._at + 1 :] = [(page, place)]
            self._at = len(self._visits) - 1
            self._say_history()

    def back(self) -> None:
        """Go to the place before."""
        if self._at > 0:
            self._at -= 1
            self._arrive()

    def forward(self) -> None:
        """Go forward again."""
        if self._at + 1 < len(self._visits):
            self._at += 1
            self._arrive()

    @property
    def page(self) -> str:
        """The id of the page shown, or an empty string."""
        return self._visits[self._at][0] if self._at >= 0 else ""

    @property
    def at(self) -> tuple[str, str | None]:
        """The page shown and the place in it; an empty string for none."""
        return self._visits[self._at] if self._at >= 0 else ("", None)

    def widget(self, page: str) -> QWidget:
        """Return a page's widget, building it if it was never shown."""
        if page not in self._pages:
            self._pages[page] = self._specs[page].factory()
            self._stack.addWidget(self._pages[page])
        return self._pages[page]

    def pages(self) -> list[QWidget]:
        """Return the pages that were built."""
        return list(self._pages.values())

    def _arrive(self) -> None:
        page, place = self._visits[self._at]
        widget, spec = self.widget(page), self._specs[page]
        self._stack.setCurrentWidget(widget)
        self.sidebar.set_page(page)
        self.setWindowTitle(f"{spec.title} - Proofroom")
        self._say_history()
        if spec.arrive is not None:
            spec.arrive(widget, place)
        self.page_shown.emit(page)

    def when_painted(self, then: Callable[[], None]) -> None:
        """Call `then` in a turn of its own once the window was painted for the first time."""
        self._after_paint.put(receiver(then))
        if self._painted:
            self._after_paint.begin()
        elif not self._waits:
            self._waits = True
            QTimer.singleShot(_UNSEEN_MS, self, self._begin_unseen)

    def _begin_unseen(self) -> None:
        self._waits = False
        self._after_paint.begin()

    def _say_history(self) -> None:
        self.actions_.set_enabled("back", self._at > 0)
        self.actions_.set_enabled("forward", self._at + 1 < len(self._visits))

    def place(self) -> Place:
        """Return where the window stands, to be saved."""
        rect = self.normalGeometry() if self.isMaximized() else self.geometry()
        return Place(
            x=rect.x(), y=rect.y(), width=rect.width(), height=rect.height(),
            maximized=self.isMaximized(), narrow=self._asked_narrow, zoom=theme().zoom,
        )  # fmt: skip

    def restore(self, place: Place) -> None:
        """Stand where it stood; a place that no screen shows any more moves to the first one."""
        theme().set_zoom(place.zoom)
        self._asked_narrow = place.narrow
        wanted = QRect(place.x, place.y, place.width, place.height)
        self.setGeometry(rescued(wanted))
        if place.maximized:
            self.setWindowState(Qt.WindowState.WindowMaximized)
        self._narrow()

    def zoom(self, by: int) -> None:
        """Zoom by steps of ten percent; 0 goes back to 100 %."""
        theme().set_zoom(theme().zoom + by * ZOOM_STEP if by else 100)
        self._narrow()
        self._say_zoom()
        self._settle.start()

    def _say_zoom(self) -> None:
        self.actions_.set_enabled("zoom-in", theme().zoom < MAX_ZOOM)
        self.actions_.set_enabled("zoom-out", theme().zoom > MIN_ZOOM)

    def toggle_sidebar(self) -> None:
        """Show icons alone or with words; a narrow window has icons by itself."""
        self._asked_narrow = not self.sidebar.narrow
        self.sidebar.set_narrow(self._asked_narrow)
        self._settle.start()

    def _narrow(self) -> None:
        if not shiboken6.isValid(self.sidebar):  # a window that is gone still hears of the theme
            return
        tight = self.width() < px(Size.NARROW)
        self.sidebar.set_narrow(tight or self._asked_narrow)

    def next_pane(self) -> None:
        """Move focus to the next pane: sidebar, the page's panes, status line; a toast first."""
        page = self._stack.currentWidget()
        inner = panes_of(page) if page is not None else []
        panes = [self.sidebar, self.banner, *inner, self.status]
        self._walk.step(panes, self.toasts.shown)

    def _parts(self) -> list[QWidget]:
        page = self._stack.currentWidget()
        middle = [page] if page is not None else []
        return [self.sidebar, self.banner, *middle, *self.toasts.shown, self.status]

    @property
    def palette_(self) -> Palette:
        """The palette, made when it is first wanted; add your sources to it."""
        if self._palette is None:
            from proofroom.ui.palette import Palette, action_entries  # noqa: PLC0415

            self._palette = Palette(self)
            entries = partial(action_entries, self.actions_)
            self._palette.add_source("Actions", entries, prefix=">")
        return self._palette

    def _lay_out(self) -> None:
        middle, right, whole = QWidget(), QVBoxLayout(), InOrder(self._parts)
        across, outer = QHBoxLayout(middle), QVBoxLayout(whole)
        right.addWidget(self.banner)
        right.addWidget(self._stack, 1)
        across.addWidget(self.sidebar)
        across.addLayout(right, 1)
        outer.addWidget(middle, 1)
        outer.addWidget(self.status)
        for layout in (right, across, outer):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        self.setCentralWidget(whole)

    def _connect(self) -> None:
        self.sidebar.page_asked.connect(self.go)
        self.sidebar.search_asked.connect(self._open_palette)
        for id_, callback in {
            "palette": self._open_palette,
            "back": self.back,
            "forward": self.forward,
            "sidebar": self.toggle_sidebar,
            "next-pane": self.next_pane,
            "zoom-in": partial(self.zoom, 1),
            "zoom-out": partial(self.zoom, -1),
            "zoom-reset": partial(self.zoom, 0),
            "quit": self._quit,
        }.items():
            self.actions_.on(id_, callback)
        self._say_history()
        self.actions_.changed.connect(self._say_keys)

    def _say_keys(self) -> None:
        self.sidebar.search.keys = self.actions_.key("palette")
        self.sidebar.search.update()
        for spec in self._specs.values():
            if spec.listed:
                self.sidebar.set_keys(spec.id, self.actions_.key(f"go-{spec.id}"))

    def _open_palette(self) -> None:
        self.palette_.ask()

    def _quit(self) -> None:
        self.close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._narrow()
        self._settle.start()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._settle.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            # two turns on: what this paint brought about (its way to the screen) comes first
            QTimer.singleShot(0, self._after_paint, self._after_paint.begin)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        super().closeEvent(event)


def rescued(wanted: QRect) -> QRect:
    """Return a window's place with its title on a screen, moved and shrunk if it must be."""
    screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    title = QRect(wanted.x(), wanted.y(), wanted.width(), Size.HEADER)
    for screen in screens:
        seen = screen.intersected(title)
        if seen.width() >= Size.SIDEBAR and seen.height() >= Size.STATUS:
            return wanted
    room = screens[0]
    wide, high = min(wanted.width(), room.width()), min(wanted.height(), room.height())
    rect = QRect(0, 0, wide, high)
    rect.moveCenter(room.center())
    return rect
