"""Ends what engines that are gone left open; nothing is sent again."""

from __future__ import annotations

import sqlite3

from proofroom.workspace import comparisons, engines, runs


def end_left(db: sqlite3.Connection) -> list[int]:
    """End the runs and comparisons of engines that are gone, and return the runs' keys."""
    # read before the locks are looked at: an engine that starts now is not among them
    opened, left = runs.open_engines(db), comparisons.open_ones(db)
    if not opened and not left:
        return []
    live = engines.live()
    ended = runs.interrupt(db, live, among=opened)
    # one without a run may have been taken up by any engine that lives
    gone = [key for key, last in left.items() if last not in live and (last or not live)]
    comparisons.close_left(db, gone)
    return ended
