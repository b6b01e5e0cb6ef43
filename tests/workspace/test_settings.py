from __future__ import annotations

import sqlite3
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from tests.domain.contents import JSON

from proofroom.domain.message import storable_json
from proofroom.workspace import settings as store
from proofroom.workspace.opening import open_workspace

SAME_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@SAME_FILE
@given(JSON)
def test_a_setting_of_a_workspace_comes_back(db: sqlite3.Connection, value: object) -> None:
    store.put(db, "x", value)
    assert storable_json(store.get(db, "x", default="other")) == storable_json(value)


def test_a_workspace_is_local_only_once_someone_said_so(path: Path, db: sqlite3.Connection) -> None:
    assert not store.local_only(db)
    other = open_workspace(path).connection
    for wanted in (True, False):
        store.put(other, store.LOCAL_ONLY, value=wanted)
        assert store.local_only(db) is wanted
    assert (store.get(db, "never"), store.get(db, "never", default=3)) == (None, 3)
    other.close()
