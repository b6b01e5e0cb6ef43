"""Says on the desktop that long work ended while nobody looked at the window."""

# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false
# (jeepney has no types)
from __future__ import annotations

import logging
import sqlite3
import sys
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from proofroom import clock
from proofroom.domain import figures, setting
from proofroom.engine import protocol
from proofroom.ui.pressing import Presses
from proofroom.ui.session import Session
from proofroom.workspace import comparisons

LOG = logging.getLogger(__name__)
_ENDS = {
    "done": "Done",
    "stopped": "Stopped",
    "failed": "Ended with a failure",
    "interrupted": "Interrupted",
}


class LongWork(QObject):
    """Follows the presses of one window; tells the desktop of those that ended unseen."""

    def __init__(self, presses: Presses, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._presses, self._session, self._window = presses, session, window
        self._began: dict[int, int] = {}
        presses.started.connect(self._note)
        presses.ended.connect(self._look)

    def _note(self, comparison_key: int) -> None:
        self._began.setdefault(comparison_key, clock.monotonic_us())

    def _look(self, comparison_key: int, end: protocol.JobEnded) -> None:
        if self._presses.is_running(comparison_key):
            return
        took_us = clock.monotonic_us() - self._began.pop(comparison_key, clock.monotonic_us())
        least_s = self._session.value(setting.NOTIFY_AFTER_S)
        if not least_s or took_us < least_s * 1_000_000 or _seen(self._window):
            return
        QApplication.alert(self._window)
        self._session.reader.read(
            partial(_name_of, comparison_key), partial(self._tell, end, took_us), self._failed
        )

    def _tell(self, end: protocol.JobEnded, took_us: int, name: str) -> None:
        title, body = words(end, took_us, name)
        if sys.platform in {"darwin", "win32"}:
            _by_tray(title, body)
        else:
            self._session.errand(partial(by_bus, title, body), self._told, self._failed)

    def _told(self, _: object) -> None:
        return None

    def _failed(self, error: Exception) -> None:
        # no fault where a desktop has no such messages: the window asks for attention itself
        LOG.info("the desktop was not told: %s", error)


def words(end: protocol.JobEnded, took_us: int, name: str) -> tuple[str, str]:
    """Return title and text of what ended; prompts and answers never stand on the desktop."""
    cost = figures.cost(end.cost_nano_usd) if end.cost_nano_usd else ""
    body = figures.facts(
        f"{figures.plural(end.done, 'answer')} in {figures.duration(took_us)}",
        f"{figures.number(end.failed)} failed" if end.failed else "",
        cost,
    )
    return f"{_ENDS.get(end.reason, 'Ended')}: {name}", body


def by_bus(title: str, body: str) -> None:
    """Tell the desktop by freedesktop.org's Desktop Notifications (1.2).

    Raises OSError or KeyError without a session bus, and what jeepney raises for a bus that does
    not answer or has no such service.
    """
    from jeepney import DBusAddress, new_method_call  # noqa: PLC0415 - when it is needed
    from jeepney.io.blocking import open_dbus_connection  # noqa: PLC0415
    from jeepney.wrappers import unwrap_msg  # noqa: PLC0415

    place = "/org/freedesktop/Notifications"
    address = DBusAddress(place, "org.freedesktop.Notifications", "org.freedesktop.Notifications")
    hints = {"desktop-entry": ("s", "proofroom"), "category": ("s", "transfer.complete")}
    arguments = ("Proofroom", 0, "proofroom", title, _plain(body), [], hints, -1)
    call = new_method_call(address, "Notify", "susssasa{sv}i", arguments)
    with open_dbus_connection("SESSION") as bus:
        unwrap_msg(bus.send_and_get_reply(call, timeout=5))


def _by_tray(title: str, body: str) -> None:
    """Tell macOS and Windows, which take messages of a program's icon alone."""
    tray = QSystemTrayIcon(QGuiApplication.windowIcon(), QApplication.instance())
    tray.show()
    tray.messageClicked.connect(tray.deleteLater)
    tray.showMessage(title, body)


def _plain(body: str) -> str:
    """Return a text without marks: a service may read its body as markup."""
    return body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _seen(window: QWidget) -> bool:
    """Tell whether a person has the app before them: one of its windows has the focus."""
    active = QGuiApplication.applicationState() == Qt.ApplicationState.ApplicationActive
    return active and not window.isMinimized()


def _name_of(comparison_key: int, db: sqlite3.Connection) -> str:
    return comparisons.by_key(db, comparison_key).name
