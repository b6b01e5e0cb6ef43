from __future__ import annotations

import sqlite3

from tests.workspace.size import bytes_a_run


def test_a_run_takes_at_most_900_bytes_besides_its_texts(db: sqlite3.Connection) -> None:
    assert 300 < bytes_a_run(db, 1000) <= 900
