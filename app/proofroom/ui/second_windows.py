"""Further windows on the same workspace, each with a page of its own, all on one session."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QEvent, QObject, QPoint, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from proofroom import children
from proofroom.domain import setting, shape
from proofroom.ui.actions import ANYWHERE, ActionSpec
from proofroom.ui.theme import theme
from proofroom.ui.window import MainWindow, Place
from proofroom.workspace import machine
from proofroom.workspace.machine import Machine

if TYPE_CHECKING:
    from proofroom.ui.shell import Shell

MOST = 4
"""Windows of one workspace besides its first."""
_OFFSET = 32
SECOND = ActionSpec(
    id="second-window", text="Show this page in a second window", group=ANYWHERE,
    key="Ctrl+Shift+N", menu="View",
)  # fmt: skip
CLOSE = ActionSpec(
    id="close-window", text="Close this window", group=ANYWHERE, key="Ctrl+W",
    menu="File",
)  # fmt: skip
Dress = Callable[[MainWindow], None]
"""Gives a window its pages and menus."""


class At(msgspec.Struct, frozen=True):
    """What a window showed: a page, and the place in it."""

    page: str
    place: str | None = None


def name_of(path: Path, number: int) -> str:
    """Return the name that a workspace's n-th window is remembered by on this laptop."""
    digest = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()
    return f"window-{digest[:8]}-{number}"


def open_apart(path: Path) -> None:
    """Open a workspace in a window and process of its own; for a thread. Raises OSError."""
    subprocess.Popen(  # noqa: S603 - our own command line, no shell
        children.own_command("--workspace", str(path)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


class SecondWindows(QObject):
    """Opens, remembers and closes the further windows of a shell."""

    opened = Signal(object)  # MainWindow

    def __init__(self, shell: Shell, dress: Dress) -> None:
        super().__init__(shell)
        self._shell, self._dress = shell, dress
        self._windows: dict[int, MainWindow] = {}
        self._ending = False
        self.prepare(shell.window)
        shell.session.settings_changed.connect(self._settings)

    def prepare(self, window: MainWindow) -> None:
        """Let a window, the first one too, open others and end them all."""
        window.actions_.add(SECOND, partial(self.ask, window))
        window.actions_.remove("quit")  # its own would close that window alone
        window.actions_.on("quit", self._shell.quit)

    @property
    def windows(self) -> list[MainWindow]:
        """Those that are open."""
        return list(self._windows.values())

    def ask(self, window: MainWindow) -> MainWindow | None:
        """Show a window's page in another one; the first comes back where it was closed."""
        page, place = window.at
        first = self._shell.window
        if not first.isVisible():
            first.show()
            first.go(page, place)
            return first
        return self.open(At(page, place)) if page else None

    def open(self, at: At) -> MainWindow | None:
        """Open a further window; None where there are enough."""
        number = next((n for n in range(2, 2 + MOST) if n not in self._windows), None)
        if number is None:
            self._shell.front.toasts.show(f"{MOST + 1} windows are open. Close one first.")
            return None
        return self._open(number, at)

    def restore(self) -> None:
        """Open those that were open when the app was last left."""
        kept = self._shell.session.settings.windows
        for number in range(2, 2 + MOST):
            one = kept.get(name_of(self._shell.session.path, number))
            at = _at(one.state) if one is not None else None
            if at is not None and number not in self._windows:
                self._open(number, at)

    def keep_all(self) -> None:
        """Keep what each of them shows and where it stands."""
        for number in self._windows:
            self._keep(number)

    def close_all(self) -> None:
        """Close all because the session ends; they come back with it."""
        self._ending = True
        for number in list(self._windows):
            self._close(number)

    def _open(self, number: int, at: At) -> MainWindow:
        window, shell = MainWindow(), self._shell
        self._windows[number] = window
        self._dress(window)
        self.prepare(window)
        window.actions_.add(CLOSE, window.close)
        shell.dress_frame(window)
        kept = shell.session.settings.windows.get(name_of(shell.session.path, number))
        place = placed(kept, shell.session.settings) if kept is not None else None
        if place is not None:
            window.restore(msgspec.structs.replace(place, zoom=theme().zoom))  # one for all
        else:
            window.resize(shell.window.size())
            window.move(_beside(shell.window))
        window.installEventFilter(self)
        window.place_changed.connect(partial(self._keep, number))
        window.page_shown.connect(partial(self._keep, number))
        self._settings()
        window.show()
        known = window.has_page(at.page) and at.page != "first-run"
        window.go(*((at.page, at.place) if known else ("prompts", None)))
        window.activateWindow()
        self.opened.emit(window)
        return window

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Close and not self._ending:
            number = next((n for n, one in self._windows.items() if one is watched), None)
            if number is not None:
                # its own event ends first
                QTimer.singleShot(0, self, partial(self._closed, number))
        return super().eventFilter(watched, event)

    def _closed(self, number: int) -> None:
        if number not in self._windows:
            return
        self._shell.remember_now()
        self._keep(number, open_=False)
        self._close(number)
        if not self._windows and not self._shell.window.isVisible():
            self._shell.quit()

    def _close(self, number: int) -> None:
        window = self._windows.pop(number)
        self._shell.leave_pages(window)
        window.hide()
        window.deleteLater()

    def _keep(self, number: int, *_: object, open_: bool = True) -> None:
        window = self._windows.get(number)
        if window is None or self._ending or not self._shell.remembers:
            return
        page, at = window.at
        place = window.place()
        kept = machine.Window(
            geometry=msgspec.json.encode(place).decode(),
            state=msgspec.json.encode(At(page, at)).decode() if open_ and page else "",
        )
        session = self._shell.session
        session.machine(partial(machine.keep_window, name_of(session.path, number), kept))
        if place.zoom != session.value(setting.ZOOM):
            session.machine(partial(machine.put, setting.ZOOM, place.zoom))

    def _settings(self) -> None:
        settings = self._shell.session.settings
        for window in self._windows.values():
            window.menus.keep(settings.value(setting.MENU_BAR))
            window.actions_.set_keys(settings.keys)


def placed(kept: machine.Window, settings: Machine) -> Place | None:
    """Return where a window stood, as it was kept; None for words that nobody of us wrote."""
    try:
        place = shape.decoded(kept.geometry, Place)
    except (msgspec.DecodeError, msgspec.ValidationError):  # a hand in the file
        return None
    return msgspec.structs.replace(place, zoom=settings.value(setting.ZOOM))


def _at(state: str) -> At | None:
    try:
        return shape.decoded(state, At) if state else None
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def _beside(window: MainWindow) -> QPoint:
    """Return where a new window goes: on another screen where there is one, else a bit aside."""
    here = window.screen()
    other = next((one for one in QGuiApplication.screens() if one is not here), None)
    if other is not None:
        return other.availableGeometry().topLeft() + QPoint(_OFFSET, _OFFSET)
    return window.pos() + QPoint(_OFFSET, _OFFSET)
