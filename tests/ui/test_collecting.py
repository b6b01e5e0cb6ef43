"""Garbage is collected in the window's thread, between its events, and never elsewhere."""

from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS

from proofroom.ui.collecting import Collector


class Knot:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.itself = self


def test_what_nobody_holds_goes_in_the_windows_own_thread(qtbot: QtBot) -> None:
    holder, where = QObject(), list[threading.Thread]()
    Collector(holder)
    assert not gc.isenabled()
    knot = weakref.finalize(Knot(), lambda: where.append(threading.current_thread()))
    made: list[list[int]] = []

    def make() -> None:
        made.extend([number] for number in range(200_000))  # enough for many collections

    elsewhere = threading.Thread(target=make)
    elsewhere.start()
    elsewhere.join()
    assert knot.alive
    qtbot.waitUntil(lambda: bool(where), timeout=GUARD_MS)
    assert where == [threading.main_thread()]
    del holder
