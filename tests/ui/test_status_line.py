"""The status line says what was spent today, as runs end, and what nobody knows the cost of."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

from pytestqt.qtbot import QtBot
from tests.support.sessions import GUARD_MS
from tests.support.spending import DOLLAR, spent
from tests.ui.support.compare_rig import written

from proofroom.ui.shell import Shell


def test_what_was_spent_today_stands_in_the_status_line(qtbot: QtBot, shell: Shell) -> None:
    spend, now = shell.window.status.spend, datetime.now(UTC)
    qtbot.waitUntil(lambda: spend.text() == "$0.00 today", timeout=GUARD_MS)

    def write(db: sqlite3.Connection) -> None:
        spent(db, 5 * DOLLAR, (now - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S"))
        spent(db, 5 * DOLLAR // 4, now.strftime("%Y-%m-%dT%H:%M:%S"), asked="Now?")
        spent(db, None, now.strftime("%Y-%m-%dT%H:%M:%S"), asked="Who?")

    written(shell, write)
    words = "$1.25 today, 1 run of unknown cost"
    qtbot.waitUntil(lambda: spend.text() == words, timeout=GUARD_MS)
