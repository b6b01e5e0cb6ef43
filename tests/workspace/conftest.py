"""A laptop of its own and a real workspace file for each test."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from proofroom.workspace.opening import open_workspace


@pytest.fixture(autouse=True)
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of this test alone for data, settings and locks."""
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.proofspace"


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    opened = open_workspace(path, create=True)
    yield opened.connection
    opened.connection.close()
